"""The values that flow from the work to whoever shows it: immutable, complete, free of any screen.

A run or a download is never changed in place; each change makes a new snapshot, which the
:class:`~anaplan_tui.core.store.Store` holds by id.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from anaplan_tui.api.refs import Chunked, FileRef, TargetRef, TaskRef


class Verdict(StrEnum):
    """What a task or one of its actions came to. A run that goes on has none (``None``)."""

    COMPLETED = "completed"
    WARNINGS = "completed_with_warnings"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class Phase(StrEnum):
    """Where a run stands from our side; the service's own word is ``RunSnapshot.state``."""

    WAITING = "waiting"
    """Not started yet: waits for the model to be free, or for its turn in the queue."""
    STARTING = "starting"
    """The start is being sent, or its lost answer looked for in the task list."""
    RUNNING = "running"
    """A task id is known and the task was not seen to end."""
    ENDED = "ended"
    """The task ended, or its result can no longer be known; ``verdict`` is set."""
    NOT_STARTED = "not_started"
    """The start was refused, or the operator left the queue: nothing runs."""
    UNKNOWN_START = "unknown_start"
    """Whether it started could not be found out; nothing was re-sent. ``candidates`` may hold tasks."""


class Origin(StrEnum):
    """Where a run was started: a fact of its start, whoever looked at it later."""

    HERE = "here"
    """By this journal's user, with this app."""
    ELSEWHERE = "elsewhere"
    """By another user, another tool or on another host; the service does not say which (service.md §5.1)."""


class Step(StrEnum):
    """Where an action of a running process stands, as far as that can be known."""

    WAITING = "waiting"
    RUNNING = "running"
    PASSED = "passed"
    """A later action runs already; what it came to is reported when the whole process has ended."""
    ENDED = "ended"
    NO_RESULT = "no_result"
    """The process ended and said nothing about this action."""
    NOT_RUN = "not_run"
    """Not chosen, or not reached, where the actions of a process were run one by one."""


class Unit(StrEnum):
    """What an action counts: a list import rows, a module import the cells of each line item.

    Source: service.md §5.5.
    """

    ROWS = "rows"
    CELLS = "cells"
    USERS = "users"
    VERSIONS = "versions"
    ITEMS = "items"

    @property
    def one(self) -> str:
        """The word for a single one."""
        return self.value.removesuffix("s")


@dataclass(frozen=True, slots=True)
class Counts:
    """What an action did, in one unit, summed over its details; ``None`` where nothing was said.

    Source: service.md §5.5.
    """

    ok: int | None = None
    warnings: int | None = None
    failed: int | None = None
    ignored: int | None = None
    total: int | None = None
    invalid: int | None = None
    """With names that are not valid; where ``total`` is told, they are within the other figures."""
    unit: Unit = Unit.ROWS

    @property
    def said(self) -> bool:
        """Whether the service said anything."""
        numbers = (self.ok, self.warnings, self.failed, self.ignored, self.total, self.invalid)
        return any(number is not None for number in numbers)

    @property
    def balanced(self) -> bool:
        """Whether what became of each adds up to the total (service.md §5.7: 95 = 90 ok + 5 ignored)."""
        parts = (self.ok, self.warnings, self.failed, self.ignored)
        return self.total is not None and sum(number or 0 for number in parts) == self.total

    @property
    def invalid_besides(self) -> int | None:
        """The invalid ones that no other figure holds."""
        return None if self.balanced else self.invalid


@dataclass(frozen=True, slots=True)
class Message:
    """One detail of a result (service.md §5.2)."""

    type: str
    text: str
    occurrences: int
    values: tuple[tuple[str, str | None], ...] = ()
    """Key and value pairs in the service's order; a lone last key has the value ``None``."""


class OnDisk(StrEnum):
    """What a look at a file found that was whole once; size and time are looked at, the bytes are not."""

    SAME = "same"
    CHANGED = "changed"
    """Another size or another time: its bytes may not be what was fetched."""
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Dump:
    """The failure dump of an action, and the file it became."""

    available: bool = False
    path: Path | None = None
    bytes: int | None = None
    sha256: str | None = None
    chunks: int | None = None
    error: str | None = None
    gone: bool = False
    """The service said that it no longer has it; ``error`` says why."""
    mtime_ns: int | None = None
    """The file's time when it was whole; ``None`` where it was not written down."""
    on_disk: OnDisk = OnDisk.SAME
    """What the last look at ``path`` found."""

    @property
    def saved(self) -> bool:
        """Whether the file is on disk as it was fetched, as far as the last look tells."""
        return self.path is not None and self.on_disk is OnDisk.SAME


