"""Snapshots of runs, actions, dumps, downloads and uploads: immutable values for screens and commands.

A run or a download never changes in place. Each change makes a new snapshot, which the
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
    """The outcome of a task or of one of its actions. A live run has none (``None``)."""

    COMPLETED = "completed"
    WARNINGS = "completed_with_warnings"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class Phase(StrEnum):
    """The phase of a run as the app sees it; the service's own word is ``RunSnapshot.state``."""

    WAITING = "waiting"
    """Not started yet: it waits for the model to be free, or for its turn in the queue."""
    STARTING = "starting"
    """The start is being sent, or its answer was lost and the task list is searched for the task."""
    RUNNING = "running"
    """The task id is known, and the end of the task has not been seen."""
    ENDED = "ended"
    """The task ended, or its result can no longer be known; ``verdict`` is set."""
    NOT_STARTED = "not_started"
    """The start was refused, or the operator left the queue: nothing runs."""
    UNKNOWN_START = "unknown_start"
    """Whether it started could not be determined; nothing was re-sent. ``candidates`` may hold tasks."""


class Origin(StrEnum):
    """Where a run was started, whoever watched it later."""

    HERE = "here"
    """By this journal's user, with this app."""
    ELSEWHERE = "elsewhere"
    """By another user, another tool or on another host; the service does not say which (service.md §5.1)."""


class Step(StrEnum):
    """The progress of an action in a running process, as far as it can be known."""

    WAITING = "waiting"
    RUNNING = "running"
    PASSED = "passed"
    """A later action already runs; this one's result is reported when the whole process has ended."""
    ENDED = "ended"
    NO_RESULT = "no_result"
    """The process ended and said nothing about this action."""
    NOT_RUN = "not_run"
    """Not chosen or not reached, when the actions of a process were run one by one."""


class Unit(StrEnum):
    """What an action counts: a list import counts rows, a module import the cells of each line item.

    Source: service.md §5.5.
    """

    ROWS = "rows"
    CELLS = "cells"
    USERS = "users"
    VERSIONS = "versions"
    ITEMS = "items"

    @property
    def one(self) -> str:
        """The singular."""
        return self.value.removesuffix("s")


@dataclass(frozen=True, slots=True)
class Counts:
    """The counts of an action in one unit, summed over its details; ``None`` where the service gave none.

    Source: service.md §5.5.
    """

    ok: int | None = None
    warnings: int | None = None
    failed: int | None = None
    ignored: int | None = None
    total: int | None = None
    invalid: int | None = None
    """With invalid names; where ``total`` balances, the other figures include them."""
    unit: Unit = Unit.ROWS

    @property
    def said(self) -> bool:
        """Whether the service gave any count."""
        numbers = (self.ok, self.warnings, self.failed, self.ignored, self.total, self.invalid)
        return any(number is not None for number in numbers)

    @property
    def balanced(self) -> bool:
        """Whether the parts add up to the total (service.md §5.7: 95 = 90 ok + 5 ignored)."""
        parts = (self.ok, self.warnings, self.failed, self.ignored)
        return self.total is not None and sum(number or 0 for number in parts) == self.total

    @property
    def invalid_besides(self) -> int | None:
        """The invalid ones that no other figure includes."""
        return None if self.balanced else self.invalid


@dataclass(frozen=True, slots=True)
class Message:
    """One detail of a result (service.md §5.2)."""

    type: str
    text: str
    occurrences: int
    values: tuple[tuple[str, str | None], ...] = ()
    """Pairs of key and value in the service's order; a last key without a value has ``None``."""


class OnDisk(StrEnum):
    """What a check of a once complete file found; it compares size and time, not the bytes."""

    SAME = "same"
    CHANGED = "changed"
    """Another size or another time: the bytes may differ from those fetched."""
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Dump:
    """The failure dump of an action, and its file on disk."""

    available: bool = False
    path: Path | None = None
    bytes: int | None = None
    sha256: str | None = None
    chunks: int | None = None
    error: str | None = None
    gone: bool = False
    """The service said that it no longer has the dump; ``error`` says why."""
    mtime_ns: int | None = None
    """The file's modification time when it was complete; ``None`` when it was not recorded."""
    on_disk: OnDisk = OnDisk.SAME
    """What the last check of ``path`` found."""

    @property
    def saved(self) -> bool:
        """Whether the file was on disk as fetched at the last check."""
        return self.path is not None and self.on_disk is OnDisk.SAME


