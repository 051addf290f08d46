"""The live numbers of one upload: written by the engine, read by whoever samples."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from anaplan_tui.core.snapshots import Send


@dataclass(frozen=True, slots=True)
class Progress:
    """The numbers at one moment; fields as in :class:`~anaplan_tui.core.snapshots.UploadSnapshot`."""

    state: Send
    bytes_done: int
    chunks_done: int
    chunks_total: int | None
    chunks_resumed: int
    retry_in_s: float | None
    problem: str


class Tally:
    """Counts chunks without telling anybody, and tells ``on_change`` when the state of the upload changes."""

    def __init__(
        self,
        on_change: Callable[[Progress], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._on_change = on_change
        self._clock = clock
        self.state = Send.QUEUED
        self.bytes_done = 0
        self.chunks_done = 0
        self.chunks_total: int | None = None
        self.chunks_resumed = 0
        self.problem = ""
        self._retry_at: float | None = None

    def say(self, state: Send, problem: str = "", *, retry_in_s: float | None = None) -> None:
        """Enter a state. A problem is shown until the next state."""
        self.state, self.problem = state, problem
        self._retry_at = None if retry_in_s is None else self._clock() + retry_in_s
        if self._on_change is not None:
            self._on_change(self.progress())

    def progress(self) -> Progress:
        left = None if self._retry_at is None else max(0.0, self._retry_at - self._clock())
        return Progress(
            self.state,
            self.bytes_done,
            self.chunks_done,
            self.chunks_total,
            self.chunks_resumed,
            left,
            self.problem,
        )
