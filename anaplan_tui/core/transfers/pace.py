"""Flow control for transfers: connections in flight, retries and the waits between them."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from anaplan_tui.api.errors import (
    AnaplanError,
    Broken,
    RateLimited,
    Refused,
    ServerFailed,
    Unreachable,
    Unreadable,
)
from anaplan_tui.api.passing import CONFLICT, REFUSALS_OF_CHUNKS, UNSAID_RATE_PAUSE_S

CONNECTIONS = 8
"""Chunk requests in flight, over all downloads or all uploads together."""
_SLOW_TRIES = 2
_LASTING_BREAKS = (Broken.TLS,)


class Connections(asyncio.Semaphore):
    """The limit that all downloads, or all uploads, share. Waiters are served in order, so none starves."""

    def __init__(self, limit: int = CONNECTIONS) -> None:
        super().__init__(limit)


class Window:
    """Chunks of one file in flight: at most ``limit``, one after trouble, then slowly back up."""

    def __init__(self, limit: int) -> None:
        if limit < 1:
            raise ValueError("a window holds at least one chunk")
        self.limit = limit
        self.size = limit
        self._good = 0

    def squeeze(self) -> None:
        """Shrink the window to one chunk: the service is under strain."""
        self.size, self._good = 1, 0

    def ease(self) -> None:
        """Count a chunk that succeeded; twice the window of them in a row widens it by one."""
        self._good += 1
        if self.size < self.limit and self._good >= 2 * self.size:
            self.size, self._good = self.size + 1, 0


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and how long a chunk is retried."""

    tries: int = 8
    """Tries of one chunk in a row before the download fails (and can be resumed)."""
    base_s: float = 0.5
    cap_s: float = 30.0
    unsaid_rate_pause_s: float = UNSAID_RATE_PAUSE_S
    longest_wait_s: float = 600.0
    """If the service asks for a longer wait, the chunk fails instead."""
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    def spent(self, tried: int, error: AnaplanError) -> bool:
        """Whether ``tried`` tries that ended this way are enough, or the next would come too late.

        Fewer tries are enough if they trickle: each takes a minute or more.
        """
        if (error.retry_after_s or 0) > self.longest_wait_s:
            return True
        slow = isinstance(error, Unreachable) and error.broken is Broken.SLOW
        return tried >= (min(_SLOW_TRIES, self.tries) if slow else self.tries)

    def delay(self, tried: int, error: AnaplanError) -> float:
        """Seconds before the next try after ``tried`` of them: as the service asked, else full jitter."""
        if error.retry_after_s is not None:
            return max(0.0, error.retry_after_s)
        if isinstance(error, RateLimited):
            return self.unsaid_rate_pause_s
        return random.uniform(0, min(self.cap_s, self.base_s * 2**tried))  # noqa: S311 - spreads load, hides nothing


def passes(error: AnaplanError) -> bool:
    """Whether the same request may well succeed a little later."""
    if isinstance(error, Unreachable):
        return error.broken not in _LASTING_BREAKS
    if isinstance(error, Refused):
        return error.status in REFUSALS_OF_CHUNKS
    return isinstance(error, RateLimited | ServerFailed | Unreadable)


def strains(error: AnaplanError) -> bool:
    """Whether the error means that the service is overloaded, rather than that the network is bad."""
    return isinstance(error, RateLimited | ServerFailed) or error.status == CONFLICT
