"""What a triage finds: groups of rows that share an error, and how two dumps differ.

A row may carry several errors. It is counted in `rows` of one group only, that of its *primary* error, the
first that is not blank, so that the rows of all groups add up to the rows of the dump; every further error of
the row is counted in `also` of that error's group.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

ELLIPSIS = "…"
NO_ERROR = "No error given"
"""The error of rows whose error cells are all blank."""
OTHER_ERRORS = "Other errors"
"""Holds what is left when a dump has more kinds of errors than anyone would read."""


@dataclass(frozen=True, slots=True)
class Group:
    """The rows that share a status and an error."""

    key: str
    """Names the group, also across dumps; for `Triage.rows` and `save_rows`."""
    error: str
    """The error with its variable part taken out: `Invalid number: …`."""
    status: str | None
    """`E` rejected, `W` loaded with a warning, None where the dump does not say."""
    rows: int
    """Rows whose primary error this is."""
    also: int
    """Rows of other groups that carry this error as a further one."""
    percent: float
    """`rows` of all rows of the dump, 0 to 100."""
    column: str | None
    """The source column that the bad value stands in, if it was found."""
    top_values: tuple[tuple[str, int], ...]
    """The commonest bad values, with the rows that hold them; of `column`, else out of the error's text."""
    examples: tuple[tuple[int | None, str], ...]
    """`_Line_` and bad value of the first rows, in the order of the dump."""

    @property
    def first_lines(self) -> tuple[int, ...]:
        """Lines of the source where it first occurs, header counted as line 1."""
        return tuple(line for line, _value in self.examples if line is not None)


@dataclass(frozen=True, slots=True)
class Summary:
    """A whole dump: `rejected` and `warnings` of `rows`, and the groups, biggest first."""

    rows: int
    rejected: int
    warnings: int
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class DumpRow:
    """One row of a dump, as it stands there."""

    line: int | None
    status: str | None
    cells: tuple[str, ...]
    """The source's own cells, as `DumpShape.source_columns` names them."""
    errors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a group, and how many the group (as filtered) has in `total`."""

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
    """What is new, gone, grown and shrunk in `new`, each with the biggest first."""
    before = {group.key: group for group in old.groups}
    after = {group.key: group for group in new.groups}
    changes = [
        Change(key, group.error, before[key].rows, group.rows)
        for key, group in after.items()
        if key in before
    ]
    return Comparison(
        new=tuple(group for key, group in after.items() if key not in before),
        gone=tuple(group for key, group in before.items() if key not in after),
        grown=tuple(sorted((c for c in changes if c.new_rows > c.old_rows), key=_difference)),
        shrunk=tuple(sorted((c for c in changes if c.new_rows < c.old_rows), key=_difference)),
    )


def _difference(change: Change) -> int:
    return -abs(change.new_rows - change.old_rows)


def split_error(text: str) -> tuple[str, str | None]:
    """An error's template and its variable part: what follows the first colon and blank."""
    head, colon, value = text.partition(": ")
    return (f"{head}: {ELLIPSIS}", value) if colon else (text, None)


def group_key(status: str | None, template: str) -> str:
    """The key of the group with this status and error."""
    return f"{status or '-'} {template}"


def column_named_in(template: str, columns: Sequence[str]) -> int | None:
    """Which of the columns an error's text speaks of, as an index.

    `Item not located in Region list` can only mean a column of the list's name; in other texts the longest
    name that occurs as whole words wins, of equals the one named first.
    """
    text = template.casefold()
    list_name = re.search(r"\bin (.+) list$", text)
    found: list[tuple[int, int, int]] = []
    for index, column in enumerate(columns):
        name = column.strip().casefold()
        if list_name:
            if name == list_name[1]:
                return index
        elif name and (mention := re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)):
            found.append((-len(name), mention.start(), index))
    return min(found)[2] if found else None
