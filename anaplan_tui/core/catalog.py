"""The values behind the lists: workspaces, models, processes and other targets, tasks, the model's state."""

from dataclasses import dataclass
from datetime import datetime

from anaplan_tui.api.refs import ModelRef, TargetRef
from anaplan_tui.core.snapshots import Origin, RunSnapshot, Verdict


@dataclass(frozen=True, slots=True)
class WorkspaceItem:
    """A workspace that the user can see."""

    id: str
    name: str
    raw_name: str = ""
    """The name as the service spells it, for comparing only, never shown; empty when unknown."""


@dataclass(frozen=True, slots=True)
class ModelItem:
    """A model that the user can see, and whether runs are possible in it."""

    ref: ModelRef
    name: str
    workspace_name: str
    state: str
    """The service's word: UNLOCKED, PRODUCTION, LOCKED, ARCHIVED … (an open set, service.md §3.1)."""
    obstacle: str = ""
    """Why nothing can run in it and who can change that; empty when runs are possible."""
    raw_name: str = ""
    """As in :class:`WorkspaceItem`."""

    @property
    def id(self) -> str:
        """The id of the model."""
        return self.ref.model_id


@dataclass(frozen=True, slots=True)
class Context:
    """The chosen model and its workspace."""

    workspace: WorkspaceItem
    model: ModelItem


@dataclass(frozen=True, slots=True)
class LastRun:
    """The outcome of a target's last run that was, or may have been, started."""

    verdict: Verdict
    reason: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class CatalogItem:
    """A process, import, export or other action of the model."""

    ref: TargetRef
    name: str
    detail: str = ""
    """Its import, export or action type, in the service's words."""
    data_source_id: str | None = None
    last: LastRun | None = None
    """From the journal; ``None`` when it knows no run of the target."""
    usual_s: float | None = None
    raw_name: str = ""
    """As in :class:`WorkspaceItem`."""
    export_format: str | None = None
    """The media type of the file an export writes (``text/csv``)."""

    @property
    def id(self) -> str:
        """The id of the target."""
        return self.ref.id


@dataclass(frozen=True, slots=True)
class TaskItem:
    """A line of the service's task history, which holds all users' tasks and does not say whose they are.

    Source: service.md §5.1.
    """

    task_id: str
    state: str
    created_at: datetime | None
    run_id: str | None = None
    """The journal's run, when the journal knows the task."""
    origin: Origin = Origin.ELSEWHERE
    """Tasks that the journal does not know were started elsewhere."""
    verdict: Verdict | None = None
    reason: str = ""
    duration_s: float | None = None


def remembered_task(run: RunSnapshot) -> TaskItem:
    """Return a run of the journal as a line of the task history, while the service's is unavailable."""
    return TaskItem(
        task_id=run.task_id or "",
        state=run.state or "",
        created_at=run.started_at,
        run_id=run.run_id,
        origin=run.origin,
        verdict=run.verdict,
        reason=run.reason,
        duration_s=run.duration_s,
    )


@dataclass(frozen=True, slots=True)
class ModelState:
    """Whether the model is busy, and with which work (service.md §8.4)."""

    busy: bool
    what: str = ""
    """One line: "Processing …, 40 %"; empty when idle or unknown."""
    since: datetime | None = None
    known: bool = True
    closed: bool = False
    """Unloaded: the next request that needs it loads it first, which takes minutes (service.md §9.2)."""
    task_id: str | None = None
    """The task that keeps it busy, when it is a task."""

    @property
    def loading(self) -> bool:
        """Whether the model is being opened, by the service's unpublished words (service.md §8.4)."""
        words = self.what.casefold()
        return self.busy and self.task_id is None and ("load" in words or "opening" in words)
