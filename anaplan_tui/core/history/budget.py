"""How many requests a sweep may send: a hundred at once, then so many a minute.

The level outlives the process in the journal, so that an app opened again and again, or two that take turns,
ask no more of the tenant than one that stays.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable

AT_ONCE = 100
"""Requests that need not wait for each other."""
_MINUTE_S = 60.0


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
    """Never more than so many requests in any minute: for a process that asks all night."""

    def __init__(
        self,
        per_minute: int,
        *,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(per_minute, sleep=sleep, now=now)
        self._per_minute = per_minute
        self._turns: deque[float] = deque(maxlen=per_minute)
        """When the latest requests were sent, or will be by those that wait, the oldest first."""
        self._has_asked = False

    @property
    def level(self) -> float:
        """How many more requests may be sent within this minute."""
        return float(self._per_minute - sum(turn > self._now() - _MINUTE_S for turn in self._turns))

    def start_from(self, level: float, passed_s: float) -> None:
        """What another process sent is as if this one had, at the time of its last sign of life."""
        sent = min(int(max(self._per_minute - level, 0.0)), self._per_minute)
        if not self._has_asked and passed_s < _MINUTE_S:
            self._turns.extendleft([self._now() - max(passed_s, 0.0)] * min(sent, self._room))

    def spent(self, requests: int) -> None:
        """Requests that were sent, or will be at once, by others of this process than those who ask here."""
        self._turns.extend([self._now()] * requests)

    @property
    def _room(self) -> int:
        return self._per_minute - len(self._turns)

    async def take(self) -> None:
        """Wait until a request may be sent."""
        self._has_asked = True
        moment = self._now()
        is_full = len(self._turns) == self._per_minute
        turn = max(moment, self._turns[0] + _MINUTE_S) if is_full else moment
        self._turns.append(turn)
        if turn > moment:
            await self._sleep(turn - moment)
