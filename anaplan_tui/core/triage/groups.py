"""What a triage finds: groups of rows that share an error, and how two dumps differ.

A row may carry several errors. It is counted in ``rows`` of one group only, that of its *primary* error, the
first that is not blank, so that the rows of all groups add up to the rows of the dump; every further error of
the row is counted in ``also`` of that error's group.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from anaplan_tui.core.triage.odd_cells import CellPlaces
from anaplan_tui.core.triage.templates import skeleton

NO_ERROR = "No error given"
"""The error of rows whose error cells are all blank."""
OTHER_ERRORS = "Other errors"
"""The error of what is left when a dump has more kinds of errors than anyone would read."""


@dataclass(frozen=True, slots=True)
class Group:
    """The rows that share a status and an error."""

    key: str
    """Names the group, also across dumps; for ``Triage.rows`` and ``save_rows``."""
    error: str
    """The error with its variable part taken out: ``Invalid number: …``."""
    status: str | None
    """``E`` rejected, ``W`` loaded with a warning, None where the dump does not say."""
    rows: int
    """Rows whose primary error this is."""
    also: int
    """Rows of other groups that carry this error as a further one."""
    percent: float
    """``rows`` of all rows of the dump, 0 to 100."""
    column: str | None
    """The source column that the bad value stands in, if a scan found it."""
    position: int | None
    """Which of the source's columns that is, counted from 0: names may repeat."""
    top_values: tuple[tuple[str, int], ...]
    """The commonest bad values, with how many rows hold them; from ``column``, else from the error's text."""
    examples: tuple[tuple[int | None, str], ...]
    """``_Line_`` and bad value of the first rows, in the order of the dump."""

    @property
    def first_lines(self) -> tuple[int, ...]:
        """Lines of the source where it first occurs, header counted as line 1."""
        return tuple(line for line, _value in self.examples if line is not None)


@dataclass(frozen=True, slots=True)
class Summary:
    """A whole dump: its ``rows``, what became of them, and the groups, biggest first."""

    rows: int
    rejected: int
    warnings: int
    """Rows that were loaded all the same."""
    unclear: int
    """Rows whose status is blank or unknown: nothing says whether they were loaded."""
    groups: tuple[Group, ...]
    cut_off: str = ""
    """Says so when the file ends in the middle of a row, which is then not counted; else empty."""
    without_text: CellPlaces = field(default_factory=CellPlaces)
    """The cells that hold bytes which are no text in the dump's encoding."""


@dataclass(frozen=True, slots=True)
class DumpRow:
    """One row of a dump, as it stands there."""

    line: int | None
    status: str | None
    cells: tuple[str, ...]
    """The source's own cells, as ``DumpShape.source_columns`` names them."""
    errors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a group, and how many the group (as filtered) has in ``total``."""

    rows: tuple[DumpRow, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Change:
    """A group that both dumps have, and its rows in each."""

    key: str
    error: str
    old_rows: int
    new_rows: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed from an older dump to a newer one; unchanged groups are left out."""

    new: tuple[Group, ...]
    gone: tuple[Group, ...]
    grown: tuple[Change, ...]
    shrunk: tuple[Change, ...]


def compare(old: Summary, new: Summary) -> Comparison:
    """What is new, gone, grown and shrunk in ``new``, each with the biggest first.

    A kind of error that one dump has whole and the other in pieces is one in both (see ``templates``).
    """
    before, after = _merged(old, new), _merged(new, old)
    changes = [
        Change(key, _named(key, after[key], before[key]), _rows(before[key]), _rows(after[key]))
        for key in after
        if key in before
    ]
    return Comparison(
        new=tuple(group for key, groups in after.items() if key not in before for group in groups),
        gone=tuple(group for key, groups in before.items() if key not in after for group in groups),
        grown=tuple(sorted((c for c in changes if c.new_rows > c.old_rows), key=_difference)),
        shrunk=tuple(sorted((c for c in changes if c.new_rows < c.old_rows), key=_difference)),
    )


def earlier_rows(old: Summary, new: Summary) -> dict[str, int | None]:
    """For each group of ``new`` its rows in ``old``; None where ``old`` has it only together with others."""
    before = _merged(old, new)
    return {
        group.key: _rows(before.get(key, ())) if key == group.key else None
        for key, groups in _merged(new, old).items()
        for group in groups
    }


def _merged(summary: Summary, other: Summary) -> dict[str, list[Group]]:
    """The groups by key; those that are one kind of error in the other dump share the key it has there."""
    theirs = {group.key for group in other.groups}
    merged: dict[str, list[Group]] = {}
    for group in summary.groups:
        whole = group_key(group.status, skeleton(group.error))
        merged.setdefault(whole if group.key not in theirs and whole in theirs else group.key, []).append(
            group
        )
    return merged


def _named(key: str, *kinds: list[Group]) -> str:
    """The error of a key, from the dump that has it whole where the other has it in pieces."""
    return next(group.error for groups in kinds for group in groups if group.key == key)


def _rows(groups: Iterable[Group]) -> int:
    return sum(group.rows for group in groups)


def _difference(change: Change) -> int:
    return -abs(change.new_rows - change.old_rows)


def group_key(status: str | None, template: str) -> str:
    """The key of the group with this status and error."""
    return f"{status or '-'} {template}"


def column_named_in(template: str, columns: Sequence[str]) -> int | None:
    """The index of the column that an error's text speaks of.

    ``Item not located in Region list`` can only mean a column of the list's name. In other texts the longest
    name that occurs as whole words wins; of names as long, the one that comes first.
    """
    text = template.casefold()
    list_name = re.search(r"\bin (.+) list$", text)
    found: list[tuple[int, int, int]] = []
    for index, column in enumerate(columns):
        name = column.strip().casefold()
        if list_name:
            if name == list_name[1]:
                return index
        elif name and name in text and (mention := re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)):
            found.append((-len(name), mention.start(), index))
    return min(found)[2] if found else None
