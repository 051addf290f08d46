"""What can be run, and what is known of it: the values behind the lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from anaplan_tui.api.clean import clean
from anaplan_tui.api.refs import ModelRef, TargetRef
from anaplan_tui.core.folding import folded
from anaplan_tui.core.snapshots import Action, Origin, RunSnapshot, Verdict
from anaplan_tui.trouble import Exit, Trouble


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


@dataclass(frozen=True, slots=True)
class Preflight:
    """What to tell the operator before a run is started."""

    item: CatalogItem
    actions: tuple[Action, ...]
    usual_s: float | None
    parameters: tuple[tuple[str, str], ...] = ()
    """The parameters of the last run, offered again."""
    warnings: tuple[str, ...] = ()
    """One sentence each; any warning moves the dialog's focus to the safe answer."""
    busy: bool = False
    """Something runs in the model or on this target: waiting for it makes sense."""
    unsaved_task_id: str | None = None
    """The last run's task, when its dumps are not on disk yet and could be fetched first."""
    uploads: tuple[str, ...] = ()
    """What this user uploaded and the run reads in place of whole files, one sentence each."""


class Named(Protocol):
    """Anything with a name and an id."""

    @property
    def id(self) -> str:
        """The id by which it may be named."""

    @property
    def name(self) -> str:
        """The name by which it may be named."""


T = TypeVar("T", bound=Named)


class NoMatch(Trouble):
    """No item, or more than one, goes by the name that was asked for.

    ``candidates`` holds the names (and ids) that could be meant, at most twelve.
    """

    exit_code = Exit.NOT_FOUND

    def __init__(self, what: str, wanted: str, candidates: Sequence[Named], *, ambiguous: bool) -> None:
        self.what = what
        self.wanted = wanted
        self.candidates = tuple((c.name, c.id) for c in candidates[:12])
        self.ambiguous = ambiguous
        self.more = max(0, len(candidates) - 12)
        super().__init__(what, wanted)

    @property
    def code(self) -> Exit:
        """The exit code of a command that stops here."""
        return Exit.USAGE if self.ambiguous else Exit.NOT_FOUND

    def __str__(self) -> str:
        listed = ", ".join(f"{name} ({id_})" for name, id_ in self.candidates)
        if self.more:
            listed += f" and {self.more} more"
        if self.ambiguous:
            head = f'"{self.wanted}" could be more than one {self.what}'
            return f"{head}: {listed}. Give the whole name or the id."
        head = f'There is no {self.what} "{self.wanted}".'
        return f"{head} There are: {listed}." if listed else f"{head} There are none here."


def find(what: str, wanted: str, items: Sequence[T]) -> T:
    """The item that ``wanted`` names.

    Its id or its name as the service spells it; else its name as it is shown; else without what nobody sees
    as a difference (case, blanks, joiners, how accents are put together); else a unique beginning of that.

    Raises:
        NoMatch: nothing goes by that name, or several do at the same level.
    """
    typed = folded(wanted)
    names = [folded(_raw_name(i)) for i in items]
    levels = (
        [i for i in items if wanted in (i.id, _raw_name(i))],
        [i for i in items if i.name in (wanted, clean(wanted))],
        [i for i, name in zip(items, names, strict=True) if name == typed] if typed else [],
        [i for i, name in zip(items, names, strict=True) if name.startswith(typed)] if typed else [],
    )
    for found in levels:
        if len(found) == 1:
            return found[0]
        if found:
            raise NoMatch(what, wanted, found, ambiguous=True)
    near = [i for i, name in zip(items, names, strict=True) if typed and typed in name]
    raise NoMatch(what, wanted, near or items, ambiguous=False)


def _raw_name(item: Named) -> str:
    """As the service spells it, where the item knows that."""
    raw: str = getattr(item, "raw_name", "")
    return raw or item.name
