"""Runs out of several sources, each of them once: the journal, the task lists, what this process watches."""

from collections.abc import Iterable

from anaplan_tui.core.snapshots import RunSnapshot


def live_id(task_id: str) -> str:
    """The id of a run that goes on elsewhere and that the journal does not have."""
    return f"elsewhere {task_id}"


def is_only_listed(run: RunSnapshot) -> bool:
    """Whether it goes on elsewhere and the journal does not have it."""
    return run.task_id is not None and run.run_id == live_id(run.task_id)


def each_once(*sources: Iterable[RunSnapshot]) -> tuple[RunSnapshot, ...]:
    """Every run of all sources, in the order in which they first came; of one id the last source counts.

    A run that is only listed is left out where its task stands as a run of the journal by now.
    """
    known = {run.run_id: run for source in sources for run in source}
    written_down = {run.task_id for run in known.values() if not is_only_listed(run)}
    return tuple(run for run in known.values() if not is_only_listed(run) or run.task_id not in written_down)
