"""Choose the action and the dump of a run that an operator should look at first."""

from collections.abc import Sequence

from anaplan_tui.core.snapshots import Action, RunSnapshot, Verdict


def first_to_read(actions: Sequence[Action]) -> int | None:
    """Return the number, from 1, of the action to look at first; ``None`` when all went well.

    Failed before cancelled before warnings, and rejected rows before ignored ones.
    """
    telling = [(rank, n) for n, a in enumerate(actions, 1) if (rank := _urgency(a)) is not None]
    return min(telling)[1] if telling else None


def worst_dump(run: RunSnapshot) -> Action | None:
    """Return the action whose dump says most about what went wrong; ``None`` when no action has one."""
    with_dump = [action for action in run.actions if action.dump.available]
    number = first_to_read(with_dump)
    return with_dump[number - 1 if number is not None else 0] if with_dump else None


def _urgency(action: Action) -> int | None:
    if action.verdict is Verdict.FAILED:
        return 0
    if action.verdict is Verdict.CANCELLED:
        return 1
    if action.verdict is not Verdict.WARNINGS:
        return None
    if action.counts.failed or action.dump.available:
        return 2
    return 3 if action.counts.warnings else 4
