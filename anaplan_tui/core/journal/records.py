"""The journal's records as values: the intent of a run, its state and result, the files it left."""

import functools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from sqlite3 import Row
from typing import Any
from urllib.parse import urlsplit

from pydantic import TypeAdapter, ValidationError

from anaplan_tui.api.proxies import is_loopback
from anaplan_tui.api.refs import Kind, ModelRef, TargetRef
from anaplan_tui.core.downloads.receipts import look
from anaplan_tui.core.liveness import ProcessId
from anaplan_tui.core.snapshots import Action, Dump, OnDisk, Origin, Phase, RunSnapshot, Verdict

MAX_JSON_CHARACTERS = 2_000_000
"""A longer answer or list of actions is not stored: one row must not fill the journal."""


SUMMARY = (
    "run_id, profile, host, workspace_id, model_id, kind, target_id, name, workspace_name, model_name, "
    "parameters, server_time, user, machine, pid, process_started, created_at, updated_at, "
    "phase, origin, started_by, task_id, adopted, state, verdict, reason, current_step, progress, "
    "started_at, ended_at, duration_s, cancel_requested, cancelled_by, note, candidates, seen_at, no_dumps, "
    "CASE WHEN task_id IS NULL THEN known_tasks ELSE '[]' END AS known_tasks, "
    "NULL AS actions, NULL AS raw"
)
"""The columns of the table ``runs`` that ``run_of`` reads, without actions and raw answer.

``known_tasks`` is left out too once the run has a task: each run lists every task before it.
"""


@dataclass(frozen=True, slots=True)
class RunIntent:
    """A run that is about to be started; written down before the start is sent.

    It must not hold secrets.
    """

    run_id: str
    profile: str
    host: str
    """The API's base URL, such as ``https://api.anaplan.com``: it says which tenant the ids belong to."""
    target: TargetRef
    name: str
    workspace_name: str = ""
    model_name: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """Mapping parameters: dimension to item."""
    known_tasks: tuple[str, ...] = ()
    """Ids of the target's tasks before the start: a task that is not among them may be ours."""
    server_time: datetime | None = None
    """The service's clock before the start, from its ``Date`` header."""


@dataclass(frozen=True, slots=True)
class Who:
    """The user and process that recorded a run; if its origin is here, they started it."""

    user: str
    process: ProcessId


@dataclass(frozen=True, slots=True)
class SavedFile:
    """A dump or file that was whole on disk when it was recorded."""

    name: str
    path: Path
    bytes: int
    sha256: str | None
    chunks: int | None
    saved_at: datetime
    run_id: str | None = None
    task_id: str | None = None
    """``None`` for a file that is not a dump."""
    object_id: str = ""
    """The dump's action, or the file's id."""
    mtime_ns: int | None = None
    """The file's mtime when it was whole; ``None`` if it was not recorded."""
    on_disk: OnDisk = OnDisk.SAME
    """Whether the file is unchanged; set by :meth:`JournalRun.looked_at`."""


@dataclass(frozen=True, slots=True)
class JournalRun:
    """A run as the journal knows it."""

    intent: RunIntent
    who: Who
    created_at: datetime
    updated_at: datetime
    adopted: bool
    """The task id comes from the task list, not from the answer to our start."""
    summary: RunSnapshot
    """The run without its actions and raw answer; ``snapshot()`` includes them."""
    files: tuple[SavedFile, ...] = ()
    actions_json: str | None = field(default=None, repr=False)
    raw_json: str | None = field(default=None, repr=False)

    @property
    def run_id(self) -> str:
        """The id of the run."""
        return self.intent.run_id

    @property
    def surely_ours(self) -> bool:
        """Whether this user started the task, beyond doubt."""
        return self.summary.origin is Origin.HERE and not self.adopted

    @property
    def live(self) -> bool:
        """Whether it is waiting, starting or running, as far as the journal knows."""
        return self.summary.live

    def looked_at(self) -> "JournalRun":
        """Return the run with ``on_disk`` of each of its files checked. Blocks on the disk."""
        files = (replace(f, on_disk=look(f.path, f.bytes, f.mtime_ns)) for f in self.files)
        return replace(self, files=tuple(files))

    def snapshot(self) -> RunSnapshot:
        """The run as last seen, its actions with the dumps and outputs that were saved.

        Of several files of one action, the last unchanged one counts; if all are changed or gone, the last.
        """
        files = sorted(self.files, key=lambda file: file.on_disk is OnDisk.SAME)
        dumps = {file.object_id: file for file in files if file.task_id == self.summary.task_id}
        outputs = {file.object_id: file for file in files if file.task_id is None}
        actions = tuple(
            _with_output(_with_dump(action, dumps.get(action.id)), outputs.get(action.id))
            for action in load_actions(self.actions_json)
        )
        return replace(self.summary, actions=actions, raw=_load_raw(self.raw_json))


def _with_dump(action: Action, file: SavedFile | None) -> Action:
    if file is None:
        return action
    dump = Dump(
        True,
        file.path,
        file.bytes,
        file.sha256,
        file.chunks,
        mtime_ns=file.mtime_ns,
        on_disk=file.on_disk,
    )
    return replace(action, dump=dump)


def _with_output(action: Action, file: SavedFile | None) -> Action:
    if file is None:
        return action
    output = replace(
        action.output,
        bytes=file.bytes,
        path=file.path,
        sha256=file.sha256,
        mtime_ns=file.mtime_ns,
        on_disk=file.on_disk,
    )
    return replace(action, output=output)


@functools.cache
def _actions() -> TypeAdapter[tuple[Action, ...]]:
    # Built on first use, so that an app start without ended runs does not pay for it.
    return TypeAdapter(tuple[Action, ...])


