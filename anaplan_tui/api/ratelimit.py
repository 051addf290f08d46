"""A token bucket: our share of the tenant's request limit (``RateLimit`` gives the figures)."""

import time
from collections.abc import Awaitable, Callable

from anaplan_tui.api.options import RateLimit


class Bucket:
    """Lets requests through at once while tokens last, then one for each refilled token."""

    def __init__(
        self,
        limit: RateLimit,
        sleep: Callable[[float], Awaitable[None]],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit = limit
        self._sleep = sleep
        self._now = now
        self._tokens = float(limit.burst)
        self._filled_at = now()

    async def take(self) -> None:
        """Wait for the right to send one request. First come, first served."""
        moment = self._now()
        refilled = self._tokens + (moment - self._filled_at) * self._limit.per_second
        self._tokens = min(refilled, float(self._limit.burst)) - 1
        self._filled_at = moment
        if self._tokens < 0:
            await self._sleep(-self._tokens / self._limit.per_second)
