"""A dump of any size, grouped by error: which rows, why, and the rejected ones ready to correct.

    with Triage.open(path, work_dir=state) as triage:
        for group in triage.summary.groups:
            print(group.rows, group.error, group.column)
        triage.save_rejected(Path("corrected.csv"))

Cells come as they stand in the dump; whoever shows them makes foreign text safe.
"""

from anaplan_tui.core.source_form import SourceForm
from anaplan_tui.core.triage.as_import import open_as_import, read_as_import
from anaplan_tui.core.triage.engine import Triage
from anaplan_tui.core.triage.errors import NotADump, TriageCancelled, TriageError
from anaplan_tui.core.triage.groups import (
    Change,
    Comparison,
    DumpRow,
    Group,
    Page,
    Summary,
    compare,
    earlier_rows,
)
from anaplan_tui.core.triage.layout import Saved
from anaplan_tui.core.triage.odd_cells import CellPlace, CellPlaces
from anaplan_tui.core.triage.shape import DumpShape, sniff

__all__ = [
    "CellPlace",
    "CellPlaces",
    "Change",
    "Comparison",
    "DumpRow",
    "DumpShape",
    "Group",
    "NotADump",
    "Page",
    "Saved",
    "SourceForm",
    "Summary",
    "Triage",
    "TriageCancelled",
    "TriageError",
    "compare",
    "earlier_rows",
    "open_as_import",
    "read_as_import",
    "sniff",
]
