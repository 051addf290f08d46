"""The table of every list: rows are values with a key, drawn when they come into view.

``DataTable`` measures every row as it is added (1.2 s for 10,000 rows, in one go) and repaints itself
whole for each changed cell (17 KB/s at one change a second). Here a row is drawn when it is looked at,
a changed value sends the cells that differ, and the cursor follows its item by key through every
refresh, sort and filter.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.style import Style

from anaplan_tui.core import text
from anaplan_tui.ui.widgets.painted import Painted
from anaplan_tui.ui.widgets.phrase import folded, found
from anaplan_tui.ui.words import MUTED, STRONG, scroll_mark

T = TypeVar("T")

_MARKER = "▸ "
_GAP = 2
_KEPT = 200
"""Drawn rows that are kept: some screens of them. With all that hangs on it a strip takes 12 KB."""


@dataclass(frozen=True, slots=True)
class Column(Generic[T]):
    """A column: what stands in it, how wide it is, and how it sorts."""

    title: str
    cell: Callable[[T], Content | str]
    """Plain strings are cut in the middle, styled content at its end."""
    width: int = 0
    """In cells; 0 shares what the fixed columns leave, by ``share``."""
    share: int = 1
    right: bool = False
    """Right aligned, for numbers."""
    sort: Callable[[T], Any] | None = None
    """What to sort by; ``None`` leaves the column out of the order of ``s``."""
    descending: bool = False
    """Biggest or newest first is what one looks for."""
    from_width: int = 0
    """The table's width from which the column is shown."""


