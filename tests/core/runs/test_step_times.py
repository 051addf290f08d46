"""How long the steps of a running process take, as far as they were seen."""

from dataclasses import replace
from datetime import timedelta

import pytest

from anaplan_tui.core.runs.step_times import Going, StepTimes
from anaplan_tui.core.snapshots import Contact, Phase, RunSnapshot, Step
from tests.support.values import LIVE, NOW


def at_step(number: int) -> RunSnapshot:
    """Return a run whose action at this index is running; with -1, none has begun."""
    steps = [Step.PASSED] * max(number, 0)
    steps += [Step.RUNNING] if number >= 0 else []
    steps += [Step.WAITING] * (len(LIVE.actions) - len(steps))
    return replace(LIVE, actions=tuple(replace(a, step=s) for a, s in zip(LIVE.actions, steps, strict=True)))


def test_a_step_takes_from_when_it_was_seen_until_the_next_one_runs() -> None:
    times = StepTimes()
    times.see(at_step(-1), NOW)
    times.see(at_step(0), NOW + timedelta(seconds=1))
    assert times.of(LIVE.run_id, 0, NOW + timedelta(seconds=3)) == Going(2.0)
    times.see(at_step(1), NOW + timedelta(seconds=5))
    assert times.of(LIVE.run_id, 0, NOW + timedelta(seconds=9)) == Going(4.0)
    assert times.of(LIVE.run_id, 1, NOW + timedelta(seconds=9)) == Going(4.0)
    assert times.of(LIVE.run_id, 2, NOW + timedelta(seconds=9)) is None


@pytest.mark.parametrize("number", [1, 3])
def test_of_a_run_met_in_the_middle_only_what_was_seen_is_claimed(number: int) -> None:
    times = StepTimes()
    times.see(at_step(number), NOW)
    times.see(at_step(number), NOW + timedelta(seconds=5))
    assert times.of(LIVE.run_id, 0, NOW + timedelta(seconds=5)) is None
    assert times.of(LIVE.run_id, number, NOW + timedelta(seconds=5)) == Going(5.0, at_least=True)


def test_what_only_the_journal_says_is_no_sight_of_a_step() -> None:
    """As when the app is reopened: the journal's run without its actions comes first."""
    times = StepTimes()
    times.see(replace(LIVE, actions=(), began=None, contact=Contact()), NOW)
    times.see(replace(at_step(-1), began=None, contact=Contact()), NOW + timedelta(seconds=1))
    times.see(at_step(1), NOW + timedelta(seconds=2))
    assert times.of(LIVE.run_id, 1, NOW + timedelta(seconds=4)) == Going(2.0, at_least=True)


def test_the_first_step_of_a_run_whose_begin_nobody_knows() -> None:
    times = StepTimes()
    times.see(replace(at_step(0), began=None), NOW)
    assert times.of(LIVE.run_id, 0, NOW + timedelta(seconds=3)) == Going(3.0, at_least=True)


def test_the_first_step_began_with_the_run() -> None:
    times = StepTimes()
    times.see(at_step(0), NOW)
    assert times.of(LIVE.run_id, 0, NOW) == Going(18.0)


def test_a_run_that_ended_is_forgotten() -> None:
    times = StepTimes()
    times.see(at_step(0), NOW)
    times.see(replace(LIVE, phase=Phase.ENDED), NOW)
    assert times.of(LIVE.run_id, 0, NOW) is None
