"""A scrollable pane of text that changes without a layout pass."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.strip import Strip
from typing_extensions import override

from anaplan_tui.ui.widgets.painted import Painted
from anaplan_tui.ui.words import scroll_mark

_NARROWEST = 8
"""Columns beside a head; with fewer, the line is wrapped as a whole."""

_WHEEL = 3
"""Lines per notch of the wheel."""


@dataclass(frozen=True, slots=True)
class Hanging:
    """A line with a head and a hanging indent: it wraps below its own beginning, not below the head."""

    head: Content
    said: Content

    def wrap(self, width: int) -> list[Content]:
        """Wrap it into lines of ``width`` cells."""
        indent = self.head.cell_length
        if width - indent < _NARROWEST:
            return (self.head + self.said).wrap(width)
        first, *rest = self.said.wrap(width - indent) or [Content()]
        return [self.head + first, *(Content(" " * indent) + line for line in rest)]


class TextPane(Painted, can_focus=True):
    """Wraps its content to its width; scrolls by lines, pages and to the ends."""

    DEFAULT_CSS = """
    TextPane { width: 1fr; height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_by(-1)", show=False),
        Binding("down,j", "scroll_by(1)", show=False),
        Binding("pageup,ctrl+u,ctrl+b", "page(-1)", show=False),
        Binding("pagedown,ctrl+d,ctrl+f,space", "page(1)", show=False),
        Binding("g,home", "ends(False)", show=False),
        Binding("G,end", "ends(True)", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._parts: Sequence[Content | Hanging] = ()
        self._wrapped: list[Content] = []
        self._top = 0

    def show_text(self, content: Content | Sequence[Content | Hanging], *, from_top: bool = False) -> None:
        """Show this; ``from_top`` scrolls to its top, for text about something else."""
        if from_top:
            self._top = 0
        self._parts = (content,) if isinstance(content, Content) else tuple(content)
        self._wrap()
        self.repaint()

    def _wrap(self) -> None:
        width = max(self.size.width - 3, 10)
        self._wrapped = [line for part in self._parts for line in part.wrap(width)]
        self._top = min(self._top, self._last_top)

    @property
    def _last_top(self) -> int:
        return max(len(self._wrapped) - self.size.height, 0)

    @override
    def draw(self, y: int) -> Strip:
        row = self._top + y
        line = self._wrapped[row] if row < len(self._wrapped) else Content()
        mark = scroll_mark(y, self._top, self.size.height, len(self._wrapped))
        fitted = (Content(" ") + line).truncate(self.size.width - 1, ellipsis=True, pad=True)
        return self.inked(fitted + mark, self.size.width)

    @override
    def on_resize(self, event: events.Resize) -> None:
        self._wrap()
        super().on_resize(event)

    def on_mouse_scroll_down(self) -> None:
        """Scroll by a few lines with the wheel."""
        self._go(self._top + _WHEEL)

    def on_mouse_scroll_up(self) -> None:
        """Scroll by a few lines with the wheel."""
        self._go(self._top - _WHEEL)

    def action_scroll_by(self, lines: int) -> None:
        """Scroll by this many lines."""
        self._go(self._top + lines)

    def action_page(self, pages: int) -> None:
        """Scroll by this many pages, which overlap by one line."""
        self._go(self._top + pages * max(self.size.height - 1, 1))

    def action_ends(self, last: bool) -> None:
        """Scroll to the first line, or the last."""
        self._go(self._last_top if last else 0)

    def _go(self, top: int) -> None:
        top = min(max(top, 0), self._last_top)
        if top != self._top:
            self._top = top
            self.repaint()
