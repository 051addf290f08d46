"""The one object that screens and commands talk to; it owns what outlives a screen.

It puts the parts together and decides nothing itself: lists come from the finder, runs from the driver and
the queue, files from the capture. What a part does alone is asked of the part: ``desk.runs.attach``,
``desk.remembered.recall``. What is asked of the desk is about the chosen model, or takes several parts.
Closing it never cancels a task of the service.
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

    # -- runbooks, whose models take a tenth of a command's start to import ------------------------

    @cached_property
    def planner(self) -> "Planner":
        """Finds what a runbook names."""
        from anaplan_tui.core.runbooks.planning import Planner

        return Planner(self.profile, self.finder, self.sources, self.before.preflight, self.readiness)

    @cached_property
    def process_parts(self) -> "ProcessParts":
        """The actions of a process, to be chosen from."""
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
        await self._notices.aclose()
        await self.client.aclose()
        await asyncio.to_thread(self.journal.close)

    # -- finding -----------------------------------------------------------------------------------

    @property
    def context(self) -> Context | None:
        """The workspace and the model that are worked in; ``None`` before one is chosen."""
        return self.chosen.context

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
        await self.chosen.choose()
        await self.find(item.id, item.ref.kind)

    def is_listed(self, kind: Kind) -> bool:
        """Whether the service listed them in this session."""
        return self.finder.is_listed(self.chosen.model.ref, kind)

    async def known_catalog(self, kind: Kind) -> KnownList | None:
        """See :meth:`Finder.known_catalog`."""
        return await self.finder.known_catalog(self.chosen.model.ref, kind)

    async def catalog(self, kind: Kind, *, refresh: bool = False) -> tuple[CatalogItem, ...]:
        """What of one kind can be run in the model."""
        return await self.finder.catalog(self.chosen.model.ref, kind, refresh=refresh)

    async def find(self, wanted: str, kind: Kind = Kind.PROCESS) -> CatalogItem:
        """What a name or an id means in the model. Raises :class:`NoMatch`."""
        return await self.finder.find(self.chosen.model.ref, kind, wanted)

    async def solution_log(self, run: RunSnapshot, action: Action) -> str:
        """What the optimizer said of an action of a run; see :meth:`AnaplanClient.solution_log`.

        Raises:
            AnaplanError: it is not to be had.
        """
        if run.task is None:
            return ""
        return await self.client.solution_log(run.task, action.id)

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
        """See :meth:`Remembered.unfinished`; put into the store as well.

        Those that waited for their turn are put back into the queue, which stands still until
        :meth:`RunQueue.release`; the others are for :meth:`Driver.resume`.
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
        """See :meth:`Capture.resume_wanted`; for the app, which is opened again."""
        return await self.dumps.resume_wanted(self.profile.name)

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

    def upload(self, prepared: Prepared, run_id: str | None = None) -> str:
        """Queue an upload; returns its id.

        Raises:
            ReadOnly: the profile does not allow it.
        """
        self.runs.refuse_when_read_only(f'upload "{prepared.source.name}"')
        return self.uploads.enqueue(prepared.request(run_id))

    def _owner(self) -> Owner:
        return Owner(self.profile.api_url, self.user)
