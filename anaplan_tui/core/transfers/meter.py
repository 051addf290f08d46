"""How fast a transfer goes and how long it still takes, out of samples of its byte count."""

import math

_HALF_LIFE_S = 3.0
"""A change of pace is half visible after this long: steady enough to read, quick enough to believe."""
_STALLED_BELOW = 1.0
"""Bytes a second under which no time left is given."""

_SHORTEST_S = 1e-6
"""Two samples closer to each other say nothing of the pace; the next one counts what came meanwhile."""


class Meter:
    """An exponentially weighted rate over samples at any interval; the caller brings the clock.

    Bytes that were on disk before the first sample are no throughput, and neither is a fall of the count
    when a cut chunk is thrown away.
    """

    def __init__(self) -> None:
        self._at: float | None = None
        self._bytes = 0
        self._rate = 0.0
        self._weight = 0.0

    @property
    def rate(self) -> float | None:
        """Bytes a second; ``None`` before two samples."""
        return self._rate / self._weight if self._weight > 0 else None

    def sample(self, now: float, byte_count: int) -> None:
        """Take one sample: ``now`` in seconds of any monotonic clock, ``byte_count`` on disk."""
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
        """Seconds to go at this pace; ``None`` when total or pace are unknown or it stands still."""
        if total is None or self.rate is None or self.rate < _STALLED_BELOW:
            return None
        return max(0, total - byte_count) / self.rate
