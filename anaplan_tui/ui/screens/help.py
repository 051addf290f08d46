"""Help: every key of the screen below, one line each."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from anaplan_tui.ui.commands import MOVES, Command, shown
from anaplan_tui.ui.words import ACCENT, MUTED


class HelpScreen(ModalScreen[None]):
    """Lists commands with their keys; one that does not work right now says why."""

    CSS_PATH = "dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,enter", "dismiss", show=False),
    ]

    def __init__(self, name: str, commands: Sequence[Command], why_not: Callable[[Command], str]) -> None:
        super().__init__()
        self._name = name
        self._commands = commands
        self._why_not = why_not

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="box"):
            yield Static(Content.styled(f"Keys: {self._name}", "bold"), id="question")
            yield Static(self._lines(), id="lines")
            yield Static(
                Content.styled("Esc closes this. On the log screen (L) errors stand in full.", MUTED)
            )

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def _lines(self) -> Content:
        lines = [_line(keys, said) for keys, said in MOVES]
        for command in self._commands:
            keys = " ".join(shown(key) for key in command.keys.split(","))
            reason = self._why_not(command)
            lines.append(_line(keys, command.help, reason))
        return Content("\n").join(lines)


def _line(keys: str, said: str, reason: str = "") -> Content:
    line = Content.assemble((f"{keys:<12}", f"bold {ACCENT}"), said)
    return line + Content.styled(f"  ({reason.rstrip('.')})", MUTED) if reason else line
