"""The actions of a run with an unknown result: their outcomes are unknown too."""

from dataclasses import replace

from anaplan_tui.core.snapshots import Action, RunSnapshot, Step, Verdict

_SAID = "What it came to is not known"


def actions_of(run: RunSnapshot) -> tuple[Action, ...]:
    """Return the run's actions; if its result is unknown, those without a verdict are unknown too."""
    if run.live or run.verdict is not Verdict.UNKNOWN:
        return run.actions
    return tuple(action if action.verdict is not None else _unknown(action) for action in run.actions)


def _unknown(action: Action) -> Action:
    return replace(action, step=Step.NO_RESULT, verdict=Verdict.UNKNOWN, reason=_SAID)
