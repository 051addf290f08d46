"""The tasks of a model that have not ended and that nobody here watches."""

from collections.abc import Iterable

from anaplan_tui.api.refs import TargetRef
from anaplan_tui.api.schemas import ListedTask, ModelStatus
from anaplan_tui.core.catalog import CatalogItem, ModelItem
from anaplan_tui.core.history.each_once import live_id
from anaplan_tui.core.journal.sweeps import GoingOn
from anaplan_tui.core.snapshots import Origin, Phase, RunSnapshot
from anaplan_tui.core.text import percent


class LiveTasks:
    """What goes on in a model, as its task lists and its status say."""

    def __init__(self, model: ModelItem) -> None:
        self._model = model
        self._tasks: dict[str, tuple[CatalogItem, ListedTask]] = {}
        self.status: ModelStatus | None = None
        """What the model is at; ``None`` where the service does not say."""

    def __contains__(self, task_id: str) -> bool:
        return task_id in self._tasks

    @property
    def going_on(self) -> tuple[GoingOn, ...]:
        """The tasks, for other processes of ours."""
        return tuple(_going_on(item, task) for item, task in self._tasks.values())

    @property
    def runs(self) -> tuple[RunSnapshot, ...]:
        """The tasks, as runs that the journal does not have."""
        return tuple(self.as_run(item, task) for item, task in self._tasks.values())

    def of(self, target: TargetRef) -> dict[str, ListedTask]:
        """The tasks of a target, by id."""
        return {id_: task for id_, (item, task) in self._tasks.items() if item.ref == target}

    def item_of(self, target: TargetRef) -> CatalogItem | None:
        """A target with a task here, which may have been deleted since."""
        return next((item for item, _ in self._tasks.values() if item.ref == target), None)

    def keep(self, item: CatalogItem, live: Iterable[ListedTask]) -> tuple[RunSnapshot, ...]:
        """Keep the tasks of a target as its list has them now; returns those that are new, as runs."""
        new = []
        for task in live:
            if task.task_id not in self._tasks:
                new.append(task)
            self._tasks[task.task_id] = (item, task)
        return tuple(self.as_run(item, task) for task in new)

    def drop(self, task_id: str) -> bool:
        """Forget a task that has ended; returns whether it was here."""
        return self._tasks.pop(task_id, None) is not None

    def unnamed(self, judged: Iterable[str]) -> str:
        """What the model's status says is at work, where that is none of these tasks and none ``judged``."""
        status = self.status
        if status is None or not status.busy:
            return ""
        if any(self._is_at_work(id_) for id_ in (*self._tasks, *judged)):
            return ""
        return ", ".join(part for part in (status.current_step or "busy", percent(status.progress)) if part)

    def as_run(self, item: CatalogItem, task: ListedTask) -> RunSnapshot:
        """A task, as a run that the journal does not have."""
        status = self.status if self._is_at_work(task.task_id) else None
        return run_going_on(_going_on(item, task), self._model, None if status is None else status.progress)

    def _is_at_work(self, task_id: str) -> bool:
        """Whether the status means this task; it may append a suffix to the id (service.md §8.4)."""
        said = self.status.task_id if self.status is not None and self.status.busy else None
        return bool(said and said.startswith(task_id))


def _going_on(item: CatalogItem, task: ListedTask) -> GoingOn:
    return GoingOn(item.ref, item.name, task.task_id, task.state, task.created_at, task.created_by)


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
