"""Where the operator types what a list is filtered by."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input


class FilterBar(Input):
    """Hidden until it is asked for; Enter keeps the filter, Esc clears it, arrows go on to the list."""

    DEFAULT_CSS = """
    FilterBar, FilterBar:focus {
        display: none; height: 1; width: 1fr; border: none; padding: 0 1; background: $boost;
    }
    FilterBar.-open { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave(False)", show=False),
        Binding("down,up", "leave(True)", show=False),
    ]

    class Left(Message):
        """The operator is done typing: the filter stays or goes; ``entered`` says that Enter did it."""

        def __init__(self, *, keep: bool, entered: bool = False) -> None:
            super().__init__()
            self.keep = keep
            self.entered = entered

    def __init__(self) -> None:
        super().__init__(placeholder="type to filter; Enter keeps it, Esc clears it", select_on_focus=False)
        self.cursor_blink = False

    def open(self) -> None:
        """Show the bar and take the keys."""
        self.add_class("-open")
        self.focus()

    def close(self) -> None:
        """Hide the bar."""
        self.remove_class("-open")

    def action_leave(self, keep: bool) -> None:
        self.post_message(self.Left(keep=keep))

    async def action_submit(self) -> None:
        self.post_message(self.Left(keep=True, entered=True))
