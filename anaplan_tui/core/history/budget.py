"""How many requests a sweep may send: a hundred at once, then so many a minute.

The journal keeps the level beyond the process, so that an app that is opened again and again, or two that
take turns, ask no more of the tenant than one that stays open.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

from anaplan_tui.api.quota import Quota

AT_ONCE = 100
"""How many requests may go out without waiting."""


class Budget:
    """A token bucket: each request takes one token."""

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
        """How many requests may be sent at once; below zero, how many wait already."""
        self._refill()
        return self._tokens

    def start_from(self, level: float, passed_s: float) -> None:
        """Go on from the level that was left ``passed_s`` seconds ago; never with more than there is now."""
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
    """The budget of a process that asks all night, whose requests also keep to a quota.

    The quota counts every request of the process, so it is kept where requests are sent. This class only
    hands its level on to the process that comes next.
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
        """Count what another process sent as this one's, at the time of that one's last sign of life."""
        super().start_from(level, passed_s)
        self._quota.sent_elsewhere(int(max(self._quota.per_minute - level, 0.0)), passed_s)