@dataclass(frozen=True, slots=True)
class Output:
    """The file that an export made, and the copy of it on disk."""

    available: bool = False
    """The service says that it has content; ``exportSucceeded`` alone does not (service.md §8.3)."""
    bytes: int | None = None
    """Of the copy on disk, else what the service announced."""
    path: Path | None = None
    sha256: str | None = None
    error: str | None = None
    mtime_ns: int | None = None
    on_disk: OnDisk = OnDisk.SAME
    """As for a dump."""

    @property
    def saved(self) -> bool:
        """Whether it is on disk, as far as is known."""
        return self.path is not None and self.on_disk is OnDisk.SAME


@dataclass(frozen=True, slots=True)
class Action:
    """One action of a process, or the single import, export or action of a task."""

    id: str
    name: str
    kind: str
    """``import``, ``export``, ``delete``, ``process`` or the service's own word in lower case."""
    step: Step = Step.WAITING
    verdict: Verdict | None = None
    reason: str = ""
    """One sentence from the evidence; empty while nothing is known."""
    counts: Counts = Counts()
    """In the unit that matters most, where it counts in several; they are never added up."""
    messages: tuple[Message, ...] = ()
    dump: Dump = Dump()
    output: Output = Output()
    started_at: datetime | None = None
    duration_s: float | None = None
    data_source_id: str | None = None
    """The file an import reads (113…), where the process's metadata says so."""
    more_counts: tuple[Counts, ...] = ()
    """Where it counts in several units: the others."""
    export_format: str | None = None
    """The media type of what an export writes (``text/csv``), where the service says so."""

    @property
    def tallies(self) -> tuple[Counts, ...]:
        """Its counts, one for each unit in which anything was said; the one that matters most first."""
        return tuple(counts for counts in (self.counts, *self.more_counts) if counts.said)


def is_optimizer(action: Action) -> bool:
    """Whether it is solved by the optimizer, which keeps a log (service.md §8.5)."""
    return action.kind == "optimizer"


@dataclass(frozen=True, slots=True)
class Contact:
    """How the watching itself goes: what an outage looks like from here."""

    last_at: datetime | None = None
    """When the service last answered."""
    next_look_at: datetime | None = None
    failures: int = 0
    """Failed looks in a row."""
    problem: str = ""
    """What the last failed look met, one line."""


@dataclass(frozen=True, slots=True)
class RunSnapshot:
    """Everything known of one run at one moment."""

    run_id: str
    """Ours, given before the start is sent; the journal's key."""
    target: TargetRef
    name: str
    workspace_name: str = ""
    model_name: str = ""
    phase: Phase = Phase.WAITING
    origin: Origin = Origin.HERE
    started_by: str | None = None
    """Who started a run of elsewhere, when the service names anybody."""
    task_id: str | None = None
    state: str | None = None
    """The service's word: NOT_STARTED, IN_PROGRESS, COMPLETE, CANCELLING, CANCELLED or one we do not know."""
    verdict: Verdict | None = None
    reason: str = ""
    current_step: str | None = None
    progress: float | None = None
    """0.0 to 1.0."""
    started_at: datetime | None = None
    """The service's word, by its clock."""
    began: datetime | None = field(default=None, compare=False)
    """The same by this process's own clock (``core.clock``), for how long it has been going on; ``None`` when
    that is not known, and for what only the journal remembers."""
    ended_at: datetime | None = None
    """By the service's clock, like ``started_at``."""
    duration_s: float | None = None
    usual_s: float | None = None
    """How long past runs of the same target took (``core.journal.usual``); ``None`` without any."""
    actions: tuple[Action, ...] = ()
    contact: Contact = Contact()
    cancel_requested: bool = False
    cancelled_by: str | None = None
    note: str = ""
    """What the operator should know about how this run came to be: adopted, waiting for whom …"""
    in_parts: bool = False
    """Its actions are tasks of their own, played from here one after another; it has no task."""
    candidates: tuple[str, ...] = ()
    """Task ids among which the operator must choose when the start's outcome is unknown."""
    raw: Mapping[str, Any] | None = field(default=None, compare=False, repr=False)
    """The service's last answer about the task, as it came."""
    seen: bool = field(default=False, compare=False)
    """The operator opened it; only the journal's word."""
    no_dumps: str = ""
    """Why its dumps cannot be had, where that was found by trying; of a run of others, most likely."""

    @property
    def task(self) -> TaskRef | None:
        """The task on the service, once there is one."""
        return None if self.task_id is None else TaskRef(self.target, self.task_id)

    @property
    def live(self) -> bool:
        """Whether it goes on."""
        return self.phase in (Phase.WAITING, Phase.STARTING, Phase.RUNNING)


