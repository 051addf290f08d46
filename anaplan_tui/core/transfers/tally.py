"""The live numbers of one transfer: written by its engine, read by the sampler."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, Protocol, TypeVar

State = TypeVar("State")


class Sized(Protocol):
    """Something that grows while it arrives."""

    @property
    def size(self) -> int:
        """Bytes so far."""


class Tally(Generic[State]):
    """Adds up bytes silently, and calls ``on_change`` when the state of the transfer changes.

    A call for each block would cost more than the block. Used in one thread.
    """

    def __init__(
        self,
        state: State,
        on_change: "Callable[[Tally[State]], None] | None" = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._on_change = on_change
        self._clock = clock
        self._arriving: set[Sized] = set()
        self._retry_at: float | None = None
        self.state = state
        self.problem = ""
        self.bytes_kept = 0
        """Bytes of complete chunks."""
        self.bytes_total: int | None = None
        self.chunks_done = 0
        self.chunks_total: int | None = None

    @property
    def bytes_done(self) -> int:
        """Bytes of complete chunks and of those in flight."""
        return self.bytes_kept + sum(chunk.size for chunk in self._arriving)

    @property
    def retry_in_s(self) -> float | None:
        """Seconds until the next try; ``None`` if none is pending."""
        return None if self._retry_at is None else max(0.0, self._retry_at - self._clock())

    @contextmanager
    def arriving(self, chunk: Sized) -> Iterator[None]:
        """Count ``chunk``, which grows in another thread, while the block runs."""
        self._arriving.add(chunk)
        try:
            yield
        finally:
            self._arriving.remove(chunk)

    def chunk_done(self, size: int) -> None:
        """Count a complete chunk of ``size`` bytes."""
        self.chunks_done += 1
        self.bytes_kept += size

    def say(self, state: State, problem: str = "", *, retry_in_s: float | None = None) -> None:
        """Enter a state; ``problem`` is shown until the next one."""
        self.state, self.problem = state, problem
        self._retry_at = None if retry_in_s is None else self._clock() + retry_in_s
        if self._on_change is not None:
            self._on_change(self)
