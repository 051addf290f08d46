"""The one object that screens and commands talk to; it owns what outlives a screen.

A run is driven by a task of the desk's own, one for each Anaplan task however many ask for it, so closing a
screen or cancelling whoever waits changes nothing about the watching. Closing the desk ends the watching and
keeps what was fetched; it never cancels a task of the service.
"""

import asyncio
import logging
import uuid
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.api.errors import AnaplanError, NotFound
from anaplan_tui.api.refs import DumpRef, Kind, TaskRef
from anaplan_tui.core.catalog import CatalogItem, ModelItem, ModelState, Preflight, TaskItem, WorkspaceItem
from anaplan_tui.core.downloads import (
    Connections,
    DownloadRequest,
    Downloads,
    Terms,
    Traces,
    dump_name,
    run_folder,
)
from anaplan_tui.core.finding import Context, Finder
from anaplan_tui.core.journal import Journal, RunIntent
from anaplan_tui.core.polling import Pace
from anaplan_tui.core.preflight import warnings_before
from anaplan_tui.core.report import write_run_json
from anaplan_tui.core.runs import ADOPTED, Before, Watch, find_start, look_before, now, observe, start, watch
from anaplan_tui.core.snapshots import (
    Action,
    Contact,
    DownloadSnapshot,
    Dump,
    Fetch,
    Phase,
    RunSnapshot,
    Verdict,
)
from anaplan_tui.core.store import Store
from anaplan_tui.settings import Profile, Settings

log = logging.getLogger(__name__)


class ReadOnly(Exception):
    """The profile is read-only and the request would change something."""

    def __init__(self, doing: str, profile: str) -> None:
        super().__init__(f'Cannot {doing}: profile "{profile}" is read-only.')


class AlreadyStarting(Exception):
    """The same thing is being started right now; a second start was not sent."""

    def __init__(self, name: str) -> None:
        super().__init__(f'"{name}" is being started already; nothing was sent a second time.')


class NoDumps(Exception):
    """There is nothing to download; the message says why."""


