"""The title line over a list, with the filter as it is typed.

The filter is typed into the line itself: showing an input would lay out and repaint the whole screen.
"""

from collections.abc import Sequence

from textual import events
from textual.content import Content
from textual.message import Message
from typing_extensions import override

from anaplan_tui.ui.commands import FILTER
from anaplan_tui.ui.widgets.lines import Lines
from anaplan_tui.ui.words import ACCENT, MUTED, spread

_LONGEST = 60
ENTER = ("enter", "ctrl+j")
"""Keys that act as Enter: input typed before the app took the terminal contains newlines."""


class TitleBar(Lines):
    """Takes the list's keys while a filter is typed: Enter keeps it, Esc clears it, arrows keep it, too.

    The focus stays on the list: moving it would repaint the list.
    """

    class Typed(Message):
        """The filter changed."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Left(Message):
        """The operator has finished typing: ``keep`` the filter or clear it; ``entered``: by Enter."""

        def __init__(self, *, keep: bool, entered: bool = False) -> None:
            super().__init__()
            self.keep = keep
            self.entered = entered

    def __init__(self) -> None:
        super().__init__(id="title")
        self._title: Content = Content()
        self._right: Content = Content()
        self._typed = ""
        self._typing = False

    def show(self, title: Content, right: Content) -> None:
        """Show the title (with the count that the filter left) and the right end."""
        self._title, self._right = title, right
        self.repaint()

    def open(self) -> None:
        """Start typing a filter."""
        self._typing = True
        self.repaint()

    def clear(self) -> None:
        """Forget what was typed."""
        self._typed = ""
        self.repaint()

    @override
    def lines(self, width: int) -> Sequence[Content]:
        left, right = Content(" ") + self._title, self._right
        if self._typing or self._typed:
            left += Content.assemble(" · filter: ", (self._typed, f"bold {ACCENT}"))
            if self._typing:
                hint = "" if self._typed or width < 100 else "  Enter keeps it, Esc clears it"
                left += Content.assemble(("▏", ACCENT), (hint, MUTED))
            if left.cell_length + right.cell_length >= width:
                right = Content()  # the typed text must be visible
        return (spread(left, right, width),)

    def take_key(self, event: events.Key) -> bool:
        """Take a key that starts, edits or ends the filter, even a command's; return whether it was taken."""
        if not self._typing:
            # As a command, it would take effect after the keys typed right behind it.
            if event.key in FILTER.key_names:
                self.open()
            return self._typing
        if event.key in (*ENTER, "escape", "up", "down"):
            self._leave(keep=event.key != "escape", entered=event.key in ENTER)
        elif event.key in ("backspace", "ctrl+h"):
            self._type(self._typed[:-1])
        elif event.key in ("ctrl+u", "ctrl+w"):
            self._type("" if event.key == "ctrl+u" else self._typed.rpartition(" ")[0])
        elif event.character is not None and event.is_printable:
            self._type((self._typed + event.character)[:_LONGEST])
        else:
            return False
        return True

    def take_paste(self, text: str) -> None:
        """Treat pasted text as typed, while a filter is typed."""
        if self._typing:
            self._type((self._typed + " ".join(text.split()))[:_LONGEST])

    def _type(self, text: str) -> None:
        self._typed = text
        self.repaint()
        self.post_message(self.Typed(text))

    def _leave(self, *, keep: bool, entered: bool) -> None:
        self._typing = False
        self.repaint()
        self.post_message(self.Left(keep=keep, entered=entered))
