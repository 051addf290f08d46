"""The desk: the one object that screens and commands talk to; it owns everything that outlives a screen.

The desk puts the parts together and decides nothing itself: lists come from the finder, runs from the driver
and the queue, files from the capture. Callers ask a part directly for what it does alone
(``desk.runs.attach``, ``desk.remembered.recall``). The desk's own methods concern the chosen model or need
several parts. Closing the desk never cancels a task of the service.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.api.quota import Quota
from anaplan_tui.api.refs import Kind, TargetRef
from anaplan_tui.config.settings import Profile, Settings
from anaplan_tui.core.catalog import (
    CatalogItem,
    Context,
    ModelState,
)
from anaplan_tui.core.dumps.auto_capture import AutoCapture
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
from anaplan_tui.core.runs.before import BeforeRuns
from anaplan_tui.core.runs.driver import AlreadyStarting, Driver, ReadOnly
from anaplan_tui.core.runs.last_dumps import LastDumps
from anaplan_tui.core.runs.notices import Notices
from anaplan_tui.core.runs.polling import PollingPace
from anaplan_tui.core.runs.queue import RunQueue
from anaplan_tui.core.runs.readiness import Readiness
from anaplan_tui.core.runs.remembered import Remembered
from anaplan_tui.core.sign_in.operator import SignIn
from anaplan_tui.core.snapshots import Action, DownloadSnapshot, Phase, RunSnapshot
from anaplan_tui.core.store import Store, UnknownRun
from anaplan_tui.core.transfers.threads import in_thread
from anaplan_tui.core.uploads import Uploads, UploadTerms
from anaplan_tui.core.uploads.in_force import UploadsInForce
from anaplan_tui.core.uploads.prepared import Prepared, Sources

if TYPE_CHECKING:
    from anaplan_tui.core.bundle import Bundle
    from anaplan_tui.core.merging import Merged
    from anaplan_tui.core.runbooks.planning import Planner
    from anaplan_tui.core.runbooks.playing import Player
    from anaplan_tui.core.runbooks.rest_parts import ProcessParts

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
        """Put the parts together; nothing is sent before :meth:`connect`.

        Args:
            parts_dir: where unfinished downloads are kept.
            uploads_dir: where unfinished uploads are recorded.
            work_dir: for a triage's temporary files.
            sign_in: where the client's login asks for the operator.
            downloads_dir: overrides the configured directory.
            patience_s: give up watching after this many seconds without contact; ``None``: never give up.
            auto_capture: overrides the configured value: fetch a run's dumps the moment it ends.
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
        self._notices = Notices(settings.notify_command)
        self.pace = pace = PollingPace(settings.polling.interval, settings.polling.max_interval)
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
            on_end=self._notices.run_ended,
        )
        self.remembered = Remembered(profile, journal, self.store, self.chosen)
        self.histories = Histories(client, self.finder, journal, settings.history, profile)
        self.queue = RunQueue(self.runs, self.finder, journal, self.store, pace)
        self.sources = Sources(client, self.finder)
        terms = UploadTerms(uploads_dir, profile.api_url, profile.auth.username or profile.name)
        self.in_force = UploadsInForce(journal, self.finder, self.store, self._owner, self.chosen.name_of)
        self.uploads = Uploads(client, terms, self.store.put_upload, on_sent=self.in_force.sent)
        self._work_dir = work_dir
        self.before = BeforeRuns(self.finder, journal, LastDumps(client, journal, self.runs), self.in_force)
        is_auto = settings.downloads.auto_capture if auto_capture is None else auto_capture
        self.auto_capture = AutoCapture(self.dumps, on=is_auto)
        self.store.subscribe(self.auto_capture.see)
        self.store.subscribe(self.in_force.see)

    # -- runbooks: importing their models takes a tenth of a command's start -----------------------

    @cached_property
    def planner(self) -> "Planner":
        """Finds the targets and files that a runbook names."""
        from anaplan_tui.core.runbooks.planning import Planner

        return Planner(self.profile, self.finder, self.sources, self.before.preflight, self.readiness)

    @cached_property
    def process_parts(self) -> "ProcessParts":
        """Lists the actions of a process, to choose some of them."""
        from anaplan_tui.core.runbooks.rest_parts import ProcessParts

        return ProcessParts(self.finder, self.journal, self.runs)

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

    # -- connecting and closing --------------------------------------------------------------------

    async def connect(self) -> None:
        """Log in and learn the user's name.

        Raises:
            AnaplanError: the service cannot be reached or the login is refused.
        """
        self.client.allow_login()
        me = await self.client.me()
        self.user = me.email or me.id

    def keep_steady(self, per_minute: int) -> None:
        """Limit all requests to ``per_minute`` in any minute; call it before the first one."""
        quota = Quota(per_minute)
        self.client.keep_to(quota)
        self.histories.budget = Steady(self.settings.history.requests_per_minute, quota)

    async def aclose(self) -> None:
        """Stop watching and fetching; tasks of the service continue, and partial downloads stay resumable."""
        await self.histories.aclose()
        await self.queue.aclose()
        if "player" in vars(self):
            await self.player.aclose()
        await self.runs.aclose()
        await self.dumps.aclose()
        await self.uploads.aclose()
        await self.in_force.aclose()
        await self._notices.aclose()
        await self.client.aclose()
        await asyncio.to_thread(self.journal.close)

    # -- finding -----------------------------------------------------------------------------------

    @property
    def context(self) -> Context | None:
        """The chosen model and its workspace; ``None`` before one is chosen."""
        return self.chosen.context

    async def find_by_id(self, wanted: str, kind: Kind) -> CatalogItem:
        """Return the target of an id without a look-up, or look a name up; see :meth:`tell_what_is_missing`.

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
        """Find out which id a "not found" is about, after ids were used without a look-up.

        Raises:
            NoMatch, AnaplanError: the workspace, the model or ``item`` does not exist, or the user cannot see
                it; ``NoMatch`` lists what exists.
        """
        await self.chosen.choose()
        await self.find(item.id, item.ref.kind)

    def is_listed(self, kind: Kind) -> bool:
        """Whether the service has listed the targets of this kind in this session."""
        return self.finder.is_listed(self.chosen.model.ref, kind)

    async def known_catalog(self, kind: Kind) -> KnownList | None:
        """See :meth:`Finder.known_catalog`."""
        return await self.finder.known_catalog(self.chosen.model.ref, kind)

    async def catalog(self, kind: Kind, *, refresh: bool = False) -> tuple[CatalogItem, ...]:
        """Return everything of one kind that can be run in the model."""
        return await self.finder.catalog(self.chosen.model.ref, kind, refresh=refresh)

    async def find(self, wanted: str, kind: Kind = Kind.PROCESS) -> CatalogItem:
        """Return the target that a name or an id means in the model. Raises :class:`NoMatch`."""
        return await self.finder.find(self.chosen.model.ref, kind, wanted)

    async def solution_log(self, run: RunSnapshot, action: Action) -> str:
        """Return the optimizer's log of an action; empty for a run without a task.

        See :meth:`AnaplanClient.solution_log`.

        Raises:
            AnaplanError: the log cannot be fetched.
        """
        if run.task is None:
            return ""
        return await self.client.solution_log(run.task, action.id)

    @property
    def history(self) -> History:
        """The runs of all users in the chosen model.

        Raises:
            NoModel: no model is chosen.
        """
        return self.histories.of(self.chosen.model)

    def keep_history(self) -> None:
        """Keep the chosen model's history current from now on, and no other's; see :attr:`history`."""
        self.histories.keep(self.chosen.model)

    async def model_state(self) -> ModelState:
        """Return whether the model is open, and which work it is busy with."""
        return await self.finder.model_state(self.chosen.model.ref)

    # -- runs --------------------------------------------------------------------------------------

    async def run(
        self,
        item: CatalogItem,
        *,
        parameters: Sequence[tuple[str, str]] = (),
        wait_until_free: bool = False,
        on_begin: Callable[[str], None] | None = None,
    ) -> RunSnapshot:
        """Start ``item`` once, now or at its turn in the queue, and watch it to its end.

        See :meth:`Driver.run`.
        """
        if wait_until_free:
            return await self.queue.run(item, parameters=parameters, on_begin=on_begin)
        return await self.runs.run(item, parameters=parameters, on_begin=on_begin)

    async def report_for_dumps(self, item: CatalogItem, task_id: str) -> RunSnapshot:
        """Report a task's run, for its dumps; its names are fetched together with the first list of chunks.

        Files are named after the actions, and for a task given by its id those names may be unknown.
        """
        run = await self.runs.report(item, task_id, names=False)
        is_nameless = run.name == run.target.id or any(a.name == a.id for a in run.actions)
        if run.live or run.target.kind is not Kind.PROCESS or not is_nameless:
            return run
        self.dumps.ask_ahead(run)
        return await self.runs.name_actions(run)

    async def cancel(self, run_id: str) -> None:
        """Cancel a run on the service, or take a waiting one out of the queue.

        See :meth:`Driver.cancel`.
        """
        if not await self.queue.leave(run_id):
            await self.runs.cancel(run_id)

    async def unfinished(self) -> tuple[RunSnapshot, ...]:
        """Return the runs that :meth:`Driver.resume` can resume; see :meth:`Remembered.unfinished`.

        All unfinished runs go into the store. Those that waited for their turn are not returned; they go back
        into the queue, see :meth:`RunQueue.restore`.
        """
        runs = await self.remembered.unfinished()
        for run in runs:
            self.in_force.is_ours(run.run_id)
            if self.store.run(run.run_id) is None:
                self.store.put_run(run.snapshot())
        await self.queue.restore([r for r in runs if r.summary.phase is Phase.WAITING])
        return tuple(r.snapshot() for r in runs if r.summary.phase is not Phase.WAITING)

    # -- dumps -------------------------------------------------------------------------------------

    async def resume_downloads(self) -> tuple[DownloadSnapshot, ...]:
        """Resume the wanted downloads of an earlier session; see :meth:`Capture.resume_wanted`."""
        return await self.dumps.resume_wanted(self.profile.name)

    async def hand_over(self, run_id: str, path: Path, *, overwrite: bool = False) -> "Bundle":
        """Write an ended run, its dumps and their errors into one bundle for the owner of the data.

        Raises:
            UnknownRun: the store does not hold the run.
            BundleFailed: the run has not ended, or the file could not be written.
        """
        # Imported here, because it imports the triage, which most sessions never need.
        from anaplan_tui.core.bundle.handover import hand_over

        run = self.store.run(run_id)
        if run is None:
            raise UnknownRun("write the bundle", "the run is not known")
        before = await self.remembered.before(run)
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
        """See :meth:`Sources.prepare`; the result also says whether a fetched file has changed since."""
        prepared = await self.sources.prepare(self.chosen.model.ref, wanted, path)
        return replace(prepared, origin=await asyncio.to_thread(changed_since_fetched, self.journal, path))

    async def merge(self, wanted: str, source: Path, corrected: Path) -> "Merged":
        """Merge corrected rows and the local file ``source`` into a new file beside it, to upload whole.

        Raises:
            MergeRefused: the rows do not fit the source's lines, or no longer fit what was saved; the message
                says which.
            NoMatch, UploadRefused, AnaplanError: as :meth:`Sources.prepare`.
        """
        from anaplan_tui.core.merging import merge, source_form

        prepared = await self.sources.prepare(self.chosen.model.ref, wanted, source)
        return await in_thread(
            lambda: merge(source, corrected, source_form(prepared.source, prepared.expected))
        )

    def upload(self, prepared: Prepared, run_id: str | None = None) -> str:
        """Queue an upload; returns its id.

        Raises:
            ReadOnly: the profile does not allow uploads.
        """
        self.runs.refuse_when_read_only(f'upload "{prepared.source.name}"')
        return self.uploads.enqueue(prepared.request(run_id))

    def _owner(self) -> Owner:
        return Owner(self.profile.api_url, self.user)