class KeyedTable(Painted, Generic[T], can_focus=True):
    """A list of values; see the module's docstring.

    ``key`` tells values apart, ``match`` gives the text that a filter looks in.
    """

    DEFAULT_CSS = """
    KeyedTable { width: 1fr; height: 1fr; background: $background; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"table--header", "table--cursor", "table--cursor-blurred"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("pageup,ctrl+u", "page(-1)", show=False),
        Binding("pagedown,ctrl+d", "page(1)", show=False),
        Binding("g,home", "ends(False)", show=False),
        Binding("G,end", "ends(True)", show=False),
    ]

    class Moved(Message):
        """The cursor stands on another item."""

        def __init__(self, table: "KeyedTable[Any]") -> None:
            super().__init__()
            self.table = table

        @property
        def control(self) -> "KeyedTable[Any]":
            return self.table

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, KeyedTable.Moved) and message.table is self.table

    def __init__(
        self,
        columns: Sequence[Column[T]],
        key: Callable[[T], str],
        *,
        match: Callable[[T], str] = lambda _item: "",
        empty: str = "",
        id: str | None = None,  # noqa: A002
    ) -> None:
        super().__init__(id=id)
        self._columns = tuple(columns)
        self._key = key
        self._match = match
        self._empty = empty
        self._items: dict[str, T] = {}
        self._texts: dict[str, str] = {}
        """By key, what a filter looks in, from the first filter on: it is looked in at every letter."""
        self._order: list[str] = []
        self._row_of: dict[str, int] = {}
        self._cursor = 0
        self._sort: int | None = None
        self._reverse = False
        self._needle = ""
        self._top = 0
        self._drawn: dict[tuple[str, str], tuple[T, Strip]] = {}
        """By key and scroll mark, rows as they were drawn last without the cursor: scrolling moves them."""
        self.key_taker: Callable[[events.Key], bool] | None = None
        """Is offered every key first; says whether it took it."""

    # -- what is in it ---------------------------------------------------------------------------

    @property
    def current(self) -> T | None:
        """The item under the cursor."""
        return self._items[self._order[self._cursor]] if self._order else None

    @property
    def items(self) -> tuple[T, ...]:
        """All items, also those that the filter hides."""
        return tuple(self._items.values())

    @property
    def shown(self) -> tuple[T, ...]:
        """The items in view, in the order in which they stand."""
        return tuple(self._items[key] for key in self._order)

    @property
    def needle(self) -> str:
        """What the list is filtered by."""
        return self._needle

    @property
    def sorted_by(self) -> str:
        """The title of the column that orders the list; empty for the order that the items came in."""
        return "" if self._sort is None else self._columns[self._sort].title

    def show(self, items: Iterable[T], *, empty: str | None = None) -> None:
        """Put these items into the table; the cursor stays on its item."""
        self._items = {self._key(item): item for item in items}
        self._texts.clear()
        self._drawn.clear()
        if empty is not None:
            self._empty = empty
        self._arrange()

    def update(self, item: T) -> bool:
        """Put a newer value of one item in its place; send the cells that differ.

        Returns False when the table does not hold it.
        """
        key = self._key(item)
        if key not in self._items:
            return False
        self._items[key] = item
        self._texts.clear()
        row = self._row_of.get(key)
        if row is not None:
            self._repaint_rows(row)
        return True

    def filter(self, needle: str) -> None:
        """Show only the items whose text :func:`~anaplan_tui.ui.widgets.phrase.found` finds."""
        if needle != self._needle:
            self._needle = needle
            self._arrange()

    def sort_next(self) -> None:
        """Order by the next column that can; after the last one, back to the order the items came in."""
        shown = [column for column, _width in self._shown_columns()]
        able = [i for i, column in enumerate(self._columns) if column.sort is not None and column in shown]
        self._sort = next((i for i in able if self._sort is None or i > self._sort), None)
        self._reverse = self._columns[self._sort].descending if self._sort is not None else False
        self._arrange()

    def sort_reverse(self) -> None:
        """Turn the order around."""
        self._reverse = not self._reverse
        self._arrange()

    def move_to(self, key: str) -> None:
        """Put the cursor on an item, if it is in view."""
        if key in self._row_of:
            self._go(self._row_of[key])

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """With ``height: auto``: header and rows, or what is said when there are none."""
        return len(self._order) + 1 if self._order else 4

    def _arrange(self) -> None:
        before = len(self._order)
        keep = self._order[self._cursor] if self._order else None
        kept = self._found()
        by = None if self._sort is None else self._columns[self._sort].sort
        if by is not None:
            # Unknown values (None) go last whichever way the order goes.
            known = [key for key in kept if by(self._items[key]) is not None]
            known.sort(key=lambda key: by(self._items[key]), reverse=self._reverse)
            present = set(known)
            kept = known + [key for key in kept if key not in present]
        elif self._reverse:
            kept.reverse()
        self._order = kept
        self._row_of = {key: row for row, key in enumerate(kept)}
        row = self._row_of.get(keep) if keep is not None else None
        self._cursor = row if row is not None else min(self._cursor, max(len(kept) - 1, 0))
        self._keep_cursor_in_view()
        self.repaint()
        if self.styles.is_auto_height and len(kept) != before:
            self.refresh(layout=True)
        if keep is None or row is None:
            self.post_message(self.Moved(self))

    def _found(self) -> list[str]:
        """The keys of what the filter leaves, in the order that the items came in."""
        if not self._needle:
            return list(self._items)
        if not self._texts:
            self._texts = {key: folded(self._match(item)) for key, item in self._items.items()}
        return found(self._needle, self._texts)

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
        self._go(len(self._order) - 1 if last else 0)

    def _go(self, row: int) -> None:
        row = min(max(row, 0), max(len(self._order) - 1, 0))
        if row == self._cursor or not self._order:
            return
        old, self._cursor = self._cursor, row
        if self._keep_cursor_in_view():
            self.repaint()
        else:
            self._repaint_rows(old, row)
        self.post_message(self.Moved(self))

    def _keep_cursor_in_view(self) -> bool:
        """Scroll as little as possible; says whether it had to."""
        rows = self._rows_high
        top = min(max(self._top, self._cursor - rows + 1), self._cursor)
        top = min(top, max(len(self._order) - rows, 0))
        moved, self._top = top != self._top, top
        return moved

    @property
    def _rows_high(self) -> int:
        return max(self.size.height - 1, 1)

    # -- drawing ---------------------------------------------------------------------------------

    def on_resize(self, event: events.Resize) -> None:
        self._keep_cursor_in_view()
        self._drawn.clear()
        super().on_resize(event)

    def notify_style_update(self) -> None:
        self._drawn.clear()
        super().notify_style_update()

    def on_focus(self) -> None:
        self._repaint_rows(self._cursor)

    def on_blur(self) -> None:
        self._repaint_rows(self._cursor)

    def _repaint_rows(self, *rows: int) -> None:
        self.repaint([row - self._top + 1 for row in rows if row >= self._top])

    def _shown_columns(self) -> list[tuple[Column[T], int]]:
        """The columns that this width has room for, with their widths."""
        room = self.size.width - len(_MARKER)
        columns = [column for column in self._columns if column.from_width <= self.size.width]
        fixed = sum(column.width for column in columns) + _GAP * max(len(columns) - 1, 0) + 1
        left = max(room - fixed, 0)
        shares = sum(column.share for column in columns if not column.width) or 1
        return [(column, column.width or left * column.share // shares) for column in columns]

    def draw(self, y: int) -> Strip:
        if y == 0:
            return self._header_strip(self.size.width)
        row = self._top + y - 1
        if row < len(self._order):
            return self._row_strip(row, y)
        if not self._order and y >= 2:
            return self._empty_strip(y - 2, self.size.width)
        return self.blank()

    def _header_strip(self, width: int) -> Strip:
        cells: list[Content] = []
        for column, cells_wide in self._shown_columns():
            ordering = self._sort is not None and self._columns[self._sort] is column
            arrow = (" ↓" if self._reverse else " ↑") if ordering else ""
            cells.append(_fit(Content(column.title + arrow), cells_wide, right=column.right))
        style = self.visual_style + Style.from_styles(self.get_component_styles("table--header"))
        return self.inked(Content(" " * len(_MARKER)) + Content(" " * _GAP).join(cells), width, style)

    def _row_strip(self, row: int, y: int) -> Strip:
        key = self._order[row]
        item = self._items[key]
        mark = scroll_mark(y - 1, self._top, self._rows_high, len(self._order))
        if row == self._cursor:
            name = "table--cursor" if self.has_focus else "table--cursor-blurred"
            style = self.visual_style + Style.from_styles(self.get_component_styles(name))
            return self._inked_row(item, Content.styled(_MARKER, STRONG), mark, style)
        kept = self._drawn.get((key, mark.plain))
        if kept is not None and kept[0] is item:
            return kept[1]
        drawn = self._inked_row(item, Content(" " * len(_MARKER)), mark, self.visual_style)
        if len(self._drawn) >= _KEPT:
            del self._drawn[next(iter(self._drawn))]
        self._drawn[key, mark.plain] = (item, drawn)
        return drawn

    def _inked_row(self, item: T, marker: Content, mark: Content, style: Style) -> Strip:
        cells = []
        for column, width in self._shown_columns():
            cell = column.cell(item)
            content = Content(text.middle(cell, width)) if isinstance(cell, str) else cell
            cells.append(_fit(content, width, right=column.right))
        line = self.inked(marker + Content(" " * _GAP).join(cells), self.size.width - 1, style)
        return Strip.join([line, self.inked(mark, 1, style)])

    def _empty_strip(self, line: int, width: int) -> Strip:
        said = self._empty
        if self._items:
            said = f'No line contains "{self._needle}".\n\nEsc clears the filter.'
        lines = Content(said).wrap(max(width - 4, 20))
        shown = lines[line] if line < len(lines) else Content()
        return self.inked(Content("  ") + shown.stylize(MUTED), width)


def _fit(content: Content, width: int, *, right: bool) -> Content:
    if right and content.cell_length < width:
        return content.pad_left(width - content.cell_length)
    return content.truncate(width, ellipsis=True, pad=True)
