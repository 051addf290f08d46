"""Capture the dumps and export files of runs: what to fetch, where it goes, and how it is recorded."""

import asyncio
import hashlib
import logging
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from anaplan_tui.api.refs import DumpRef, FileRef
from anaplan_tui.config.settings import Downloads as DownloadSettings
from anaplan_tui.core.clock import now
from anaplan_tui.core.downloads import (
    ChunkClient,
    Connections,
    DownloadRequest,
    Downloads,
    Receipt,
    Terms,
    Traces,
    dump_name,
    run_folder,
)
from anaplan_tui.core.downloads.asked_ahead import AskedAhead
from anaplan_tui.core.downloads.receipts import stamp
from anaplan_tui.core.dumps.looked_at import Looks
from anaplan_tui.core.dumps.outputs import is_empty, make_empty, output_name
from anaplan_tui.core.dumps.refusals import NoDumps, why_no_dumps, why_no_output
from anaplan_tui.core.dumps.run_json import RunDocuments
from anaplan_tui.core.dumps.traces import Clocked, traces_of
from anaplan_tui.core.dumps.verifying import Verifier
from anaplan_tui.core.dumps.wanted import WishList
from anaplan_tui.core.journal.journal import Journal, Wanted
from anaplan_tui.core.journal.records import same_service
from anaplan_tui.core.journal.wanted import Asked
from anaplan_tui.core.snapshots import (
    Action,
    DownloadSnapshot,
    Dump,
    Fetch,
    OnDisk,
    Origin,
    RunSnapshot,
)
from anaplan_tui.core.store import Store

log = logging.getLogger(__name__)

_NOT_OURS = (
    "Anaplan has no dumps of this run for you: they are read only by the user who ran it, for 48 h, "
    "until it runs again. That was tried, and is not tried again."
)


class Service(ChunkClient, Clocked, Protocol):
    """The parts of the API client that this package uses."""


