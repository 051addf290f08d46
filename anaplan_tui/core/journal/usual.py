"""How long something usually takes: the one place that says so."""

from collections.abc import Sequence
from statistics import median

LATEST = 20
"""Past runs that count: what took an hour last year may take minutes now."""


def usual_s(durations: Sequence[float]) -> float | None:
    """The median of the latest durations, newest first; ``None`` without any.

    They are those of past runs. Whoever asks for a run that has ended leaves its own duration out: what it is
    compared with must not depend on it.
    """
    return median(durations[:LATEST]) if durations else None
