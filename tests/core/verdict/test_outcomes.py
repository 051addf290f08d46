"""No action of a finished run is shown as running, anywhere."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from anaplan_tui.commands.printing import run_result
from anaplan_tui.core.bundle.contents import Contents
from anaplan_tui.core.bundle.markdown import summary
from anaplan_tui.core.report import run_document
from anaplan_tui.core.snapshots import Phase, RunSnapshot, Verdict
from anaplan_tui.core.verdict.outcomes import actions_of
from tests.support.values import LIVE

FORGOTTEN = replace(LIVE, phase=Phase.ENDED, verdict=Verdict.UNKNOWN)
"""The service lost the task while its second action ran."""
CANCELLED = replace(LIVE, phase=Phase.ENDED, verdict=Verdict.CANCELLED)


def test_of_a_run_that_goes_on_it_is_what_was_seen() -> None:
    assert actions_of(LIVE) == LIVE.actions


def test_an_unknown_result_is_unknown_of_each_action() -> None:
    assert {action.verdict for action in actions_of(FORGOTTEN)} == {Verdict.UNKNOWN}
    assert {action["verdict"] for action in run_document(FORGOTTEN)["actions"]} == {"unknown"}


@pytest.mark.parametrize(("run", "words"), [(FORGOTTEN, {"unknown"}), (CANCELLED, {"no result", "not run"})])
def test_a_command_prints_no_action_as_running(
    run: RunSnapshot, words: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    run_result(run)
    lines = [line for line in capsys.readouterr().out.splitlines() if line.endswith(")")]
    assert len(lines) == len(run.actions)
    assert {line[4:14].strip() for line in lines} == words


def test_a_bundle_shows_no_action_as_running() -> None:
    page = summary(Contents(CANCELLED, {}, {}, None, datetime(2026, 11, 22, tzinfo=UTC)))
    table = page.partition("## Actions")[2].partition("##")[0]
    assert "running" not in table
    assert "waiting" not in table
