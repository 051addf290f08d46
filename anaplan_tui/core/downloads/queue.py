"""The download queue: run, pause, resume, cancel and retry downloads in parallel, and feed the store."""

import asyncio
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from anaplan_tui.api.errors import AnaplanError
from anaplan_tui.api.refs import Chunked
from anaplan_tui.core.downloads.engine import Fetched, FindSaved, FindTraces, Terms, discard, fetch, fold
from anaplan_tui.core.downloads.errors import DownloadFailed, disk_failed
from anaplan_tui.core.downloads.folders import Folders
from anaplan_tui.core.downloads.locks import leave_nothing
from anaplan_tui.core.downloads.parts import PartIdentity
from anaplan_tui.core.downloads.service import ChunkClient
from anaplan_tui.core.downloads.tally import Tally
from anaplan_tui.core.snapshots import DownloadSnapshot, Fetch, OnDisk
from anaplan_tui.core.store import Store
from anaplan_tui.core.transfers.jobs import Job, States, Transfers
from anaplan_tui.core.transfers.threads import in_thread

SIDE_BY_SIDE = 4
"""Downloads that run at once; the others wait their turn in order of arrival."""


@dataclass(frozen=True, slots=True)
class DownloadRequest:
    """One file to be downloaded."""

    source: Chunked
    name: str
    """Its display name."""
    target: Path
    base: Path | None = None
    """The directory below which the folders of ``target`` are made; ``None``: only its own folder is made."""
    run_id: str | None = None
    size_hint: int | None = None
    """Bytes, for example from an export's result; shown as an estimate until a better one is known."""
    parts_dir: Path | None = None
    """Where its parts are kept; ``None``: in the shared directory of :class:`Terms`."""
    edition: str | None = None
    """For a file of a model, the task that wrote it; see :class:`PartIdentity`."""
    traces: FindTraces | None = None
    """Asked about a dump that the service no longer has."""
    overwrite: bool = False
    """Replace an existing file at ``target``."""
    saved: FindSaved | None = None
    """Asked for earlier files of this very dump; if one is unchanged, nothing is fetched."""


_STATES = States(moving=Fetch.FETCHING, failed=Fetch.FAILED, cancelled=Fetch.CANCELLED)
DownloadJob = Job[DownloadRequest, DownloadSnapshot, Tally]


