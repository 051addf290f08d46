"""Numbers and names formatted for people."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anaplan_tui.commands.printing import table
from anaplan_tui.core import text


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (None, "–"),
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 KB"),
        (764_587, "765 KB"),
        (999_499, "999 KB"),
        (999_500, "1.0 MB"),
        (12_400_000, "12.4 MB"),
        (120_000_000, "120 MB"),
        (10**9, "1.0 GB"),
        (10**16, "10000 TB"),
    ],
)
def test_sizes_have_three_digits_and_a_unit(number: int | None, said: str) -> None:
    assert text.size(number) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (None, "–"),
        (-1, "0.0 s"),
        (0.31, "0.3 s"),
        (9.96, "10 s"),
        (41.2, "41 s"),
        (59.7, "1 m 00"),
        (72, "1 m 12"),
        (3599.9, "1 h 00"),
        (7500, "2 h 05"),
    ],
)
def test_durations_are_in_the_units_that_people_use(seconds: float | None, said: str) -> None:
    assert text.duration(seconds) == said


@given(st.text(max_size=60), st.integers(min_value=0, max_value=70))
def test_the_middle_is_left_out_and_the_ends_stay(name: str, width: int) -> None:
    short = text.middle(name, width)
    assert len(short) <= width
    if len(name) <= width:
        assert short == name
    elif width >= 3:
        assert short[0] == name[0]
        assert short[-1] == name[-1]


def test_times_in_lists_are_relative_to_today() -> None:
    now = datetime(2026, 11, 22, 12, 0).astimezone()
    assert text.ago(now.replace(hour=3, minute=10), now) == "03:10"
    assert text.ago(now.replace(hour=3, minute=10) - timedelta(days=1), now) == "yesterday 03:10"
    assert text.ago(now.replace(day=12, hour=3, minute=10), now) == "12 Nov 03:10"
    assert text.ago(now.replace(year=2025), now) == "2025-11-22"
    assert text.ago(None, now) == "–"


def test_details_have_absolute_times_in_utc() -> None:
    assert text.stamp(datetime(2026, 11, 22, 3, 10, 43, tzinfo=UTC)) == "2026-11-22 03:10:43Z"


def test_paths_at_home() -> None:
    assert text.home(Path.home() / "anaplan-dumps" / "x.csv") == "~/anaplan-dumps/x.csv"
    assert text.home(Path("/srv/x.csv")) == "/srv/x.csv"


@pytest.mark.parametrize(
    ("progress", "said"),
    [
        (None, ""),
        (-1.0, ""),
        (float("nan"), ""),
        (0.0, "0 %"),
        (0.29, "29 %"),
        (0.57, "57 %"),
        (0.999, "99 %"),
        (0.9999999, "99 %"),
        (1.0, "99 %"),
        (1.5, "99 %"),
        (float("inf"), "99 %"),
    ],
)
def test_what_goes_on_is_never_at_100_percent(progress: float | None, said: str) -> None:
    assert text.percent(progress) == said


@pytest.mark.parametrize(
    ("part", "said"),
    [(0.0, "0"), (0.2, "<1"), (38.4, "38"), (99.2, ">99"), (99.99, ">99"), (100.0, "100")],
)
def test_a_share_is_all_or_nothing_only_when_it_is(part: float, said: str) -> None:
    assert text.share(part) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-1.0, "≥0 s"), (59.9, "≥59 s"), (60.0, "≥1 m"), (3599.0, "≥59 m"), (7300.0, "≥2 h")],
)
def test_a_time_of_which_only_the_end_was_seen(seconds: float, said: str) -> None:
    assert text.at_least(seconds) == said
    assert len(said) <= 6


@pytest.mark.parametrize(
    ("sample", "wide"),
    [
        ("abc", 3),
        ("東京", 4),
        ("Zürich", 6),
        ("Zu\u0308rich", 6),
        ("ﾃｽﾄ", 3),
        ("서울 A", 6),
        ("", 0),
        ("ａ", 2),
    ],
)
def test_widths_are_those_of_a_terminal(sample: str, wide: int) -> None:
    assert text.cells(sample) == wide
    assert text.padded(sample, 8) == sample + " " * (8 - wide)


def test_a_table_stands_in_columns_whatever_is_written_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    table(("NAME", "STATE"), [("東京本社", "ok"), ("Zu\u0308rich", "ok"), ("Nord", "ok")])
    lines = capsys.readouterr().out.splitlines()
    assert {text.cells(line[: line.rindex(" ") + 1]) for line in lines} == {10}
