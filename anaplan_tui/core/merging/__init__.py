"""Corrected rows put back into the whole source, in place of the rejected ones.

An upload replaces the whole file (service.md §8.2), but what is corrected are rows. Saving them writes their
lines beside them (`lines`); `merge` puts them into the source by these, and every other byte stays.
"""

from anaplan_tui.core.merging.errors import MergeRefused
from anaplan_tui.core.merging.form import source_form
from anaplan_tui.core.merging.lines import has_lines, lines_file
from anaplan_tui.core.merging.merge import Merged, merge
from anaplan_tui.core.merging.records import Form

__all__ = ["Form", "MergeRefused", "Merged", "has_lines", "lines_file", "merge", "source_form"]