class Downloads(Transfers[DownloadRequest, DownloadSnapshot, Tally, Fetch]):
    """Runs downloads in parallel and keeps their snapshots in the store current.

    ``on_finished`` is called with the last snapshot of each download that is done, failed or cancelled; like
    a store's listener it must be quick and must not raise. Downloads under way at closing are left paused.
    """

    def __init__(
        self,
        client: ChunkClient,
        store: Store,
        terms: Terms,
        *,
        service: str,
        on_finished: Callable[[DownloadSnapshot], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``service`` is the API's base URL, part of each download's identity."""
        super().__init__("download", _STATES, clock)
        self._client, self._store, self._terms, self._service = client, store, terms, service
        self._on_finished = on_finished
        self._turn = asyncio.Semaphore(SIDE_BY_SIDE)
        self._folders = Folders()

    def enqueue(self, request: DownloadRequest) -> str:
        """Queue a download; return its id.

        Asking again for a download that is under way returns its id; a paused or failed one is resumed.
        """
        self._check_open()
        for job in self._jobs.values():
            if (job.request.source, job.request.target) != (request.source, request.target):
                continue
            if job.snapshot.live:
                return job.id
            if job.snapshot.state in (Fetch.PAUSED, Fetch.FAILED):
                job.request = request
                job.snapshot = replace(job.snapshot, refused_by=None)
                self._start(job)
                return job.id
        self._forget_old()
        job = _job(uuid.uuid4().hex, request)
        self._start(job)
        return job.id

    def _forget_old(self) -> None:
        """Drop downloads that have ended and are no longer in the store: nobody can ask for them."""
        for job in [j for j in self._jobs.values() if not j.snapshot.live]:
            if self._store.download(job.id) is None:
                del self._jobs[job.id]

    async def pause(self, download_id: str) -> None:
        """Stop a download and keep its parts; ignored if it is not under way."""
        job = self._jobs[download_id]
        if job.snapshot.live:
            await self._halt(job)
            self._settle(job, Fetch.PAUSED)

    def resume(self, download_id: str) -> None:
        """Resume a download that was paused, failed, cancelled or is done; ignored while it is under way.

        A done one is fetched again only if its file has changed since.
        """
        job = self._jobs[download_id]
        if not job.snapshot.live:
            job.snapshot = replace(job.snapshot, path=None, unchanged=False, refused_by=None)
            self._start(job)

    retry = resume

    def redirect(self, download_id: str, target: Path, base: Path | None, parts_dir: Path | None) -> None:
        """Retry a failed download with another target; chunks fetched so far still count.

        ``parts_dir`` is a new place for its parts, if the usual one was what refused; then it starts over.
        """
        job = self._jobs[download_id]
        if job.snapshot.state is Fetch.FAILED:
            job.request = replace(job.request, target=target, base=base, parts_dir=parts_dir)
            job.snapshot = replace(job.snapshot, target=target, refused_by=None)
            self._start(job)

    async def cancel(self, download_id: str) -> None:
        """Stop a download and remove its parts; a done one stays done."""
        job = self._jobs[download_id]
        await self._halt(job)
        if job.snapshot.state in (Fetch.DONE, Fetch.CANCELLED):
            return
        await discard(self._identity(job.request), self._terms_of(job.request))
        job.tally = self._tally(job)
        self._settle(job, Fetch.CANCELLED)

    async def fold(self, download_id: str) -> None:
        """Remove what a finished download left among the parts, once it is recorded elsewhere."""
        job = self._jobs.get(download_id)
        if job is not None:
            await fold(self._identity(job.request), self._terms)

    async def _transfer(self, job: DownloadJob) -> Fetch:
        request = job.request
        folder, terms = request.target.parent, self._terms_of(request)
        async with self._turn, self._folders.held(request.base or folder, folder):
            fetched = await fetch(
                self._client,
                request.source,
                request.target,
                identity=self._identity(request),
                terms=terms,
                tally=job.tally,
                traces=request.traces,
                saved=request.saved,
                overwrite=request.overwrite,
            )
            if request.parts_dir is not None:
                await in_thread(lambda: leave_nothing(terms.parts_dir, self._identity(request).key))
        _note(job, fetched)
        return Fetch.DONE

    def _terms_of(self, request: DownloadRequest) -> Terms:
        return self._terms if request.parts_dir is None else replace(self._terms, parts_dir=request.parts_dir)

    def _leave(self, job: DownloadJob) -> None:
        self._settle(job, Fetch.PAUSED)

    def _ended(self, job: DownloadJob) -> None:
        if self._on_finished is not None and job.snapshot.state is not Fetch.PAUSED:
            self._on_finished(job.snapshot)

    def _failed_by(self, job: DownloadJob, error: AnaplanError) -> None:
        if isinstance(error, DownloadFailed):
            job.snapshot = replace(job.snapshot, refused_by=error.place)

    def _disk_problem(self, job: DownloadJob, error: OSError) -> str:
        return str(disk_failed(f"download {job.request.name}", job.request.target.parent, error))

    def _identity(self, request: DownloadRequest) -> PartIdentity:
        return PartIdentity(self._service, request.source, request.edition)

    def _tally(self, job: DownloadJob) -> Tally:
        tally = Tally(lambda _: self._show(job))
        tally.bytes_total = job.request.size_hint
        return tally

    def _show(self, job: DownloadJob) -> None:
        tally = job.tally
        moving = tally.state is Fetch.FETCHING
        done = tally.bytes_done
        job.snapshot = replace(
            job.snapshot,
            state=tally.state,
            bytes_done=done,
            bytes_total=tally.bytes_total,
            total_is_exact=tally.total_is_exact,
            chunks_done=tally.chunks_done,
            chunks_total=tally.chunks_total,
            rate=job.meter.rate if moving else None,
            left_s=job.meter.left_s(done, tally.bytes_total) if moving else None,
            retry_in_s=tally.retry_in_s,
            problem=tally.problem,
        )
        self._store.put_download(job.snapshot)


def _job(download_id: str, request: DownloadRequest) -> DownloadJob:
    snapshot = DownloadSnapshot(
        download_id,
        request.source,
        request.name,
        request.target,
        run_id=request.run_id,
        bytes_total=request.size_hint,
    )
    return Job(download_id, request, snapshot, Tally())


def _note(job: DownloadJob, fetched: Fetched) -> None:
    """Copy the exact numbers and the file of a finished download into its tally and snapshot."""
    tally = job.tally
    tally.bytes_kept = tally.bytes_total = fetched.bytes
    tally.chunks_done = tally.chunks_total = fetched.chunks
    tally.total_is_exact = True
    job.snapshot = replace(
        job.snapshot,
        path=fetched.path,
        sha256=fetched.sha256,
        unchanged=fetched.unchanged,
        mtime_ns=fetched.mtime_ns,
        on_disk=OnDisk.SAME,
    )
