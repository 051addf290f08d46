"""A table of any number of rows and columns: asks only for the rows in view.

The first column stays; the others scroll sideways, one at a time, under their names. Rows that have not
arrived yet are shown as such, and requested by a message.
"""

from collections.abc import Sequence

from rich.cells import cell_len
from textual.content import Content
from textual.message import Message
from textual.strip import Strip
from typing_extensions import override

from anaplan_tui.core import text
from anaplan_tui.ui.widgets.cursor_table import MARKER, CursorTable
from anaplan_tui.ui.widgets.sheet_page import SheetPage, SheetRow
from anaplan_tui.ui.words import MUTED, STRONG, WARN

_GAP = "  "
_WIDEST, _NARROWEST = 30, 4
_BLOCK = 50
"""Rows in a block, which are requested together; the sheet's height if that is more."""
_KEPT = 6
"""Blocks that are kept."""


class Sheet(CursorTable, can_focus=True):
    """Rows by number; see the module's docstring. ``marked`` is the column to look at."""

    class Missing(Message):
        """Rows in view have not arrived: ``limit`` of them, from ``first`` on, are wanted."""

        def __init__(self, first: int, limit: int) -> None:
            super().__init__()
            self.first = first
            self.limit = limit

        @override
        def can_replace(self, message: Message) -> bool:
            return isinstance(message, Sheet.Missing)

    class Moved(Message):
        """The cursor is on another row, its row has arrived, or the columns have scrolled."""

        @override
        def can_replace(self, message: Message) -> bool:
            return isinstance(message, Sheet.Moved)

    def __init__(self, columns: Sequence[str], *, marked: int | None = None, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.show_columns(columns, marked)
        self._line_width = 5
        self._blocks: dict[int, tuple[SheetRow, ...]] = {}
        self._total: int | None = None
        self._said = ""
        self._left = 0

    # -- content ---------------------------------------------------------------------------------

    @property
    def total(self) -> int | None:
        """How many rows there are; ``None`` until the first page arrives."""
        return self._total

    @property
    def cursor(self) -> int:
        """The number of the row under the cursor, counted from 0."""
        return self._cursor

    @property
    def current(self) -> SheetRow | None:
        """The row under the cursor; ``None`` until it arrives."""
        return self._row(self._cursor)

    @property
    def columns_in_view(self) -> tuple[int, int]:
        """The first and the last visible column, counted from 0."""
        shown = self._shown()
        return (shown[0][0], shown[-1][0]) if shown else (0, 0)

    def show_columns(self, columns: Sequence[str], marked: int | None) -> None:
        """Use other column names; ``restart`` then asks for their rows."""
        self._columns = tuple(columns)
        self._marked = marked
        self._widths = [_width(_title(name, marked=n == marked)) for n, name in enumerate(columns)]

    def restart(self, said: str = "") -> None:
        """Forget the rows and ask for new ones; show ``said`` until they arrive."""
        self._blocks.clear()
        self._total, self._said = None, said
        self._top = self._cursor = 0
        self.repaint()
        self._ask()

    def say(self, said: str) -> None:
        """Set the text shown when there are no rows."""
        self._said = said
        self.repaint()

    def put(self, page: SheetPage) -> None:
        """Take in requested rows."""
        is_first = self._total is None
        self._total = page.total
        while len(self._blocks) >= _KEPT:
            del self._blocks[max(self._blocks, key=lambda first: abs(first - self._top))]
        self._blocks[page.first] = page.rows
        self._learn_widths(page.rows)
        if is_first:
            self._show_marked()
        self.keep_cursor_in_view()
        self.repaint()
        self._ask()
        self.post_message(self.Moved())

    def _row(self, number: int) -> SheetRow | None:
        for first, rows in self._blocks.items():
            if first <= number < first + len(rows):
                return rows[number - first]
        return None

    def _learn_widths(self, rows: Sequence[SheetRow]) -> None:
        """Widen columns to fit these rows, never narrow them: the table must not jump."""
        for n in range(len(self._columns)):
            cells = (row.cells[n] for row in rows if n < len(row.cells))
            self._widths[n] = max(self._widths[n], _NARROWEST, *map(_width, cells))
        self._line_width = max(self._line_width, *(len(row.line) + 1 for row in rows), 0)

    def _ask(self) -> None:
        """Ask for the rows in view that have not arrived."""
        block = max(_BLOCK, self.rows_high)
        last = (
            self._top + self.rows_high - 1
            if self._total is None
            else min(self._top + self.rows_high, self._total) - 1
        )
        missing = next((n for n in range(self._top, last + 1) if self._row(n) is None), None)
        if missing is not None:
            self.post_message(self.Missing(missing - missing % block, block))

    # -- moving ------------------------------------------------------------------------------------

    @property
    @override
    def row_count(self) -> int:
        return self._total or 0

    @override
    def moved(self, *, scrolled: bool) -> None:
        if scrolled:
            self._ask()
        self.post_message(self.Moved())

    @override
    def resized(self) -> None:
        self._left = min(self._left, self._last_left)
        self._ask()

    def scroll_columns(self, by: int) -> None:
        """Scroll the columns left or right, as far as there are any."""
        left = min(max(self._left + by, 0), self._last_left)
        if left != self._left:
            self._left = left
            self.repaint()
            self.post_message(self.Moved())

    @property
    def _room(self) -> int:
        """Cells for the columns that scroll."""
        return max(self.size.width - len(MARKER) - self._line_width - len(_GAP) - 2, 1)

    @property
    def _last_left(self) -> int:
        """The first column from which all later ones fit."""
        return self._left_for(len(self._columns) - 1)

    def _left_for(self, column: int) -> int:
        """Return the first column to show so that this one fits, too."""
        left, room = column, self._room - (self._widths[column] if column >= 0 else 0)
        while left > 0 and self._widths[left - 1] + len(_GAP) <= room:
            left -= 1
            room -= self._widths[left] + len(_GAP)
        return max(left, 0)

    def _show_marked(self) -> None:
        if self._marked is not None and self.size.width:
            self._left = max(self._left, self._left_for(self._marked))

    # -- drawing ---------------------------------------------------------------------------------

    def _shown(self) -> list[tuple[int, int]]:
        """Return the columns in view with their widths; the last may be cut."""
        shown: list[tuple[int, int]] = []
        room = self._room
        for n in range(self._left, len(self._columns)):
            if room < _NARROWEST and shown:
                break
            shown.append((n, min(self._widths[n], room)))
            room -= self._widths[n] + len(_GAP)
        return shown

    @override
    def said_instead(self) -> str:
        return self._said

    @override
    def draw_head(self) -> Strip:
        shown = self._shown()
        names = [
            _fit(Content(_title(self._columns[n], marked=n == self._marked)), width) for n, width in shown
        ]
        before = "‹" if self._left else " "
        after = "›" if shown and shown[-1][0] < len(self._columns) - 1 else " "
        line = Content(" " * len(MARKER)) + Content(f"{'LINE':>{self._line_width}}")
        line += Content(f" {before}") + Content(_GAP).join(names)
        fitted = line.truncate(self.size.width - 1, ellipsis=True, pad=True)
        return self.inked_head(fitted + Content.styled(after, STRONG))

    @override
    def draw_row(self, row: int, mark: Content) -> Strip:
        known = self._row(row)
        if known is None:
            return self.inked_row(row, Content.styled(f"{'…':>{self._line_width}}", MUTED), mark)
        cells = [self._cell(known, n, width) for n, width in self._shown()]
        source_line = f"{known.line or text.NOTHING:>{self._line_width}}{_GAP}"
        return self.inked_row(row, Content(source_line) + Content(_GAP).join(cells), mark)

    def _cell(self, row: SheetRow, column: int, width: int) -> Content:
        cell = row.cells[column] if column < len(row.cells) else ""
        # A cell may hold 2,000 characters; only as many as fit are processed.
        shown = Content.styled(cell[: width + 1], WARN if column == self._marked else "")
        return _fit(shown, width)


def _fit(content: Content, width: int) -> Content:
    return content.truncate(width, ellipsis=True, pad=True)


def _title(name: str, *, marked: bool) -> str:
    return f"! {name}" if marked else name


def _width(cell: str) -> int:
    return min(cell_len(cell[: _WIDEST + 1]), _WIDEST)
