"""Find the task of a start whose answer was lost, and watch a task to its end.

The request that starts a task is not idempotent and carries no key (service.md §10). So it is sent once and
never again; when its outcome is unknown, the task list decides. Watching never judges a task by an outage:
only the service's own COMPLETE or CANCELLED is an end.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from anaplan_tui.api.client import TaskList
from anaplan_tui.api.errors import AnaplanError, NotAuthenticated, NotFound
from anaplan_tui.api.refs import Kind, TargetRef, TaskRef
from anaplan_tui.api.schemas import Task
from anaplan_tui.core.clock import now, service_now, woken
from anaplan_tui.core.runs.polling import PollingPace
from anaplan_tui.core.snapshots import Action, Contact, Origin, Phase, RunSnapshot, Step, Verdict
from anaplan_tui.core.text import plural, seconds
from anaplan_tui.core.verdict.judge import TERMINAL, judge, progress
from anaplan_tui.trouble import Exit, Trouble

ADOPTED = "The answer to the start was lost; the one new task in the list is taken for ours. Sent once."

_CLOCK_SKEW = timedelta(seconds=5)
"""How much earlier than our look at the list a task of ours may claim to be created."""
_TAKEN_WITHIN = timedelta(seconds=300) + _CLOCK_SKEW
"""How long after our look the service may have accepted our start: as long as we wait for its answer, since
a closed model is loaded first (service.md §9.2). We hardly started a task created later than that."""
_LATER_SHOWN = 10
"""How many of those later tasks the operator sees: after days there may be hundreds."""


class Tasks(Protocol):
    """The part of the API client that watching needs."""

    async def tasks(self, target: TargetRef) -> TaskList:
        """Return the task list of a target."""

    async def task(self, ref: TaskRef, *, once: bool = False) -> Task:
        """Return one task; ``once`` sends the request only once, without retries."""

    @property
    def server_offset_s(self) -> float | None:
        """How far the server's clock is ahead of ours, in seconds."""


@dataclass(frozen=True, slots=True)
class Before:
    """The task list of a target just before its start was sent."""

    task_ids: frozenset[str]
    server_time: datetime | None
    looked_at: datetime = field(default_factory=lambda: now())
    """By our own clock."""


@dataclass(frozen=True, slots=True)
class New:
    """Tasks that appeared since a look at the list and belong to no other known run."""

    likely: frozenset[str] = frozenset()
    """Created while the service may have accepted our start."""
    later: tuple[str, ...] = ()
    """Created so much later that they are most likely somebody else's; oldest first."""


@dataclass(slots=True)
class Watch:
    """The watch of one run: its pace, and an event that wakes it before the next poll is due."""

    pace: PollingPace
    patience_s: float | None = None
    """Give up watching after this many seconds without contact; ``None``: never give up."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Names by id, for entries that neither the result nor the process names."""
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    async def pause(self, pause_s: float) -> None:
        """Wait until ``pause_s`` is over or ``wake`` is set."""
        await woken(self.wake, pause_s)


class ContactLost(Trouble):
    """Watching was given up after the allowed time without contact; the task may still run."""

    exit_code = Exit.NOT_REACHABLE

    def __init__(self, snapshot: RunSnapshot) -> None:
        self.snapshot = snapshot
        super().__init__(
            f'Contact with "{snapshot.name}" was lost: {snapshot.contact.problem}. The task may still run.'
        )


async def look_before(client: Tasks, target: TargetRef) -> Before:
    """Record the task list before a start, so that the new task can be recognized if the answer is lost.

    Raises:
        AnaplanError: the list could not be read. Then nothing may be started, because a lost answer could not
            be resolved.
    """
    listed = await client.tasks(target)
    return Before(frozenset(t.task_id for t in listed.items), listed.server_time)


async def find_start(
    client: Tasks,
    snapshot: RunSnapshot,
    before: Before,
    *,
    pace: PollingPace,
    taken: Callable[[], Awaitable[frozenset[str]]],
) -> RunSnapshot:
    """Search for the task of a start whose answer was lost: adopt the one new task, else say what was found.

    One look at the list is not enough: the task may be listed late, and a second new one may be somebody
    else's. So the search looks several times within seconds, and adopts only a task that is the one new task
    in two looks in a row. ``taken`` gives the tasks that are known to belong to other runs.
    """
    seen: New | None = None
    problem = ""
    for pause in pace.search():
        await asyncio.sleep(pause)
        try:
            found = _new_tasks(await client.tasks(snapshot.target), before, await taken())
        except AnaplanError as error:
            problem = error.said
            continue
        if len(found.likely) == 1 and seen is not None and found.likely == seen.likely:
            (task_id,) = found.likely
            return replace(
                snapshot,
                phase=Phase.RUNNING,
                task_id=task_id,
                contact=Contact(now()),
                note=ADOPTED,
            )
        seen = found
    return replace(
        snapshot,
        phase=Phase.UNKNOWN_START,
        verdict=Verdict.UNKNOWN,
        reason=f"The answer to the start was lost and {_said_of(seen, problem)}. Nothing was sent again.",
        note="Look at the process's task history before you start it again.",
        candidates=() if seen is None else tuple(sorted(seen.likely)) or seen.later[:_LATER_SHOWN],
    )


