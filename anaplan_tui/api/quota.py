"""Limits the requests in any minute, as the service counts them.

A request counts when it arrives, some time between its sending and its answer. So a place is given back a
minute after the answer, not after the sending: however long each was on its way, two that use the same place
arrive a minute apart. Logins, retries and chunks are requests like all others, so the limit applies at the
last step before the network.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx

_MINUTE_S = 60.5
"""Half a second more, because the service's clock may run faster than ours."""


class Quota:
    """Places for the requests of a minute. First come, first served."""

    def __init__(
        self,
        per_minute: int,
        *,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.per_minute = per_minute
        self._sleep, self._now = sleep, now
        self._ended: deque[float] = deque()
        """When requests were answered, the oldest first."""
        self._under_way = 0
        self._turn = asyncio.Lock()
        self._answered = asyncio.Event()

    @property
    def free(self) -> int:
        """How many requests may be sent at once."""
        self._forget()
        return self.per_minute - self._under_way - len(self._ended)

    def sent_elsewhere(self, requests: int, passed_s: float) -> None:
        """Count what another process sent, as if all had been answered ``passed_s`` ago."""
        moment = self._now() - max(passed_s, 0.0)
        self._ended.extend([moment] * min(requests, self.free))
        self._ended = deque(sorted(self._ended))

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Wait until a request may be sent, and hold its place while it is under way."""
        async with self._turn:
            await self._free_place()
            self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1
            self._ended.append(self._now())
            self._answered.set()

    async def _free_place(self) -> None:
        while self.free <= 0:
            if self._ended:
                await self._sleep(max(self._ended[0] + _MINUTE_S - self._now(), 0.0))
            else:
                self._answered.clear()
                await self._answered.wait()

    def _forget(self) -> None:
        moment = self._now()
        while self._ended and moment - self._ended[0] >= _MINUTE_S:
            self._ended.popleft()


class WithinQuota(httpx.AsyncBaseTransport):
    """Sends each request through another transport once it has a place in the quota, if there is one."""

    def __init__(self, within: httpx.AsyncBaseTransport, quota: Callable[[], Quota | None]) -> None:
        """``quota`` is called for each request: the quota may be set later."""
        self._within, self._quota = within, quota

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request as soon as it may be sent; returns when the head of its answer has arrived."""
        quota = self._quota()
        if quota is None:
            return await self._within.handle_async_request(request)
        async with quota.place():
            return await self._within.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the transport."""
        await self._within.aclose()
