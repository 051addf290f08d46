"""Start, attach to, resume and cancel runs.

The driver watches each Anaplan task in one asyncio task of its own, however many callers ask for the run.
Closing a screen or cancelling a caller therefore does not stop the watching. Closing the driver does; it
never cancels a task of the service.
"""

import asyncio
import logging
import uuid
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any

from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.api.errors import AnaplanError
from anaplan_tui.api.refs import TargetRef, TaskRef
from anaplan_tui.config.settings import Profile
from anaplan_tui.core.catalog import CatalogItem
from anaplan_tui.core.clock import now
from anaplan_tui.core.finding.finder import Finder
from anaplan_tui.core.journal.journal import Journal
from anaplan_tui.core.journal.usual import usual_s
from anaplan_tui.core.runs.cut_off import CutOffStarts, run_of_journal
from anaplan_tui.core.runs.following import Follower
from anaplan_tui.core.runs.parameters import Parameters
from anaplan_tui.core.runs.polling import PollingPace
from anaplan_tui.core.runs.readiness import Readiness, StaysClosed
from anaplan_tui.core.runs.starting import AS_CONFIGURED, AlreadyStarting, Earlier, Starter, Terms
from anaplan_tui.core.runs.watching import named, observe
from anaplan_tui.core.snapshots import Contact, Origin, Phase, RunSnapshot
from anaplan_tui.core.store import Store
from anaplan_tui.core.verdict.reasons import blamed_parameters
from anaplan_tui.trouble import Exit, Trouble

log = logging.getLogger(__name__)

__all__ = ["AlreadyStarting", "Driver", "ReadOnly"]


class ReadOnly(Trouble):
    """The profile is read-only and the request would change something."""

    exit_code = Exit.USAGE

    def __init__(self, doing: str, profile: str) -> None:
        super().__init__(
            f'Cannot {doing}: profile "{profile}" is read-only, by its read_only or by --read-only.'
        )


class NoTask(Trouble):
    """A run cannot be cancelled, because no task of it is known yet."""

    exit_code = Exit.NOT_FOUND

    def __init__(self) -> None:
        super().__init__("Cannot cancel the run: it has no task yet.")


