"""The base of all tables: a head, numbered rows, a cursor that stays in view, a scroll mark."""

from collections.abc import Callable, Iterable
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.strip import Strip
from textual.style import Style
from typing_extensions import override

from anaplan_tui.ui.widgets.painted import Painted
from anaplan_tui.ui.words import MUTED, STRONG, scroll_mark

MARKER = "▸ "
"""Precedes the cursor's row; its second cell is for a row's sign. Other rows leave the same room."""

_WHEEL = 3
"""Rows per notch of the wheel."""
_DOUBLE = 2


class CursorTable(Painted, can_focus=True):
    """A subclass says how many rows there are and draws them; rows are counted from 0."""

    DEFAULT_CSS = """
    CursorTable { width: 1fr; height: 1fr; background: $background; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"table--header", "table--cursor"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("pageup,ctrl+u,ctrl+b", "page(-1)", show=False),
        Binding("pagedown,ctrl+d,ctrl+f", "page(1)", show=False),
        Binding("space", "page_by_space", show=False),
        Binding("g,home", "ends(False)", show=False),
        Binding("G,end", "ends(True)", show=False),
    ]

    class Opened(Message):
        """The operator double-clicked the cursor's row."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._cursor = self._top = 0
        self.moved_by_operator = False
        """Until the operator moves the cursor, a table whose rows still arrive may place it."""
        self.key_taker: Callable[[events.Key], bool] | None = None
        """Is offered every key first; returns whether it took it."""

    # -- for a subclass to override ----------------------------------------------------------------

    @property
    def row_count(self) -> int:
        """How many rows there are, including those out of view."""
        raise NotImplementedError

    def draw_head(self) -> Strip:
        """Draw the line over the rows."""
        raise NotImplementedError

    def draw_row(self, row: int, mark: Content) -> Strip:
        """Draw a row, best with :meth:`inked_row`; ``mark`` goes into its last cell."""
        raise NotImplementedError

    def said_instead(self) -> str:
        """Return the text shown when there are no rows."""
        raise NotImplementedError

    def row_sign(self, _row: int) -> Content:
        """Return the one-cell sign before a row, beside the cursor's arrow."""
        return Content(" ")

    def moved(self, *, scrolled: bool) -> None:
        """React to the cursor on another row."""

    def resized(self) -> None:
        """React to another size of the table."""

    # -- moving ------------------------------------------------------------------------------------

    def on_key(self, event: events.Key) -> None:
        """Offer the key to :attr:`key_taker` before a binding gets it."""
        if self.key_taker is not None and self.key_taker(event):
            event.stop()
            event.prevent_default()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Move the cursor with the wheel, and the rows with the cursor."""
        event.stop()
        self._go_for_operator(self._cursor + _WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Move the cursor with the wheel, and the rows with the cursor."""
        event.stop()
        self._go_for_operator(self._cursor - _WHEEL)

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the clicked row; a double click opens it."""
        row = self._top + event.y - 1
        if event.y < 1 or row >= self.row_count:
            return
        self._go_for_operator(row)
        if event.chain == _DOUBLE:
            self.post_message(self.Opened())

    def action_move(self, by: int) -> None:
        """Move the cursor by this many rows."""
        self._go_for_operator(self._cursor + by)

    def action_page(self, pages: int) -> None:
        """Move the cursor by this many pages, which overlap by one row."""
        self._go_for_operator(self._cursor + pages * max(self.size.height - 2, 1))

    def action_page_by_space(self) -> None:
        """Move down by a page; a separate action, because some lists use Space for marks."""
        self.action_page(1)

    def action_ends(self, last: bool) -> None:
        """Move the cursor to the first row, or the last."""
        self._go_for_operator(self.row_count - 1 if last else 0)

    def _go_for_operator(self, row: int) -> None:
        self.moved_by_operator = True
        self.go_to(row)

    def go_to(self, row: int) -> None:
        """Put the cursor on a row, or on the nearest existing one."""
        row = min(max(row, 0), max(self.row_count - 1, 0))
        if row == self._cursor:
            return
        old, self._cursor = self._cursor, row
        scrolled = self.keep_cursor_in_view()
        if scrolled:
            self.repaint()
        else:
            self.repaint_rows((old, row))
        self.moved(scrolled=scrolled)

    def keep_cursor_in_view(self) -> bool:
        """Scroll as little as possible; return whether it had to."""
        rows = self.rows_high
        top = min(max(self._top, self._cursor - rows + 1), self._cursor)
        top = min(top, max(self.row_count - rows, 0))
        scrolled, self._top = top != self._top, top
        return scrolled

    @property
    def rows_high(self) -> int:
        """How many rows fit."""
        return max(self.size.height - 1, 1)

    @override
    def on_resize(self, _event: events.Resize) -> None:
        # Textual also calls the handler of Painted, after this one.
        self.keep_cursor_in_view()
        self.resized()

    # -- drawing -----------------------------------------------------------------------------------

    def repaint_rows(self, rows: Iterable[int]) -> None:
        """Repaint these rows, as far as they are in view."""
        self.repaint([row - self._top + 1 for row in rows if row >= self._top])

    @override
    def draw(self, y: int) -> Strip:
        if y == 0:
            return self.draw_head()
        row, count = self._top + y - 1, self.row_count
        if row < count:
            return self.draw_row(row, scroll_mark(y - 1, self._top, self.rows_high, count))
        return self.blank() if count else self._draw_said(y - 2)

    def inked_head(self, line: Content) -> Strip:
        """Return a line in the colours of the head."""
        style = self.visual_style + Style.from_styles(self.get_component_styles("table--header"))
        return self.inked(line, self.size.width, style)

    def inked_row(self, row: int, line: Content, mark: Content) -> Strip:
        """Return a row's line between its marker (cursor's arrow, row's sign) and the scroll mark."""
        arrow, style = Content(" "), self.visual_style
        if row == self._cursor:
            arrow = Content.styled(MARKER[0], STRONG)
            style += Style.from_styles(self.get_component_styles(self.cursor_class))
        marker = arrow + self.row_sign(row)
        return Strip.join([self.inked(marker + line, self.size.width - 1, style), self.inked(mark, 1, style)])

    @property
    def cursor_class(self) -> str:
        """The component class that styles the cursor's row."""
        return "table--cursor"

    def _draw_said(self, number: int) -> Strip:
        lines = Content(self.said_instead()).wrap(max(self.size.width - 4, 20))
        if not 0 <= number < len(lines):
            return self.blank()
        return self.inked(Content("  ") + lines[number].stylize(MUTED), self.size.width)
