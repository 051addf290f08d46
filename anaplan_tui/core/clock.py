"""The host's time for measuring: set once, when the process starts, and never again.

The wall clock may be minutes or days off, and may be put right while a run is watched; the service's times
come from another clock. So how long something took is the difference of two times of the service, or of two
of ``now``; never of one of each.
"""

import asyncio
import time
from datetime import UTC, datetime, timedelta

_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Goes on while the machine sleeps: Linux's monotonic clock does not, macOS's does."""


def now() -> datetime:
    """The wall clock's time at this process's start, and what has passed since."""
    return _wall_at_start + timedelta(seconds=time.clock_gettime(_STEADY) - _steady_at_start)


def service_now(offset_s: float | None) -> datetime | None:
    """The service's time, from how far its clock is ahead of the host's as that stands now."""
    return None if offset_s is None else datetime.now(UTC) + timedelta(seconds=offset_s)


async def woken(event: asyncio.Event, within_s: float) -> bool:
    """Wait for ``event``, at most so long, and take it back; whether it came."""
    try:
        # Not wait_for: on Python 3.11 it swallows a cancel that comes with what it waits for.
        async with asyncio.timeout(max(within_s, 0.0)):
            await event.wait()
    except TimeoutError:
        return False
    event.clear()
    return True


_wall_at_start, _steady_at_start = datetime.now(UTC), time.clock_gettime(_STEADY)
