"""The usual duration of a run: the median of its latest ones, defined in this one place."""

from collections.abc import Sequence
from statistics import median

LATEST = 20
"""How many past runs count: a load that took an hour last year may take minutes now."""


def usual_s(durations: Sequence[float]) -> float | None:
    """Return the median of the latest ``durations`` of past runs, newest first; ``None`` without any.

    For an ended run, the caller leaves the run's own duration out: the baseline must not depend on it.
    """
    return median(durations[:LATEST]) if durations else None
