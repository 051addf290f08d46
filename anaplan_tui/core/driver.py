"""Drive runs: start, attach, resume, cancel, one task of our own for each Anaplan task.

A run is driven by an asyncio task of the driver's own, one for each Anaplan task however many ask for it, so
closing a screen or cancelling whoever waits changes nothing about the watching. Closing the driver ends the
watching; it never cancels a task of the service.
"""

import asyncio
import uuid
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from statistics import median
from typing import Any

from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.api.errors import AnaplanError, NotFound
from anaplan_tui.api.refs import TargetRef, TaskRef
from anaplan_tui.core.catalog import CatalogItem
from anaplan_tui.core.finding import Finder
from anaplan_tui.core.journal import AlreadyIntended, Journal, RunIntent
from anaplan_tui.core.polling import Pace
from anaplan_tui.core.runs import ADOPTED, Before, Watch, find_start, look_before, now, observe, start, watch
from anaplan_tui.core.snapshots import Contact, Phase, RunSnapshot
from anaplan_tui.core.store import Store
from anaplan_tui.settings import Profile


class ReadOnly(Exception):
    """The profile is read-only and the request would change something."""

    def __init__(self, doing: str, profile: str) -> None:
        super().__init__(f'Cannot {doing}: profile "{profile}" is read-only.')


class AlreadyStarting(Exception):
    """The same thing is being started right now; a second start was not sent."""

    def __init__(self, name: str) -> None:
        super().__init__(f'"{name}" is being started already; nothing was sent a second time.')


