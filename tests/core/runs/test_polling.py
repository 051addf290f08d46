"""How often a task is looked at."""

from hypothesis import given
from hypothesis import strategies as st

from anaplan_tui.core.runs.polling import PollingPace


def looks(pace: PollingPace, run_s: float, moves_every_s: float) -> int:
    """How many looks a run of this length costs when its progress moves this often."""
    at, number = 0.0, 0
    while at < run_s:
        number += 1
        at += pace.next_look(elapsed_s=at, still_s=at % moves_every_s)
    return number


@given(st.floats(min_value=1, max_value=7200))
def test_an_hour_costs_at_most_250_requests_however_the_progress_moves(moves_every_s: float) -> None:
    assert looks(PollingPace(), 3600, moves_every_s) <= 240


@given(st.floats(min_value=0, max_value=100_000), st.floats(min_value=0, max_value=100_000))
def test_never_closer_than_the_interval_nor_further_than_the_ceiling(
    elapsed_s: float, still_s: float
) -> None:
    assert 5.0 <= PollingPace().next_look(elapsed_s=elapsed_s, still_s=still_s) <= 30.0


def test_slower_for_long_runs_and_brisk_again_when_something_moves() -> None:
    pace = PollingPace()
    assert pace.next_look(elapsed_s=10, still_s=0) == 5
    assert pace.next_look(elapsed_s=300, still_s=0) == 10
    assert pace.next_look(elapsed_s=300, still_s=90) == 20
    assert pace.next_look(elapsed_s=3000, still_s=90) == 30
    assert pace.next_look(elapsed_s=3000, still_s=0) == 20


@given(st.integers(min_value=1, max_value=100_000))
def test_an_outage_is_tried_at_least_once_a_minute_and_never_faster_than_the_interval(failures: int) -> None:
    assert 5.0 <= PollingPace().after_failure(failures) <= 60.0


@given(st.floats(min_value=0, max_value=1e9), st.integers(min_value=1, max_value=100_000))
def test_what_the_service_asks_to_wait_counts_for_two_minutes_at_most(asked_s: float, failures: int) -> None:
    pause = PollingPace().after_failure(failures, asked_s)
    assert min(asked_s, 120.0) <= pause <= 120.0
    assert pause >= PollingPace().after_failure(failures)


def test_a_ceiling_below_the_interval_does_not_speed_up() -> None:
    assert PollingPace(interval=40, max_interval=30).next_look(elapsed_s=9999, still_s=0) == 40
