"""Has glibc's allocator give back what was freed, so that a long session does not stay at its peak.

Left alone it keeps what a long session used once. Each thread gets an arena of its own, up to eight for each
core, which stays as large as its thread's largest piece of work was. And once a large block was freed, the
next ones of its size are no longer mapped by themselves, to be given back when they are freed: they lie on a
heap that the small blocks between them hold open.
"""

import ctypes
import sys

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
"""Names of ``mallopt(3)``."""
_LARGE = 128 * 1024
"""Where glibc begins; naming it keeps it from moving."""


def give_back() -> None:
    """Have one arena for all threads, and what is freed given back; called before there are threads.

    The interpreter lets one thread at a time do what allocates most, so that they hardly wait for each other.
    Without ``mallopt`` (musl, macOS) nothing happens, and nothing need: those allocators have no such arenas.
    """
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, 1)
        mallopt(_M_MMAP_THRESHOLD, _LARGE)
        mallopt(_M_TRIM_THRESHOLD, _LARGE)
