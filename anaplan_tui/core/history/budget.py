"""How many requests a sweep may send: a hundred at once, then so many a minute.

The level outlives the process in the journal, so that an app opened again and again, or two that take turns,
ask no more of the tenant than one that stays.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

from anaplan_tui.api.quota import Quota

AT_ONCE = 100
"""Requests that need not wait for each other."""


class Budget:
    """A bucket of requests."""

    def __init__(
        self,
        per_minute: int,
        *,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._per_second = per_minute / 60.0
        self._sleep, self._now = sleep, now
        self._tokens, self._filled_at = float(AT_ONCE), now()

    @property
    def level(self) -> float:
        """Requests that may be sent at once; below zero, those that already wait."""
        self._refill()
        return self._tokens

    def start_from(self, level: float, passed_s: float) -> None:
        """Go on from the level that was left so many seconds ago; never with more than there is now."""
        self._refill()
        left = level + max(passed_s, 0.0) * self._per_second
        self._tokens = min(self._tokens, left)

    async def take(self) -> None:
        """Wait for the right to send one request. First come, first served."""
        self._refill()
        self._tokens -= 1
        if self._tokens < 0:
            await self._sleep(-self._tokens / self._per_second)

    def _refill(self) -> None:
        moment = self._now()
        self._tokens = min(self._tokens + (moment - self._filled_at) * self._per_second, float(AT_ONCE))
        self._filled_at = moment


class Steady(Budget):
    """The budget of a process that asks all night: what it lets through keeps to a quota besides.

    The quota is that of all requests, the looks' among them, so it is kept where they are sent. Here it is
    only remembered for the process that comes after this one.
    """

    def __init__(
        self,
        per_minute: int,
        quota: Quota,
        *,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(per_minute, sleep=sleep, now=now)
        self._quota = quota

    @property
    def level(self) -> float:
        """How many requests may be sent at once."""
        return min(super().level, float(self._quota.free))

    def start_from(self, level: float, passed_s: float) -> None:
        """What another process sent is as if this one had, at the time of its last sign of life."""
        super().start_from(level, passed_s)
        self._quota.sent_elsewhere(int(max(self._quota.per_minute - level, 0.0)), passed_s)
