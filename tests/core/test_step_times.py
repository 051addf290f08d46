"""How long the steps of a running process take, as far as it was seen."""

from dataclasses import replace
from datetime import timedelta

from anaplan_tui.core.snapshots import Phase, RunSnapshot, Step
from anaplan_tui.core.step_times import StepTimes
from tests.ui.values import LIVE, NOW


def at_step(number: int) -> RunSnapshot:
    """A run whose action of this place (from 0) is the one that runs; before the first with -1."""
    steps = [Step.PASSED] * max(number, 0)
    steps += [Step.RUNNING] if number >= 0 else []
    steps += [Step.WAITING] * (len(LIVE.actions) - len(steps))
    return replace(LIVE, actions=tuple(replace(a, step=s) for a, s in zip(LIVE.actions, steps, strict=True)))


def test_a_step_takes_from_when_it_was_seen_until_the_next_one_runs() -> None:
    times = StepTimes()
    times.see(at_step(-1), NOW)
    times.see(at_step(0), NOW + timedelta(seconds=1))
    assert times.of(LIVE.run_id, 0, NOW + timedelta(seconds=3)) == 2.0
    times.see(at_step(1), NOW + timedelta(seconds=5))
    assert times.of(LIVE.run_id, 0, NOW + timedelta(seconds=9)) == 4.0
    assert times.of(LIVE.run_id, 1, NOW + timedelta(seconds=9)) == 4.0
    assert times.of(LIVE.run_id, 2, NOW + timedelta(seconds=9)) is None


def test_of_a_run_met_in_the_middle_nothing_is_claimed() -> None:
    times = StepTimes()
    times.see(at_step(1), NOW)
    times.see(at_step(1), NOW + timedelta(seconds=5))
    assert times.of(LIVE.run_id, 0, NOW + timedelta(seconds=5)) is None


def test_the_first_step_began_with_the_run() -> None:
    times = StepTimes()
    times.see(at_step(0), NOW)
    assert times.of(LIVE.run_id, 0, NOW) == 18.0


def test_a_run_that_ended_is_forgotten() -> None:
    times = StepTimes()
    times.see(at_step(0), NOW)
    times.see(replace(LIVE, phase=Phase.ENDED), NOW)
    assert times.of(LIVE.run_id, 0, NOW) is None
