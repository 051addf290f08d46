"""Makes glibc's allocator return freed memory, so that a long session does not stay at its peak.

Left alone, it keeps whatever memory a long session used once. Each thread gets an arena of its own, up to
eight per core, which stays as large as its thread's largest piece of work was. And once a large block was
freed, later ones of its size are no longer mapped separately and returned when they are freed: they lie on a
heap that the small blocks between them hold open.
"""

import ctypes
import sys

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
"""Names of ``mallopt(3)``."""
_LARGE = 128 * 1024
"""glibc's initial threshold; setting it keeps it from moving."""


def give_back() -> None:
    """Use one arena for all threads, and return freed memory; call it before there are threads.

    The interpreter lets only one thread at a time do what allocates most, so they hardly wait for each other.
    Without ``mallopt`` (musl, macOS) nothing happens or needs to: those allocators have no such arenas.
    """
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, 1)
        mallopt(_M_MMAP_THRESHOLD, _LARGE)
        mallopt(_M_TRIM_THRESHOLD, _LARGE)