@dataclass(frozen=True, slots=True)
class Output:
    """The file that an export wrote, and its copy on disk."""

    available: bool = False
    """The service says that it has content; ``exportSucceeded`` alone is not enough (service.md §8.3)."""
    bytes: int | None = None
    """The size of the copy on disk, else the size that the service announced."""
    path: Path | None = None
    sha256: str | None = None
    error: str | None = None
    mtime_ns: int | None = None
    on_disk: OnDisk = OnDisk.SAME
    """As for a dump."""

    @property
    def saved(self) -> bool:
        """Whether the file was on disk as fetched at the last check."""
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
    """The counts in the unit that matters most; counts of several units are never added up."""
    messages: tuple[Message, ...] = ()
    dump: Dump = Dump()
    output: Output = Output()
    started_at: datetime | None = None
    duration_s: float | None = None
    data_source_id: str | None = None
    """The file an import reads (113…), where the process's metadata says so."""
    more_counts: tuple[Counts, ...] = ()
    """The counts in its other units."""
    export_format: str | None = None
    """The media type of the file an export writes (``text/csv``), where the service says so."""

    @property
    def tallies(self) -> tuple[Counts, ...]:
        """Its counts, one for each unit that the service reported; the one that matters most comes first."""
        return tuple(counts for counts in (self.counts, *self.more_counts) if counts.said)


def is_optimizer(action: Action) -> bool:
    """Whether the optimizer solves the action; it keeps a log (service.md §8.5)."""
    return action.kind == "optimizer"


@dataclass(frozen=True, slots=True)
class Contact:
    """The contact with the service while a run is watched: what an outage looks like from here."""

    last_at: datetime | None = None
    """When the service last answered."""
    next_look_at: datetime | None = None
    failures: int = 0
    """Failed polls in a row."""
    problem: str = ""
    """What went wrong with the last failed poll, in one line."""


@dataclass(frozen=True, slots=True)
class RunSnapshot:
    """Everything known of one run at one moment."""

    run_id: str
    """The app's own id, given before the start is sent; the journal's key."""
    target: TargetRef
    name: str
    workspace_name: str = ""
    model_name: str = ""
    phase: Phase = Phase.WAITING
    origin: Origin = Origin.HERE
    started_by: str | None = None
    """Who started a run from elsewhere, when the service names anybody."""
    task_id: str | None = None
    state: str | None = None
    """The service's word: NOT_STARTED, IN_PROGRESS, COMPLETE, CANCELLING, CANCELLED or an unknown one."""
    verdict: Verdict | None = None
    reason: str = ""
    current_step: str | None = None
    progress: float | None = None
    """0.0 to 1.0."""
    started_at: datetime | None = None
    """Reported by the service, by its clock."""
    began: datetime | None = field(default=None, compare=False)
    """The same moment by this process's own clock (``core.clock``), to tell how long the run has lasted;
    ``None`` when unknown, and for runs that only the journal remembers."""
    ended_at: datetime | None = None
    """By the service's clock, like ``started_at``."""
    duration_s: float | None = None
    usual_s: float | None = None
    """How long past runs of the same target usually took (``core.journal.usual``); ``None`` without any."""
    actions: tuple[Action, ...] = ()
    contact: Contact = Contact()
    cancel_requested: bool = False
    cancelled_by: str | None = None
    note: str = ""
    """What the operator should know about how this run began: adopted, waiting for whom …"""
    in_parts: bool = False
    """Its actions are tasks of their own, played from here one after another; the run itself has no task."""
    candidates: tuple[str, ...] = ()
    """Task ids among which the operator must choose when the start's outcome is unknown."""
    raw: Mapping[str, Any] | None = field(default=None, compare=False, repr=False)
    """The service's last answer about the task, unchanged."""
    seen: bool = field(default=False, compare=False)
    """The operator opened the run; set only from the journal."""
    no_dumps: str = ""
    """Why its dumps cannot be fetched, after a try failed; most likely somebody else's run."""

    @property
    def task(self) -> TaskRef | None:
        """The task on the service, once its id is known."""
        return None if self.task_id is None else TaskRef(self.target, self.task_id)

    @property
    def live(self) -> bool:
        """Whether the run waits, starts or runs."""
        return self.phase in (Phase.WAITING, Phase.STARTING, Phase.RUNNING)


