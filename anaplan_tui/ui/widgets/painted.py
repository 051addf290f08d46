"""Widgets that draw themselves line by line and send only the cells that changed.

Over SSH bytes are what a screen costs. ``Static.update`` lays the screen out again, and every layout
paints the whole of it (12 KB at 120x40); a scroll view's virtual size and its scrollbar do the same.
A painted widget has a fixed place, keeps what it sent, and compares: a changed figure costs some hundred
bytes. (Textual 8.2.8 sends a line from the left edge of its widget to the last changed cell, so figures
that change often are best widgets of their own.)
"""

from collections.abc import Iterable

from rich.cells import cell_len
from rich.style import Style as RichStyle
from textual import events
from textual.content import Content
from textual.geometry import Region
from textual.strip import Strip
from textual.style import Style
from textual.visual import Visual
from textual.widget import Widget

Cell = tuple[str, RichStyle | None]


def _cells(strip: Strip) -> list[Cell]:
    """What stands in each cell; the second half of a wide character is an empty cell."""
    cells: list[Cell] = []
    for segment in strip:
        if segment.text.isascii():
            cells.extend([(character, segment.style) for character in segment.text])
            continue
        for character in segment.text:
            width = cell_len(character)
            if width == 0 and cells:
                cells[-1] = (cells[-1][0] + character, cells[-1][1])
            else:
                cells.append((character, segment.style))
                cells.extend([("", segment.style)] * (width - 1))
    return cells


class Drawn:
    """A strip, and its cells once somebody compared it: most are compared twice, first new, then old."""

    __slots__ = ("_cells", "strip")

    def __init__(self, strip: Strip) -> None:
        self.strip = strip
        self._cells: list[Cell] | None = None

    @property
    def cells(self) -> list[Cell]:
        if self._cells is None:
            self._cells = _cells(self.strip)
        return self._cells


def changed_span(old: Drawn, new: Drawn) -> tuple[int, int] | None:
    """First and one-past-last column in which two strips differ; ``None`` when they look the same."""
    if old.strip == new.strip:
        return None
    before, after = old.cells, new.cells
    if len(before) != len(after):
        return 0, max(len(before), len(after))
    differing = [x for x, (was, becomes) in enumerate(zip(before, after, strict=True)) if was != becomes]
    if not differing:
        return None
    first, last = differing[0], differing[-1] + 1
    # A wide character must never be cut: begin at its first half, end after its second.
    while first and (before[first][0] == "" or after[first][0] == ""):
        first -= 1
    while last < len(after) and (before[last][0] == "" or after[last][0] == ""):
        last += 1
    return first, last


class Painted(Widget):
    """Base of everything that changes while one looks at it; a subclass draws a line when asked."""

    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._sent: dict[int, Drawn] = {}
        self._behind = False

    def draw(self, y: int) -> Strip:
        """The strip of a line, as wide as the widget."""
        raise NotImplementedError

    def repaint(self, lines: Iterable[int] | None = None) -> None:
        """Draw these lines (all by default) again and send what differs."""
        if not self.size.width:
            return
        if not self._in_sight:
            self._behind = True
            return
        for y in range(self.size.height) if lines is None else lines:
            if not 0 <= y < self.size.height:
                continue
            old = self._sent.get(y)
            if old is None:
                self.refresh(Region(0, y, self.size.width, 1))
                continue
            new = self._sent[y] = Drawn(self.draw(y))
            span = changed_span(old, new)
            if span is not None:
                self.refresh(Region(span[0], y, span[1] - span[0], 1))

    @property
    def _in_sight(self) -> bool:
        """Whether the screen shows, perhaps under a dialog.

        Textual 8.2.8 paints the whole top screen for a change on the one below, also when that is covered.
        """
        top = self.app.screen
        return top is self.screen or (top.is_modal and self.screen.is_current)

    def catch_up(self) -> None:
        """Draw what changed while the screen was covered."""
        if self._behind:
            self._behind = False
            self._sent.clear()
            self.refresh()

    def render_line(self, y: int) -> Strip:
        drawn = self._sent.get(y)
        if drawn is None:
            drawn = self._sent[y] = Drawn(self.draw(y))
        return drawn.strip

    def inked(self, line: Content, width: int, style: Style | None = None) -> Strip:
        """A line of content as a strip of exactly ``width`` cells; what is too long ends in an ellipsis."""
        fitted = line.truncate(width, ellipsis=True, pad=True)
        base = self.visual_style if style is None else style
        return Visual.to_strips(self, fitted, width, 1, base, apply_selection=False, pad=True)[0]

    def notify_style_update(self) -> None:
        self._sent.clear()
        super().notify_style_update()

    def on_resize(self, _event: events.Resize) -> None:
        self._sent.clear()
        self.refresh()