class Desk:
    """Runs, downloads and lists of one profile, with one connection pool and one journal."""

    def __init__(
        self,
        settings: Settings,
        profile: Profile,
        client: AnaplanClient,
        journal: Journal,
        *,
        parts_dir: Path,
        downloads_dir: Path | None = None,
        patience_s: float | None = None,
        auto_capture: bool | None = None,
    ) -> None:
        """Nothing is sent before :meth:`connect`.

        Args:
            parts_dir: where unfinished downloads are kept.
            downloads_dir: instead of the configured directory.
            patience_s: give up watching after this long without contact; ``None`` never does.
            auto_capture: instead of the configured value: fetch the dumps of a run the moment it ends.
        """
        self.settings = settings
        self.profile = profile
        self.client = client
        self.journal = journal
        self.store = Store()
        self.user = ""
        self.context: Context | None = None
        self.finder = Finder(client, journal, profile.name)
        self.downloads_dir = downloads_dir or settings.downloads.directory
        limiter = Connections(settings.downloads.connections)
        self.downloads = Downloads(
            client,
            self.store,
            Terms(parts_dir, limiter, settings.downloads.window),
            service=profile.api_url,
            on_finished=self._download_finished,
        )
        self._pace = Pace(settings.polling.interval, settings.polling.max_interval)
        self._patience_s = patience_s
        self._auto_capture = settings.downloads.auto_capture if auto_capture is None else auto_capture
        self._starting: set[object] = set()
        self._watches: dict[str, Watch] = {}
        self._drivers: dict[str, asyncio.Task[RunSnapshot]] = {}
        self._chores: set[asyncio.Task[Any]] = set()

    # -- the way in and out ------------------------------------------------------------------------

    async def connect(self) -> None:
        """Log in and learn who we are.

        Raises:
            AnaplanError: the service cannot be reached or the login is refused.
        """
        me = await self.client.me()
        self.user = me.email or me.id

    async def aclose(self) -> None:
        """Stop watching and fetching; nothing on the service is touched, parts stay resumable."""
        for driver in self._drivers.values():
            driver.cancel()
        await asyncio.gather(*self._drivers.values(), return_exceptions=True)
        await self.downloads.aclose()
        await asyncio.gather(*self._chores, return_exceptions=True)
        await self.client.aclose()
        await asyncio.to_thread(self.journal.close)

    # -- finding -----------------------------------------------------------------------------------

    async def workspaces(self, *, refresh: bool = False) -> tuple[WorkspaceItem, ...]:
        return await self.finder.workspaces(refresh=refresh)

    async def models(
        self, workspace_id: str | None = None, *, refresh: bool = False
    ) -> tuple[ModelItem, ...]:
        return await self.finder.models(workspace_id, refresh=refresh)

    async def choose(self, workspace: str | None = None, model: str | None = None) -> Context:
        """Work with a model: the named one, else the profile's, else the remembered one, else the only one.

        Raises:
            NoMatch, NoChoice, AnaplanError: see :meth:`Finder.choose`.
        """
        if workspace is None and model is None:
            workspace, model = self.profile.workspace, self.profile.model
            if model is None:
                model = await asyncio.to_thread(self.journal.choice, self.profile.name, "model")
        self.context = await self.finder.choose(workspace, model)
        chosen = self.context.model
        await asyncio.to_thread(self.journal.remember, self.profile.name, "model", chosen.id)
        return self.context

    async def catalog(self, kind: Kind, *, refresh: bool = False) -> tuple[CatalogItem, ...]:
        return await self.finder.catalog(self._model().ref, kind, refresh=refresh)

    async def find(self, wanted: str, kind: Kind = Kind.PROCESS) -> CatalogItem:
        return await self.finder.find(self._model().ref, kind, wanted)

    async def plan(self, item: CatalogItem) -> tuple[Action, ...]:
        return await self.finder.plan(item)

    async def history(self, item: CatalogItem) -> tuple[TaskItem, ...]:
        return await self.finder.history(item)

    async def model_state(self) -> ModelState:
        return await self.finder.model_state(self._model().ref)

    async def preflight(self, item: CatalogItem) -> Preflight:
        """What to say before ``item`` is run: what is going on, what it would overwrite."""
        plan, state = await asyncio.gather(self.finder.plan_if_known(item), self.model_state())
        try:
            history = await self.history(item)
        except AnaplanError:
            history = ()
        remembered = await asyncio.to_thread(self.journal.last_run, item.ref)
        last = remembered.snapshot() if remembered else None
        warnings, busy, unsaved = warnings_before(state, history, last, self._model(), now())
        parameters = await asyncio.to_thread(self.journal.last_parameters, item.ref)
        return Preflight(
            item=item,
            actions=plan,
            usual_s=item.usual_s,
            parameters=tuple(parameters.items()),
            warnings=warnings,
            busy=busy,
            unsaved_run_id=unsaved,
        )

    # -- runs --------------------------------------------------------------------------------------

    async def run(
        self,
        item: CatalogItem,
        *,
        parameters: Sequence[tuple[str, str]] = (),
        wait_until_free: bool = False,
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
        self.refuse_when_read_only(f'run "{item.name}"')
        if item.ref in self._starting:
            raise AlreadyStarting(item.name)
        self._starting.add(item.ref)
        try:
            snapshot = await self._draft(item)
        except BaseException:
            self._starting.discard(item.ref)
            raise
        if on_begin is not None:
            on_begin(snapshot.run_id)
        return await self._drive(
            snapshot.run_id, self._start_and_follow(snapshot, tuple(parameters), wait_until_free)
        )

    async def start(self, item: CatalogItem, *, parameters: Sequence[tuple[str, str]] = ()) -> RunSnapshot:
        """Start ``item`` once and leave it: for those who come back later (``--detach``)."""
        self.refuse_when_read_only(f'run "{item.name}"')
        return await self._start(await self._draft(item), tuple(parameters))

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
        task = await self.client.task(TaskRef(item.ref, task_id))
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

    def unfinished(self) -> tuple[RunSnapshot, ...]:
        """Runs of this profile that were not seen to end, from the journal; put into the store as well."""
        runs = tuple(r.snapshot() for r in self.journal.live(self.profile.name))
        for run in runs:
            self.store.put_run(run)
        return runs

    def recent_runs(self, limit: int = 200) -> tuple[RunSnapshot, ...]:
        """Runs that the journal remembers, newest first."""
        return tuple(r.summary for r in self.journal.recent(self.profile.name, limit))

    async def resume(self, run_id: str) -> RunSnapshot:
        """Go on with a run of the journal: find its task when the start's outcome is unknown, then watch."""
        driver = self._drivers.get(run_id)
        if driver is not None:
            return await asyncio.shield(driver)
        known = await asyncio.to_thread(self.journal.run, run_id)
        if known is None:
            raise NotFound("resume the run", "the journal does not know it")
        snapshot = known.snapshot()
        self.store.put_run(snapshot)
        if snapshot.task_id is not None or snapshot.phase is not Phase.STARTING:
            return await self._drive(run_id, self._follow(snapshot))
        if not await asyncio.to_thread(self.journal.claim, run_id):
            waiting = replace(snapshot, note="Another window of the app on this host is starting it.")
            self.store.put_run(waiting)
            return waiting
        before = Before(frozenset(known.intent.known_tasks), known.intent.server_time)
        return await self._drive(run_id, self._find_and_follow(snapshot, before))

    async def cancel(self, run_id: str) -> None:
        """Ask the service to cancel a run; whoever watches it sees what follows. It may still complete (§6).

        Raises:
            ReadOnly, AnaplanError: nothing was asked for, or the request was refused.
        """
        run = self.store.run(run_id)
        if run is None or run.task is None:
            self._leave_queue(run_id)
            return
        self.refuse_when_read_only(f'cancel "{run.name}"')
        await self.client.cancel(run.task)
        current = self.store.run(run_id) or run
        if current.live:
            self.store.put_run(replace(current, cancel_requested=True))
        if run_id in self._watches:
            self._watches[run_id].wake.set()

    def look_now(self, run_id: str) -> None:
        """Look at a watched run at once instead of at its next due time."""
        if run_id in self._watches:
            self._watches[run_id].wake.set()

    # -- dumps -------------------------------------------------------------------------------------

    def fetch_dumps(self, run_id: str, object_ids: Sequence[str] | None = None) -> tuple[str, ...]:
        """Queue the dumps of a run (or of some of its actions); returns the ids of the downloads.

        Raises:
            NoDumps: with the reason.
        """
        run = self.store.run(run_id)
        if run is None or run.task is None:
            raise NoDumps("This run has no task, so it has no dumps.")
        wanted = [a for a in run.actions if a.dump.available and (object_ids is None or a.id in object_ids)]
        if not wanted:
            raise NoDumps(_why_no_dumps(run, object_ids))
        folder = self.folder(run)
        return tuple(
            self.downloads.enqueue(
                DownloadRequest(
                    source=DumpRef(run.task, action.id),
                    name=action.name,
                    target=folder / dump_name(action.name, action.id),
                    base=self.downloads_dir,
                    run_id=run_id,
                    traces=partial(self._traces, run),
                )
            )
            for action in wanted
        )

    def folder(self, run: RunSnapshot) -> Path:
        """Where the files of a run go (design §1.5)."""
        started = _began(run)
        return run_folder(
            self.downloads_dir,
            run.model_name or run.target.model.model_id,
            run.name,
            started,
            run.task_id or run.run_id,
        )

    def refuse_when_read_only(self, doing: str) -> None:
        if self.profile.read_only:
            raise ReadOnly(doing, self.profile.name)

    # -- how a run is driven -----------------------------------------------------------------------

    async def _draft(self, item: CatalogItem) -> RunSnapshot:
        model = self._model()
        return RunSnapshot(
            run_id=uuid.uuid4().hex,
            target=item.ref,
            name=item.name,
            workspace_name=model.workspace_name,
            model_name=model.name,
            phase=Phase.STARTING,
            usual_s=await asyncio.to_thread(self._usual, item),
            actions=await self.finder.plan_if_known(item),
        )

    async def _known_or_new(self, item: CatalogItem, task_id: str) -> RunSnapshot:
        """The run of a task, as the journal knows it, or a new one for a task that was started elsewhere."""
        known = await asyncio.to_thread(self.journal.by_task, task_id)
        if known is not None and known.intent.target == item.ref:
            run = known.snapshot()
            actions = run.actions or await self.finder.plan_if_known(item)
            return replace(run, phase=Phase.RUNNING, verdict=None, reason="", actions=actions)
        return replace(await self._draft(item), phase=Phase.RUNNING, task_id=task_id)

    async def _remember_attached(self, snapshot: RunSnapshot) -> None:
        if snapshot.task_id and await asyncio.to_thread(self.journal.run, snapshot.run_id) is None:
            intent = self._intent(snapshot, (), None)
            await asyncio.to_thread(self.journal.attached, intent, snapshot.task_id)

    async def _drive(self, run_id: str, work: Coroutine[Any, Any, RunSnapshot]) -> RunSnapshot:
        """Run ``work`` as the desk's own task: one for a run, however many wait for it."""
        if run_id in self._drivers:
            work.close()
        else:
            driver = asyncio.create_task(work, name=f"run {run_id}")
            self._drivers[run_id] = driver
            driver.add_done_callback(lambda _: self._drivers.pop(run_id, None))
        return await asyncio.shield(self._drivers[run_id])

    async def _start_and_follow(
        self, snapshot: RunSnapshot, parameters: tuple[tuple[str, str], ...], wait_until_free: bool
    ) -> RunSnapshot:
        try:
            if wait_until_free:
                snapshot = await self._wait_until_free(snapshot)
                if snapshot.phase is Phase.NOT_STARTED:
                    return snapshot
            started = await self._start(snapshot, parameters)
        finally:
            self._starting.discard(snapshot.target)
        return await self._follow(started)

    async def _start(self, snapshot: RunSnapshot, parameters: tuple[tuple[str, str], ...]) -> RunSnapshot:
        """Journal the intent, send the start once, journal what came of it."""
        self.store.put_run(snapshot)
        try:
            before = await look_before(self.client, snapshot.target)
            await asyncio.to_thread(self.journal.intend, self._intent(snapshot, parameters, before))
            started = await start(
                self.client,
                snapshot,
                before,
                locale=self.profile.locale,
                parameters=parameters,
                pace=self._pace,
                on_change=self.store.put_run,
            )
        except AnaplanError as error:
            refused = replace(snapshot, phase=Phase.NOT_STARTED, reason=str(error))
            self.store.put_run(refused)
            await asyncio.to_thread(self.journal.refused, snapshot.run_id, str(error))
            raise
        await self._settle_start(started)
        return started

    async def _settle_start(self, started: RunSnapshot) -> None:
        self.store.put_run(started)
        if started.task_id is not None:
            adopted = started.note == ADOPTED
            await asyncio.to_thread(self.journal.started, started.run_id, started.task_id, adopted)
        else:
            await asyncio.to_thread(
                self.journal.unknown_start, started.run_id, started.candidates, started.reason
            )

    async def _find_and_follow(self, snapshot: RunSnapshot, before: Before) -> RunSnapshot:
        found = await find_start(self.client, snapshot, before, pace=self._pace)
        await self._settle_start(found)
        return await self._follow(found)

    async def _follow(self, snapshot: RunSnapshot) -> RunSnapshot:
        """Watch to the end, publishing every change; fetch the dumps then, where that is wanted."""
        if snapshot.phase is not Phase.RUNNING:
            return snapshot
        how = Watch(self._pace, self._patience_s)
        self._watches[snapshot.run_id] = how
        try:
            async for seen in watch(self.client, snapshot, how):
                snapshot = await self._observed(snapshot, seen)
        finally:
            self._watches.pop(snapshot.run_id, None)
        if self._auto_capture and any(a.dump.available for a in snapshot.actions):
            self.fetch_dumps(snapshot.run_id)
        return self.store.run(snapshot.run_id) or snapshot

    async def _observed(self, old: RunSnapshot, seen: RunSnapshot) -> RunSnapshot:
        current = self.store.run(seen.run_id)
        seen = replace(
            seen, cancel_requested=seen.cancel_requested or bool(current and current.cancel_requested)
        )
        if seen.phase is Phase.ENDED:
            seen = _with_files(await self._named(seen), old)
        self.store.put_run(seen)
        if (old.phase, old.state, old.verdict) != (seen.phase, seen.state, seen.verdict):
            await asyncio.to_thread(self.journal.observed, seen)
        return seen

    async def _named(self, run: RunSnapshot) -> RunSnapshot:
        """Names from the model's lists for the actions that neither result nor process named (§3.2)."""
        nameless = [a.id for a in run.actions if a.name == a.id]
        if not nameless:
            return run
        names = await self.finder.names(run.target.model, nameless)
        actions = tuple(replace(a, name=names.get(a.id, a.name)) for a in run.actions)
        return replace(run, actions=actions)

    async def _wait_until_free(self, snapshot: RunSnapshot) -> RunSnapshot:
        """Hold the start back while the model is busy; leaving the queue ends it unsent."""
        how = self._watches.setdefault(snapshot.run_id, Watch(self._pace))
        try:
            while True:
                state = await self.finder.model_state(snapshot.target.model)
                if not state.busy:
                    return replace(snapshot, phase=Phase.STARTING, note="")
                waiting = replace(
                    snapshot,
                    phase=Phase.WAITING,
                    note=f"Starts as soon as the model is free: {state.what}",
                    contact=Contact(now()),
                )
                self.store.put_run(waiting)
                try:
                    await asyncio.wait_for(how.wake.wait(), self._pace.interval * 2)
                except TimeoutError:
                    continue
                left = replace(snapshot, phase=Phase.NOT_STARTED, reason="left the queue; nothing was sent")
                self.store.put_run(left)
                return left
        finally:
            self._watches.pop(snapshot.run_id, None)

    def _leave_queue(self, run_id: str) -> None:
        run = self.store.run(run_id)
        if run is not None and run.phase is Phase.WAITING and run_id in self._watches:
            self._watches[run_id].wake.set()

    # -- what a finished download changes ----------------------------------------------------------

    def _download_finished(self, download: DownloadSnapshot) -> None:
        """Tell the run, ``run.json`` and the journal about a download that ended."""
        run = self.store.run(download.run_id) if download.run_id else None
        if run is not None and isinstance(download.source, DumpRef):
            object_id = download.source.object_id
            run = replace(
                run,
                actions=tuple(
                    replace(a, dump=_fetched(a.dump, download)) if a.id == object_id else a
                    for a in run.actions
                ),
            )
            self.store.put_run(run)
        chore = asyncio.create_task(self._record(run, download))
        self._chores.add(chore)
        chore.add_done_callback(self._chores.discard)

    async def _record(self, run: RunSnapshot | None, download: DownloadSnapshot) -> None:
        if run is not None and download.path is not None:
            try:
                await asyncio.to_thread(write_run_json, download.path.parent, run)
            except OSError as error:
                log.warning("run.json not written beside %s: %s", download.path, error)
        if download.state is Fetch.DONE:
            await asyncio.to_thread(self.journal.dump_saved, download.run_id, download)

    async def _traces(self, run: RunSnapshot) -> Traces:
        """What the journal can say about a dump that the service no longer has (§7.4)."""
        last = await asyncio.to_thread(self.journal.last_run, run.target)
        known = await asyncio.to_thread(self.journal.run, run.run_id)
        later = last is not None and last.run_id != run.run_id and last.created_at > _began(run)
        own = known is not None and not known.adopted
        return Traces(ended_at=run.ended_at, later_run=True if later else None, own_run=True if own else None)

    async def settled(self, download_ids: Sequence[str]) -> tuple[DownloadSnapshot, ...]:
        """Wait until downloads have ended, and what they change is on disk."""
        ended = await self.downloads.wait(download_ids)
        await asyncio.gather(*tuple(self._chores))
        return ended

    # -- small things ------------------------------------------------------------------------------

    def _model(self) -> ModelItem:
        if self.context is None:
            raise NotFound("do this", "no model is chosen")
        return self.context.model

    def _usual(self, item: CatalogItem) -> float | None:
        durations = self.journal.durations(item.ref)
        return median(durations) if durations else None

    def _intent(
        self, snapshot: RunSnapshot, parameters: Sequence[tuple[str, str]], before: Before | None
    ) -> RunIntent:
        return RunIntent(
            run_id=snapshot.run_id,
            profile=self.profile.name,
            host=self.profile.api_url,
            target=snapshot.target,
            name=snapshot.name,
            workspace_name=snapshot.workspace_name,
            model_name=snapshot.model_name,
            parameters=dict(parameters),
            known_tasks=tuple(sorted(before.task_ids)) if before else (),
            server_time=before.server_time if before else None,
        )


def _began(run: RunSnapshot) -> datetime:
    return run.started_at or run.contact.last_at or now()


def _fetched(dump: Dump, download: DownloadSnapshot) -> Dump:
    if download.state is Fetch.DONE:
        return replace(
            dump,
            path=download.path,
            bytes=download.bytes_done,
            sha256=download.sha256,
            chunks=download.chunks_total,
            error=None,
        )
    return replace(dump, error=download.problem or download.state.value)


def _with_files(run: RunSnapshot, old: RunSnapshot) -> RunSnapshot:
    """The run with what is known already of its dumps on disk, which the service cannot tell."""
    files = {a.id: a.dump for a in old.actions if a.dump.path is not None and a.dump.path.exists()}
    actions = tuple(
        replace(a, dump=files[a.id]) if a.id in files and a.dump.available else a for a in run.actions
    )
    return replace(run, actions=actions)


def _why_no_dumps(run: RunSnapshot, object_ids: Sequence[str] | None) -> str:
    if run.live:
        return "The run has not ended; Anaplan tells about dumps when it has."
    if object_ids:
        return (
            "This action has no dump: only imports that rejected rows or loaded them with warnings have one."
        )
    if run.verdict is Verdict.UNKNOWN:
        return "The result of this run is unknown, and with it its dumps."
    return "No action of this run has a dump."