class Capture:
    """Fetches dumps through the download queue, and updates run, ``run.json`` and journal after each.

    Wanted downloads are in the journal until they are whole, so that they survive any end of the app.
    """

    def __init__(
        self,
        client: Service,
        journal: Journal,
        store: Store,
        settings: DownloadSettings,
        *,
        service: str,
        parts_dir: Path,
        directory: Path,
    ) -> None:
        """``service`` is the API's base URL; model folders are made in ``directory``."""
        self._client, self._journal, self._store = client, journal, store
        self._service, self._parts_dir = service, parts_dir
        self.directory = directory
        self._wishes = WishList(journal)
        self._gone: set[Wanted] = set()
        """Wishes whose object the service no longer has."""
        self._terms = Terms(parts_dir, Connections(settings.connections), settings.window)
        self._ahead = AskedAhead(client)
        self.downloads = Downloads(
            self._ahead,
            store,
            self._terms,
            service=service,
            on_finished=self._download_finished,
        )
        self._documents = RunDocuments(store)
        self.looks = Looks(store)
        self.verifier = Verifier(client, journal, self, self._terms)
        self._chores: set[asyncio.Task[Any]] = set()

    async def aclose(self) -> None:
        """Stop fetching and keep the parts; files already on disk are still recorded."""
        await self.downloads.aclose()
        await self._ahead.aclose()
        await asyncio.gather(*self._chores, return_exceptions=True)
        await self._wishes.aclose()

    def ask_ahead(self, run: RunSnapshot) -> None:
        """Prefetch the chunk list of a run's first dump, which is queued as soon as its name is known."""
        first = next((action for action in run.actions if action.dump.available), None)
        if run.task is not None and first is not None:
            self._ahead.ask(DumpRef(run.task, first.id))

    def fetch_dumps(
        self, run_id: str, object_ids: Sequence[str] | None = None, directory: Path | None = None
    ) -> tuple[str, ...]:
        """Queue the dumps of a run (or of some of its actions); return the ids of the downloads.

        Model folders are made in ``directory``, if given, instead of the usual one.

        A dump already on disk and unchanged is done without a request to the service.

        Raises:
            NoDumps: with the reason.
        """
        run, wanted = self.with_dumps(run_id, object_ids)
        base = directory or self.directory
        folder = self._folder_in(base, run)
        return self._queue(
            run,
            [
                Wanted(run_id, Asked.DUMP, a.id, folder / dump_name(a.name, a.id), base, a.name)
                for a in wanted
            ],
        )

    def with_dumps(
        self, run_id: str, object_ids: Sequence[str] | None
    ) -> tuple[RunSnapshot, Sequence[Action]]:
        """A run, and those of its actions whose dumps can be fetched. Raises :class:`NoDumps`."""
        run = self._store.run(run_id)
        if run is None or run.task is None:
            raise NoDumps("This run has no task, so it has no dumps.")
        wanted = [a for a in run.actions if a.dump.available and (object_ids is None or a.id in object_ids)]
        without = set(object_ids or ()) - {a.id for a in wanted}
        if wanted and without:
            raise NoDumps(f"No action of this run with the id {', '.join(sorted(without))} has a dump.")
        if not wanted:
            raise NoDumps(why_no_dumps(run, object_ids))
        if run.no_dumps and not any(a.dump.saved for a in wanted):
            raise NoDumps(run.no_dumps)
        return run, wanted

    def fetch_output(self, run_id: str, action_id: str, target: Path | None = None) -> str:
        """Queue the file that an export of the run made; return the id of the download.

        The file belongs to the export, not the task (service.md §8.3): a later run of the export replaces it.

        Args:
            target: its path, instead of one beside the run's dumps.

        Raises:
            NoDumps: the action made no file.
        """
        run, action = self._made(run_id, action_id)
        if not action.output.available:
            raise NoDumps(why_no_output(action))
        goal, base = self._output_place(run, action, target)
        (queued,) = self._queue(run, [Wanted(run_id, Asked.OUTPUT, action_id, goal, base, action.name)])
        return queued

    def fetch_file(
        self,
        file: FileRef,
        name: str,
        target: Path,
        *,
        run: RunSnapshot | None = None,
        overwrite: bool = False,
    ) -> str:
        """Queue a file of the model; return the download's id. It is no wish: the caller keeps track of it.

        Args:
            run: the run of the export that wrote it; parts of the same run's file are resumed.
            overwrite: replace a file at ``target``, instead of choosing a name beside it.
        """
        request = DownloadRequest(
            source=file,
            name=name,
            target=target,
            run_id=run.run_id if run else None,
            edition=run.task_id if run else None,
            overwrite=overwrite,
        )
        return self.downloads.enqueue(request)

    async def put_empty_output(
        self, run_id: str, action_id: str, target: Path | None = None, *, overwrite: bool = False
    ) -> DownloadSnapshot:
        """Put an empty file in place of the output of an export that reports an empty file.

        The service has no chunks for it (service.md §8.3), but whoever waits for the file must find it.

        Raises:
            NoDumps: the export did not report an empty file.
            DownloadFailed, OSError: the disk refused.
        """
        run, action = self._made(run_id, action_id)
        if not is_empty(action):
            raise NoDumps(why_no_output(action))
        goal, base = self._output_place(run, action, target)
        put = await asyncio.to_thread(
            make_empty, goal, base or goal.parent, self._parts_dir, overwrite=overwrite
        )
        download = DownloadSnapshot(
            uuid.uuid4().hex,
            FileRef(run.target.model, action_id),
            action.name,
            goal,
            run_id=run_id,
            state=Fetch.DONE,
            bytes_total=0,
            total_is_exact=True,
            chunks_total=0,
            path=put.path,
            sha256=hashlib.sha256().hexdigest(),
            unchanged=put.unchanged,
            mtime_ns=await asyncio.to_thread(stamp, put.path),
        )
        self._store.put_download(download)
        self._download_finished(download)
        await asyncio.gather(*tuple(self._chores))
        return download

    def _made(self, run_id: str, action_id: str) -> tuple[RunSnapshot, Action]:
        run = self._store.run(run_id)
        action = next((a for a in run.actions if a.id == action_id), None) if run else None
        if run is None or action is None:
            raise NoDumps("This run has no such action.")
        return run, action

    def _output_place(
        self, run: RunSnapshot, action: Action, target: Path | None
    ) -> tuple[Path, Path | None]:
        """The path for an export's output, and the directory below which folders are made for it."""
        if target is None:
            return self.folder(run) / output_name(action), self.directory
        # The recorded path must hold wherever the app is started next.
        return target.absolute(), None

    # -- resuming, also in a later session -----------------------------------------------------------

    async def resume_wanted(self, profile: str) -> tuple[DownloadSnapshot, ...]:
        """Resume the downloads that an earlier session or an interrupted command left unfinished.

        Those that the operator had paused come back paused. Those that another living process works on are
        left to it, and those of another service are left alone.
        """
        queued: list[str] = []
        for wish in await asyncio.to_thread(self._journal.take_wanted, profile):
            known = await asyncio.to_thread(self._journal.run, wish.run_id)
            if known is None or not same_service(known.intent.host, self._service):
                continue
            run = self._store.run(wish.run_id) or known.snapshot()
            if run.task is None:
                self._wishes.forget(wish)
                continue
            self._store.put_run(run)
            queued += self._queue(run, [wish])
            if wish.paused:
                # The event loop has not run its task yet: nothing was sent.
                await self.downloads.pause(queued[-1])
        found = (self._store.download(download_id) for download_id in queued)
        return tuple(download for download in found if download is not None)

    async def pause(self, download_id: str) -> None:
        """Pause a download and keep its parts; it stays paused when the app is opened again."""
        await self.downloads.pause(download_id)
        stands = self._store.download(download_id)
        if stands is not None and stands.state is Fetch.PAUSED:
            self._wishes.pause(download_id, paused=True)

    def resume(self, download_id: str) -> None:
        """Resume a download that was paused, failed or cancelled, or whose file has changed since."""
        self.downloads.resume(download_id)
        goes = self._store.download(download_id)
        if goes is not None and goes.live:
            self._wishes.pause(download_id, paused=False)

    async def cancel(self, download_id: str) -> None:
        """Stop a download and remove its parts: it is no longer wanted."""
        await self.downloads.cancel(download_id)

    def put_elsewhere(self, downloads: Sequence[DownloadSnapshot], directory: Path) -> None:
        """Retry downloads that the local disk refused, with ``directory`` in place of the configured one.

        If the disk with the parts was the reason, the parts go there as well.
        """
        for download in downloads:
            wish = self._wishes.of(download.download_id)
            run = self._store.run(download.run_id) if download.run_id else None
            if wish is None or run is None:
                continue
            target = self._folder_in(directory, run) / download.target.name
            refused = download.refused_by
            parts = self._parts_dir.absolute()
            own = refused is not None and refused.absolute().is_relative_to(parts)
            self._wishes.forget(wish)
            self._wishes.add({download.download_id: replace(wish, target=target, base=directory)})
            place = directory / ".parts" if own else None
            self.downloads.redirect(download.download_id, target, directory, place)

    def _queue(self, run: RunSnapshot, wishes: Sequence[Wanted]) -> tuple[str, ...]:
        self._wishes.keep(lambda download_id: self._store.download(download_id) is not None)
        self._gone = self._gone.difference(wishes).intersection(self._wishes.all)
        queued = {self.downloads.enqueue(self._request(run, wish)): wish for wish in wishes}
        self._wishes.add(queued)
        return tuple(queued)

    def _request(self, run: RunSnapshot, wish: Wanted) -> DownloadRequest:
        source = wish.source(run)
        assert source is not None, "only what has a task is queued"  # noqa: S101
        action = next((a for a in run.actions if a.id == wish.object_id), None)
        is_dump = wish.asked is Asked.DUMP
        return DownloadRequest(
            source=source,
            name=wish.name,
            target=wish.target,
            base=wish.base,
            run_id=run.run_id,
            size_hint=action.output.bytes if action is not None and not is_dump else None,
            edition=None if is_dump else run.task_id,
            traces=partial(self._traces, run, wish),
            saved=partial(self.saved, run, wish.asked, wish.object_id),
        )

    def folder(self, run: RunSnapshot) -> Path:
        """The folder for the files of a run: ``{model}/{process}/{start}_{task}``."""
        return self._folder_in(self.directory, run)

    def _folder_in(self, directory: Path, run: RunSnapshot) -> Path:
        started = _began(run)
        return run_folder(
            directory,
            run.model_name or run.target.model.model_id,
            run.name,
            started,
            run.task_id or run.run_id,
        )

    def _download_finished(self, download: DownloadSnapshot) -> None:
        """Update the run, ``run.json`` and the journal after a download has ended."""
        run = self._store.run(download.run_id) if download.run_id else None
        if run is not None:
            is_gone = self._wishes.of(download.download_id) in self._gone
            run = replace(run, actions=tuple(_with(a, download, is_gone=is_gone) for a in run.actions))
            if isinstance(download.source, DumpRef):
                run = _with_owner(run, download, is_gone=is_gone)
            self._store.put_run(run)
        chore = asyncio.create_task(self._record(run, download))
        self._chores.add(chore)
        chore.add_done_callback(self._chores.discard)

    async def _record(self, run: RunSnapshot | None, download: DownloadSnapshot) -> None:
        folder = self._run_folder(run, download)
        if run is not None and folder is not None:
            try:
                await self._documents.write(run.run_id, folder)
            except OSError as error:
                log.warning("run.json not written beside %s: %s", download.path, error)
        if download.state is Fetch.DONE:
            write = (
                self._journal.file_saved
                if isinstance(download.source, FileRef)
                else partial(self._journal.dump_saved, download.run_id)
            )
            await asyncio.to_thread(write, download)
            await self.downloads.fold(download.download_id)
        if run is not None and (run.no_dumps or download.state is Fetch.DONE):
            await asyncio.to_thread(self._journal.no_dumps, run.run_id, run.no_dumps)
        wish = self._wishes.of(download.download_id)
        if download.state is not Fetch.FAILED or wish in self._gone:
            self._wishes.end(download.download_id)

    def _run_folder(self, run: RunSnapshot | None, download: DownloadSnapshot) -> Path | None:
        """The run's own folder, for ``run.json``, if the file lies in it; else ``None``."""
        if run is None or download.path is None:
            return None
        wish = self._wishes.of(download.download_id)
        directory = self.directory if wish is None or wish.base is None else wish.base
        folder = self._folder_in(directory, run)
        return folder if download.path.parent == folder else None

    async def saved(self, run: RunSnapshot, asked: Asked, object_id: str) -> list[Receipt]:
        """Receipts of earlier downloads of an action's file, by this session or from the journal."""
        is_dump = asked is Asked.DUMP
        known = await asyncio.to_thread(self._journal.run, run.run_id)
        if known is None and run.task_id is not None:
            known = await asyncio.to_thread(self._journal.by_task, run.task_id)
        files = () if known is None else known.files
        current = self._store.run(run.run_id) or run
        found = [
            *(
                _receipt(a.dump.path, a.dump.bytes, a.dump.sha256, a.dump.chunks)
                for a in current.actions
                if a.id == object_id and is_dump
            ),
            *(
                _receipt(file.path, file.bytes, file.sha256, file.chunks)
                for file in files
                if (file.task_id, file.object_id) == (run.task_id if is_dump else None, object_id)
            ),
        ]
        return [receipt for receipt in found if receipt]

    async def _traces(self, run: RunSnapshot, wish: Wanted) -> Traces:
        """Note that the service no longer has an object, and return what is known of it."""
        self._gone.add(wish)
        if wish.asked is Asked.OUTPUT:
            return Traces()
        return await traces_of(self._client, self._journal, run)

    async def settled(self, download_ids: Sequence[str]) -> tuple[DownloadSnapshot, ...]:
        """Wait until downloads have ended and everything about them is on disk."""
        ended = await self.downloads.wait(download_ids)
        await asyncio.gather(*tuple(self._chores))
        await self._wishes.written()
        return ended


