"""Exit codes of commands that read many runs."""

from dataclasses import replace

from anaplan_tui.api.errors import ServerFailed
from anaplan_tui.commands.exits import of_what_was_read
from anaplan_tui.core.snapshots import Verdict
from anaplan_tui.trouble import Exit
from tests.support.journals import ended

WELL = ended(verdict=Verdict.COMPLETED)
CANCELLED = replace(WELL, verdict=Verdict.CANCELLED)


def test_runs_that_are_not_well_say_more_than_a_list_that_could_not_be_read() -> None:
    assert of_what_was_read([WELL, CANCELLED], None) is Exit.CANCELLED
    assert of_what_was_read([WELL, CANCELLED], OSError()) is Exit.CANCELLED


def test_where_all_runs_are_well_the_list_that_could_not_be_read_is_told() -> None:
    assert of_what_was_read([WELL], None) is Exit.COMPLETED
    assert of_what_was_read([WELL], OSError()) is Exit.FILE
    assert of_what_was_read([], ServerFailed("list the tasks", "down")) is Exit.NOT_REACHABLE
