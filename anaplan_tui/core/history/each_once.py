"""Runs out of several sources: each of them once, and the order in which a list shows them."""

from collections.abc import Iterable, Sequence
from datetime import datetime

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


def in_order(
    runs: Iterable[RunSnapshot], *, since: datetime | None, queued: Sequence[str]
) -> tuple[RunSnapshot, ...]:
    """Runs as a list shows them: live ones, the queue in its order, then those that ended; newest first.

    Args:
        runs: each of them once.
        since: runs that ended and began earlier are left out; ``None`` leaves out none.
        queued: ids of the runs that wait, in the order of the queue.
    """

    def is_within(run: RunSnapshot) -> bool:
        return since is None or run.live or run.started_at is None or run.started_at >= since

    def rank(run: RunSnapshot) -> tuple[int, int]:
        if run.run_id in queued:
            return (1, queued.index(run.run_id))
        return (0 if run.live else 2, 0)

    newest_first = sorted(
        filter(is_within, runs),
        key=lambda run: run.started_at.timestamp() if run.started_at is not None else 0.0,
        reverse=True,
    )
    return tuple(sorted(newest_first, key=rank))
