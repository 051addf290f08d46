"""A run is listed once, however many sources know it."""

from dataclasses import replace

from anaplan_tui.core.history.each_once import each_once, is_only_listed, live_id
from tests.support.values import LIVE

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
