"""A table of as many rows and columns as there are: only the rows in view are asked for.

The first column stays, the others scroll sideways one at a time under their names. What is not here yet
is shown as such, and asked for by a message.
"""

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.strip import Strip
from textual.style import Style

from anaplan_tui.core import text
from anaplan_tui.ui.triage_values import SheetPage, SheetRow
from anaplan_tui.ui.widgets.painted import Painted
from anaplan_tui.ui.words import MUTED, STRONG, WARN, scroll_mark

_MARKER = "▸ "
_GAP = "  "
_WIDEST, _NARROWEST = 30, 4
_BLOCK = 50
"""Rows are asked for in blocks of so many, or of the sheet's height where that is more …"""
_KEPT = 6
"""… and so many blocks are kept."""


class Sheet(Painted, can_focus=True):
    """Rows by their number; see the module's docstring. ``marked`` is the column to look at."""

    DEFAULT_CSS = """
    Sheet { width: 1fr; height: 1fr; background: $background; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"table--header", "table--cursor"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("pageup,ctrl+u", "page(-1)", show=False),
        Binding("pagedown,ctrl+d", "page(1)", show=False),
        Binding("g,home", "ends(False)", show=False),
        Binding("G,end", "ends(True)", show=False),
    ]

    class Wanted(Message):
        """Rows that are in view are not here."""

        def __init__(self, first: int, limit: int) -> None:
            super().__init__()
            self.first = first
            self.limit = limit

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, Sheet.Wanted)

    class Moved(Message):
        """The cursor stands on another row, or its row has arrived; or the columns have moved."""

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, Sheet.Moved)

    def __init__(self, columns: Sequence[str], *, marked: int | None = None, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._columns = tuple(columns)
        self._marked = marked
        self._widths = [_width(_title(name, marked=n == marked)) for n, name in enumerate(columns)]
        self._line_width = 5
        self._blocks: dict[int, tuple[SheetRow, ...]] = {}
        self._total: int | None = None
        self._said = ""
        self._top = self._cursor = self._left = 0
        self.key_taker: Callable[[events.Key], bool] | None = None
        """Is offered every key first; says whether it took it."""

    # -- what is in it ---------------------------------------------------------------------------

    @property
    def total(self) -> int | None:
        """How many rows there are; ``None`` until the first page is here."""
        return self._total

    @property
    def cursor(self) -> int:
        """The number of the row under the cursor, counted from 0."""
        return self._cursor

    @property
    def current(self) -> SheetRow | None:
        """The row under the cursor, once it is here."""
        return self._row(self._cursor)

    @property
    def columns_in_view(self) -> tuple[int, int]:
        """The first and the last column that can be seen, counted from 0."""
        shown = self._shown()
        return (shown[0][0], shown[-1][0]) if shown else (0, 0)

    def restart(self, said: str = "") -> None:
        """Forget the rows: others will come. ``said`` stands in their place."""
        self._blocks.clear()
        self._total, self._said = None, said
        self._top = self._cursor = 0
        self.repaint()
        self._ask()

    def say(self, said: str) -> None:
        """What stands where no rows are."""
        self._said = said
        self.repaint()

    def put(self, page: SheetPage) -> None:
        """Take rows that were asked for."""
        is_first = self._total is None
        self._total = page.total
        while len(self._blocks) >= _KEPT:
            del self._blocks[max(self._blocks, key=lambda first: abs(first - self._top))]
        self._blocks[page.first] = page.rows
        self._learn_widths(page.rows)
        if is_first:
            self._show_marked()
        self._keep_in_view()
        self.repaint()
        self._ask()
        self.post_message(self.Moved())

    def _row(self, number: int) -> SheetRow | None:
        for first, rows in self._blocks.items():
            if first <= number < first + len(rows):
                return rows[number - first]
        return None

    def _learn_widths(self, rows: Sequence[SheetRow]) -> None:
        """Columns get as wide as what was seen needs, and never narrower: tables should not jump."""
        for n in range(len(self._columns)):
            cells = (row.cells[n] for row in rows if n < len(row.cells))
            self._widths[n] = max(self._widths[n], _NARROWEST, *map(_width, cells))
        self._line_width = max(self._line_width, *(len(row.line) + 1 for row in rows), 0)

    def _ask(self) -> None:
        """Ask for what is in view and not here."""
        block = max(_BLOCK, self._rows_high)
        last = (
            self._top + self._rows_high - 1
            if self._total is None
            else min(self._top + self._rows_high, self._total) - 1
        )
        missing = next((n for n in range(self._top, last + 1) if self._row(n) is None), None)
        if missing is not None:
            self.post_message(self.Wanted(missing - missing % block, block))

    # -- moving ----------------------------------------------------------------------------------

    def on_key(self, event: events.Key) -> None:
        if self.key_taker is not None and self.key_taker(event):
            event.stop()
            event.prevent_default()

    def action_move(self, by: int) -> None:
        self._go(self._cursor + by)

    def action_page(self, pages: int) -> None:
        self._go(self._cursor + pages * max(self.size.height - 2, 1))

    def action_ends(self, last: bool) -> None:
        self._go((self._total or 1) - 1 if last else 0)

    def scroll_columns(self, by: int) -> None:
        """Show the columns further left or right; far too many means to the end."""
        left = min(max(self._left + by, 0), self._last_left)
        if left != self._left:
            self._left = left
            self.repaint()
            self.post_message(self.Moved())

    def _go(self, row: int) -> None:
        row = min(max(row, 0), max((self._total or 0) - 1, 0))
        if row == self._cursor:
            return
        old, self._cursor = self._cursor, row
        if self._keep_in_view():
            self.repaint()
            self._ask()
        else:
            self.repaint([old - self._top + 1, row - self._top + 1])
        self.post_message(self.Moved())

    def _keep_in_view(self) -> bool:
        """Scroll as little as possible; says whether it had to."""
        rows = self._rows_high
        top = min(max(self._top, self._cursor - rows + 1), self._cursor)
        top = max(min(top, (self._total or 0) - rows), 0)
        moved, self._top = top != self._top, top
        return moved

    @property
    def _rows_high(self) -> int:
        return max(self.size.height - 1, 1)

    @property
    def _room(self) -> int:
        """Cells for the columns that scroll."""
        return max(self.size.width - len(_MARKER) - self._line_width - len(_GAP) - 2, 1)

    @property
    def _last_left(self) -> int:
        """The first column from which on all the others can be seen."""
        return self._left_for(len(self._columns) - 1)

    def _left_for(self, column: int) -> int:
        """The first column that leaves room for this one."""
        left, room = column, self._room - (self._widths[column] if column >= 0 else 0)
        while left > 0 and self._widths[left - 1] + len(_GAP) <= room:
            left -= 1
            room -= self._widths[left] + len(_GAP)
        return max(left, 0)

    def _show_marked(self) -> None:
        if self._marked is not None and self.size.width:
            self._left = max(self._left, self._left_for(self._marked))

    # -- drawing ---------------------------------------------------------------------------------

    def on_resize(self, event: events.Resize) -> None:
        self._left = min(self._left, self._last_left)
        self._keep_in_view()
        super().on_resize(event)
        self._ask()

    def _shown(self) -> list[tuple[int, int]]:
        """The columns in view with their widths; the last may be cut."""
        shown: list[tuple[int, int]] = []
        room = self._room
        for n in range(self._left, len(self._columns)):
            if room < _NARROWEST and shown:
                break
            shown.append((n, min(self._widths[n], room)))
            room -= self._widths[n] + len(_GAP)
        return shown

    def draw(self, y: int) -> Strip:
        if y == 0:
            return self._header()
        number = self._top + y - 1
        if self._total is None or not self._total:
            lines = Content(self._said).wrap(max(self.size.width - 4, 20))
            shown = lines[y - 2] if 0 <= y - 2 < len(lines) else Content()
            return self.inked(Content("  ") + shown.stylize(MUTED), self.size.width)
        if number >= self._total:
            return self.blank()
        return self._line(number, y)

    def _header(self) -> Strip:
        shown = self._shown()
        names = [
            _fit(Content(_title(self._columns[n], marked=n == self._marked)), width) for n, width in shown
        ]
        before = "‹" if self._left else " "
        after = "›" if shown and shown[-1][0] < len(self._columns) - 1 else " "
        line = Content(_MARKER.replace("▸", " ")) + Content(f"{'LINE':>{self._line_width}}")
        line += Content(f" {before}") + Content(_GAP).join(names)
        style = self.visual_style + Style.from_styles(self.get_component_styles("table--header"))
        fitted = line.truncate(self.size.width - 1, ellipsis=True, pad=True)
        return self.inked(fitted + Content.styled(after, STRONG), self.size.width, style)

    def _line(self, number: int, y: int) -> Strip:
        row = self._row(number)
        here = number == self._cursor
        if row is None:
            line = Content.styled(f"{'…':>{self._line_width}}", MUTED)
        else:
            cells = [self._cell(row, n, width) for n, width in self._shown()]
            source_line = f"{row.line or text.NOTHING:>{self._line_width}}{_GAP}"
            line = Content(source_line) + Content(_GAP).join(cells)
        style = self.visual_style
        if here:
            style += Style.from_styles(self.get_component_styles("table--cursor"))
        marker = Content.styled(_MARKER, STRONG) if here else Content(" " * len(_MARKER))
        mark = scroll_mark(y - 1, self._top, self._rows_high, self._total or 0)
        fitted = (marker + line).truncate(self.size.width - 1, ellipsis=True, pad=True)
        return self.inked(fitted + mark, self.size.width, style)

    def _cell(self, row: SheetRow, column: int, width: int) -> Content:
        cell = row.cells[column] if column < len(row.cells) else ""
        # A cell may hold 2,000 characters; no more of them than have room are looked at.
        shown = Content.styled(cell[: width + 1], WARN if column == self._marked else "")
        return _fit(shown, width)


def _fit(content: Content, width: int) -> Content:
    return content.truncate(width, ellipsis=True, pad=True)


def _title(name: str, *, marked: bool) -> str:
    return f"! {name}" if marked else name


def _width(cell: str) -> int:
    return min(cell_len(cell[: _WIDEST + 1]), _WIDEST)
