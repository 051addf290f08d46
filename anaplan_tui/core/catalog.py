"""What can be run, and what is known of it: the values behind the lists."""

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
    """The name as the service spells it, to be compared and never shown; empty where it is not known."""


@dataclass(frozen=True, slots=True)
class ModelItem:
    """A model that the user can see, and whether it can be worked with."""

    ref: ModelRef
    name: str
    workspace_name: str
    state: str
    """The service's word: UNLOCKED, PRODUCTION, LOCKED, ARCHIVED … (an open set, service.md §3.1)."""
    obstacle: str = ""
    """Why nothing can run in it and who can change that; empty when it can."""
    raw_name: str = ""
    """As that of a workspace."""

    @property
    def id(self) -> str:
        """The id of the model."""
        return self.ref.model_id


@dataclass(frozen=True, slots=True)
class Context:
    """The model that is worked with."""

    workspace: WorkspaceItem
    model: ModelItem


@dataclass(frozen=True, slots=True)
class LastRun:
    """What the last run of a target came to, among those that were, or may have been, started."""

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
    """From the journal; ``None`` when it knows no run of it."""
    usual_s: float | None = None
    raw_name: str = ""
    """As that of a workspace."""
    export_format: str | None = None
    """Of an export: the media type of what it writes (``text/csv``)."""

    @property
    def id(self) -> str:
        """The id of what can be run."""
        return self.ref.id


@dataclass(frozen=True, slots=True)
class TaskItem:
    """A line of the task history that the service holds: of all users, without saying whose.

    Source: service.md §5.1.
    """

    task_id: str
    state: str
    created_at: datetime | None
    run_id: str | None = None
    """Of the journal's run, when it knows the task."""
    origin: Origin = Origin.ELSEWHERE
    """What the journal does not know was started elsewhere."""
    verdict: Verdict | None = None
    reason: str = ""
    duration_s: float | None = None


def remembered_task(run: RunSnapshot) -> TaskItem:
    """A run of the journal as a line of the history, for as long as the service's is not to be had."""
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
    """Whether the model is busy, and with what (service.md §8.4)."""

    busy: bool
    what: str = ""
    """One line: "Processing …, 40 %"; empty when idle or unknown."""
    since: datetime | None = None
    known: bool = True
    closed: bool = False
    """Unloaded: whatever needs it loads it first, which takes minutes (service.md §9.2)."""
    task_id: str | None = None
    """The task at work, where it is one."""

    @property
    def loading(self) -> bool:
        """It is being opened, as far as the words tell; they are not published (service.md §8.4)."""
        words = self.what.casefold()
        return self.busy and self.task_id is None and ("load" in words or "opening" in words)
