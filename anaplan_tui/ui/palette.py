"""The command palette: the commands of the open screen by their names."""

from functools import partial

from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.widgets import Input

from anaplan_tui.ui.commands import Command
from anaplan_tui.ui.place import Place


class StillPalette(CommandPalette):
    """Textual's palette with a cursor that stands still: its blinking sends some 4 KB a second."""

    def on_mount(self) -> None:
        self.query_one(Input).cursor_blink = False


def _title(command: Command) -> str:
    return f"{command.label}  ({command.key})" if command.keys else command.label


class PlaceCommands(Provider):
    """Every command of the screen under the palette; one that does not work now says why when chosen."""

    async def discover(self) -> Hits:
        screen = self.screen
        if isinstance(screen, Place):
            for command in screen.HERE:
                title = _title(command)
                yield DiscoveryHit(title, partial(screen.invoke, command), help=command.help)

    async def search(self, query: str) -> Hits:
        screen = self.screen
        matcher = self.matcher(query)
        if isinstance(screen, Place):
            for command in screen.HERE:
                title = _title(command)
                score = max(matcher.match(title), matcher.match(command.help))
                if score > 0:
                    yield Hit(
                        score, matcher.highlight(title), partial(screen.invoke, command), help=command.help
                    )