class Fetch(StrEnum):
    """Where a download stands."""

    QUEUED = "queued"
    LISTING = "listing"
    FETCHING = "fetching"
    WAITING = "waiting"
    """Between tries: the service asked to wait, or a transport error is being ridden out."""
    PUBLISHING = "publishing"
    """All bytes are here; they are being synced and given their final name."""
    PAUSED = "paused"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class DownloadSnapshot:
    """Everything known of one download at one moment."""

    download_id: str
    source: Chunked
    name: str
    """What it is, for people: the action's or file's name."""
    target: Path
    """Where it goes; the final name may get a suffix when another file has it."""
    run_id: str | None = None
    state: Fetch = Fetch.QUEUED
    bytes_done: int = 0
    """Decoded bytes on disk, also those of chunks in flight."""
    bytes_total: int | None = None
    """Exact once ``total_is_exact``; before that an estimate, or ``None`` when there is nothing to go by."""
    total_is_exact: bool = False
    chunks_done: int = 0
    chunks_total: int | None = None
    rate: float | None = None
    """Bytes a second, smoothed."""
    left_s: float | None = None
    retry_in_s: float | None = None
    problem: str = ""
    """Why it waits or failed, one line."""
    path: Path | None = None
    """The finished file."""
    sha256: str | None = None
    unchanged: bool = False
    """The same bytes were there already and were kept."""
    refused_by: Path | None = None
    """The directory on this machine that is why it failed: another one may do."""
    mtime_ns: int | None = None
    on_disk: OnDisk = OnDisk.SAME
    """As for a dump: of the finished file."""

    @property
    def live(self) -> bool:
        """Whether it goes on."""
        return self.state not in (Fetch.DONE, Fetch.FAILED, Fetch.CANCELLED, Fetch.PAUSED)


class Match(StrEnum):
    """How a dump on disk stands beside what the service has."""

    SAME = "same"
    DIFFERENT = "different"
    GONE = "gone"
    """The service no longer has it, so nothing can be compared."""


@dataclass(frozen=True, slots=True)
class Verified:
    """A dump on disk that was compared, or could not be."""

    download: DownloadSnapshot
    """The file; without a path it could not be fetched."""
    match: Match | None = None
    different_at: int | None = None
    """The first chunk that differs, counted from 0."""
    problem: str = ""
    """Why it is not the same, one line."""


class Send(StrEnum):
    """Where an upload stands."""

    QUEUED = "queued"
    CHECKING = "checking"
    """Comparing the file with what an earlier try sent, and announcing the upload."""
    SENDING = "sending"
    WAITING = "waiting"
    """Between tries: the service asked to wait, or a transport error is being ridden out."""
    COMPLETING = "completing"
    """All chunks were taken; the service joins them, which takes it minutes for a large file."""
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class UploadSnapshot:
    """Everything known of one upload at one moment."""

    upload_id: str
    file: FileRef
    """Where it goes."""
    name: str
    """What that is called in the model."""
    source: Path
    run_id: str | None = None
    state: Send = Send.QUEUED
    bytes_done: int = 0
    """Bytes of the file in the chunks that the service has taken; compression does not change it."""
    bytes_total: int = 0
    chunks_done: int = 0
    chunks_total: int | None = None
    chunks_resumed: int = 0
    """Of ``chunks_done``, those that an earlier try sent."""
    rate: float | None = None
    """Bytes of the file a second, smoothed."""
    left_s: float | None = None
    retry_in_s: float | None = None
    problem: str = ""
    """Why it waits or failed, one line."""
    note: str = ""
    """What to know about one that is done: that its count could not be verified."""
    rows: str = ""
    """How many rows it has, in words; empty where they were not counted."""
    sent_at: datetime | None = None
    """When the service had it whole."""
    in_force_until: datetime | None = None
    """The service reads it in place of the model's file at least until then; ``None`` once another one is."""

    @property
    def live(self) -> bool:
        """Whether it goes on."""
        return self.state not in (Send.DONE, Send.FAILED, Send.CANCELLED)
