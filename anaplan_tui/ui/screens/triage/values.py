"""A triage's values, made safe to show: every cell of a dump is somebody else's text."""

from collections.abc import Iterable
from dataclasses import dataclass

from anaplan_tui.api.clean import clean
from anaplan_tui.core.triage import Comparison, DumpRow, Group, Page, Summary, earlier_rows
from anaplan_tui.core.triage.blanks import visible
from anaplan_tui.ui.widgets.sheet_page import SheetPage, SheetRow

ERROR_LIMIT = 400
VALUE_LIMIT = 80
CELL_LIMIT = 2000
"""Characters kept of an error, of a bad value, and of a cell of a row."""
ROW_LIMIT = 100_000
"""Characters that the cells of a row share; each keeps at least ``VALUE_LIMIT``."""
ERRORS_LIMIT = 20
"""Errors kept of a row."""


@dataclass(frozen=True, slots=True)
class GroupLine:
    """A group as a line of the list: one of this dump, or one that only the earlier dump had."""

    key: str
    """The engine's key, with raw text of the dump: not to be shown."""
    error: str
    status: str | None
    outcome: str
    """``E`` rejected, ``W`` loaded with a warning, empty where that is unknown."""
    rows: int
    also: int
    percent: float
    column: str
    position: int | None
    """The column's place among the source's own."""
    top_values: tuple[tuple[str, int], ...]
    first_lines: tuple[int, ...]
    was: int | None = None
    """Rows in the earlier dump; ``None`` while that is not known."""
    gone: bool = False
    """Only the earlier dump has it."""

    @property
    def change(self) -> str:
        """How it changed since the earlier dump, as a word or an arrow."""
        if self.gone:
            return "gone"
        if self.was is None or self.was == self.rows:
            return ""
        if self.was == 0:
            return "new"
        return f"{'↑' if self.rows > self.was else '↓'} {abs(self.rows - self.was):,}"


def group_lines(
    summary: Summary, earlier: Summary | None = None, change: Comparison | None = None
) -> list[GroupLine]:
    """The groups of a dump, and below them those that are gone since ``earlier``."""
    # A dump without status holds rejected rows only.
    otherwise = "" if summary.unclear else "E"
    before = earlier_rows(earlier, summary) if earlier is not None else {}
    lines = [_line(group, before.get(group.key), otherwise, gone=False) for group in summary.groups]
    gone: Iterable[Group] = change.gone if change is not None else ()
    return lines + [_line(group, group.rows, otherwise, gone=True) for group in gone]


def same_group(line: GroupLine, was: Summary | None, now: Summary) -> GroupLine | None:
    """Find a group's line after its dump was read in another encoding, by its key or by its place."""
    lines = group_lines(now)
    found = next((one for one in lines if one.key == line.key), None)
    if found is None and was is not None and len(was.groups) == len(lines):
        place = next((n for n, group in enumerate(was.groups) if group.key == line.key), None)
        found = lines[place] if place is not None else None
    is_same = found is not None and (found.status, found.rows) == (line.status, line.rows)
    return found if is_same else None


def _line(group: Group, was: int | None, otherwise: str, *, gone: bool) -> GroupLine:
    return GroupLine(
        key=group.key,
        error=visible(clean(group.error, limit=ERROR_LIMIT)),
        status=group.status,
        outcome=group.status or otherwise,
        rows=0 if gone else group.rows,
        also=0 if gone else group.also,
        percent=0.0 if gone else group.percent,
        column=clean(group.column or "", limit=VALUE_LIMIT),
        position=group.position,
        top_values=tuple((clean(value, limit=VALUE_LIMIT), rows) for value, rows in group.top_values),
        first_lines=() if gone else group.first_lines,
        was=was,
        gone=gone,
    )


def sheet_page(page: Page, first: int) -> SheetPage:
    """A page of the engine's rows, made safe."""
    return SheetPage(first, tuple(map(_row, page.rows)), page.total)


def _row(row: DumpRow) -> SheetRow:
    room = min(CELL_LIMIT, max(ROW_LIMIT // max(len(row.cells), 1), VALUE_LIMIT))
    plain = tuple(clean(cell, limit=room) for cell in row.cells)
    return SheetRow(
        line="" if row.line is None else f"{row.line:,}",
        cells=tuple(map(visible, plain)),
        errors=tuple(visible(clean(error, limit=ERROR_LIMIT)) for error in row.errors[:ERRORS_LIMIT]),
        plain=plain,
    )
