"""A few lines of text, without scrolling: headers, footers, figures."""

from collections.abc import Sequence

from textual import events
from textual.content import Content
from textual.strip import Strip
from typing_extensions import override

from anaplan_tui.ui.widgets.painted import Painted
from anaplan_tui.ui.words import spread, wrapped

_MOST_LINES = 3


class Lines(Painted):
    """Base of widgets of a few lines; a subclass says what is on them."""

    DEFAULT_CSS = """
    Lines { width: 1fr; height: 1; }
    """

    def lines(self, width: int) -> Sequence[Content]:
        """Return the lines for this width; they are cut with an ellipsis if too long."""
        raise NotImplementedError

    @override
    def draw(self, y: int) -> Strip:
        lines = self.lines(self.size.width)
        return self.inked(lines[y] if y < len(lines) else Content(), self.size.width)


class Line(Lines):
    """One line with a left and a right end."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._left: Content = Content()
        self._right: Content = Content()

    def show(self, left: Content | str = "", right: Content | str = "") -> None:
        """Show this on the line; plain strings are shown as they are, never as markup."""
        self._left = left if isinstance(left, Content) else Content(left)
        self._right = right if isinstance(right, Content) else Content(right)
        self.repaint()

    @override
    def lines(self, width: int) -> Sequence[Content]:
        return (spread(self._left, self._right, width),)


class Sentence(Lines):
    """A sentence on one line, or on two or three if it needs them."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._said: Content = Content()

    def show(self, said: Content) -> None:
        """Show a sentence, wrapped."""
        self._said = said[len(said.plain) - len(said.plain.lstrip()) :]
        self._fit()

    @override
    def on_resize(self, event: events.Resize) -> None:
        if event.size.width:
            self._fit()

    @override
    def lines(self, width: int) -> Sequence[Content]:
        return [Content(" ") + line for line in wrapped(self._said, width - 2, _MOST_LINES)]

    def _fit(self) -> None:
        if self.size.width:
            height = len(self.lines(self.size.width))
            if self.styles.height is None or self.styles.height.value != height:
                self.styles.height = height
        self.repaint()


class Detail(Lines):
    """Two lines under a list for the part of the highlighted line that has no room in it."""

    DEFAULT_CSS = """
    Detail { height: 2; }
    """

    def __init__(self) -> None:
        super().__init__(id="detail")
        self._said: Content = Content()

    def show(self, said: Content | str) -> None:
        """Show this under the list, wrapped."""
        self._said = said if isinstance(said, Content) else Content(said)
        self.repaint()

    @override
    def lines(self, width: int) -> Sequence[Content]:
        return [Content(" ") + line for line in wrapped(self._said, max(width - 2, 10), 2)]
