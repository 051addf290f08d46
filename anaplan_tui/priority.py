"""Thread priority: which threads go first when there is more work than cores."""

import contextlib
import os
import sys
import threading

_NICER = 10


def step_back() -> None:
    """Let this thread run after others for good: for threads that move bytes, not those that answer keys.

    With four chunks at full speed on two cores, the event loop's lag (p99) fell from 13 ms to 9 ms, and the
    bytes came as quickly (current figures: ``tests/bench/benchmarks.md``). Other users of a jump host go
    first, too. Only Linux has a priority for a single thread; elsewhere nothing happens.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICER)
