"""Which of a run's actions, and which of its dumps, to look at first."""

from dataclasses import replace

import pytest

from anaplan_tui.core.snapshots import Action, Counts, Dump, Step, Verdict
from anaplan_tui.core.verdict.urgency import first_to_read, worst_dump
from tests.support.values import LIVE


def action(
    number: int,
    verdict: Verdict,
    *,
    dump: bool = False,
    failed: int | None = None,
    ignored: int | None = None,
) -> Action:
    return Action(
        f"{number}",
        f"action {number}",
        "import",
        step=Step.ENDED,
        verdict=verdict,
        counts=Counts(failed=failed, ignored=ignored),
        dump=Dump(available=dump),
    )


@pytest.mark.parametrize(
    ("actions", "first"),
    [
        ([action(1, Verdict.COMPLETED)], None),
        ([action(1, Verdict.WARNINGS, ignored=5), action(2, Verdict.WARNINGS, failed=1)], 2),
        ([action(1, Verdict.WARNINGS, ignored=5), action(2, Verdict.COMPLETED)], 1),
        ([action(1, Verdict.WARNINGS, ignored=5), action(2, Verdict.WARNINGS, dump=True)], 2),
        ([action(1, Verdict.WARNINGS, failed=5), action(2, Verdict.FAILED)], 2),
        ([action(1, Verdict.CANCELLED), action(2, Verdict.WARNINGS, failed=1)], 1),
    ],
)
def test_the_action_that_has_something_to_say(actions: list[Action], first: int | None) -> None:
    assert first_to_read(actions) == first


def test_the_dump_that_tells_most() -> None:
    ignored, failed = action(1, Verdict.WARNINGS, dump=True, ignored=1), action(2, Verdict.FAILED, dump=True)
    assert worst_dump(replace(LIVE, actions=(ignored, failed))) == failed
    assert worst_dump(replace(LIVE, actions=(action(1, Verdict.FAILED),))) is None
