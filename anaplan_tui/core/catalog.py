"""What can be run, and what is known of it: the values behind the lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from anaplan_tui.api.refs import ModelRef, TargetRef
from anaplan_tui.core.snapshots import Action, Origin, Verdict


@dataclass(frozen=True, slots=True)
class WorkspaceItem:
    """A workspace that the user can see."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class ModelItem:
    """A model that the user can see, and whether it can be worked with."""

    ref: ModelRef
    name: str
    workspace_name: str
    state: str
    """The service's word: UNLOCKED, PRODUCTION, LOCKED, ARCHIVED … (an open set, anaplan-api.md §3.1)."""
    obstacle: str = ""
    """Why nothing can run in it and who can change that; empty when it can."""

    @property
    def id(self) -> str:
        return self.ref.model_id


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

    @property
    def id(self) -> str:
        return self.ref.id


@dataclass(frozen=True, slots=True)
class TaskItem:
    """A line of the task history that the service holds: of all users, without saying whose (§5.1)."""

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


@dataclass(frozen=True, slots=True)
class ModelState:
    """Whether the model is busy, and with what (§8.4)."""

    busy: bool
    what: str = ""
    """One line: "Processing …, 40 %"; empty when idle or unknown."""
    since: datetime | None = None
    known: bool = True


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


class Named(Protocol):
    """Anything with a name and an id."""

    @property
    def id(self) -> str: ...

    @property
    def name(self) -> str: ...


T = TypeVar("T", bound=Named)


class NoMatch(Exception):
    """No item, or more than one, goes by the name that was asked for.

    ``candidates`` holds the names (and ids) that could be meant, at most twelve.
    """

    def __init__(self, what: str, wanted: str, candidates: Sequence[Named], *, ambiguous: bool) -> None:
        self.what = what
        self.wanted = wanted
        self.candidates = tuple((c.name, c.id) for c in candidates[:12])
        self.ambiguous = ambiguous
        self.more = max(0, len(candidates) - 12)
        super().__init__(what, wanted)

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
    """The item that ``wanted`` names: its id, else its exact name, else without case, else a unique prefix.

    Raises:
        NoMatch: nothing goes by that name, or several do at the same level.
    """
    folded = wanted.casefold()
    levels = (
        [i for i in items if i.id == wanted or i.name == wanted],
        [i for i in items if i.name.casefold() == folded],
        [i for i in items if i.name.casefold().startswith(folded)] if folded else [],
    )
    for found in levels:
        if len(found) == 1:
            return found[0]
        if found:
            raise NoMatch(what, wanted, found, ambiguous=True)
    near = [i for i in items if folded and folded in i.name.casefold()]
    raise NoMatch(what, wanted, near or items, ambiguous=False)
