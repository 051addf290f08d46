"""The footer: the keys that work here, in the order of their use."""

from collections.abc import Callable, Sequence

from textual.content import Content

from anaplan_tui.ui.commands import Command
from anaplan_tui.ui.widgets.lines import Lines
from anaplan_tui.ui.words import ACCENT, MUTED


class KeyLine(Lines):
    """Keys with their words; what has no room is left out by rank, but never help and quit.

    ``why_not`` gives the reason why a command does not work right now; such a command is dimmed.
    """

    def __init__(self, commands: Sequence[Command], why_not: Callable[[Command], str]) -> None:
        super().__init__(id="keys")
        self._commands = sorted((c for c in commands if c.footer), key=lambda c: c.footer)
        self._why_not = why_not

    def lines(self, width: int) -> Sequence[Content]:
        fitting = list(self._commands)
        while fitting and sum(_width(c) for c in fitting) + 1 > width:
            # help and quit have the highest ranks and stay; the next one down goes.
            spare = [c for c in fitting if c.id not in ("help", "quit")]
            if not spare:
                break
            fitting.remove(spare[-1])
        return (Content(" ") + Content("  ").join([self._piece(c) for c in fitting]),)

    def _piece(self, command: Command) -> Content:
        if self._why_not(command):
            return Content.styled(f"{command.key} {command.label}", MUTED)
        return Content.assemble((command.key, f"bold {ACCENT}"), f" {command.label}")


def _width(command: Command) -> int:
    return len(command.key) + len(command.label) + 3
