"""A run is listed once, however many sources know it."""

from dataclasses import replace
from datetime import timedelta

from anaplan_tui.core.history.each_once import each_once, in_order, is_only_listed, live_id
from tests.support.values import FAILED, LIVE, NOW

LISTED = replace(LIVE, run_id=live_id("T1"), task_id="T1")
WRITTEN = replace(LIVE, run_id="r1", task_id="T1")
OTHER = replace(LIVE, run_id="r2", task_id="T2")
NOT_STARTED = replace(LIVE, run_id="r3", task_id=None)


def test_what_the_lists_and_the_journal_both_have_stands_once() -> None:
    assert each_once((LISTED,), (WRITTEN, OTHER)) == (WRITTEN, OTHER)
    assert each_once((WRITTEN, OTHER), (LISTED,)) == (WRITTEN, OTHER)


def test_what_only_the_lists_have_stands_where_it_came() -> None:
    assert each_once((LISTED,), (OTHER, NOT_STARTED)) == (LISTED, OTHER, NOT_STARTED)
    assert [is_only_listed(run) for run in (LISTED, WRITTEN, NOT_STARTED)] == [True, False, False]


def test_of_one_id_the_last_source_counts() -> None:
    newer = replace(OTHER, progress=0.9)
    assert each_once((OTHER, WRITTEN), (newer,)) == (newer, WRITTEN)


def test_live_runs_stand_first_then_the_queue_then_what_ended_newest_first() -> None:
    ended = replace(FAILED, run_id="e1", started_at=NOW)
    newer = replace(FAILED, run_id="e2", started_at=NOW + timedelta(hours=1))
    first, second = replace(NOT_STARTED, run_id="q1"), replace(NOT_STARTED, run_id="q2")
    shown = in_order((ended, second, newer, OTHER, first), since=None, queued=["q1", "q2"])
    assert [run.run_id for run in shown] == ["r2", "q1", "q2", "e2", "e1"]


def test_of_the_days_before_only_what_goes_on_or_has_no_time_is_shown() -> None:
    before = replace(FAILED, run_id="e1", started_at=NOW - timedelta(seconds=1))
    on_time = replace(FAILED, run_id="e2", started_at=NOW)
    undated = replace(FAILED, run_id="e3", started_at=None)
    still_live = replace(OTHER, started_at=NOW - timedelta(days=9))
    shown = in_order((before, on_time, undated, still_live), since=NOW, queued=())
    assert [run.run_id for run in shown] == ["r2", "e2", "e3"]
