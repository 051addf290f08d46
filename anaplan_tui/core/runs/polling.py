"""When to look at a running task again: pure arithmetic, so that the rules can be read and tested.

The service asks for no more than one look every 5 s and fewer for long tasks (service.md §9.3). A run of an
hour costs at most 250 looks even when its progress moves all the time, and its end is seen within one
interval.
"""

from dataclasses import dataclass

_BRISK_S = 120.0
_LONG_S = 600.0
_STILL_S = 60.0
_LONGEST_OUTAGE_WAIT_S = 60.0
LONGEST_ASKED_S = 120.0
"""A longer ``Retry-After`` is not obeyed to the end: one answer must not blind a watch.
The same limit as the transport's."""


@dataclass(frozen=True, slots=True)
class PollingPace:
    """The configured interval and its ceiling, in seconds."""

    interval: float = 5.0
    max_interval: float = 30.0

    def next_look(self, *, elapsed_s: float, still_s: float) -> float:
        """Seconds until the next look.

        Args:
            elapsed_s: how long the task has been running.
            still_s: how long its state, step and progress have not moved.
        """
        if elapsed_s < _BRISK_S:
            factor = 1
        elif elapsed_s < _LONG_S:
            factor = 2
        else:
            factor = 4
        if still_s >= _STILL_S:
            factor *= 2
        return min(self.interval * factor, max(self.max_interval, self.interval))

    def after_failure(self, failures: int, asked_s: float | None = None) -> float:
        """Seconds until the next try after ``failures`` unanswered looks in a row: doubling, up to a minute.

        The ceiling keeps the end's detection within a minute of the contact's return. ``asked_s`` is what the
        service asked to wait (``Retry-After``), which counts up to two minutes.
        """
        ceiling = max(_LONGEST_OUTAGE_WAIT_S * min(self.interval / 5.0, 1.0), self.interval)
        ours = min(self.interval * 2.0 ** min(failures - 1, 10), ceiling)
        return max(ours, min(asked_s or 0.0, LONGEST_ASKED_S))

    def search(self) -> tuple[float, ...]:
        """Pauses before each look for a start whose answer was lost: 13 s in all at the usual interval."""
        return tuple(self.interval * share for share in (0.1, 0.3, 0.6, 0.8, 0.8))
