"""A point in time, as somebody types it."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from anaplan_tui.core.since import since

NOW = datetime(2026, 11, 27, 6, 15, tzinfo=UTC)


@pytest.fixture(autouse=True, params=["UTC", "Europe/Berlin", "Asia/Kolkata"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("text", "ago"),
    [("24h", 24 * 60), ("90 m", 90), ("7D", 7 * 24 * 60), ("1.5h", 90), ("2w", 14 * 24 * 60), ("0h", 0)],
)
def test_a_span_ends_now(text: str, ago: int) -> None:
    assert since(text, NOW) == NOW - timedelta(minutes=ago)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("yesterday", "2026-11-26T00:00"),
        ("Today", "2026-11-27T00:00"),
        ("22:00", "2026-11-26T22:00"),
        ("00:30", "2026-11-27T00:30"),
        ("0:30", "2026-11-27T00:30"),
        ("2026-11-25", "2026-11-25T00:00"),
        ("2026-11-26T22:00", "2026-11-26T22:00"),
        ("2026-11-26 22:00", "2026-11-26T22:00"),
    ],
)
def test_a_time_is_the_clock_s_of_the_wall(text: str, moment: str) -> None:
    assert since(text, NOW) == datetime.fromisoformat(moment).astimezone()


def test_a_zone_that_is_named_counts() -> None:
    assert since("2026-11-26T22:00Z", NOW) == datetime(2026, 11, 26, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "h",
        "-3h",
        "25:00",
        "tomorrow",
        "2026-13-01",
        "2027-01-01",
        "999999d",
        "5",
        "9" * 400 + "h",
        "1.2345h",
        "22:00x",
        "0001-01-01",
    ],
)
def test_what_is_no_moment_in_the_past_is_refused(text: str) -> None:
    if text == "0001-01-01":
        # The first possible day; east of Greenwich its beginning cannot be represented.
        try:
            assert since(text, NOW) < NOW
        except ValueError:
            return
    else:
        with pytest.raises(ValueError, match="is"):
            since(text, NOW)
