"""The polling intervals of a running task: pure arithmetic, so that the rules can be read and tested.

The service asks for at most one poll every 5 s, and fewer for long tasks (service.md §9.3). A run of an hour
costs at most 250 polls, even when its progress moves all the time. Its end is seen within one interval.
"""

from dataclasses import dataclass

_BRISK_S = 120.0
_LONG_S = 600.0
_STILL_S = 60.0
_LONGEST_OUTAGE_WAIT_S = 60.0
LONGEST_ASKED_S = 120.0
"""A longer ``Retry-After`` is cut short, as in the transport: one answer must not blind a watch."""


@dataclass(frozen=True, slots=True)
class PollingPace:
    """The configured interval and its ceiling, in seconds."""

    interval: float = 5.0
    max_interval: float = 30.0

    def next_look(self, *, elapsed_s: float, still_s: float) -> float:
        """Seconds until the next poll.

        Args:
            elapsed_s: how long the task has been running.
            still_s: how long its state, step and progress have not changed.
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
        """Seconds until the next try after ``failures`` unanswered polls in a row: doubling, up to a minute.

        With that ceiling, the end of a task is seen within a minute after contact returns. ``asked_s`` is the
        wait that the service asked for (``Retry-After``); it counts up to two minutes.
        """
        ceiling = max(_LONGEST_OUTAGE_WAIT_S * min(self.interval / 5.0, 1.0), self.interval)
        ours = min(self.interval * 2.0 ** min(failures - 1, 10), ceiling)
        return max(ours, min(asked_s or 0.0, LONGEST_ASKED_S))

    def search(self) -> tuple[float, ...]:
        """Pauses before each look for a start whose answer was lost: 13 s in all at the default interval."""
        return tuple(self.interval * share for share in (0.1, 0.3, 0.6, 0.8, 0.8))
