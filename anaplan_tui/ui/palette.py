"""The command palette: finds the commands of the open screen and the model's processes by name."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from textual import getters, on
from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.widgets import Input
from textual.worker import WorkerError
from typing_extensions import override

from anaplan_tui.api.refs import Kind
from anaplan_tui.core.catalog import CatalogItem
from anaplan_tui.core.finding.folding import folded
from anaplan_tui.ui.commands import Command
from anaplan_tui.ui.place import Place

if TYPE_CHECKING:
    from anaplan_tui.core.desk import Desk


class StillPalette(CommandPalette):
    """Textual's palette with a cursor that does not blink: blinking sends some 4 KB a second."""

    _field = getters.query_one(Input)

    def on_mount(self) -> None:
        """Stop the cursor from blinking, which would send bytes for as long as the palette is open."""
        self._field.cursor_blink = False

    @on(Input.Submitted)
    async def _let_the_list_come(self) -> None:
        """Delay Enter until the list matches all of the typed text, not only its first letters."""
        searching = [worker for worker in self.workers if worker.node is self and not worker.is_finished]
        if not searching:
            return  # an empty list would mean every worker of the app
        with suppress(WorkerError):  # a newer search cancelled it
            await self.workers.wait_for_complete(searching)


_MOST = 40
"""Process names that the palette offers at once: nobody reads more."""


def _title(command: Command) -> str:
    return f"{command.label}  ({command.key})" if command.keys else command.label


class PlaceCommands(Provider):
    """Offers every command of the screen under the palette, and every process by its name.

    A command that does not work now says why when it is chosen.
    """

    @override
    async def discover(self) -> Hits:
        screen = self.screen
        if isinstance(screen, Place):
            for command in screen.HERE:
                title = _title(command)
                # Content, because a key may be a bracket, which is markup.
                yield DiscoveryHit(Content(title), partial(screen.invoke, command), title, command.help)

    @override
    async def search(self, query: str) -> Hits:
        screen = self.screen
        if isinstance(screen, Place):
            found = [*self._commands(screen, query), *await self._processes(screen, query)]
            # The best one first: Enter takes what is on top.
            for hit in sorted(found, key=lambda hit: hit.score, reverse=True):
                yield hit

    def _commands(self, screen: Place, query: str) -> Iterator[Hit]:
        matcher = self.matcher(query)
        for command in screen.HERE:
            title = _title(command)
            score = max(matcher.match(title), matcher.match(command.help))
            if score > 0:
                shown = Content(title) if "[" in title else matcher.highlight(title)
                yield Hit(score, shown, partial(screen.invoke, command), title, command.help)

    async def _processes(self, screen: Place, query: str) -> list[Hit]:
        """Return the processes whose names contain every typed word, the best match first."""
        if screen.tui.desk is None:
            return []
        matcher, words = self.matcher(query), folded(query).split()
        named = [item for item in await _processes(screen.desk) if _has_all(item.name, words)]
        found = sorted(named, key=lambda item: matcher.match(item.name), reverse=True)
        doubles = Counter(item.name for item in named)
        # Names come from the service: highlighting would read brackets in them as markup.
        return [
            Hit(
                max(matcher.match(item.name), 0.5),
                Content(item.name),
                partial(screen.tui.open_process, item),
                item.name,
                f"Open the process {item.id}" if doubles[item.name] > 1 else "Open the process",
            )
            for item in found[:_MOST]
        ]


def _has_all(name: str, words: Sequence[str]) -> bool:
    whole = folded(name)
    return all(word in whole for word in words)


async def _processes(desk: "Desk") -> Sequence[CatalogItem]:
    """Return the processes as listed in this session or an earlier one; asks the service for nothing."""
    if desk.context is None:
        return ()
    if desk.is_listed(Kind.PROCESS):
        return await desk.catalog(Kind.PROCESS)
    known = await desk.known_catalog(Kind.PROCESS)
    return known.items if known is not None else ()
