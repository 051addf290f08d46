"""Reading the night of the demo tenant: what was asked for, and a way to wait for the next look."""

import asyncio

from anaplan_tui.core.desk import Desk
from anaplan_tui.core.history.history import History
from anaplan_tui.demo.server import DemoServer

LISTS = "*/tasks"
TASKS = "*/tasks/*"
ENDED = 26
"""Runs of the night that have ended."""
PATIENCE_S = 60.0


class Looks:
    """Told of every look of those who keep a history, and a way to wait for the next."""

    def __init__(self) -> None:
        self._came = asyncio.Event()

    async def __call__(self) -> None:
        self._came.set()

    async def another(self) -> None:
        async with asyncio.timeout(PATIENCE_S):
            await self._came.wait()
        self._came.clear()


async def read(desk: Desk) -> History:
    await desk.history.read_all()
    return desk.history


def requests(server: DemoServer) -> tuple[int, int]:
    """Lists and tasks that were asked for."""
    return server.log.count("GET", LISTS), server.log.count("GET", TASKS)
