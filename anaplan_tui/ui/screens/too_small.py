"""The screen while the terminal is too small: one line, and no key that could do harm unseen."""

from typing import ClassVar

from textual import events, getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.screen import ModalScreen
from typing_extensions import override

from anaplan_tui.terminal import SMALLEST
from anaplan_tui.ui.widgets.lines import Line

MIN_SIZE = Size(*SMALLEST)


def too_small(size: Size) -> bool:
    """Whether a terminal of this size cannot show the screens."""
    return size.width < MIN_SIZE.width or size.height < MIN_SIZE.height


class TooSmall(ModalScreen[None]):
    """Covers everything until the terminal is big enough again; the only thing to do is leave.

    There is no room for the question about leaving, and leaving loses nothing.
    """

    CSS_PATH = "too_small.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("q,ctrl+q", "app.interrupt", show=False)]

    _line = getters.query_one(Line)

    @override
    def compose(self) -> ComposeResult:
        yield Line()

    def on_mount(self) -> None:
        """Say which size is needed."""
        self._line.show(f"too small (needs {MIN_SIZE.width}x{MIN_SIZE.height}); q quits")

    @on(events.ScreenResume)
    def _uncovered(self) -> None:
        """Leave if the terminal grew while another screen covered this one."""
        if not too_small(self.app.size):
            self.app.call_later(self.leave)

    def leave(self) -> None:
        """Close; do nothing the second time, or under another screen."""
        if self.app.screen is self:
            self.dismiss()
