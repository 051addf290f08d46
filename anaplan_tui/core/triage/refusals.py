"""Why rows cannot be written as an import reads them: every cell that stands in the way, by its place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from anaplan_tui.api.clean import clean
from anaplan_tui.core.source_form import SourceForm
from anaplan_tui.core.text import plural
from anaplan_tui.core.triage.errors import TriageError
from anaplan_tui.core.triage.layout import HeaderTwin, Layout
from anaplan_tui.core.triage.odd_cells import CellPlace, CellPlaces, source_cells, source_places
from anaplan_tui.core.triage.shape import DumpShape


def refusal(shape: DumpShape, layout: Layout, form: SourceForm, rows: Iterable[Sequence[str]]) -> TriageError:
    """The error for rows, as they are inside the engine, that could not all be written."""
    unquoted, unsigned = CellPlaces(), CellPlaces()

    def judge(places: Iterable[CellPlace]) -> None:
        for place in places:
            if layout.needs_quotes(place.value):
                unquoted.add(place)
            elif not layout.has_signs_for(place.value):
                unsigned.add(place)

    twin = HeaderTwin(shape)
    judge(CellPlace(None, name, name) for name in layout.header)
    judge(source_places((row for row in rows if not twin.is_repeated(source_cells(row, shape))), shape))
    said, advice = [], []
    if unquoted.count:
        cells = plural(unquoted.count, "cell")
        said.append(f"The import has no text delimiter, and {cells} would need one: {unquoted.words}")
        advice.append("give the import a text delimiter")
    if unsigned.count:
        cells = plural(unsigned.count, "cell")
        said.append(f"{clean(form.encoding or layout.encoding)} cannot hold {cells}: {unsigned.words}")
        advice.append("give the import another encoding")
    return TriageError(
        ". ".join(said), f"no file was made: correct them in the source, or {' and '.join(advice)}"
    )
