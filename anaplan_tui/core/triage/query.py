"""The SQL that DuckDB is asked: a slice as a table of cells, and what each row says, in terms of those cells.

Cells are named c0, c1, …; they are NULL where a row is too short and '' where the cell is blank, so that a row can
be written again exactly as it was. Everything from the dump gets into a query through `literal`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from anaplan_tui.core.triage.groups import ELLIPSIS, OTHER_ERRORS
from anaplan_tui.core.triage.shape import DumpShape

REJECTED, WARNING = "E", "W"


def literal(text: str) -> str:
    """A string literal; a NUL, which SQL text cannot hold, is spelled out."""
    quoted = "'" + text.replace("'", "''") + "'"
    return "(" + quoted.replace("\0", "' || chr(0) || '") + ")" if "\0" in text else quoted


def literals(texts: Iterable[str]) -> str:
    """Comma separated string literals."""
    return ", ".join(literal(text) for text in texts)


def read_slice(path: Path, delimiter: str, width: int, size: int) -> str:
    """A table function over a slice of `size` bytes; the buffer holds all of it (see `slices`)."""
    columns = ", ".join(f"c{position}: 'VARCHAR'" for position in range(width))
    room = size + 1024
    # Without quoted NULLs, a null string that would have to be quoted keeps '' and NULL apart.
    return (
        f"read_csv({literal(str(path))}, columns={{{columns}}}, auto_detect=false, header=false,"
        f" delim={literal(delimiter)}, quote='\"', escape='\"', strict_mode=true, null_padding=true,"
        f" nullstr='\n', allow_quoted_nulls=false, parallel=false, encoding='utf-8',"
        f" max_line_size={room}, buffer_size={2 * room})"
    )


@dataclass(frozen=True, slots=True)
class RowTerms:
    """What a row of `width` cells says, as SQL expressions.

    With `folded`, an error outside `known` counts as `OTHER_ERRORS`.
    """

    shape: DumpShape
    width: int
    known: frozenset[str] = frozenset()
    folded: bool = False

    @property
    def is_row(self) -> str:
        """False for blank lines and for the dump's own header, repeated."""
        cells = [f"c{position}" for position in range(self.width)]
        header = [f"{cell} = {literal(text)}" for cell, text in zip(cells, self.shape.header, strict=False)]
        surplus = [f"{cell} IS NULL" for cell in cells[len(header) :]]
        is_header = " AND ".join(header + surplus)
        return f"({_first_not_blank(cells)} IS NOT NULL AND ({is_header}) IS NOT TRUE)"

    @property
    def status(self) -> str:
        """'E', 'W' or ''."""
        if self.shape.status is None:
            return "''"
        stated = f"upper(trim(c{self.shape.status}))"
        return f"CASE WHEN {stated} IN ('{REJECTED}', '{WARNING}') THEN {stated} ELSE '' END"

    @property
    def error(self) -> str:
        """The primary error, '' when the row gives none."""
        return f"coalesce({_first_not_blank(self._error_cells)}, '')"

    @property
    def template(self) -> str:
        """The primary error without its variable part."""
        return self._template(self.error)

    @property
    def value(self) -> str:
        """The variable part of the primary error, NULL when it has none."""
        return f"CASE WHEN contains({self.error}, ': ') THEN substr({self.error}, strpos({self.error}, ': ') + 2) END"

    @property
    def templates(self) -> str:
        """The templates of all errors of a row that carries more than one; NULL for the many that do not."""
        first, *others = self._error_cells
        if not others:
            return "NULL::VARCHAR[]"
        each = ", ".join(
            f"CASE WHEN {cell} <> '' THEN {self._template(cell)} END" for cell in (first, *others)
        )
        return f"CASE WHEN {_first_not_blank(others)} IS NOT NULL THEN list_distinct([{each}]) END"

    def bad_value(self, columns: Mapping[str, int | None]) -> str:
        """The cell that the primary error speaks of: `columns` maps a template to its column's position."""
        cases = "".join(
            f" WHEN {literal(template)} THEN c{position}"
            for template, position in columns.items()
            if position is not None
        )
        return f"CASE {self.template}{cases} ELSE {self.value} END" if cases else self.value

    def carries(self, status: str, template: str) -> str:
        """Whether a row belongs to a group, by its primary error or a further one."""
        wanted = literal(template)
        return (
            f"({self.status} = {literal(status)}"
            f" AND ({self.template} = {wanted} OR coalesce(list_contains({self.templates}, {wanted}), false)))"
        )

    def mentions(self, text: str) -> str:
        """Whether any cell holds `text`, upper and lower case alike."""
        wanted = f"lower({literal(text)})"
        return (
            "("
            + " OR ".join(
                f"coalesce(contains(lower(c{position}), {wanted}), false)" for position in range(self.width)
            )
            + ")"
        )

    @property
    def _error_cells(self) -> Sequence[str]:
        surplus = range(len(self.shape.header), self.width)
        return [f"c{position}" for position in (*self.shape.errors, *surplus)]

    def _template(self, error: str) -> str:
        split = f"CASE WHEN contains({error}, ': ') THEN split_part({error}, ': ', 1) || ': {ELLIPSIS}' ELSE {error} END"
        if not self.folded:
            return split
        return (
            f"CASE WHEN ({split}) IN ({literals(self.known)}) THEN ({split}) ELSE {literal(OTHER_ERRORS)} END"
        )


def _first_not_blank(cells: Iterable[str]) -> str:
    return "coalesce(" + ", ".join(f"nullif({cell}, '')" for cell in cells) + ")"
