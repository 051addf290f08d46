"""The footer: the keys that work on this screen right now, by rank."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from textual import events
from textual.content import Content
from textual.message import Message
from typing_extensions import override

from anaplan_tui.ui.commands import CLEAR, Command
from anaplan_tui.ui.widgets.lines import Lines
from anaplan_tui.ui.words import ACCENT

_GAP = "  "


class KeyLine(Lines):
    """Shows the keys that work right now, with their labels; if room is short, the last by rank are dropped.

    Commands that stay (back, help, quit) are always kept. ``why_not`` gives the reason why a command does not
    work. It is then left out here, but help shows it with that reason, and so does its key.

    While lines are ``marked``, commands that work on all of them come first, with their number.
    """

    def __init__(
        self,
        commands: Sequence[Command],
        why_not: Callable[[Command], str],
        marked: Callable[[], int] = lambda: 0,
    ) -> None:
        super().__init__(id="keys")
        self._all = tuple(commands)
        self._marked = marked
        self._commands = sorted((c for c in commands if c.footer), key=lambda c: c.footer)
        self._why_not = why_not

    class Clicked(Message):
        """A key was clicked instead of pressed."""

        def __init__(self, command: Command) -> None:
            super().__init__()
            self.command = command

    @override
    def lines(self, width: int) -> Sequence[Content]:
        fitting = self._fitting(width)
        return (Content(" ") + Content(_GAP).join([_piece(c) for c in fitting]),)

    def on_click(self, event: events.Click) -> None:
        """Treat a click on a key as a press of it."""
        x = 1
        for command in self._fitting(self.size.width):
            if x <= event.x < x + _width(command) - len(_GAP):
                self.post_message(self.Clicked(command))
            x += _width(command)

    def _fitting(self, width: int) -> Sequence[Command]:
        fitting = [c for c in self._offered() if not self._why_not(c)]
        while fitting and sum(_width(c) for c in fitting) + 1 - len(_GAP) > width:
            spare = [c for c in fitting if not c.stays]
            if not spare:
                break
            fitting.remove(spare[-1])
        return fitting

    def _offered(self) -> list[Command]:
        """Return the ranked commands in order, after those for the marked lines."""
        count = self._marked()
        if not count:
            return self._commands
        several = [replace(c, label=f"{c.many} ({count:,})", stays=True) for c in self._all if c.many]
        others = [c for c in self._commands if not c.many]
        return several + [replace(c, label=CLEAR.label) if c.id == CLEAR.id else c for c in others]


def _piece(command: Command) -> Content:
    return Content.assemble((command.key, f"bold {ACCENT}"), f" {command.label}")


def _width(command: Command) -> int:
    """Return a command's width in the footer, with the gap to the next one."""
    return len(command.key) + 1 + len(command.label) + len(_GAP)
