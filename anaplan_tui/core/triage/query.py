"""The SQL that DuckDB is asked: a slice as a table of cells, and what each row says, in terms of those cells.

Cells are named c0, c1, …; they are NULL where a row is too short and '' where the cell is blank, so that a
row can be written again exactly as it was. Everything from the dump gets into a query through
`templates.literal`.
"""

# ruff: noqa: S608 (what comes from a dump gets into SQL through query.literal only)

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from anaplan_tui.core.triage.groups import OTHER_ERRORS
from anaplan_tui.core.triage.shape import DumpShape
from anaplan_tui.core.triage.slices import Records
from anaplan_tui.core.triage.templates import Templates, literal, literals

REJECTED, WARNING = "E", "W"


def read_slice(path: Path, records: Records, width: int) -> str:
    """A table function over a slice in a file; the buffer holds all of it (see `slices`)."""
    columns = ", ".join(f"c{position}: 'VARCHAR'" for position in range(width))
    room = len(records.raw) + 1024
    # Told that lines end in CR LF, DuckDB misreads LF in cells; left to find out by itself, it does not.
    line_end = ", new_line='\\n'" if records.line_end == "\n" else ""
    # Without quoted NULLs, a null string that would have to be quoted keeps '' and NULL apart.
    return (
        f"read_csv({literal(str(path))}, columns={{{columns}}}, auto_detect=false, header=false,"
        f" delim={literal(records.delimiter)}, quote='\"', escape='\"', strict_mode=true, null_padding=true,"
        f" nullstr='\n', allow_quoted_nulls=false, parallel=false, encoding='utf-8'{line_end},"
        f" max_line_size={room}, buffer_size={2 * room})"
    )


@dataclass(frozen=True, slots=True)
class RowTerms:
    """What a row of `width` cells says, as SQL over a table of slices.

    With `folded`, an error outside `known` counts as `OTHER_ERRORS`.
    """

    shape: DumpShape
    width: int
    templates: Templates = field(default_factory=Templates)
    known: frozenset[str] = frozenset()
    folded: bool = False

    def rows(self, table: str) -> str:
        """The rows in a table of cells: the cells, `status` (E, W or ''), `error` and `template`.

        `error` is the primary one, '' when the row gives none; `template` the same without its variable part.
        In two steps, because DuckDB works out an expression as often as it is written.
        """
        read = f"SELECT *, {self._status} AS status, {self._error} AS error FROM {table} WHERE {self._is_row}"
        named = self.templates.sql_rows(read)
        if not self.folded:
            return f"({named})"
        return f"(SELECT * REPLACE ({self._fold('template')} AS template) FROM ({named}))"

    @property
    def cells(self) -> str:
        """All cells of a row, the surplus ones too."""
        return ", ".join(f"c{position}" for position in range(self.width))

    @property
    def value(self) -> str:
        """The variable part of the primary error, NULL when it has none."""
        return self.templates.sql_value("error", "template")

    @property
    def has_further(self) -> str:
        """Whether a row has errors behind its first cell; most have none."""
        return "(" + " OR ".join(f"{cell} <> ''" for cell in self._error_cells[1:]) + ")"

    @property
    def further(self) -> str:
        """The templates of a row's errors behind its first cell; NULL for the many rows that have none."""
        each = f"list_transform({self._others}, lambda other: {self._template('other')})"
        return f"CASE WHEN {self.has_further} THEN list_distinct({each}) END"

    def further_cells(self, columns: Mapping[str, int | None]) -> str:
        """The cells that `further_values` needs, by their names; NULL and cheap where there is none."""
        spoken_of = sorted({position for position in columns.values() if position is not None})
        needed = (
            f"CASE WHEN {self.has_further} THEN c{position} END AS c{position}" for position in spoken_of
        )
        return ", ".join([*self._error_cells[1:], *needed])

    def further_values(self, columns: Mapping[str, int | None]) -> str:
        """The same with the cell that each error speaks of, as structs of `template` and `value`."""
        named = (
            f"list_transform({self._others}, lambda other: {{'t': {self._template('other')}, 'e': other}})"
        )
        value = self._value_in("e.t", self.templates.sql_value("e.e", "e.t"), columns)
        each = f"list_transform({named}, lambda e: {{'template': e.t, 'value': {value}}})"
        return f"CASE WHEN {self.has_further} THEN list_distinct({each}) END"

    def bad_value(self, columns: Mapping[str, int | None]) -> str:
        """The cell that the primary error speaks of: `columns` maps a template to its column's position."""
        return self._value_in("template", self.value, columns)

    def carries(self, status: str, template: str) -> str:
        """Whether a row belongs to a group, by its primary error or a further one."""
        wanted = literal(template)
        is_further = f"coalesce(list_contains({self.further}, {wanted}), false)"
        return f"(status = {literal(status)} AND (template = {wanted} OR {is_further}))"

    def mentions(self, text: str) -> str:
        """Whether any cell holds `text`, upper and lower case alike."""
        wanted = f"lower({literal(text)})"
        found = (f"coalesce(contains(lower(c{position}), {wanted}), false)" for position in range(self.width))
        return "(" + " OR ".join(found) + ")"

    @property
    def _is_row(self) -> str:
        """False for blank lines, and for the dump's own header when it comes again.

        A header is known by the names of the dump's own columns: no row has a line number `_Line_`. Looking
        at these few cells keeps DuckDB from making strings of all the others.
        """
        own = [self.shape.status, self.shape.line, *self.shape.errors]
        differs = " OR ".join(
            f"c{position} IS DISTINCT FROM {literal(self.shape.header[position])}"
            for position in own
            if position is not None
        )
        return f"(c0 <> '' OR c1 IS NOT NULL) AND ({differs})"

    @property
    def _status(self) -> str:
        if self.shape.status is None:
            return "''"
        cell = f"c{self.shape.status}"
        known = f"('{REJECTED}', '{WARNING}')"
        cleaned = f"upper(trim({cell}))"
        return f"CASE WHEN {cell} IN {known} THEN {cell} WHEN {cleaned} IN {known} THEN {cleaned} ELSE '' END"

    @property
    def _error(self) -> str:
        first, *others = self._error_cells
        later = ", ".join(f"nullif({cell}, '')" for cell in others)
        return f"CASE WHEN {first} <> '' THEN {first} ELSE coalesce({later}, '') END"

    @property
    def _error_cells(self) -> list[str]:
        surplus = range(len(self.shape.header), self.width)
        return [f"c{position}" for position in (*self.shape.errors, *surplus)]

    @property
    def _others(self) -> str:
        return f"list_filter([{', '.join(self._error_cells[1:])}], lambda other: other <> '')"

    @staticmethod
    def _value_in(template: str, variable: str, columns: Mapping[str, int | None]) -> str:
        cases = "".join(
            f" WHEN {literal(name)} THEN c{position}"
            for name, position in columns.items()
            if position is not None
        )
        return f"CASE {template}{cases} ELSE {variable} END" if cases else variable

    def _template(self, error: str) -> str:
        template = self.templates.sql_of(error)
        return self._fold(f"({template})") if self.folded else template

    def _fold(self, template: str) -> str:
        known = literals(sorted(self.known))
        return f"CASE WHEN {template} IN ({known}) THEN {template} ELSE {literal(OTHER_ERRORS)} END"