def dump_actions(actions: tuple[Action, ...]) -> str | None:
    """``actions`` as JSON text; ``None`` if there are none or the text is too long to store."""
    return _bounded(_actions().dump_python(actions, mode="json")) if actions else None


def load_actions(text: str | None) -> tuple[Action, ...]:
    """The actions that ``dump_actions`` wrote; none if the text is anything else."""
    try:
        return _actions().validate_json(text) if text else ()
    except ValidationError:
        return ()


def dump_raw(raw: Mapping[str, Any] | None) -> str | None:
    """The service's answer as JSON text; ``None`` if there is none or the text is too long to store."""
    return None if raw is None else _bounded(dict(raw))


def _load_raw(text: str | None) -> Mapping[str, Any] | None:
    try:
        raw = json.loads(text) if text else None
    except ValueError:
        return None
    return raw if isinstance(raw, dict) else None


def service_key(base: str) -> str:
    """Normalize an API base URL, so that those of one service are equal; see :func:`same_service`."""
    return "loopback" if is_loopback(base) else urlsplit(base).netloc.lower()


def same_service(one: str, other: str) -> bool:
    """Whether two API base URLs belong to one service.

    All of loopback counts as one: the demo tenant remembers its runs and gets a new port at each start.
    """
    return service_key(one) == service_key(other)


def to_json(value: Any) -> str:
    """``value`` as JSON text that SQLite can hold."""
    return clean_text(json.dumps(value, ensure_ascii=False))


def _bounded(value: Any) -> str | None:
    text = to_json(value)
    return text if len(text) <= MAX_JSON_CHARACTERS else None


def clean_text(text: str) -> str:
    """Replace the lone surrogates in ``text``, which JSON can carry and SQLite cannot store."""
    return text.encode("utf-8", "replace").decode("utf-8")


def to_text(moment: datetime | None) -> str | None:
    """Format as ISO 8601 in UTC with a fixed length, so that the text sorts by time."""
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="microseconds")


def now_text() -> str:
    """The current time as ``to_text`` writes it."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def to_moment(text: str | None) -> datetime | None:
    """Parse a time that ``to_text`` wrote."""
    return None if text is None else datetime.fromisoformat(text)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def run_of(row: Row, files: Iterable[SavedFile]) -> JournalRun:
    """Read a row of the table ``runs``."""
    target = TargetRef(ModelRef(row["workspace_id"], row["model_id"]), Kind(row["kind"]), row["target_id"])
    intent = RunIntent(
        run_id=row["run_id"],
        profile=row["profile"],
        host=row["host"],
        target=target,
        name=row["name"],
        workspace_name=row["workspace_name"],
        model_name=row["model_name"],
        parameters=json.loads(row["parameters"]),
        known_tasks=tuple(json.loads(row["known_tasks"])),
        server_time=to_moment(row["server_time"]),
    )
    return JournalRun(
        intent=intent,
        who=Who(row["user"], ProcessId(row["machine"], row["pid"], row["process_started"])),
        created_at=_moment(row["created_at"]),
        updated_at=_moment(row["updated_at"]),
        adopted=bool(row["adopted"]),
        summary=_summary(row, intent),
        files=tuple(files),
        actions_json=row["actions"],
        raw_json=row["raw"],
    )


@dataclass(frozen=True, slots=True)
class KnownTask:
    """The few facts about a known run that a line of a task list shows; such a list may be long."""

    run_id: str
    origin: Origin
    verdict: Verdict | None
    reason: str
    duration_s: float | None


KNOWN_TASK = "task_id, run_id, phase, origin, verdict, reason, duration_s"
"""The columns of the table ``runs`` that ``known_task_of`` reads, and the task id."""


def known_task_of(row: Row) -> KnownTask:
    """Read a row of the table ``runs`` of a run that has a task."""
    return KnownTask(row["run_id"], Origin(row["origin"]), _verdict(row), row["reason"], row["duration_s"])


def _verdict(row: Row) -> Verdict | None:
    if Phase(row["phase"]) is Phase.UNKNOWN_START:
        return Verdict.UNKNOWN
    return None if row["verdict"] is None else Verdict(row["verdict"])


def _summary(row: Row, intent: RunIntent) -> RunSnapshot:
    return RunSnapshot(
        run_id=intent.run_id,
        target=intent.target,
        name=intent.name,
        workspace_name=intent.workspace_name,
        model_name=intent.model_name,
        phase=Phase(row["phase"]),
        origin=Origin(row["origin"]),
        started_by=row["started_by"],
        task_id=row["task_id"],
        state=row["state"],
        verdict=_verdict(row),
        reason=row["reason"],
        current_step=row["current_step"],
        progress=row["progress"],
        started_at=to_moment(row["started_at"]),
        ended_at=to_moment(row["ended_at"]),
        duration_s=row["duration_s"],
        cancel_requested=bool(row["cancel_requested"]),
        cancelled_by=row["cancelled_by"],
        note=row["note"],
        candidates=tuple(json.loads(row["candidates"])),
        seen=row["seen_at"] is not None,
        no_dumps=row["no_dumps"],
    )


def file_of(row: Row) -> SavedFile:
    """Read a row of the table ``files``."""
    return SavedFile(
        name=row["name"],
        path=Path(row["path"]),
        bytes=row["bytes"],
        sha256=row["sha256"],
        chunks=row["chunks"],
        saved_at=_moment(row["saved_at"]),
        run_id=row["run_id"],
        task_id=row["task_id"],
        object_id=row["object_id"],
        mtime_ns=row["mtime_ns"],
    )
