"""Tasks of others that have not ended, as runs that the journal does not have."""

from anaplan_tui.core.catalog import ModelItem
from anaplan_tui.core.history.each_once import live_id
from anaplan_tui.core.journal.sweeps import GoingOn
from anaplan_tui.core.snapshots import Origin, Phase, RunSnapshot


def run_going_on(task: GoingOn, model: ModelItem, progress: float | None = None) -> RunSnapshot:
    """A task of others that goes on, as a run; ``progress`` where the model's status tells it."""
    return RunSnapshot(
        run_id=live_id(task.task_id),
        target=task.target,
        name=task.name,
        workspace_name=model.workspace_name,
        model_name=model.name,
        phase=Phase.RUNNING,
        origin=Origin.ELSEWHERE,
        started_by=task.started_by,
        task_id=task.task_id,
        state=task.state,
        progress=None if progress is None or progress < 0 else progress,
        started_at=task.started_at,
        note="elsewhere: by another user or tool; Enter watches it",
    )
