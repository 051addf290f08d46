"""The SQL that DuckDB is asked: a slice as a table of cells, and what each row says, in terms of those cells.

Cells are columns c0, c1, …; they are NULL where a row is too short and '' where the cell is blank, so that a
row can be written again exactly as it was. Rows too wide for that are one list ``cells``, and no query about
them grows with their width. Everything from the dump gets into a query through ``templates.literal``.
"""

# ruff: noqa: S608 (what comes from a dump gets into SQL through templates.literal only)

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from anaplan_tui.api.clean import MARK
from anaplan_tui.core.triage.groups import OTHER_ERRORS
from anaplan_tui.core.triage.shape import DumpShape
from anaplan_tui.core.triage.slices import MAX_COLUMNS, Records
from anaplan_tui.core.triage.stray import SEPARATOR
from anaplan_tui.core.triage.templates import Templates, literal, literals

REJECTED, WARNING = "E", "W"
MARKS = f" {MARK}"
"""What may stand around the first cell of a row where files were joined: blanks, and the byte order marks of
the second file."""
_TELLING_ERRORS = 3
"""The names of this many error columns tell a header from a row."""


def row_terms(
    shape: DumpShape, width: int, templates: Templates, known: frozenset[str], *, folded: bool
) -> RowTerms:
    """The terms for rows of ``width`` cells."""
    terms = PackedTerms if width > MAX_COLUMNS else RowTerms
    return terms(shape, width, templates, known, folded)


