"""Help: the commands of the screen below as its ``HERE`` names them, one line each, and the moves."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import getters
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static
from typing_extensions import override

from anaplan_tui.core import text
from anaplan_tui.core.snapshots import Verdict
from anaplan_tui.ui.commands import HELP, LOG, MOVES, Command, shown
from anaplan_tui.ui.screens.dialog import room_in_box
from anaplan_tui.ui.screens.modal import Dialog
from anaplan_tui.ui.words import ACCENT, MUTED

_KEYS = 12
"""Columns for the keys."""
_NARROWEST = 20
_BOX = 104
"""Columns of the box, as in its style: most commands take one line."""
_SCROLLBAR = 2


SIGNS = Content.assemble(
    ("●", f"bold {ACCENT}"),
    " not opened yet",
    *(
        part
        for symbol, word in (text.RUNNING, *map(text.verdict_mark, Verdict))
        for part in ("   ", (symbol, f"bold {ACCENT}"), f" {word}")
    ),
)
"""What the signs in front of runs mean."""


class HelpScreen(Dialog[None]):
    """Lists commands with their keys; one that does not work right now says why."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "dismiss", show=False),
        Binding(HELP.default_keys, "dismiss", show=False, id=HELP.id),
        Binding("j", "move('scroll_down')", show=False),
        Binding("k", "move('scroll_up')", show=False),
        Binding("g", "move('scroll_home')", show=False),
        Binding("G", "move('scroll_end')", show=False),
    ]

    _scroll = getters.query_one(VerticalScroll)
    _text = getters.query_one("#lines", Static)

    def __init__(self, name: str, commands: Sequence[Command], why_not: Callable[[Command], str]) -> None:
        super().__init__()
        self._name = name
        self._commands = commands
        self._why_not = why_not

    @override
    def compose(self) -> ComposeResult:
        with VerticalScroll(id="box"):
            yield Static(Content.styled(f"Keys: {self._name}", "bold"), id="question")
            yield Static(self.lines(self._room), id="lines")
            yield Static(SIGNS, id="signs")
            yield Static(
                Content.styled(f"Esc closes this. On the log screen ({LOG.key}) errors stand in full.", MUTED)
            )

    def on_mount(self) -> None:
        """Give the keys to the text, which scrolls."""
        self._scroll.focus()

    async def action_move(self, scroll: str) -> None:
        """The keys of the lists move here, too."""
        await self._scroll.run_action(scroll)

    def on_resize(self) -> None:
        """Lay the keys out anew: how many columns they take depends on the width."""
        self._text.update(self.lines(self._room))

    @property
    def _room(self) -> int:
        return room_in_box(self.app.size.width, _BOX) - _SCROLLBAR

    def lines(self, width: int) -> Content:
        """Keys on the left, what they do on the right, wrapped to ``width`` in its own column."""
        lines = [_line(keys, Content(said), width) for keys, said in MOVES]
        for command in self._commands:
            keys = _keys(command)
            said, reason = Content(command.help), self._why_not(command)
            if reason:
                said += Content.styled(f"  ({reason.rstrip('.')})", MUTED)
            lines.append(_line(keys, said, width))
        return Content("\n").join(lines)


def _keys(command: Command) -> str:
    """What is pressed; what has no key of its own is found in the palette."""
    if not command.keys:
        return command.key
    return " ".join(shown(key) for key in command.key_names)


def _line(keys: str, said: Content, width: int) -> Content:
    first, *rest = said.wrap(max(width - _KEYS, _NARROWEST))
    indent = Content(" " * _KEYS)
    return Content("\n").join(
        [Content.styled(f"{keys:<{_KEYS}}", f"bold {ACCENT}") + first, *(indent + line for line in rest)]
    )