def _began(run: RunSnapshot) -> datetime:
    return run.started_at or run.contact.last_at or now()


def _receipt(path: Path | None, size: int | None, sha256: str | None, chunks: int | None) -> Receipt | None:
    """The receipt of a file that was whole; ``None`` if there is too little to compare it by."""
    if path is None or size is None or sha256 is None or chunks is None:
        return None
    return Receipt(path, size, sha256, chunks)


def _with_owner(run: RunSnapshot, download: DownloadSnapshot, *, is_gone: bool) -> RunSnapshot:
    """The run, updated with what a download of one of its dumps tells about its owner.

    The service gives chunk lists only to the user who ran the task (service.md §7.4). If we got one, the run
    is ours, and any other dump is missing for another reason.
    """
    is_ours = download.chunks_total is not None or any(action.dump.path is not None for action in run.actions)
    if is_ours:
        return replace(run, no_dumps="")
    return replace(run, no_dumps=_NOT_OURS) if is_gone and run.origin is Origin.ELSEWHERE else run


def _with(action: Action, download: DownloadSnapshot, *, is_gone: bool) -> Action:
    """The action, updated with the result of a download if the file belongs to it."""
    source = download.source
    if isinstance(source, DumpRef) and source.object_id == action.id:
        return replace(action, dump=_fetched(action.dump, download, is_gone=is_gone))
    if isinstance(source, FileRef) and source.file_id == action.id:
        if download.state is not Fetch.DONE:
            return replace(action, output=replace(action.output, error=download.problem))
        done = replace(
            action.output,
            path=download.path,
            bytes=download.bytes_done,
            sha256=download.sha256,
            error=None,
            mtime_ns=download.mtime_ns,
            on_disk=OnDisk.SAME,
        )
        return replace(action, output=done)
    return action


def _fetched(dump: Dump, download: DownloadSnapshot, *, is_gone: bool) -> Dump:
    if download.state is Fetch.DONE:
        return replace(
            dump,
            path=download.path,
            bytes=download.bytes_done,
            sha256=download.sha256,
            chunks=download.chunks_total,
            error=None,
            gone=False,
            mtime_ns=download.mtime_ns,
            on_disk=OnDisk.SAME,
        )
    return replace(dump, error=download.problem or download.state.value, gone=is_gone)
