"""Parse times as people type them: durations (``90s``, ``24h``) and moments (``22:00``, ``yesterday``)."""

import re
from datetime import datetime, time, timedelta

_SPAN = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?)\s*(s|m|min|h|d|w)")
_UNITS = {"s": "seconds", "m": "minutes", "min": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_CLOCK = re.compile(r"[0-9]:[0-9]{2}")
_LONGEST = timedelta(days=3660)
_DAYS = {"today": 0, "yesterday": 1}

FORMS = "24h, 22:00, yesterday, 2026-11-26 or 2026-11-26T22:00"


def span(text: str) -> timedelta | None:
    """Parse a duration with a unit: ``90s``, ``1.5h``, ``2w``; at most ten years.

    Returns ``None`` when ``text`` is not one.
    """
    found = _SPAN.fullmatch(text.strip().lower())
    if found is None:
        return None
    try:
        length = timedelta(**{_UNITS[found[2]]: float(found[1])})
    except OverflowError:
        return None
    return length if length <= _LONGEST else None


def since(text: str, now: datetime) -> datetime:
    """Return the moment that ``text`` means at ``now``, never in the future; times without a zone are local.

    ``22:00`` is the last time it was ten in the evening, ``yesterday`` the beginning of that day.

    Raises:
        ValueError: ``text`` has none of the ``FORMS``, or means a moment after ``now``.
    """
    words = text.strip().lower()
    here = now.astimezone()
    if words in _DAYS:
        return _local(datetime.combine(here.date() - timedelta(days=_DAYS[words]), time.min))
    if (length := span(words)) is not None:
        return now - length
    if _CLOCK.fullmatch(words):
        words = f"0{words}"
    try:
        at = time.fromisoformat(words) if ":" in words and "-" not in words else None
    except ValueError:
        raise ValueError(f"{text!r} is none of {FORMS}") from None
    if at is not None and at.tzinfo is None:
        moment = _local(datetime.combine(here.date(), at))
        return moment if moment <= now else _local(datetime.combine(here.date() - timedelta(days=1), at))
    try:
        day = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{text!r} is none of {FORMS}") from None
    moment = day if day.tzinfo is not None else _local(day)
    if moment > now:
        raise ValueError(f"{text!r} is still to come")
    return moment


def _local(naive: datetime) -> datetime:
    try:
        return naive.astimezone()
    except (OverflowError, ValueError, OSError):
        raise ValueError(f"the year {naive.year} is out of range") from None
