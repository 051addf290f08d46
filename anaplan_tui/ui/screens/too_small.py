"""What is shown while the terminal is too small: one line, and no key that could do harm unseen."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from anaplan_tui.ui.widgets.lines import Line


class TooSmall(ModalScreen[None]):
    """Covers everything until the terminal is big enough again; leaving is all that can be done.

    There is no room for the question what goes on without the app, and leaving loses nothing.
    """

    CSS_PATH = "too_small.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("q,ctrl+q", "app.quit", show=False)]

    def compose(self) -> ComposeResult:
        yield Line()

    def on_mount(self) -> None:
        self.query_one(Line).show("terminal too small (needs 60x15); q quits")
