"""A run of an hour, on a clock that moves only while somebody waits."""

import asyncio
from datetime import datetime, timedelta

from anaplan_tui.demo.server import DemoServer

HOUR_S = 3600.0


class StretchedTime:
    """Time passes only while the watch waits; the tenant's run is stretched over an hour of it."""

    def __init__(self, server: DemoServer, run_s: float) -> None:
        self._server = server
        self._share = run_s / HOUR_S
        self._began = datetime.fromtimestamp(server.clock.now()).astimezone()
        self.passed_s = 0.0
        self.longest_s = 0.0

    def now(self) -> datetime:
        return self._began + timedelta(seconds=self.passed_s)

    async def woken(self, _event: asyncio.Event, within_s: float) -> bool:
        self.passed_s += within_s
        self.longest_s = max(self.longest_s, within_s)
        self._server.clock.advance(within_s * self._share)
        await asyncio.sleep(0)
        return False
