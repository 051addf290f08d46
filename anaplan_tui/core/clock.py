"""A steady clock for measuring durations: set from the wall clock once, at process start, and never again.

The wall clock may be minutes or days off, and may be corrected while a run is watched. The service's times
come from another clock. A duration is therefore the difference of two times of the service, or of two
values of ``now``; never of one of each.
"""

import asyncio
import time
from datetime import UTC, datetime, timedelta

_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""A clock that keeps running while the machine sleeps: Linux's monotonic clock stops, macOS's does not."""


def now() -> datetime:
    """Return the wall clock's time at process start plus the time that has passed since."""
    return _wall_at_start + timedelta(seconds=time.clock_gettime(_STEADY) - _steady_at_start)


def service_now(offset_s: float | None) -> datetime | None:
    """Return the service's time, given how far its clock is ahead of the host's wall clock."""
    return None if offset_s is None else datetime.now(UTC) + timedelta(seconds=offset_s)


async def woken(event: asyncio.Event, within_s: float) -> bool:
    """Wait at most ``within_s`` for ``event`` and clear it; say whether it was set."""
    try:
        # Not wait_for: on Python 3.11 it swallows a cancel that arrives together with the event.
        async with asyncio.timeout(max(within_s, 0.0)):
            await event.wait()
    except TimeoutError:
        return False
    event.clear()
    return True


_wall_at_start, _steady_at_start = datetime.now(UTC), time.clock_gettime(_STEADY)