def _said_of(found: New | None, problem: str) -> str:
    """Say what a search that adopted nothing found last; ``problem`` is the error of a failed look."""
    if found is None:
        return f"the task list could not be read: {problem}"
    if len(found.likely) > 1:
        said = f"{len(found.likely)} new tasks could be it; choose one to watch"
    elif found.likely:
        said = "one task may be it"
    else:
        said = "no new task was found in the task list"
        if found.later:
            they = "it is" if len(found.later) == 1 else "they are"
            said += f" of that time, only {plural(len(found.later), 'later one')}: {they} hardly ours"
    return f"{said}; the task list could not be read: {problem}" if problem else said


async def watch(client: Tasks, snapshot: RunSnapshot, how: Watch) -> AsyncIterator[RunSnapshot]:
    """Poll a running task until it ends; yields a snapshot after each poll.

    Transport errors, 5xx and the like are ridden out and shown in ``contact``. A task that is unknown to the
    service twice in a row ends as unknown: task ids vanish when a model is unloaded (service.md §5.1).

    Raises:
        NotAuthenticated: the login no longer works; the task continues.
        ContactLost: no contact for longer than ``how.patience_s``.
    """
    assert snapshot.task is not None, "only a task with an id can be watched"  # noqa: S101
    watched_since = now()
    moved_at = last_contact = now()
    failures = missing = 0
    while snapshot.phase is Phase.RUNNING:
        try:
            task = await client.task(snapshot.task, once=True)
        except NotAuthenticated as error:
            yield replace(snapshot, contact=replace(snapshot.contact, problem=str(error), next_look_at=None))
            raise
        except NotFound as error:
            missing += 1
            pause = how.pace.interval
            contact = Contact(now(), _in(pause), missing, error.said)
            snapshot = _forgotten(snapshot) if missing > 1 else replace(snapshot, contact=contact)
        except AnaplanError as error:
            failures += 1
            pause = how.pace.after_failure(failures, error.retry_after_s)
            silent_s = (now() - last_contact).total_seconds()
            if how.patience_s is not None:
                pause = min(pause, max(how.patience_s - silent_s, how.pace.interval))
            contact = Contact(snapshot.contact.last_at, _in(pause), failures, _problem(error, pause))
            snapshot = replace(snapshot, contact=contact)
            if how.patience_s is not None and silent_s > how.patience_s:
                yield snapshot
                raise ContactLost(snapshot) from error
        else:
            failures = missing = 0
            last_contact = now()
            seen = observe(snapshot, task, how.names, client.server_offset_s)
            if _moved(snapshot, seen):
                moved_at = last_contact
            pause = how.pace.next_look(
                elapsed_s=(last_contact - (seen.began or watched_since)).total_seconds(),
                still_s=(last_contact - moved_at).total_seconds(),
            )
            snapshot = replace(seen, contact=Contact(last_contact, _in(pause) if seen.live else None))
        yield snapshot
        if snapshot.phase is Phase.RUNNING:
            await how.pause(pause)


def observe(
    snapshot: RunSnapshot, task: Task, names: Mapping[str, str], offset_s: float | None = None
) -> RunSnapshot:
    """Return the snapshot after one poll of its task; ``offset_s``: the service's clock minus the host's."""
    began = snapshot.began or _began(task, offset_s)
    seen = replace(
        snapshot,
        state=task.state,
        current_step=task.current_step,
        progress=snapshot.progress if task.progress is None else min(max(task.progress, 0.0), 1.0),
        started_at=task.created_at or snapshot.started_at or _work_began(task),
        began=began,
        cancelled_by=task.cancelled_by,
        started_by=None if snapshot.origin is Origin.HERE else task.created_by or snapshot.started_by,
        raw=task.raw,
    )
    if task.state not in TERMINAL:
        return replace(seen, actions=progress(task, snapshot.actions, names))
    judged = judge(
        task, _bare(snapshot.actions), single=snapshot.target.kind is not Kind.PROCESS, names=names
    )
    ended_at, duration_s = _end(replace(snapshot, began=began), task, offset_s)
    return replace(
        seen,
        phase=Phase.ENDED,
        verdict=judged.verdict,
        reason=judged.reason,
        actions=judged.actions,
        ended_at=ended_at,
        duration_s=duration_s,
    )


