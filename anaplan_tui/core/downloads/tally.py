"""The live numbers of one fetch: written by the engine at every block, read by whoever samples."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from anaplan_tui.core.snapshots import Fetch


@dataclass(frozen=True, slots=True)
class Progress:
    """The numbers at one moment; fields as in :class:`~anaplan_tui.core.snapshots.DownloadSnapshot`."""

    state: Fetch = Fetch.QUEUED
    bytes_done: int = 0
    bytes_total: int | None = None
    total_is_exact: bool = False
    chunks_done: int = 0
    chunks_total: int | None = None
    retry_in_s: float | None = None
    problem: str = ""


class Sized(Protocol):
    """What grows while it arrives."""

    @property
    def size(self) -> int:
        """Bytes so far."""


class Tally:
    """Adds up without telling anybody, and tells ``on_change`` when the state of the fetch changes.

    A call for each block would cost more than the block (performance.md D). Used in one thread.
    """

    def __init__(
        self,
        on_change: Callable[[Progress], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._on_change = on_change
        self._clock = clock
        self._arriving: set[Sized] = set()
        self.state = Fetch.QUEUED
        self.bytes_kept = 0
        """Of the chunks that are complete."""
        self.bytes_total: int | None = None
        self.total_is_exact = False
        self.chunks_done = 0
        self.chunks_total: int | None = None
        self.problem = ""
        self._retry_at: float | None = None

    @property
    def bytes_done(self) -> int:
        """Of complete chunks and of those that are on their way."""
        return self.bytes_kept + sum(chunk.size for chunk in self._arriving)

    @contextmanager
    def arriving(self, chunk: Sized) -> Iterator[None]:
        """Count ``chunk``, which another thread makes grow, as long as it is on its way."""
        self._arriving.add(chunk)
        try:
            yield
        finally:
            self._arriving.remove(chunk)

    def chunk_done(self, size: int) -> None:
        """A chunk of ``size`` bytes is complete."""
        self.chunks_done += 1
        self.bytes_kept += size

    def say(self, state: Fetch, problem: str = "", *, retry_in_s: float | None = None) -> None:
        """Enter a state. A problem is shown until the next state."""
        self.state, self.problem = state, problem
        self._retry_at = None if retry_in_s is None else self._clock() + retry_in_s
        if self._on_change is not None:
            self._on_change(self.progress())

    def progress(self) -> Progress:
        left = None if self._retry_at is None else max(0.0, self._retry_at - self._clock())
        return Progress(
            state=self.state,
            bytes_done=self.bytes_done,
            bytes_total=self.bytes_total,
            total_is_exact=self.total_is_exact,
            chunks_done=self.chunks_done,
            chunks_total=self.chunks_total,
            retry_in_s=left,
            problem=self.problem,
        )
