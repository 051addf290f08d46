"""Measure the rate of a transfer and its remaining time, from samples of its byte count."""

import math

_HALF_LIFE_S = 3.0
"""A change of pace is half visible after this time: steady enough to read, quick enough to believe."""
_STALLED_BELOW = 1.0
"""Bytes per second below which no remaining time is given."""

_SHORTEST_S = 1e-6
"""A sample that follows sooner is skipped, as it says nothing about the pace; the next one includes it."""


class Meter:
    """An exponentially weighted rate over samples at any interval; the caller supplies the clock.

    Bytes on disk before the first sample do not count as throughput, and neither does a drop of the count
    when a truncated chunk is discarded.
    """

    def __init__(self) -> None:
        self._at: float | None = None
        self._bytes = 0
        self._rate = 0.0
        self._weight = 0.0

    @property
    def rate(self) -> float | None:
        """Bytes per second; ``None`` before the second sample."""
        return self._rate / self._weight if self._weight > 0 else None

    def sample(self, now: float, byte_count: int) -> None:
        """Add a sample: ``now`` in seconds of any monotonic clock, ``byte_count`` transferred so far."""
        if self._at is None:
            self._at, self._bytes = now, byte_count
            return
        span = now - self._at
        if span < _SHORTEST_S:
            return
        keep = math.exp2(-span / _HALF_LIFE_S)
        pace = max(0, byte_count - self._bytes) / span
        # Dividing by the summed weights keeps the first seconds honest, where a plain average starts at zero.
        self._rate = self._rate * keep + pace * (1 - keep)
        self._weight = self._weight * keep + (1 - keep)
        self._at, self._bytes = now, byte_count

    def left_s(self, byte_count: int, total: int | None) -> float | None:
        """Seconds left at this pace; ``None`` if total or pace is unknown or the transfer is stalled."""
        if total is None or self.rate is None or self.rate < _STALLED_BELOW:
            return None
        return max(0, total - byte_count) / self.rate