def read_slice(path: Path, records: Records, width: int) -> str:
    """A table over a slice in a file; the buffer holds all of it (see ``slices``)."""
    if records.packed:
        packed = read_slice(path, replace(records, packed=False), 1)
        return f"(SELECT string_split(c0, {literal(SEPARATOR)}) AS cells FROM {packed})"
    columns = ", ".join(f"c{position}: 'VARCHAR'" for position in range(width))
    room = records.size + 1024
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
    """What a row of ``width`` cells says, as SQL over a table of slices.

    With ``folded``, an error outside ``known`` counts as ``OTHER_ERRORS``.
    """

    shape: DumpShape
    width: int
    templates: Templates = field(default_factory=Templates)
    known: frozenset[str] = frozenset()
    folded: bool = False

    def rows(self, table: str) -> str:
        """The rows in a table of cells: the cells, ``status`` (E, W or ''), ``error`` and ``template``.

        ``error`` is the primary one, '' when the row gives none; ``template`` the same without its variable
        part. In two steps, because DuckDB evaluates an expression as often as it is written.
        """
        table = self._with_errors(table)
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
        """What ``further_values`` needs, by its names; NULL and cheap where there is none."""
        spoken_of = sorted({position for position in columns.values() if position is not None})
        needed = (
            f"CASE WHEN {self.has_further} THEN c{position} END AS c{position}" for position in spoken_of
        )
        return ", ".join([*self._error_cells[1:], *needed])

    def further_values(self, columns: Mapping[str, int | None]) -> str:
        """``further`` with the cell that each error speaks of, as structs of ``template`` and ``value``."""
        named = (
            f"list_transform({self._others}, lambda other: {{'t': {self._template('other')}, 'e': other}})"
        )
        value = self._value_in("e.t", self.templates.sql_value("e.e", "e.t"), columns)
        each = f"list_transform({named}, lambda e: {{'template': e.t, 'value': {value}}})"
        return f"CASE WHEN {self.has_further} THEN list_distinct({each}) END"

    def bad_value(self, columns: Mapping[str, int | None]) -> str:
        """The cell that the primary error speaks of: ``columns`` maps a template to its column's position."""
        return self._value_in("template", self.value, columns)

    def carries(self, status: str, template: str) -> str:
        """Whether a row belongs to a group, by its primary error or a further one."""
        wanted = literal(template)
        is_further = f"coalesce(list_contains({self.further}, {wanted}), false)"
        return f"(status = {literal(status)} AND (template = {wanted} OR {is_further}))"

    def mentions(self, text: str) -> str:
        """Whether any cell holds ``text``, upper and lower case alike."""
        found = (
            f"coalesce({self._mentions(self._cell(position), text)}, false)" for position in range(self.width)
        )
        return "(" + " OR ".join(found) + ")"

    @staticmethod
    def _mentions(cell: str, text: str) -> str:
        return f"contains(lower({cell}), lower({literal(text)}))"

    def _with_errors(self, table: str) -> str:
        """A table of cells with what the other expressions need beside them."""
        return table

    def _cell(self, position: int) -> str:
        return f"c{position}"

    @property
    def _is_row(self) -> str:
        """False for blank lines, and for the dump's own header when it comes again.

        A header is known by the names of the dump's own columns: no row has a line number ``_Line_``. Looking
        at these few cells keeps DuckDB from making strings of all the others.
        """
        own = [self.shape.status, self.shape.line, *self.shape.errors[:_TELLING_ERRORS]]
        differs = " OR ".join(self._differs_from_header(position) for position in own if position is not None)
        return f"({self._cell(0)} <> '' OR {self._cell(1)} IS NOT NULL) AND ({differs})"

    def _differs_from_header(self, position: int) -> str:
        name, cell = self.shape.header[position], self._cell(position)
        if position:
            return f"{cell} IS DISTINCT FROM {literal(name)}"
        # A file that was put behind another may have brought its byte order mark along, or two.
        names = (name, f"{MARK}{name}", f"{MARK}{MARK}{name}")
        return f"coalesce({cell} NOT IN ({literals(names)}), true)"

    @property
    def _status(self) -> str:
        if self.shape.status is None:
            return "''"
        cell = self._cell(self.shape.status)
        known = f"('{REJECTED}', '{WARNING}')"
        around = literal(MARKS) if self.shape.status == 0 else "' '"
        cleaned = f"upper(trim({cell}, {around}))"
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

    def _value_in(self, template: str, variable: str, columns: Mapping[str, int | None]) -> str:
        cases = "".join(
            f" WHEN {literal(name)} THEN {self._cell(position)}"
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


@dataclass(frozen=True, slots=True)
class PackedTerms(RowTerms):
    """The same for rows that are lists.

    The column ``errors`` has a row's errors that are not blank, ``others`` those behind its first error cell.
    """

    @property
    def cells(self) -> str:
        """All cells of a row, as one list."""
        return "cells"

    @property
    def has_further(self) -> str:
        """Whether a row has errors behind its first cell."""
        return "len(others) > 0"

    def further_cells(self, columns: Mapping[str, int | None]) -> str:
        """What ``further_values`` needs, by its names."""
        return f"others, CASE WHEN {self.has_further} THEN cells END AS cells"

    def mentions(self, text: str) -> str:
        """Whether any cell holds ``text``, upper and lower case alike."""
        return f"len(list_filter(cells, lambda cell: {self._mentions('cell', text)})) > 0"

    def hits(self, rows: str, errors: Iterable[str], *, with_further: bool) -> str:
        """A query for the cells that hold what an error complains of.

        Its rows: the template, a position counted from 1 (NULL: all errors of the template), and how often.
        """
        errors_of = f"SELECT number, template, {self.value} AS value FROM numbered"
        if with_further:
            errors_of += (
                " UNION ALL SELECT number, e.template, e.value FROM (SELECT number,"
                f" unnest({self.further_values({})}) AS e FROM numbered WHERE {self.has_further})"
            )
        return (
            f"WITH numbered AS MATERIALIZED (SELECT *, row_number() OVER () AS number FROM {rows}),"
            f" said AS MATERIALIZED (SELECT number, template, trim(value) AS value FROM ({errors_of})"
            f" WHERE template IN ({literals(errors)})),"
            " standing AS (SELECT number, unnest(cells) AS cell, generate_subscripts(cells, 1) AS position"
            " FROM numbered)"
            " SELECT template, NULL AS position, count(*) AS times FROM said GROUP BY ALL"
            " UNION ALL SELECT template, position, count(*) AS times FROM said JOIN standing"
            " ON said.number = standing.number AND said.value = trim(standing.cell) GROUP BY ALL"
        )

    def _with_errors(self, table: str) -> str:
        surplus = f"cells[{len(self.shape.header) + 1}:]"
        first, last = self.shape.errors[0] + 1, self.shape.errors[-1] + 1

        def filled(start: int) -> str:
            declared = f"cells[{start}:{last}]"
            return f"list_filter(list_concat({declared}, {surplus}), lambda error: error <> '')"

        return f"(SELECT *, {filled(first)} AS errors, {filled(first + 1)} AS others FROM {table})"

    def _cell(self, position: int) -> str:
        return f"cells[{position + 1}]"

    @property
    def _error(self) -> str:
        return "coalesce(errors[1], '')"

    @property
    def _others(self) -> str:
        return "others"
