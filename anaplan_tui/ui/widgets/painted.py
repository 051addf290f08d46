"""Widgets that draw themselves line by line and send only the cells that changed.

Over SSH, the cost of a screen is its bytes. ``Static.update`` lays the screen out again, and every layout
repaints all of it (12 KB at 120x40); so do a scroll view's virtual size and its scrollbar. A painted widget
has a fixed place, keeps what it sent, and compares: a changed figure costs some hundred bytes.
"""

from collections.abc import Iterable, Iterator

from rich.cells import cell_len
from rich.style import Style as RichStyle
from textual import events
from textual.content import Content
from textual.geometry import Region
from textual.strip import Strip
from textual.style import Style
from textual.visual import Visual
from textual.widget import Widget
from typing_extensions import override

Piece = tuple[str, RichStyle | None]


def changed_span(old: Strip, new: Strip) -> tuple[int, int] | None:
    """Return the first and one-past-last column in which two strips differ; ``None`` if they look the same.

    A wide character is never cut. A line with characters that join the cell before them (accents, variation
    selectors) is taken as a whole: once cut, its parts might have another width.
    """
    if old is new or old == new:
        return None
    before, after = old.text, new.text
    start = _alike(_pieces(old), _pieces(new))
    if start == len(before) == len(after):
        return None
    if old.cell_length != new.cell_length or _joins_cells(before) or _joins_cells(after):
        return 0, max(old.cell_length, new.cell_length)
    end = _alike(_pieces_backwards(old), _pieces_backwards(new))
    return cells_of(before[:start]), old.cell_length - cells_of(before[len(before) - end :])


def _pieces(strip: Strip) -> Iterator[Piece]:
    return ((text, style) for text, style, _ in strip if text)


def _pieces_backwards(strip: Strip) -> Iterator[Piece]:
    return ((text[::-1], style) for text, style, _ in reversed(strip) if text)


def _alike(old: Iterator[Piece], new: Iterator[Piece]) -> int:
    """Return how many characters at the start are the same, in the same styles."""
    same = 0
    old_text = new_text = ""
    old_style = new_style = None
    while True:
        if not old_text:
            old_text, old_style = next(old, ("", None))
        if not new_text:
            new_text, new_style = next(new, ("", None))
        length = min(len(old_text), len(new_text))
        if not length or old_style != new_style:
            return same
        if old_text[:length] != new_text[:length]:
            pairs = zip(old_text, new_text, strict=False)
            return same + next(n for n, (was, becomes) in enumerate(pairs) if was != becomes)
        same += length
        old_text, new_text = old_text[length:], new_text[length:]


def cells_of(text: str) -> int:
    """Return how many terminal cells a text takes."""
    # Rich would cache each of these texts, which are parts of lines and seldom recur.
    return len(text) if text.isascii() else cell_len(text)


def _joins_cells(text: str) -> bool:
    return any(cell_len(character) == 0 for character in set(text) if character > "\x7f")


class Painted(Widget):
    """Base of every widget that changes while it is visible; a subclass draws single lines."""

    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._sent: dict[int, Strip] = {}
        self._behind = False

    def draw(self, y: int) -> Strip:
        """Return the strip of a line, as wide as the widget."""
        raise NotImplementedError

    def repaint(self, lines: Iterable[int] | None = None) -> None:
        """Draw these lines again (all by default), and send the cells that differ."""
        if not self.size.width:
            return
        if not self._in_sight:
            self._behind = True
            return
        width, height = self.size
        changed: list[Region] = []
        for y in range(height) if lines is None else lines:
            if not 0 <= y < height:
                continue
            old = self._sent.get(y)
            if old is None:
                changed.append(Region(0, y, width, 1))
                continue
            new = self._sent[y] = self.draw(y)
            span = changed_span(old, new)
            if span is not None:
                changed.append(Region(span[0], y, span[1] - span[0], 1))
        if changed:
            self.refresh(*changed)

    @property
    def _in_sight(self) -> bool:
        """Whether the widget's screen is visible, perhaps under a dialog.

        Textual 8.2.8 repaints the whole top screen for a change on the one below, even if that is covered.
        """
        top = self.app.screen
        return top is self.screen or (top.is_modal and self.screen.is_current)

    def catch_up(self) -> None:
        """Draw what changed while the screen was covered."""
        if self._behind:
            self._behind = False
            self._sent.clear()
            self.refresh()

    @override
    def render_lines(self, crop: Region) -> list[Strip]:
        """Render as Textual does, but reuse each line's strip: new ones would be half the cost of scrolling.

        A strip drawn once thus keeps what Textual caches on it: filtered, cut, and as escape codes.
        """
        if self.gutter:
            return super().render_lines(crop)
        filters, background = self.get_line_filters(), self.background_colors[1]
        strips = []
        for y in crop.line_range:
            strip = self.render_line(y)
            for line_filter in filters:
                strip = strip.apply_filter(line_filter, background)
            strips.append(strip.crop(crop.x, crop.right))
        return strips

    @override
    def render_line(self, y: int) -> Strip:
        drawn = self._sent.get(y)
        if drawn is None:
            drawn = self._sent[y] = self.draw(y)
        return drawn

    def blank(self) -> Strip:
        """Return an empty line."""
        return Strip.blank(self.size.width, self.visual_style.rich_style)

    def inked(self, line: Content, width: int, style: Style | None = None) -> Strip:
        """Return a line as a strip of exactly ``width`` cells; if too long, it ends in an ellipsis."""
        fitted = line.truncate(width, ellipsis=True, pad=True)
        base = self.visual_style if style is None else style
        return Visual.to_strips(self, fitted, width, 1, base, apply_selection=False, pad=True)[0]

    @override
    def notify_style_update(self) -> None:
        self._sent.clear()
        super().notify_style_update()

    def on_resize(self, _event: events.Resize) -> None:
        """Forget what was sent: none of it is valid at another size."""
        self._sent.clear()
        self.refresh()