class Driver:
    """Starts and watches the runs of one profile."""

    def __init__(
        self,
        profile: Profile,
        client: AnaplanClient,
        journal: Journal,
        store: Store,
        finder: Finder,
        pace: PollingPace,
        readiness: Readiness,
        *,
        patience_s: float | None,
        on_end: Callable[[RunSnapshot], None],
    ) -> None:
        """Call ``on_end`` with each run that was watched to its end."""
        self._profile, self._client, self._journal = profile, client, journal
        self._store, self._finder = store, finder
        self._readiness = readiness
        self.starter = Starter(profile, client, journal, store, pace)
        self.follower = Follower(client, journal, store, finder, pace, patience_s=patience_s, on_end=on_end)
        self._cut_off = CutOffStarts(client, journal, store, self.starter, self.follower)
        self.intent = self.starter.intent
        self._starting: set[TargetRef] = set()
        self._tasks: dict[str, asyncio.Task[RunSnapshot]] = {}

    def refuse_when_read_only(self, doing: str) -> None:
        """Refuse an action that changes something on the service, if the profile is read-only.

        Raises:
            ReadOnly: the profile is read-only.
        """
        if self._profile.read_only:
            raise ReadOnly(doing, self._profile.name)

    async def aclose(self) -> None:
        """Stop watching; the tasks of the service continue."""
        tasks = tuple(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def run(
        self,
        item: CatalogItem,
        *,
        parameters: Sequence[tuple[str, str]] = (),
        terms: Terms = AS_CONFIGURED,
        run_id: str | None = None,
        on_begin: Callable[[str], None] | None = None,
    ) -> RunSnapshot:
        """Start ``item`` once and watch it to its end.

        ``run_id`` is for callers that recorded the id beforehand; no other run may have it.

        ``on_begin`` gets the run's id before anything is sent; the store holds the run by then. Cancelling
        the caller does not stop the watching. If an earlier start of the same target was cut off, its outcome
        is found first and may stand for this one: then that run is watched and returned, and nothing is sent.

        Raises:
            ReadOnly, AlreadyStarting: nothing was sent.
            AnaplanError: the start was refused or not sent; the store holds the run as NOT_STARTED.
            NotAuthenticated, ContactLost: watching was given up; the task continues.
        """
        snapshot = await self._reserve(item, on_begin, run_id)
        if snapshot.phase is not Phase.STARTING:
            return await self.follow(snapshot)
        work = self._start_and_follow(snapshot, tuple(parameters), terms)
        return await self._drive(snapshot.run_id, work)

    async def follow(self, run: RunSnapshot) -> RunSnapshot:
        """Watch a run to its end, or join a watch under way; return a run that is not running unchanged."""
        return await self._drive(run.run_id, self.follower.follow(run))

    async def go(self, snapshot: RunSnapshot, parameters: Sequence[tuple[str, str]]) -> RunSnapshot:
        """Start a run of the queue and watch it to its end.

        Raises what :meth:`run` raises; a run that could not be sent for lack of contact waits again.
        """
        self.refuse_when_read_only(f'run "{snapshot.name}"')
        self._starting.add(snapshot.target)
        starting = replace(snapshot, phase=Phase.STARTING)
        work = self._start_and_follow(starting, tuple(parameters), queued=True)
        return await self._drive(snapshot.run_id, work)

    async def start(self, item: CatalogItem, *, parameters: Sequence[tuple[str, str]] = ()) -> RunSnapshot:
        """Start ``item`` once without watching it (``--detach``).

        Raises:
            ReadOnly, AlreadyStarting: nothing was sent.
            AnaplanError: as for :meth:`run`.
        """
        snapshot = await self._reserve(item)
        if snapshot.phase is not Phase.STARTING:
            return snapshot
        try:
            await self._open_model(snapshot)
            return await self.starter.start(snapshot, tuple(parameters))
        finally:
            self._starting.discard(item.ref)

    async def _reserve(
        self,
        item: CatalogItem,
        on_begin: Callable[[str], None] | None = None,
        run_id: str | None = None,
    ) -> RunSnapshot:
        """Return a draft of a run and block other starts of its target here; raises as :meth:`start`.

        A run in another phase than STARTING is an earlier start that stands for it.
        """
        self.refuse_when_read_only(f'run "{item.name}"')
        if item.ref in self._starting:
            raise AlreadyStarting(item.name)
        self._starting.add(item.ref)
        try:
            earlier = await self.earlier(item.ref, on_begin)
            if earlier is not None and earlier.stands:
                self._starting.discard(item.ref)
                return earlier.run
            draft = await self.draft(item, run_id)
        except BaseException:
            self._starting.discard(item.ref)
            raise
        if earlier is not None:
            draft = replace(draft, note=earlier.words)
        self._store.put_run(draft)
        if on_begin is not None:
            on_begin(draft.run_id)
        return draft

    async def earlier(
        self, target: TargetRef, on_begin: Callable[[str], None] | None = None
    ) -> Earlier | None:
        """Find the outcome of a start of ``target`` that was cut off; ``None`` when there is none.

        A task that still runs is watched from now on.

        Raises:
            AlreadyStarting: this or another window is already searching for it.
            AnaplanError: the task list cannot be read, so nothing is known and nothing may be sent.
        """
        settled = None
        for known in await self.starter.cut_off(target, self._tasks.__contains__):
            self._store.put_run(known.snapshot())
            if on_begin is not None:
                on_begin(known.run_id)
            run = await self._drive(known.run_id, self._cut_off.find_and_look(known))
            if run.phase is Phase.RUNNING:
                self._begin(run.run_id, self.follower.follow(run)).add_done_callback(_heard)
            if settled is None or not settled.stands:
                settled = Earlier(run, known.updated_at)
        return settled

    async def attach(
        self, item: CatalogItem, task_id: str, *, on_begin: Callable[[str], None] | None = None
    ) -> RunSnapshot:
        """Watch a task that runs already, or report one that ended.

        Raises:
            NotFound: the service does not know the task.
        """
        run = await self.report(item, task_id)
        if on_begin is not None:
            on_begin(run.run_id)
        return await self._drive(run.run_id, self.follower.follow(run)) if run.live else run

    async def report(self, item: CatalogItem, task_id: str, *, names: bool = True) -> RunSnapshot:
        """Poll a task once, put its run into the store and return it; do not watch it.

        ``names=False`` sends no other request: actions without a known name go by their ids until
        :meth:`name_actions`.

        Raises:
            NotFound: the service does not know the task.
        """
        snapshot = await self._known_or_new(item, task_id, names=names)
        task = await self._client.task(TaskRef(item.ref, task_id))
        await self._remember_attached(snapshot)
        seen = replace(observe(snapshot, task, {}, self._client.server_offset_s), contact=Contact(now()))
        return await self.follower.observed(snapshot, seen, names=names)

    async def name_actions(self, run: RunSnapshot) -> RunSnapshot:
        """Name the process and its actions, where the service gives names; the verdict stays."""
        target = run.target
        try:
            item, _ = await asyncio.gather(
                self._finder.read_by_id(target.model, target.kind, target.id),
                self._finder.name_model(target.model),
            )
        except Trouble:
            return run
        model, plan = self._finder.model_of(target.model), await self._finder.plan_if_known(item)
        called = replace(
            named(run, plan, {action.id: action.name for action in plan}),
            name=item.name,
            model_name=model.name,
            workspace_name=model.workspace_name,
        )
        self._store.put_run(called)
        await asyncio.to_thread(self._journal.named, called)
        return called

    async def cancel_task(
        self, item: CatalogItem, task_id: str, *, on_found: Callable[[RunSnapshot], None] | None = None
    ) -> RunSnapshot:
        """Ask the service to cancel a task, and watch the task to its end.

        ``on_found`` gets the run before the request is sent.

        Raises:
            ReadOnly, NotFound, AnaplanError: no request was sent, or it was refused.
        """
        self.refuse_when_read_only(f'cancel "{item.name}"')
        run = await self.report(item, task_id)
        if on_found is not None:
            on_found(run)
        if not run.live:
            run = replace(run, note="It had ended before; nothing was cancelled.")
            self._store.put_run(run)
            return run
        await self.cancel(run.run_id)
        return await self.attach(item, task_id)

    async def resume(self, run_id: str) -> RunSnapshot:
        """Resume a run of the journal: find its task if the start's outcome is unknown, then watch it."""
        task = self._tasks.get(run_id)
        if task is not None:
            return await asyncio.shield(task)
        known = await run_of_journal(self._journal, run_id)
        snapshot = known.snapshot()
        self._store.put_run(snapshot)
        if snapshot.task_id is None and snapshot.phase is Phase.STARTING:
            return await self._drive(run_id, self._cut_off.find_and_follow(known))
        if snapshot.phase is Phase.UNKNOWN_START:
            return await self._drive(run_id, self._cut_off.look_again(known))
        return await self._drive(run_id, self.follower.follow(snapshot))

    async def cancel(self, run_id: str) -> None:
        """Ask the service to cancel a run, and poll it at once if it is watched. It may still complete.

        Raises:
            NoTask, ReadOnly, AnaplanError: no request was sent, or it was refused.

        Source: service.md §6.
        """
        run = self._store.run(run_id)
        if run is None or run.task is None:
            raise NoTask
        self.refuse_when_read_only(f'cancel "{run.name}"')
        await self._client.cancel(run.task)
        current = self._store.run(run_id) or run
        if current.live:
            self._store.put_run(replace(current, cancel_requested=True))
        self.follower.look_now(run_id)

    async def draft(self, item: CatalogItem, run_id: str | None = None, *, names: bool = True) -> RunSnapshot:
        """Return a run of ``item``, before anything is sent or recorded."""
        model = self._finder.model_of(item.ref.model)
        return RunSnapshot(
            run_id=run_id or uuid.uuid4().hex,
            target=item.ref,
            name=item.name,
            workspace_name=model.workspace_name,
            model_name=model.name,
            phase=Phase.STARTING,
            usual_s=await asyncio.to_thread(self._usual, item),
            actions=await self._finder.plan_if_known(item) if names else (),
        )

    async def _known_or_new(self, item: CatalogItem, task_id: str, *, names: bool) -> RunSnapshot:
        """Return a task's run from the journal, or a new one for a task that was started elsewhere."""
        known = await asyncio.to_thread(self._journal.by_task, task_id)
        if known is not None and known.intent.target == item.ref:
            run = known.snapshot()
            plan = run.actions or (await self._finder.plan_if_known(item) if names else ())
            return replace(run, phase=Phase.RUNNING, verdict=None, reason="", actions=plan)
        new = await self.draft(item, names=names)
        return replace(new, phase=Phase.RUNNING, task_id=task_id, origin=Origin.ELSEWHERE)

    async def _remember_attached(self, snapshot: RunSnapshot) -> None:
        if snapshot.task_id and await asyncio.to_thread(self._journal.run, snapshot.run_id) is None:
            intent = self.intent(snapshot, (), None)
            await asyncio.to_thread(self._journal.attached, intent, snapshot.task_id)

    async def _drive(self, run_id: str, work: Coroutine[Any, Any, RunSnapshot]) -> RunSnapshot:
        """Run ``work`` as a task of the driver's own and wait for it; others may wait for it too."""
        return await asyncio.shield(self._begin(run_id, work))

    def _begin(self, run_id: str, work: Coroutine[Any, Any, RunSnapshot]) -> asyncio.Task[RunSnapshot]:
        """Run ``work`` as a task of the driver's own: one for each run, however many wait for it."""
        if run_id in self._tasks:
            work.close()
        else:
            task = asyncio.create_task(work, name=f"run {run_id}")
            self._tasks[run_id] = task
            task.add_done_callback(lambda _: self._tasks.pop(run_id, None))
        return self._tasks[run_id]

    async def _start_and_follow(
        self,
        snapshot: RunSnapshot,
        parameters: Parameters,
        terms: Terms = AS_CONFIGURED,
        *,
        queued: bool = False,
    ) -> RunSnapshot:
        try:
            await self._open_model(snapshot)
            started = await self.starter.start(snapshot, parameters, terms=terms, queued=queued)
        finally:
            self._starting.discard(snapshot.target)
        ended = await self.follower.follow(started)
        blamed = blamed_parameters(ended, parameters)
        if blamed:
            ended = replace(ended, note=f"{ended.note} {blamed}".strip())
            self._store.put_run(ended)
        return ended

    async def _open_model(self, snapshot: RunSnapshot) -> None:
        """Open a closed model before a start, which would otherwise wait so long that its answer seems lost.

        Raises:
            StaysClosed: the profile forbids it.
        """

        def say(note: str) -> None:
            self._store.put_run(replace(snapshot, note=f"{note} …"))

        try:
            await self._readiness.open(snapshot.target.model, say)
        except StaysClosed as error:
            await self.starter.refused(snapshot, str(error))
            raise
        except AnaplanError as error:
            log.info("opening the model before %s: %s", snapshot.name, error)  # the start says what is wrong

    def _usual(self, item: CatalogItem) -> float | None:
        return usual_s(self._journal.durations(item.ref))


def _heard(task: asyncio.Task[RunSnapshot]) -> None:
    """Retrieve the error of a watch that nobody may be waiting for; screens show it from the store."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.warning("%s: %s", task.get_name(), error)
