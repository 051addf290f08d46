"""The one object that screens and commands talk to; it owns what outlives a screen.

It puts the parts together: lists come from the finder, runs from the driver and the queue, files from the
capture. What needs several of them is decided here, such as what to say before a run; what a part does alone
is asked of the part: ``desk.runs.attach``, ``desk.dumps.settled``. Closing it never cancels a task of the
service.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.api.errors import AnaplanError
from anaplan_tui.api.quota import Quota
from anaplan_tui.api.refs import Kind, TargetRef
from anaplan_tui.config.settings import Profile, Settings
from anaplan_tui.core.catalog import (
    CatalogItem,
    Context,
    ModelItem,
    ModelState,
    TaskItem,
    WorkspaceItem,
)
from anaplan_tui.core.clock import now
from anaplan_tui.core.dumps.capture import Capture
from anaplan_tui.core.dumps.files import changed_since_fetched
from anaplan_tui.core.dumps.refusals import NoDumps
from anaplan_tui.core.finding.chosen import ChosenModel
from anaplan_tui.core.finding.finder import Finder, is_target_id
from anaplan_tui.core.history.budget import Steady
from anaplan_tui.core.history.by_model import Histories
from anaplan_tui.core.history.history import History
from anaplan_tui.core.journal.journal import Journal, Owner
from anaplan_tui.core.journal.last_known import KnownList, LastKnown
from anaplan_tui.core.journal.records import same_service
from anaplan_tui.core.journal.usual import usual_s
from anaplan_tui.core.runs.driver import AlreadyStarting, Driver, ReadOnly
from anaplan_tui.core.runs.last_dumps import LastDumps
from anaplan_tui.core.runs.notices import run_notify_command
from anaplan_tui.core.runs.polling import Pace
from anaplan_tui.core.runs.preflight import Preflight, warnings_before
from anaplan_tui.core.runs.queue import RunQueue
from anaplan_tui.core.runs.readiness import Readiness
from anaplan_tui.core.sign_in.operator import SignIn
from anaplan_tui.core.snapshots import Action, DownloadSnapshot, Origin, Phase, RunSnapshot
from anaplan_tui.core.store import Snapshot, Store, UnknownRun
from anaplan_tui.core.transfers.threads import in_thread
from anaplan_tui.core.uploads import Uploads, UploadTerms
from anaplan_tui.core.uploads.in_force import UploadsInForce, in_force_words
from anaplan_tui.core.uploads.prepared import Prepared, Sources
from anaplan_tui.core.verdict.judge import TERMINAL

if TYPE_CHECKING:
    from anaplan_tui.core.bundle import Bundle
    from anaplan_tui.core.merging import Merged
    from anaplan_tui.core.runbooks.planning import Planner
    from anaplan_tui.core.runbooks.playing import Player
    from anaplan_tui.core.runbooks.rest import Part

log = logging.getLogger(__name__)

__all__ = ["AlreadyStarting", "Context", "Desk", "NoDumps", "ReadOnly"]


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
        uploads_dir: Path,
        work_dir: Path,
        sign_in: SignIn | None = None,
        downloads_dir: Path | None = None,
        patience_s: float | None = None,
        auto_capture: bool | None = None,
    ) -> None:
        """Nothing is sent before :meth:`connect`.

        Args:
            parts_dir: where unfinished downloads are kept.
            uploads_dir: where unfinished uploads are remembered.
            work_dir: for what a triage puts on disk while it works.
            sign_in: where the client's login says what it needs somebody for.
            downloads_dir: instead of the configured directory.
            patience_s: give up watching after this long without contact; ``None`` never does.
            auto_capture: instead of the configured value: fetch the dumps of a run the moment it ends.
        """
        self.settings = settings
        self.profile = profile
        self.client = client
        self.journal = journal
        self.sign_in = sign_in or SignIn()
        self.store = Store()
        self.user = ""
        self.last_known = LastKnown(journal, profile.name, profile.api_url)
        self.finder = Finder(client, journal, profile.name, self.last_known)
        self.chosen = ChosenModel(profile, self.finder, journal, self.last_known)
        self.dumps = Capture(
            client,
            journal,
            self.store,
            settings.downloads,
            service=profile.api_url,
            parts_dir=parts_dir,
            directory=downloads_dir or settings.downloads.directory,
        )
        self.downloads = self.dumps.downloads
        self.pace = pace = Pace(settings.polling.interval, settings.polling.max_interval)
        self.readiness = Readiness(profile, client, self.finder, pace)
        self.runs = Driver(
            profile,
            client,
            journal,
            self.store,
            self.finder,
            pace,
            self.readiness,
            patience_s=patience_s,
            on_end=self._run_ended,
        )
        self._last_dumps = LastDumps(client, journal, self.runs)
        self.histories = Histories(client, self.finder, journal, settings.history, profile)
        self.queue = RunQueue(self.runs, self.finder, journal, self.store, pace)
        self.sources = Sources(client, self.finder)
        terms = UploadTerms(uploads_dir, profile.api_url, profile.auth.username or profile.name)
        self.in_force = UploadsInForce(journal, self.finder, self.store, self._owner, self.chosen.name_of)
        self.uploads = Uploads(client, terms, self.store.put_upload, on_sent=self.in_force.sent)
        self._work_dir = work_dir
        self._notices: set[asyncio.Task[bool]] = set()
        self._seen_live: set[str] = set()
        self.store.subscribe(self._capture_ended)
        self.store.subscribe(self.in_force.see)
        self._auto_capture = settings.downloads.auto_capture if auto_capture is None else auto_capture

    # -- runbooks, whose models take a tenth of a command's start to import ------------------------

    @cached_property
    def planner(self) -> "Planner":
        """Finds what a runbook names."""
        from anaplan_tui.core.runbooks.planning import Planner

        return Planner(self.profile, self.finder, self.sources, self.preflight, self.readiness)

    @cached_property
    def player(self) -> "Player":
        """Plays runbooks."""
        from anaplan_tui.core.runbooks.performing import Performer
        from anaplan_tui.core.runbooks.playing import Player

        performer = Performer(
            self.runs,
            self.sources,
            self.uploads,
            self.dumps,
            self.journal,
            self.store,
            self.readiness,
        )
        return Player(
            self.runs,
            performer,
            self.journal,
            self.store,
            profile=self.profile.name,
            service=self.profile.api_url,
        )

    # -- the way in and out ------------------------------------------------------------------------

    async def connect(self) -> None:
        """Log in and learn who we are.

        Raises:
            AnaplanError: the service cannot be reached or the login is refused.
        """
        self.client.allow_login()
        me = await self.client.me()
        self.user = me.email or me.id

    def keep_steady(self, per_minute: int) -> None:
        """Send no more than so many requests in any minute, whatever they are for; before the first one."""
        quota = Quota(per_minute)
        self.client.keep_to(quota)
        self.histories.budget = Steady(self.settings.history.requests_per_minute, quota)

    async def aclose(self) -> None:
        """Stop watching and fetching; nothing on the service is touched, parts stay resumable."""
        await self.histories.aclose()
        await self.queue.aclose()
        if "player" in vars(self):
            await self.player.aclose()
        await self.runs.aclose()
        await self.dumps.aclose()
        await self.uploads.aclose()
        await self.in_force.aclose()
        await asyncio.gather(*self._notices)
        await self.client.aclose()
        await asyncio.to_thread(self.journal.close)

    # -- finding -----------------------------------------------------------------------------------

    async def workspaces(self, *, refresh: bool = False) -> tuple[WorkspaceItem, ...]:
        """The workspaces that the user may see."""
        return await self.finder.workspaces(refresh=refresh)

    async def models(
        self, workspace_id: str | None = None, *, refresh: bool = False
    ) -> tuple[ModelItem, ...]:
        """The models of a workspace, or of all."""
        return await self.finder.models(workspace_id, refresh=refresh)

    @property
    def context(self) -> Context | None:
        """The workspace and the model that are worked in; ``None`` before one is chosen."""
        return self.chosen.context

    async def choose(self, workspace: str | None = None, model: str | None = None) -> Context:
        """See :meth:`ChosenModel.choose`."""
        return await self.chosen.choose(workspace, model)

    async def find_by_id(self, wanted: str, kind: Kind) -> CatalogItem:
        """What ``wanted`` means: an id is taken as it is, a name looked up; see :meth:`tell_what_is_missing`.

        Raises:
            NoMatch, AnaplanError: see :meth:`find`.
        """
        if not is_target_id(wanted):
            return await self.find(wanted, kind)
        return await self.finder.by_id(TargetRef(self.chosen.model.ref, kind, wanted))

    async def read_by_id(self, wanted: str, kind: Kind) -> CatalogItem:
        """See :meth:`Finder.read_by_id`."""
        return await self.finder.read_by_id(self.chosen.model.ref, kind, wanted)

    async def tell_what_is_missing(self, item: CatalogItem) -> None:
        """After a "not found" to ids that were taken as they are: which of them it is, and what there is.

        Raises:
            NoMatch, AnaplanError: the workspace, the model or ``item`` is not there, or cannot be seen.
        """
        await self.choose()
        await self.find(item.id, item.ref.kind)

    def is_listed(self, kind: Kind) -> bool:
        """Whether the service listed them in this session."""
        return self.finder.is_listed(self.chosen.model.ref, kind)

    async def known_catalog(self, kind: Kind) -> KnownList | None:
        """See :meth:`Finder.known_catalog`."""
        return await self.finder.known_catalog(self.chosen.model.ref, kind)

    async def is_new_here(self) -> bool:
        """Whether nothing was ever opened or run from here with this profile, as far as the journal knows."""
        if await self.chosen.last_opened(Kind.PROCESS) is not None:
            return False
        return all(run.origin is not Origin.HERE for run in (*self.store.runs, *await self.recent_runs(20)))

    async def catalog(self, kind: Kind, *, refresh: bool = False) -> tuple[CatalogItem, ...]:
        """What of one kind can be run in the model."""
        return await self.finder.catalog(self.chosen.model.ref, kind, refresh=refresh)

    async def find(self, wanted: str, kind: Kind = Kind.PROCESS) -> CatalogItem:
        """What a name or an id means in the model. Raises :class:`NoMatch`."""
        return await self.finder.find(self.chosen.model.ref, kind, wanted)

    async def plan(self, item: CatalogItem) -> tuple[Action, ...]:
        """The actions of a process, in their order."""
        return await self.finder.plan(item)

    async def solution_log(self, run: RunSnapshot, action: Action) -> str:
        """What the optimizer said of an action of a run; see :meth:`AnaplanClient.solution_log`.

        Raises:
            AnaplanError: it is not to be had.
        """
        if run.task is None:
            return ""
        return await self.client.solution_log(run.task, action.id)

    async def tasks(self, item: CatalogItem) -> tuple[TaskItem, ...]:
        """The tasks that the service holds of something, newest first."""
        return await self.finder.tasks(item)

    async def parts_of(self, item: CatalogItem, last: RunSnapshot | None = None) -> "tuple[Part, ...]":
        """The actions of a process, to be chosen from.

        ``last`` is the run that says what each did, else the newest that is known.
        """
        from anaplan_tui.core.runbooks.rest import parts_of

        listed = {kind: await self.catalog(kind) for kind in (Kind.IMPORT, Kind.EXPORT, Kind.ACTION)}
        ids = {kind: frozenset(one.id for one in items) for kind, items in listed.items()}
        return parts_of(await self.plan(item), last or await self._newest_ended(item), ids)

    async def _newest_ended(self, item: CatalogItem) -> RunSnapshot | None:
        known = await asyncio.to_thread(self.journal.last_of_ours, item.ref)
        try:
            ended = next((task for task in await self.tasks(item) if task.state in TERMINAL), None)
            if ended is not None and (known is None or known.summary.task_id != ended.task_id):
                return await self.runs.report(item, ended.task_id)
        except AnaplanError as error:
            log.info("what the actions of %s did last: %s", item.name, error)
        return known.snapshot() if known is not None else None

    @property
    def history(self) -> History:
        """What everybody runs in the model that is worked in.

        Raises:
            NoModel: none is chosen.
        """
        return self.histories.of(self.chosen.model)

    def keep_history(self) -> None:
        """Keep the chosen model's history up from now on, and no other one's; see :attr:`history`."""
        self.histories.keep(self.chosen.model)

    async def model_state(self) -> ModelState:
        """Whether the model is open, and what it is at work with."""
        return await self.finder.model_state(self.chosen.model.ref)

    async def preflight(self, item: CatalogItem, *, waits: bool = False) -> Preflight:
        """What to say before ``item`` is run: what is going on, what it would overwrite.

        ``waits``: it will not be sent before the model is free.
        """
        model = self.finder.model_of(item.ref.model)
        plan, state = await asyncio.gather(
            self.finder.plan_if_known(item), self.finder.model_state(item.ref.model)
        )
        try:
            history = await self.tasks(item)
        except AnaplanError:
            history = ()
        at_risk = await self._last_dumps.run_at_risk(item, history, now())
        found = await asyncio.to_thread(warnings_before, state, history, at_risk, model, now(), waits=waits)
        parameters = await asyncio.to_thread(self.journal.last_parameters, item.ref)
        took = await asyncio.to_thread(self.journal.durations, item.ref)
        in_force = await self.in_force.read_by(item.ref.model, plan)
        return Preflight(
            item=item,
            actions=plan,
            # The list may be older than the last run of it.
            usual_s=usual_s(took) or item.usual_s,
            parameters=tuple(parameters.items()),
            warnings=found.sentences,
            busy=found.busy,
            unsaved_task_id=found.unsaved_task_id,
            uploads=tuple(in_force_words(upload, now()) for upload in in_force),
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
        """Start ``item`` once, now or when its turn in the queue comes, and watch it to its end.

        See :meth:`Driver.run`.
        """
        if wait_until_free:
            return await self.queue.run(item, parameters=parameters, on_begin=on_begin)
        return await self.runs.run(item, parameters=parameters, on_begin=on_begin)

    async def report_for_dumps(self, item: CatalogItem, task_id: str) -> RunSnapshot:
        """A run by its task, for its dumps: names are asked for beside the first list of chunks.

        Files are called by them, and of ids nothing else may be known.
        """
        run = await self.runs.report(item, task_id, names=False)
        is_nameless = run.name == run.target.id or any(a.name == a.id for a in run.actions)
        if run.live or run.target.kind is not Kind.PROCESS or not is_nameless:
            return run
        self.dumps.ask_ahead(run)
        return await self.runs.name_actions(run)

    async def cancel(self, run_id: str) -> None:
        """Cancel a run on the service, or take one that still waits out of the queue.

        See :meth:`Driver.cancel`.
        """
        if not await self.queue.leave(run_id):
            await self.runs.cancel(run_id)

    async def unfinished(self) -> tuple[RunSnapshot, ...]:
        """Runs of this profile that were not seen to end, from the journal; put into the store as well.

        Those that waited for their turn are put back into the queue, which stands still until
        :meth:`RunQueue.release`; the others are for :meth:`Driver.resume`. A profile that was given another
        host leaves alone what it ran on the one before: that one's tasks are not known there.
        """
        live = await asyncio.to_thread(self.journal.live, self.profile.name)
        runs = [run for run in live if same_service(run.intent.host, self.profile.api_url)]
        for run in runs:
            self.in_force.is_ours(run.run_id)
            if self.store.run(run.run_id) is None:
                self.store.put_run(run.snapshot())
        await self.queue.restore([r for r in runs if r.summary.phase is Phase.WAITING])
        return tuple(r.snapshot() for r in runs if r.summary.phase is not Phase.WAITING)

    async def recent_runs(self, limit: int = 200) -> tuple[RunSnapshot, ...]:
        """Runs that the journal remembers, newest first."""
        remembered = await asyncio.to_thread(self.journal.recent, self.profile.name, limit)
        return tuple(r.summary for r in remembered)

    async def recall(self, run_id: str) -> RunSnapshot | None:
        """A run as the journal knows it, with its actions; put into the store unless it is there already."""
        known = self.store.run(run_id)
        if known is None:
            remembered = await asyncio.to_thread(self.journal.run, run_id)
            if remembered is not None:
                known = remembered.snapshot()
                self.store.put_run(known)
        return known

    # -- dumps -------------------------------------------------------------------------------------

    async def resume_downloads(self) -> tuple[DownloadSnapshot, ...]:
        """See :meth:`Capture.resume_wanted`; for the app, which is opened again."""
        return await self.dumps.resume_wanted(self.profile.name)

    async def run_before(self, run: RunSnapshot) -> RunSnapshot | None:
        """The run of the same target that ended last before ``run``, from the journal."""
        before = await asyncio.to_thread(self.journal.run_before, run)
        return before.snapshot() if before else None

    async def usual_s(self, run: RunSnapshot) -> float | None:
        """How long other runs of its target took."""
        return usual_s(await asyncio.to_thread(self.journal.durations, run.target, besides=run.run_id))

    async def was_run_since(self, run: RunSnapshot) -> bool:
        """Whether the same target was run again from here after ``run``.

        A later run of others says nothing: it takes the dumps of this one only if its user is the same.
        """
        last = await asyncio.to_thread(self.journal.last_of_ours, run.target)
        began = last.summary.started_at if last is not None else None
        return (
            last is not None
            and last.summary.task_id != run.task_id
            and began is not None
            and run.started_at is not None
            and began > run.started_at
        )

    async def hand_over(self, run_id: str, path: Path, *, overwrite: bool = False) -> "Bundle":
        """Write a run that ended, its dumps and what is wrong with them into one file, for the data's owner.

        Raises:
            UnknownRun: the store does not hold it.
            BundleFailed: the run has not ended, or the file could not be written.
        """
        # Here, because it brings the triage along, which most sessions never need.
        from anaplan_tui.core.bundle.handover import hand_over

        run = self.store.run(run_id)
        if run is None:
            raise UnknownRun("write the bundle", "the run is not known")
        before = await self.run_before(run)
        loop, model = asyncio.get_running_loop(), run.target.model

        def encoding_of(action: Action) -> str | None:
            if action.kind != Kind.IMPORT.value:
                return None
            asked = self.sources.form_in_time(TargetRef(model, Kind.IMPORT, action.id))
            form = asyncio.run_coroutine_threadsafe(asked, loop).result()
            return form.encoding if form is not None else None

        return await asyncio.to_thread(
            hand_over, path, run, before, self._work_dir, encoding_of, overwrite=overwrite
        )

    # -- source files ------------------------------------------------------------------------------

    async def prepare_upload(self, wanted: str, path: Path) -> Prepared:
        """See :meth:`Sources.prepare`; a file that was fetched is compared with what it was then."""
        prepared = await self.sources.prepare(self.chosen.model.ref, wanted, path)
        return replace(prepared, origin=await asyncio.to_thread(changed_since_fetched, self.journal, path))

    async def merge(self, wanted: str, source: Path, corrected: Path) -> "Merged":
        """Put corrected rows into the local file ``source``, as a new file beside it, to be uploaded whole.

        Raises:
            MergeRefused: the rows do not fit the source's lines, or no longer what was saved; it says which.
            NoMatch, UploadRefused, AnaplanError: as :meth:`Sources.prepare`.
        """
        from anaplan_tui.core.merging import merge, source_form

        prepared = await self.sources.prepare(self.chosen.model.ref, wanted, source)
        return await in_thread(
            lambda: merge(source, corrected, source_form(prepared.source, prepared.expected))
        )

    async def last_source(self, wanted: str) -> Path | None:
        """The local file that was last uploaded as this file, while that is in force and it is there."""
        model = self.chosen.model.ref
        uploads = [u for u in await self.in_force.all() if u.file.model == model]
        found = next((u.source for u in uploads if wanted in (u.file.file_id, u.name)), None)
        return found if found is not None and await asyncio.to_thread(found.is_file) else None

    def upload(self, prepared: Prepared, run_id: str | None = None) -> str:
        """Queue an upload; returns its id.

        Raises:
            ReadOnly: the profile does not allow it.
        """
        self.runs.refuse_when_read_only(f'upload "{prepared.source.name}"')
        return self.uploads.enqueue(prepared.request(run_id))

    def _owner(self) -> Owner:
        return Owner(self.profile.api_url, self.user)

    def _run_ended(self, run: RunSnapshot) -> None:
        if self.settings.notify_command:
            notice = asyncio.create_task(run_notify_command(self.settings.notify_command, run))
            self._notices.add(notice)
            notice.add_done_callback(self._notices.discard)

    def _capture_ended(self, snapshot: Snapshot) -> None:
        """Queue the dumps of a run as soon as the store sees that it ended.

        That is before its end is in the journal, where nobody would look for a run that ended: a death of the
        app in between leaves a run that goes on to be watched, not one whose dumps are forgotten.
        """
        if not self._auto_capture or not isinstance(snapshot, RunSnapshot):
            return
        if snapshot.live:
            self._seen_live.add(snapshot.run_id)
        elif snapshot.run_id in self._seen_live:
            self._seen_live.discard(snapshot.run_id)
            if snapshot.task_id and any(action.dump.available for action in snapshot.actions):
                self.dumps.fetch_dumps(snapshot.run_id)
