"""Starts jobs: each is a worker on the app, in a group of its own, that reports its errors."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from textual.screen import Screen
from textual.worker import Worker

from anaplan_tui.trouble import Trouble
from anaplan_tui.ui.navigation import Request, WentElsewhere

if TYPE_CHECKING:
    from anaplan_tui.ui.shell import Shell

R = TypeVar("R")


class Spawner:
    """Starts jobs on the app, which outlives every screen."""

    def __init__(self, app: "Shell") -> None:
        self._app = app

    def spawn(self, work: Callable[[], Awaitable[object]], group: str) -> None:
        """Run ``work`` on the app; an expected error is reported, any other ends the app."""
        _worker: Worker[None] = self._app.run_worker(partial(self._told, work), group=group)

    async def _told(self, work: Callable[[], Awaitable[object]]) -> None:
        try:
            await work()
        except WentElsewhere as gone:
            self._app.say(str(gone), "warning")
        except (Trouble, OSError) as error:
            self._app.say(str(error), "error", detail=type(error).__name__)

    def spawn_request(self, work: Callable[[Request], Awaitable[object]], group: str) -> None:
        """Do the same for a key that opens a screen, soon or after a while."""
        request = self._app.navigation.request()

        async def requested() -> None:
            with request:
                await work(request)

        self.spawn(requested, group)

    async def ask(self, question: Screen[R]) -> R:
        """Ask a question that no key press led to, as soon as it covers no dialog; return the answer."""
        return await (await self._app.navigation.ask(question))
