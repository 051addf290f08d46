"""Merge corrected rows back into the whole source file, in place of the rejected ones.

An upload replaces the whole file (service.md §8.2), but only rows are corrected. Saving rejected rows also
writes their line numbers to a file beside them (`lines`). `merge` uses these to put the rows into the source;
every other byte stays.
"""

from anaplan_tui.core.merging.errors import MergeRefused
from anaplan_tui.core.merging.form import source_form
from anaplan_tui.core.merging.lines import has_lines, lines_file
from anaplan_tui.core.merging.merge import Merged, merge
from anaplan_tui.core.merging.records import Form

__all__ = ["Form", "MergeRefused", "Merged", "has_lines", "lines_file", "merge", "source_form"]
