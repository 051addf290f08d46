"""The table of every list: rows are values with a key, drawn when they come into view.

``DataTable`` measures every row as it is added (1.2 s for 10,000 rows, in one go) and repaints itself whole
for each changed cell (17 KB/s at one change a second). Here a row is drawn only when it comes into view, and
a changed value sends only the cells that differ. The cursor follows its item by key through every refresh,
sort and filter. Until somebody moves it, it stays on the first row, whatever item that is.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from typing_extensions import override

from anaplan_tui.core import text
from anaplan_tui.core.finding.folding import folded
from anaplan_tui.ui.widgets.cursor_table import MARKER, CursorTable
from anaplan_tui.ui.widgets.painted import cells_of
from anaplan_tui.ui.widgets.typed_filter import found
from anaplan_tui.ui.words import ACCENT

T = TypeVar("T")

MARK = "■"
"""The sign before a marked row."""
_GAP = 2
_KEPT = 200
"""Drawn rows that are kept, enough for a few screens. A strip with everything it refers to takes 12 KB."""


@dataclass(frozen=True, slots=True)
class Column(Generic[T]):
    """A column: its cells, its width, and how it sorts."""

    title: str
    cell: Callable[[T], Content | str]
    """Plain strings are cut in the middle, styled content at its end."""
    width: int = 0
    """In cells; 0 takes a share of what the fixed columns leave, by ``share``."""
    fitted: bool = False
    """No wider than its content: at most ``width``, or if that is 0, half of what the fixed columns leave."""
    share: int = 1
    right: bool = False
    """Right-aligned, for numbers."""
    sort: Callable[[T], Any] | None = None
    """The sort key; with ``None``, ``s`` skips the column."""
    descending: bool = False
    """Sort the biggest or newest first."""
    from_width: int = 0
    """The least table width at which the column is shown."""


class KeyedTable(CursorTable, Generic[T], can_focus=True):
    """A list of values; see the module's docstring.

    ``key`` identifies a value, ``match`` returns the text that a filter searches. In a ``markable`` table the
    screen's command marks rows, which keep their mark until they vanish.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"table--cursor-blurred"}

    class Moved(Message):
        """The cursor is on another item."""

        def __init__(self, table: "KeyedTable[Any]") -> None:
            super().__init__()
            self.table = table

        @property
        @override
        def control(self) -> "KeyedTable[Any]":
            return self.table

        @override
        def can_replace(self, message: Message) -> bool:
            return isinstance(message, KeyedTable.Moved) and message.table is self.table

    def __init__(
        self,
        columns: Sequence[Column[T]],
        key: Callable[[T], str],
        *,
        match: Callable[[T], str] = lambda _item: "",
        empty: str = "",
        markable: bool = False,
        id: str | None = None,  # noqa: A002
    ) -> None:
        super().__init__(id=id)
        self._columns = tuple(columns)
        self._key = key
        self._match = match
        self._empty = empty
        self._is_markable = markable
        self._marks: set[str] = set()
        self._only: Callable[[T], bool] | None = None
        """Selects the items in view before any filter; ``None``: all."""
        self._nothing = ""
        """The text shown when ``_only`` selects no item."""
        self.is_awaited = True
        """Its items are still being read."""
        self._items: dict[str, T] = {}
        self._texts: dict[str, str] = {}
        """The texts that a filter searches at every letter, by key; made when the first filter is typed."""
        self._order: list[str] = []
        self._row_of: dict[str, int] = {}
        self._sort: int | None = None
        self._reverse = False
        self._needle = ""
        self._is_placed = False
        """The screen put the cursor on an item."""
        self._fitted: dict[str, int] = {}
        """Widths of the fitted columns, by title."""
        self._drawn: dict[tuple[str, bool, str], tuple[T, Strip]] = {}
        """Rows as last drawn without the cursor, by key, whether marked, and scroll mark."""
        self._drawn_in: tuple[object, ...] = ()
        """The inputs of the column widths when these rows were drawn."""

    # -- content ---------------------------------------------------------------------------------

    @property
    def current(self) -> T | None:
        """The item under the cursor."""
        return self._items[self._order[self._cursor]] if self._order else None

    @property
    def items(self) -> tuple[T, ...]:
        """All items, including those out of view."""
        return tuple(self._items.values())

    @property
    def shown(self) -> tuple[T, ...]:
        """The items in view, in the order shown."""
        return tuple(self._items[key] for key in self._order)

    @property
    def marked(self) -> tuple[T, ...]:
        """The marked items: those in view in the order shown, then the others."""
        hidden = (key for key in self._items if key in self._marks and key not in self._row_of)
        return tuple(self._items[key] for key in (*filter(self._marks.__contains__, self._order), *hidden))

    @property
    def marked_out_of_view(self) -> int:
        """How many marked items are out of view."""
        return sum(key not in self._row_of for key in self._marks)

    @property
    def needle(self) -> str:
        """The text that the list is filtered by."""
        return self._needle

    @property
    def sorted_by(self) -> str:
        """The title of the column that orders the list; empty for the items' own order."""
        return "" if self._sort is None else self._columns[self._sort].title

    def show(
        self, items: Iterable[T], *, empty: str | None = None, renamed: Mapping[str, str] | None = None
    ) -> None:
        """Show these items; the cursor stays on its item.

        ``renamed``: new keys by old keys, for items whose key changed.
        """
        self.is_awaited = False
        self._items = {self._key(item): item for item in items}
        new = {old: key for old, key in (renamed or {}).items() if old not in self._items}
        self._order = [new.get(key, key) for key in self._order]
        self._marks = {new.get(key, key) for key in self._marks} & self._items.keys()
        self._texts.clear()
        self._drawn.clear()  # even those of unchanged items: their cells may tell the time
        if empty is not None:
            self._empty = empty
        self._fitted = {c.title: self._width_of(c) for c in self._columns if c.fitted}
        self._arrange()

    def show_awaited(self, message: str) -> None:
        """Empty the table: its items are being read, as ``message`` says."""
        self.show((), empty=message)
        self.is_awaited = True

    def _width_of(self, column: Column[T]) -> int:
        return max((self._cells_of(column, item) for item in self._items.values()), default=0)

    @staticmethod
    def _cells_of(column: Column[T], item: T) -> int:
        written = column.cell(item)
        cells = cells_of(written if isinstance(written, str) else written.plain)
        return min(cells, column.width or cells)

    def set_columns(self, columns: Sequence[Column[T]]) -> None:
        """Use other columns from now on; rows, cursor and filter stay, the sort order is reset."""
        self._columns = tuple(columns)
        self._sort = None
        self.repaint()

    def update(self, item: T) -> bool:
        """Replace one item by a newer value, and send the cells that differ.

        Returns False if the table does not hold the item.
        """
        key = self._key(item)
        if key not in self._items:
            return False
        self._items[key] = item
        self._texts.clear()
        row = self._row_of.get(key)
        if self._outgrows(item):
            self.repaint()
        elif row is not None:
            self.repaint_rows((row,))
        return True

    def _outgrows(self, item: T) -> bool:
        """Widen the fitted columns for the item's cells; return whether that changed any."""
        before = dict(self._fitted)
        for column in self._columns:
            if column.fitted:
                width = max(self._fitted.get(column.title, 0), self._cells_of(column, item))
                self._fitted[column.title] = width
        return self._fitted != before

    def filter(self, needle: str) -> None:
        """Show only the items whose text :func:`~anaplan_tui.ui.widgets.typed_filter.found` finds."""
        if needle != self._needle:
            if needle and not self._needle and not self.moved_by_operator:
                self._is_placed, self._cursor = False, 0  # the best match may be elsewhere
            # When the filter is cleared, the cursor stays on what the operator searched for.
            self._is_placed = self._is_placed or not needle
            self._needle = needle
            self._arrange()

    def narrow(self, only: Callable[[T], bool] | None, nothing: str = "") -> None:
        """Show only the items for which ``only`` is true and that match the filter; ``None`` lifts the limit.

        ``nothing`` is the text shown when there are none.
        """
        self._only, self._nothing = only, nothing
        self._arrange()

    def mark_current(self) -> None:
        """Mark the item under the cursor, or remove its mark, and move to the next."""
        if self._order:
            self._marks ^= {self._order[self._cursor]}
            self.repaint_rows((self._cursor,))
            self._go_for_operator(self._cursor + 1)

    def clear_marks(self) -> None:
        """Remove every mark."""
        self._marks.clear()
        self.repaint()

    @override
    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "page_by_space" and self._is_markable:
            return False
        return super().check_action(action, parameters)

    def sort_next(self) -> None:
        """Sort by the next sortable column; after the last one, restore the items' own order."""
        shown = [column for column, _width in self._shown_columns()]
        able = [i for i, column in enumerate(self._columns) if column.sort is not None and column in shown]
        self._sort = next((i for i in able if self._sort is None or i > self._sort), None)
        self._reverse = self._columns[self._sort].descending if self._sort is not None else False
        self._arrange()

    def sort_reverse(self) -> None:
        """Reverse the order."""
        self._reverse = not self._reverse
        self._arrange()

    def move_to(self, key: str) -> None:
        """Put the cursor on an item, if it is in view; it stays on it as if the operator had moved it."""
        if key in self._row_of:
            self._is_placed = True
            self.go_to(self._row_of[key])

    @override
    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the height for ``height: auto``: header and rows, or the text shown without rows."""
        return len(self._order) + 1 if self._order else 4

    def _arrange(self) -> None:
        before = len(self._order)
        on = self._order[self._cursor] if self._order else None
        keep = on if self.moved_by_operator or self._is_placed else None
        kept = self._found()
        by = None if self._sort is None else self._columns[self._sort].sort
        if by is not None:
            # Unknown values (None) go last in both directions.
            known = [key for key in kept if by(self._items[key]) is not None]
            known.sort(key=lambda key: by(self._items[key]), reverse=self._reverse)
            present = set(known)
            kept = known + [key for key in kept if key not in present]
        elif self._reverse:
            kept.reverse()
        self._order = kept
        self._row_of = {key: row for row, key in enumerate(kept)}
        if not self._items:
            self.moved_by_operator = self._is_placed = False
        row = self._row_of.get(keep) if keep is not None else None
        self._cursor = row if row is not None else min(self._cursor, max(len(kept) - 1, 0))
        self.keep_cursor_in_view()
        self.repaint()
        if self.styles.is_auto_height and len(kept) != before:
            self.refresh(layout=True)
        if not kept or kept[self._cursor] != on:
            self.post_message(self.Moved(self))

    def _found(self) -> list[str]:
        """Return the keys of the items to show, in the items' own order."""
        kept = list(self._items)
        if self._needle:
            if not self._texts:
                self._texts = {key: folded(self._match(item)) for key, item in self._items.items()}
            kept = found(self._needle, self._texts)
        return kept if self._only is None else [key for key in kept if self._only(self._items[key])]

    # -- moving and drawing ------------------------------------------------------------------------

    @property
    @override
    def row_count(self) -> int:
        return len(self._order)

    @override
    def moved(self, *, scrolled: bool) -> None:
        self.post_message(self.Moved(self))

    @override
    def notify_style_update(self) -> None:
        self._drawn.clear()
        super().notify_style_update()

    def on_focus(self) -> None:
        """Paint the cursor as focused."""
        self.repaint_rows((self._cursor,))

    def on_blur(self) -> None:
        """Paint the cursor as not focused."""
        self.repaint_rows((self._cursor,))

    @property
    @override
    def cursor_class(self) -> str:
        return "table--cursor" if self.has_focus else "table--cursor-blurred"

    def _shown_columns(self) -> list[tuple[Column[T], int]]:
        """Return the columns shown at this width, with their widths."""
        room = self.size.width - len(MARKER)
        columns = [column for column in self._columns if column.from_width <= self.size.width]
        widths = [self._fixed_width(column) for column in columns]
        gaps = _GAP * max(len(columns) - 1, 0) + 1
        left = max(room - sum(widths) - gaps, 0)
        widths = [
            min(self._as_written(column), left // 2) if column.fitted and not width else width
            for column, width in zip(columns, widths, strict=True)
        ]
        left = max(room - sum(widths) - gaps, 0)
        shares = sum(column.share for column, width in zip(columns, widths, strict=True) if not width) or 1
        return [
            (column, width or left * column.share // shares)
            for column, width in zip(columns, widths, strict=True)
        ]

    def _fixed_width(self, column: Column[T]) -> int:
        """Return a column's width; 0 if it depends on what the others leave."""
        return self._as_written(column) if column.fitted and column.width else column.width

    def _as_written(self, column: Column[T]) -> int:
        arrow = 2 if column.title == self.sorted_by else 0
        return max(self._fitted.get(column.title, 0), len(column.title) + arrow)

    @override
    def draw_head(self) -> Strip:
        cells: list[Content] = []
        for column, width in self._shown_columns():
            ordering = self._sort is not None and self._columns[self._sort] is column
            arrow = (" ↓" if self._reverse else " ↑") if ordering else ""
            cells.append(_fit(Content(column.title + arrow), width, right=column.right))
        return self.inked_head(Content(" " * len(MARKER)) + Content(" " * _GAP).join(cells))

    @override
    def row_sign(self, row: int) -> Content:
        return Content.styled(MARK, ACCENT) if self._order[row] in self._marks else Content(" ")

    @override
    def draw_row(self, row: int, mark: Content) -> Strip:
        key = self._order[row]
        item = self._items[key]
        if row == self._cursor:
            return self.inked_row(row, self._line(item), mark)
        look = (key, key in self._marks, mark.plain)
        widths_from = (self.size.width, self._columns, self._sort, *self._fitted.values())
        if widths_from != self._drawn_in:
            self._drawn.clear()
            self._drawn_in = widths_from
        kept = self._drawn.get(look)
        if kept is not None and kept[0] is item:
            return kept[1]
        if len(self._drawn) >= _KEPT:
            del self._drawn[next(iter(self._drawn))]
        drawn = self.inked_row(row, self._line(item), mark)
        self._drawn[look] = (item, drawn)
        return drawn

    def _line(self, item: T) -> Content:
        cells = []
        for column, width in self._shown_columns():
            cell = column.cell(item)
            content = Content(text.middle(cell, width)) if isinstance(cell, str) else cell
            cells.append(_fit(content, width, right=column.right))
        return Content(" " * _GAP).join(cells)

    @override
    def said_instead(self) -> str:
        if self._items and not self._needle:
            return self._nothing
        if self._items:
            return f'No line contains "{self._needle}".\n\nEsc clears the filter.'
        return self._empty


def _fit(content: Content, width: int, *, right: bool) -> Content:
    if right and content.cell_length < width:
        return content.pad_left(width - content.cell_length)
    return content.truncate(width, ellipsis=True, pad=True)
