"""The tenant's data types: users, workspaces, models, and the objects in a model that can be run."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from anaplan_tui.demo.content import Content

Kind = Literal["process", "import", "export", "action"]
Json = dict[str, Any]

COLLECTIONS: dict[str, Kind] = {
    "processes": "process",
    "imports": "import",
    "exports": "export",
    "actions": "action",
}


@dataclass(frozen=True, slots=True)
class User:
    """A person or a service account."""

    email: str
    password: str
    first_name: str
    last_name: str
    guid: str
    role: Literal["standard", "workspace-admin", "tenant-admin"] = "standard"

    @property
    def administers(self) -> bool:
        """Whether they administer workspaces."""
        return self.role != "standard"

    @property
    def full_name(self) -> str:
        """The name in `cancelledBy`."""
        return f"{self.first_name} {self.last_name}"


@dataclass(frozen=True, slots=True)
class Task:
    """A requested run. Everything else about it follows from the clock."""

    id: str
    kind: Kind
    model: str
    target: str
    user: str
    created: float
    parameters: tuple[tuple[str, str], ...] = ()
    earlier: bool = False
    """A past run that is not the newest of its target, so that nights can differ."""


@dataclass(frozen=True, slots=True)
class Scene:
    """The circumstances of an action when it starts: the task, the time, and the file it reads."""

    task: Task
    begin: float
    source: Content | None
    separator: str = ","
    """The separator at which the import splits its file."""
    uploaded: bool = False
    """The file is the user's own copy, not the administrator's."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one action ended (service.md §5.2). `details=None` omits the key."""

    successful: bool = True
    details: tuple[Json, ...] | None = None
    dump: Content | None = None
    flag: bool | None = None
    """Overrides `failureDumpAvailable`; None: true if there is a dump."""
    clean: bool = True
    """False when rows were ignored, warned about or rejected."""


Play = Callable[[Scene], Outcome]


@dataclass(frozen=True, slots=True, eq=False)
class Action:
    """An import, export or other action, and how it plays out."""

    id: str
    name: str
    action_type: str
    seconds: float = 2.0
    play: Outcome | Play = field(default_factory=Outcome)
    source: str | None = None
    """Imports: the id of the source, a file (113…) or a list, module or view (service.md §3.1)."""
    source_model: str | None = None
    """Imports: the model of that list, module or view."""
    import_type: str = "MODULE_DATA"
    columns: tuple[str, ...] = ()
    separator: str = ","
    export_type: str = "TABULAR_MULTI_COLUMN"
    export_format: str = "text/csv"
    output: Content | None = None
    code: str | None = None

    @property
    def kind(self) -> Kind:
        """The collection it is listed in."""
        kinds: dict[str, Kind] = {"112": "import", "116": "export"}
        return kinds.get(self.id[:3], "action")

    def outcome(self, scene: Scene) -> Outcome:
        """Return how it ends in this scene."""
        return self.play(scene) if callable(self.play) else self.play


@dataclass(frozen=True, slots=True)
class Script:
    """How a process as a whole behaves where it is more than the sum of its actions."""

    names: Literal["none", "actions", "dumps", "dumps-or-null"] = "none"
    """`objectName` of nested results: absent, as in official samples (service.md §3.2); the action's name; or
    "Failures for …" for entries with a dump, and for others absent, or null as recorded (service.md §3.2).
    The published schema has no null there."""
    after_failure: Literal["go-on", "list", "omit", "bare"] = "go-on"
    """The actions after a failed one: run, listed as unsuccessful, omitted, or listed bare.

    Source: service.md §5.7.
    """
    successful: bool | None = None
    flag: bool | None = None
    details: tuple[Json, ...] | None = None
    fail_with_cause: bool = False
    """As in service.md §5.7: `Failed.`, progress 0.0, and the cause repeated at the top (`internalError`)."""
    result: bool = True
    on_cancel: Literal["stops", "stops-with-result", "completes"] = "stops"
    cancelled_by: str | None = None
    cancelled_after: float = 0.0
    vague: bool = False
    """`currentStep` is just `Processing ...` while the process runs."""
    integer_progress: bool = False
    prompts: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Dimensions prompted for at each run, with their items."""
    twist: Callable[[Json], Json] | None = None
    """Turns the finished document into something no schema allows."""


@dataclass(frozen=True, slots=True)
class Process:
    """A process: actions in order."""

    id: str
    name: str
    actions: tuple[Action, ...]
    script: Script = field(default_factory=Script)
    plays: dict[str, Outcome | Play] = field(default_factory=dict)
    """Outcomes of actions that end differently in this process than alone."""
    runs_at: tuple[float, ...] = ()
    """Past runs: the UTC hours at which it ran on each of the last days."""
    runs_by: str = "demo@example.com"
    code: str | None = None

    def outcome(self, action: Action, scene: Scene) -> Outcome:
        """Return how one of its actions ends."""
        play = self.plays.get(action.id, action.play)
        return play(scene) if callable(play) else play


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that imports read (113…). `default` is the administrator's copy, everyone's fallback."""

    id: str
    name: str
    columns: tuple[str, ...] = ()
    separator: str = ","
    encoding: str = "UTF-8"
    default: Content | None = None


@dataclass(frozen=True)
class Model:
    """A model and everything in it."""

    id: str
    name: str
    workspace: str
    state: str = "UNLOCKED"
    refuses: int | None = None
    """The status of every sub-resource: 422 archived, 423 locked, 424 offline, 425 deployed."""
    access: bool = True
    memory: int = 512_000_000
    processes: dict[str, Process] = field(default_factory=dict)
    imports: dict[str, Action] = field(default_factory=dict)
    exports: dict[str, Action] = field(default_factory=dict)
    actions: dict[str, Action] = field(default_factory=dict)
    files: dict[str, SourceFile] = field(default_factory=dict)
    odd_rows: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    """Raw rows added to the lists under these keys; no object stands behind them."""

    def action(self, object_id: str) -> Action | None:
        """Return an import, export or other action by id."""
        return self.imports.get(object_id) or self.exports.get(object_id) or self.actions.get(object_id)


@dataclass(frozen=True, slots=True)
class Workspace:
    """A workspace."""

    id: str
    name: str
    size_allowance: int = 20_000_000_000
    current_size: int = 7_400_000_000


@dataclass(frozen=True, slots=True)
class Routine:
    """A single import, export or action that somebody runs every day, at UTC hours."""

    kind: Kind
    model: str
    target: str
    user: str
    runs_at: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Ongoing:
    """A run started `ago` seconds before the tenant; it is still running or has ended since."""

    kind: Kind
    model: str
    target: str
    user: str
    ago: float


@dataclass(frozen=True)
class Company:
    """The whole of a tenant's data at its start."""

    customer: str
    users: tuple[User, ...]
    workspaces: tuple[Workspace, ...]
    models: tuple[Model, ...]
    routines: tuple[Routine, ...] = ()
    ongoing: tuple[Ongoing, ...] = ()
    idle_after: float | None = None
    """Idle seconds, without a run or a request, after which a model is unloaded; None: never.

    Source: service.md §5.1: an hour.
    """
    load_seconds: float = 6.0
    """How long a model takes to load."""
