"""The service's clock, read from the ``Date`` header of its answers."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def http_date(text: str | None) -> datetime | None:
    """An HTTP date as an aware time in UTC, or ``None`` for anything else."""
    if not text:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class ServerClock:
    """Tracks how far the service's clock is from ours.

    ``Date`` counts whole seconds, and an answer may take minutes, so a sample is only as good as its request
    was quick. A quick one replaces a slow one, and of two quick ones the later counts.
    """

    _QUICK_S = 2.0

    def __init__(self) -> None:
        self.offset_s: float | None = None
        """The service's clock minus ours, in seconds; ``None`` before the first answer."""
        self._took_s = float("inf")

    def note(self, headers: Mapping[str, str], *, sent_at: float, received_at: float) -> None:
        """Learn from an answer; the times are our clock's, in seconds since the epoch."""
        date = http_date(headers.get("date"))
        took_s = received_at - sent_at
        if date is None or took_s > max(self._took_s, self._QUICK_S):
            return
        self._took_s = took_s
        half_a_second = 0.5
        self.offset_s = date.timestamp() + half_a_second - (sent_at + received_at) / 2


def retry_after_s(headers: Mapping[str, str], *, now: datetime) -> float | None:
    """Seconds to wait by ``Retry-After``: a number, or an HTTP date compared with the answer's own date.

    ``now`` stands in for a missing ``Date`` header. ``None`` if the header says nothing usable.
    """
    said = (headers.get("retry-after") or "").strip()
    if said.isascii() and said.isdigit():
        return float(said[:9])
    until = http_date(said)
    if until is None:
        return None
    base = http_date(headers.get("date")) or now
    return max((until - base).total_seconds(), 0.0)
