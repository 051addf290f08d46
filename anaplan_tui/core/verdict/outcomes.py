"""What the actions of a run came to, where its own result is not known."""

from dataclasses import replace

from anaplan_tui.core.snapshots import Action, RunSnapshot, Step, Verdict

_SAID = "What it came to is not known"


def actions_of(run: RunSnapshot) -> tuple[Action, ...]:
    """The run's actions in order. Where its result is unknown, so is what was last seen of them."""
    if run.live or run.verdict is not Verdict.UNKNOWN:
        return run.actions
    return tuple(action if action.verdict is not None else _unknown(action) for action in run.actions)


def _unknown(action: Action) -> Action:
    return replace(action, step=Step.NO_RESULT, verdict=Verdict.UNKNOWN, reason=_SAID)
