"""What is shown while the terminal is too small: one line, and no key that could do harm unseen."""

from textual.app import ComposeResult
from textual.screen import ModalScreen

from anaplan_tui.ui.widgets.lines import Line


class TooSmall(ModalScreen[None]):
    """Covers everything until the terminal is big enough again."""

    CSS_PATH = "too_small.tcss"

    def compose(self) -> ComposeResult:
        yield Line()

    def on_mount(self) -> None:
        self.query_one(Line).show("terminal too small (needs 60x15)")