class Driver:
    """Starts and watches the runs of one profile."""

    def __init__(
        self,
        profile: Profile,
        client: AnaplanClient,
        journal: Journal,
        store: Store,
        finder: Finder,
        pace: Pace,
        *,
        patience_s: float | None,
        on_end: Callable[[RunSnapshot], None],
    ) -> None:
        """``on_end`` is called with each run that was watched to its end."""
        self._profile, self._client, self._journal = profile, client, journal
        self._store, self._finder, self._pace = store, finder, pace
        self._patience_s, self._on_end = patience_s, on_end
        self._starting: set[TargetRef] = set()
        self._watches: dict[str, Watch] = {}
        self._tasks: dict[str, asyncio.Task[RunSnapshot]] = {}

    def refuse_when_read_only(self, doing: str) -> None:
        """The gate of everything that changes something on the service.

        Raises:
            ReadOnly: the profile does not allow it.
        """
        if self._profile.read_only:
            raise ReadOnly(doing, self._profile.name)

    async def aclose(self) -> None:
        """Stop watching; nothing on the service is touched."""
        tasks = tuple(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def run(
        self,
        item: CatalogItem,
        *,
        parameters: Sequence[tuple[str, str]] = (),
        on_begin: Callable[[str], None] | None = None,
    ) -> RunSnapshot:
        """Start ``item`` once and watch it to its end.

        ``on_begin`` gets the run's id before anything is sent. Cancelling the caller does not stop the
        watching.

        Raises:
            ReadOnly, AlreadyStarting: nothing was sent.
            AnaplanError: the start was refused or not sent; the run is in the store as NOT_STARTED.
            NotAuthenticated, ContactLost: watching was given up; the task goes on.
        """
        snapshot = await self._reserve(item)
        if on_begin is not None:
            on_begin(snapshot.run_id)
        return await self.go(snapshot, parameters)

    async def go(self, snapshot: RunSnapshot, parameters: Sequence[tuple[str, str]]) -> RunSnapshot:
        """Start a drafted run and watch it to its end; raises what :meth:`run` does."""
        self.refuse_when_read_only(f'run "{snapshot.name}"')
        self._starting.add(snapshot.target)
        starting = replace(snapshot, phase=Phase.STARTING)
        return await self._drive(snapshot.run_id, self._start_and_follow(starting, tuple(parameters)))

    async def start(self, item: CatalogItem, *, parameters: Sequence[tuple[str, str]] = ()) -> RunSnapshot:
        """Start ``item`` once and leave it: for those who come back later (``--detach``).

        Raises:
            ReadOnly, AlreadyStarting: nothing was sent.
            AnaplanError: as for :meth:`run`.
        """
        snapshot = await self._reserve(item)
        try:
            return await self._start(snapshot, tuple(parameters))
        finally:
            self._starting.discard(item.ref)

    async def _reserve(self, item: CatalogItem) -> RunSnapshot:
        """A draft of a run that nobody else here may start until it is started; raises as :meth:`start`."""
        self.refuse_when_read_only(f'run "{item.name}"')
        if item.ref in self._starting:
            raise AlreadyStarting(item.name)
        self._starting.add(item.ref)
        try:
            return await self.draft(item)
        except BaseException:
            self._starting.discard(item.ref)
            raise

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
        return await self._drive(run.run_id, self._follow(run)) if run.live else run

    async def report(self, item: CatalogItem, task_id: str) -> RunSnapshot:
        """What one look says about a task, without watching it; its run is in the store then.

        Raises:
            NotFound: the service does not know the task.
        """
        snapshot = await self._known_or_new(item, task_id)
        task = await self._client.task(TaskRef(item.ref, task_id))
        await self._remember_attached(snapshot)
        seen = replace(observe(snapshot, task, {}), contact=Contact(now()))
        return await self._observed(snapshot, seen)

    async def cancel_task(self, item: CatalogItem, task_id: str) -> RunSnapshot:
        """Ask for the cancel of a task and watch it to the state that follows.

        Raises:
            ReadOnly, NotFound, AnaplanError: nothing was asked for, or the request was refused.
        """
        self.refuse_when_read_only(f'cancel "{item.name}"')
        run = await self.report(item, task_id)
        if run.live:
            await self.cancel(run.run_id)
        return await self.attach(item, task_id)

    async def resume(self, run_id: str) -> RunSnapshot:
        """Go on with a run of the journal: find its task when the start's outcome is unknown, then watch."""
        task = self._tasks.get(run_id)
        if task is not None:
            return await asyncio.shield(task)
        known = await asyncio.to_thread(self._journal.run, run_id)
        if known is None:
            raise NotFound("resume the run", "the journal does not know it")
        snapshot = known.snapshot()
        self._store.put_run(snapshot)
        if snapshot.task_id is not None or snapshot.phase is not Phase.STARTING:
            return await self._drive(run_id, self._follow(snapshot))
        if not await asyncio.to_thread(self._journal.claim, run_id):
            waiting = replace(snapshot, note="Another window of the app on this host is starting it.")
            self._store.put_run(waiting)
            return waiting
        before = Before(frozenset(known.intent.known_tasks), known.intent.server_time)
        return await self._drive(run_id, self._find_and_follow(snapshot, before))

    async def cancel(self, run_id: str) -> None:
        """Ask the service to cancel a run; whoever watches it sees what follows. It may still complete (§6).

        Raises:
            ReadOnly, AnaplanError: nothing was asked for, or the request was refused.
        """
        run = self._store.run(run_id)
        if run is None or run.task is None:
            raise NotFound("cancel the run", "it has no task yet")
        self.refuse_when_read_only(f'cancel "{run.name}"')
        await self._client.cancel(run.task)
        current = self._store.run(run_id) or run
        if current.live:
            self._store.put_run(replace(current, cancel_requested=True))
        if run_id in self._watches:
            self._watches[run_id].wake.set()

    def look_now(self, run_id: str) -> None:
        """Look at a watched run at once instead of at its next due time."""
        if run_id in self._watches:
            self._watches[run_id].wake.set()

    async def draft(self, item: CatalogItem) -> RunSnapshot:
        """A run of ``item`` of which nothing was sent or written down yet."""
        model = self._finder.model_of(item.ref.model)
        return RunSnapshot(
            run_id=uuid.uuid4().hex,
            target=item.ref,
            name=item.name,
            workspace_name=model.workspace_name,
            model_name=model.name,
            phase=Phase.STARTING,
            usual_s=await asyncio.to_thread(self._usual, item),
            actions=await self._finder.plan_if_known(item),
        )

    async def _known_or_new(self, item: CatalogItem, task_id: str) -> RunSnapshot:
        """The run of a task, as the journal knows it, or a new one for a task that was started elsewhere."""
        known = await asyncio.to_thread(self._journal.by_task, task_id)
        if known is not None and known.intent.target == item.ref:
            run = known.snapshot()
            actions = run.actions or await self._finder.plan_if_known(item)
            return replace(run, phase=Phase.RUNNING, verdict=None, reason="", actions=actions)
        return replace(await self.draft(item), phase=Phase.RUNNING, task_id=task_id)

    async def _remember_attached(self, snapshot: RunSnapshot) -> None:
        if snapshot.task_id and await asyncio.to_thread(self._journal.run, snapshot.run_id) is None:
            intent = self.intent(snapshot, (), None)
            await asyncio.to_thread(self._journal.attached, intent, snapshot.task_id)

    async def _drive(self, run_id: str, work: Coroutine[Any, Any, RunSnapshot]) -> RunSnapshot:
        """Run ``work`` as a task of our own: one for a run, however many wait for it."""
        if run_id in self._tasks:
            work.close()
        else:
            task = asyncio.create_task(work, name=f"run {run_id}")
            self._tasks[run_id] = task
            task.add_done_callback(lambda _: self._tasks.pop(run_id, None))
        return await asyncio.shield(self._tasks[run_id])

    async def _start_and_follow(
        self, snapshot: RunSnapshot, parameters: tuple[tuple[str, str], ...]
    ) -> RunSnapshot:
        try:
            started = await self._start(snapshot, parameters)
        finally:
            self._starting.discard(snapshot.target)
        return await self._follow(started)

    async def _start(self, snapshot: RunSnapshot, parameters: tuple[tuple[str, str], ...]) -> RunSnapshot:
        """Journal the intent, send the start once, journal what came of it."""
        self._store.put_run(snapshot)
        try:
            before = await look_before(self._client, snapshot.target)
            await self._intend(snapshot, parameters, before)
            started = await start(
                self._client,
                snapshot,
                before,
                locale=self._profile.locale,
                parameters=parameters,
                pace=self._pace,
                on_change=self._store.put_run,
            )
        except AnaplanError as error:
            refused = replace(snapshot, phase=Phase.NOT_STARTED, reason=str(error))
            self._store.put_run(refused)
            await asyncio.to_thread(self._journal.refused, snapshot.run_id, str(error))
            raise
        await self._settle_start(started)
        return started

    async def _intend(
        self, snapshot: RunSnapshot, parameters: Sequence[tuple[str, str]], before: Before
    ) -> None:
        """Write the intent down. Of two instances that would start the same waiting run one gets through."""
        try:
            await asyncio.to_thread(self._journal.intend, self.intent(snapshot, parameters, before))
        except AlreadyIntended:
            elsewhere = "Another window of the app on this host starts it."
            self._store.put_run(replace(snapshot, phase=Phase.NOT_STARTED, reason=elsewhere))
            raise AlreadyStarting(snapshot.name) from None

    async def _settle_start(self, started: RunSnapshot) -> None:
        self._store.put_run(started)
        if started.task_id is not None:
            adopted = started.note == ADOPTED
            await asyncio.to_thread(self._journal.started, started.run_id, started.task_id, adopted)
        else:
            await asyncio.to_thread(
                self._journal.unknown_start, started.run_id, started.candidates, started.reason
            )

    async def _find_and_follow(self, snapshot: RunSnapshot, before: Before) -> RunSnapshot:
        found = await find_start(self._client, snapshot, before, pace=self._pace)
        await self._settle_start(found)
        return await self._follow(found)

    async def _follow(self, snapshot: RunSnapshot) -> RunSnapshot:
        """Watch to the end, publishing every change; fetch the dumps then, where that is wanted."""
        if snapshot.phase is not Phase.RUNNING:
            return snapshot
        how = Watch(self._pace, self._patience_s)
        self._watches[snapshot.run_id] = how
        try:
            async for seen in watch(self._client, snapshot, how):
                snapshot = await self._observed(snapshot, seen)
        finally:
            self._watches.pop(snapshot.run_id, None)
        if snapshot.phase is Phase.ENDED:
            self._on_end(snapshot)
        return snapshot

    async def _observed(self, old: RunSnapshot, seen: RunSnapshot) -> RunSnapshot:
        current = self._store.run(seen.run_id)
        seen = replace(
            seen, cancel_requested=seen.cancel_requested or bool(current and current.cancel_requested)
        )
        if seen.phase is Phase.ENDED:
            seen = _with_files(await self._named(seen), old)
        self._store.put_run(seen)
        if (old.phase, old.state, old.verdict) != (seen.phase, seen.state, seen.verdict):
            await asyncio.to_thread(self._journal.observed, seen)
        return seen

    async def _named(self, run: RunSnapshot) -> RunSnapshot:
        """Names from the model's lists for the actions that neither result nor process named (§3.2)."""
        nameless = [a.id for a in run.actions if a.name == a.id]
        if not nameless:
            return run
        names = await self._finder.names(run.target.model, nameless)
        actions = tuple(replace(a, name=names.get(a.id, a.name)) for a in run.actions)
        return replace(run, actions=actions)

    def _usual(self, item: CatalogItem) -> float | None:
        durations = self._journal.durations(item.ref)
        return median(durations) if durations else None

    def intent(
        self, snapshot: RunSnapshot, parameters: Sequence[tuple[str, str]], before: Before | None
    ) -> RunIntent:
        """What the journal keeps of a run before it is started."""
        return RunIntent(
            run_id=snapshot.run_id,
            profile=self._profile.name,
            host=self._profile.api_url,
            target=snapshot.target,
            name=snapshot.name,
            workspace_name=snapshot.workspace_name,
            model_name=snapshot.model_name,
            parameters=dict(parameters),
            known_tasks=tuple(sorted(before.task_ids)) if before else (),
            server_time=before.server_time if before else None,
        )


def _with_files(run: RunSnapshot, old: RunSnapshot) -> RunSnapshot:
    """The run with what is known already of its dumps on disk, which the service cannot tell."""
    files = {a.id: a.dump for a in old.actions if a.dump.path is not None and a.dump.path.exists()}
    actions = tuple(
        replace(a, dump=files[a.id]) if a.id in files and a.dump.available else a for a in run.actions
    )
    return replace(run, actions=actions)