class Fetch(StrEnum):
    """The state of a download."""

    QUEUED = "queued"
    LISTING = "listing"
    FETCHING = "fetching"
    WAITING = "waiting"
    """Between tries: the service asked to wait, or a transport error is being ridden out."""
    PUBLISHING = "publishing"
    """All bytes are here; the file is being synced and given its final name."""
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
    """The action's or file's name, for people."""
    target: Path
    """The path to write; it gets a suffix when another file has it already."""
    run_id: str | None = None
    state: Fetch = Fetch.QUEUED
    bytes_done: int = 0
    """Decoded bytes on disk, including those of chunks in flight."""
    bytes_total: int | None = None
    """Exact once ``total_is_exact``; before that an estimate, or ``None`` without any basis for one."""
    total_is_exact: bool = False
    chunks_done: int = 0
    chunks_total: int | None = None
    rate: float | None = None
    """Bytes per second, smoothed."""
    left_s: float | None = None
    retry_in_s: float | None = None
    problem: str = ""
    """Why it waits or failed, one line."""
    path: Path | None = None
    """The finished file."""
    sha256: str | None = None
    unchanged: bool = False
    """The file already existed with the same bytes and was kept."""
    refused_by: Path | None = None
    """The local directory that made the download fail: another one may work."""
    mtime_ns: int | None = None
    on_disk: OnDisk = OnDisk.SAME
    """As for a dump: of the finished file."""

    @property
    def live(self) -> bool:
        """Whether the download is still under way."""
        return self.state not in (Fetch.DONE, Fetch.FAILED, Fetch.CANCELLED, Fetch.PAUSED)


class Match(StrEnum):
    """How a dump on disk compares with the service's."""

    SAME = "same"
    DIFFERENT = "different"
    GONE = "gone"
    """The service no longer has it, so nothing can be compared."""


@dataclass(frozen=True, slots=True)
class Verified:
    """The result of comparing a dump on disk with the service's."""

    download: DownloadSnapshot
    """The file; one without a path could not be fetched."""
    match: Match | None = None
    different_at: int | None = None
    """The first chunk that differs, counted from 0."""
    problem: str = ""
    """Why it is not the same, one line."""


class Send(StrEnum):
    """The state of an upload."""

    QUEUED = "queued"
    CHECKING = "checking"
    """Comparing the file with what an earlier try sent, and announcing the upload."""
    SENDING = "sending"
    WAITING = "waiting"
    """Between tries: the service asked to wait, or a transport error is being ridden out."""
    COMPLETING = "completing"
    """The service took all chunks and joins them, which takes minutes for a large file."""
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class UploadSnapshot:
    """Everything known of one upload at one moment."""

    upload_id: str
    file: FileRef
    """The model's file that it replaces."""
    name: str
    """That file's name in the model."""
    source: Path
    run_id: str | None = None
    state: Send = Send.QUEUED
    bytes_done: int = 0
    """Bytes of the file, before compression, in the chunks that the service has taken."""
    bytes_total: int = 0
    chunks_done: int = 0
    chunks_total: int | None = None
    chunks_resumed: int = 0
    """Those of ``chunks_done`` that an earlier try sent."""
    rate: float | None = None
    """Bytes of the file per second, smoothed."""
    left_s: float | None = None
    retry_in_s: float | None = None
    problem: str = ""
    """Why it waits or failed, one line."""
    note: str = ""
    """What to know about a finished upload: that its chunk count could not be verified."""
    rows: str = ""
    """How many rows it has, in words; empty when they were not counted."""
    sent_at: datetime | None = None
    """When the service had all of it."""
    in_force_until: datetime | None = None
    """The service reads it in place of the model's file at least until then; ``None`` once superseded."""

    @property
    def live(self) -> bool:
        """Whether the upload is still under way."""
        return self.state not in (Send.DONE, Send.FAILED, Send.CANCELLED)