def named(snapshot: RunSnapshot, plan: Sequence[Action], names: Mapping[str, str]) -> RunSnapshot:
    """Judge an ended run again with names from the model's lists, because its reason names actions too."""
    if snapshot.raw is None or not names:
        return snapshot
    single = snapshot.target.kind is not Kind.PROCESS
    judged = judge(Task.of(snapshot.raw), _bare(plan), single=single, names=names)
    return replace(snapshot, reason=judged.reason, actions=judged.actions)


def _work_began(task: Task) -> datetime | None:
    """Return when the task's work began, for a service that gives no time of creation (service.md §8.1)."""
    return None if task.result is None else task.result.start_time


def _bare(actions: Sequence[Action]) -> tuple[Action, ...]:
    """Return the plan again: names and kinds, without the state of the running task."""
    return tuple(
        Action(
            id=a.id,
            name=a.name,
            kind=a.kind,
            step=Step.WAITING,
            data_source_id=a.data_source_id,
            export_format=a.export_format,
        )
        for a in actions
    )


def _began(task: Task, offset_s: float | None) -> datetime | None:
    """Return by our clock when a running task began: as long ago as the service's clock says."""
    service = service_now(offset_s)
    if service is None or task.created_at is None:
        return None
    return now() - max(service - task.created_at, timedelta())


def _end(snapshot: RunSnapshot, task: Task, offset_s: float | None) -> tuple[datetime | None, float | None]:
    """Return when the task ended and how long it took.

    The step times decide, where the service gives them (service.md §8.1: a part may last longer than the top
    level says, so the latest end counts). Otherwise the end is the time of this poll, and known only if the
    task was seen running before.
    """
    result = task.result
    if result is not None:
        ends = [
            r.start_time + timedelta(milliseconds=r.duration_ms)
            for r in (result, *result.nested)
            if r.start_time is not None and r.duration_ms is not None
        ]
        if ends:
            started = task.created_at or result.start_time
            took = None if started is None else max((max(ends) - started).total_seconds(), 0.0)
            return max(ends), took
    if snapshot.ended_at is not None:
        return snapshot.ended_at, snapshot.duration_s
    if snapshot.contact.last_at is None:
        return None, None
    took = None if snapshot.began is None else max((now() - snapshot.began).total_seconds(), 0.0)
    started = task.created_at or snapshot.started_at
    if started is not None and took is not None:
        return started + timedelta(seconds=took), took
    return service_now(offset_s), took


def _forgotten(snapshot: RunSnapshot) -> RunSnapshot:
    return replace(
        snapshot,
        phase=Phase.ENDED,
        verdict=Verdict.UNKNOWN,
        reason="Anaplan no longer knows this task, so its result cannot be known. "
        "A model that was unloaded forgets its tasks; look at the model's history.",
        contact=replace(snapshot.contact, next_look_at=None),
    )


def _problem(error: AnaplanError, pause: float) -> str:
    """Say what a poll met, and the wait that the service asked for if we cut it short."""
    said = error.cause
    if error.retry_after_s is None or error.retry_after_s <= pause:
        return said
    return f"{said}; it asks to wait {seconds(error.retry_after_s)}, tried sooner all the same"


def _new_tasks(listed: TaskList, before: Before, taken: frozenset[str]) -> New:
    """Return the tasks that were not listed or created before the start, and are not ``taken``."""
    likely: set[str] = set()
    later: list[str] = []
    for task in reversed(listed.items):
        if task.task_id in before.task_ids or task.task_id in taken:
            continue
        if before.server_time is None or task.created_at is None:
            # Only the time that has passed since then can tell.
            after = now() - before.looked_at
        else:
            after = task.created_at - before.server_time
        if after > _TAKEN_WITHIN:
            later.append(task.task_id)
        elif after >= -_CLOCK_SKEW:
            likely.add(task.task_id)
    return New(frozenset(likely), tuple(later))


def _moved(old: RunSnapshot, new: RunSnapshot) -> bool:
    return (old.state, old.current_step, old.progress) != (new.state, new.current_step, new.progress)


def _in(pause: float) -> datetime:
    return now() + timedelta(seconds=pause)
