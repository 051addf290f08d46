"""Many downloads side by side: queued, paused, resumed, cancelled, retried, and shown to the store."""

import asyncio
import logging
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from anaplan_tui.api.errors import AnaplanError
from anaplan_tui.api.refs import Chunked
from anaplan_tui.core.downloads.engine import Fetched, FindSaved, FindTraces, Terms, discard, fetch
from anaplan_tui.core.downloads.errors import disk_failed
from anaplan_tui.core.downloads.folders import Folders
from anaplan_tui.core.downloads.meter import Meter
from anaplan_tui.core.downloads.parts import PartIdentity
from anaplan_tui.core.downloads.service import ChunkClient
from anaplan_tui.core.downloads.tally import Progress, Tally
from anaplan_tui.core.snapshots import DownloadSnapshot, Fetch
from anaplan_tui.core.store import Store

log = logging.getLogger(__name__)

SAMPLE_S = 0.5
"""Between two looks at the live numbers: what a person can read, and cheap to paint (performance.md D)."""
SIDE_BY_SIDE = 4
"""Dumps that are worked on at once; the others wait their turn in the order they came."""


@dataclass(frozen=True, slots=True)
class DownloadRequest:
    """One file that is wanted."""

    source: Chunked
    name: str
    """What it is, for people."""
    target: Path
    base: Path | None = None
    """The directory under which the folders of ``target`` are made; ``None``: its folder only."""
    run_id: str | None = None
    size_hint: int | None = None
    """Bytes, where something like an export's result says so; shown as an estimate until better is known."""
    edition: str | None = None
    """For a file of a model the task that wrote it; see :class:`PartIdentity`."""
    traces: FindTraces | None = None
    """Asked what is known of the dump when the service no longer has it."""
    saved: FindSaved | None = None
    """Asked for files that were this very dump once; one that still is need not be fetched."""


class _Job:
    """A request, its live numbers and the task that works on it, if any."""

    def __init__(self, download_id: str, request: DownloadRequest) -> None:
        self.request = request
        self.snapshot = DownloadSnapshot(
            download_id,
            request.source,
            request.name,
            request.target,
            run_id=request.run_id,
            bytes_total=request.size_hint,
        )
        self.tally = Tally()
        self.meter = Meter()
        self.task: asyncio.Task[None] | None = None
        self.settled = asyncio.Event()
        self.halting = False


class Downloads:
    """Keeps downloads going in the background and their snapshots current in the store.

    Lives in one event loop. State changes are published at once, numbers twice a second while something
    is under way, and nothing at all otherwise. ``on_finished`` is called with the last snapshot of each
    download that is done, failed or cancelled; like a store's listener it must be quick and must not raise.
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
        """``service`` is the API's base URL, a part of the identity of what is fetched."""
        self._client, self._store, self._terms, self._service = client, store, terms, service
        self._on_finished, self._clock = on_finished, clock
        self._jobs: dict[str, _Job] = {}
        self._turn = asyncio.Semaphore(SIDE_BY_SIDE)
        self._folders = Folders()
        self._sampler: asyncio.Task[None] | None = None
        self._closed = False

    def enqueue(self, request: DownloadRequest) -> str:
        """Put a download in the queue; its id.

        Asking again for one that is under way returns its id; one that was paused or failed goes on.
        """
        self._check_open()
        for download_id, job in self._jobs.items():
            if (job.request.source, job.request.target) != (request.source, request.target):
                continue
            if job.snapshot.live:
                return download_id
            if job.snapshot.state in (Fetch.PAUSED, Fetch.FAILED):
                job.request = request
                self._start(job)
                return download_id
        download_id = uuid.uuid4().hex
        self._jobs[download_id] = _Job(download_id, request)
        self._start(self._jobs[download_id])
        return download_id

    async def pause(self, download_id: str) -> None:
        """Stop it and keep its parts. Nothing happens to one that is not under way."""
        job = self._jobs[download_id]
        if job.snapshot.live:
            await self._halt(job)
            self._settle(job, Fetch.PAUSED)

    def resume(self, download_id: str) -> None:
        """Go on with one that was paused, failed or cancelled. Nothing happens to any other."""
        job = self._jobs[download_id]
        if job.snapshot.state in (Fetch.PAUSED, Fetch.FAILED, Fetch.CANCELLED):
            self._start(job)

    retry = resume

    async def cancel(self, download_id: str) -> None:
        """Stop it and remove its parts. One that is done stays done."""
        job = self._jobs[download_id]
        await self._halt(job)
        if job.snapshot.state in (Fetch.DONE, Fetch.CANCELLED):
            return
        await discard(self._identity(job.request), self._terms)
        job.tally = Tally()
        self._settle(job, Fetch.CANCELLED)

    async def wait(self, download_ids: Iterable[str]) -> tuple[DownloadSnapshot, ...]:
        """The snapshots of these downloads once each is done, failed, paused or cancelled."""
        jobs = [self._jobs[download_id] for download_id in download_ids]
        for job in jobs:
            await job.settled.wait()
            if job.task is not None:
                await asyncio.wait({job.task})
                if not job.task.cancelled():
                    job.task.result()
        return tuple(job.snapshot for job in jobs)

    async def aclose(self) -> None:
        """Stop everything and keep all parts. Downloads under way are left as paused."""
        self._closed = True
        live = [job for job in self._jobs.values() if job.snapshot.live]
        await asyncio.gather(*(self._halt(job) for job in live))
        for job in live:
            self._settle(job, Fetch.PAUSED)
        if self._sampler is not None:
            self._sampler.cancel()
            await asyncio.gather(self._sampler, return_exceptions=True)

    # One job

    def _check_open(self) -> None:
        if self._closed:
            raise RuntimeError("the downloads are closed")

    def _start(self, job: _Job) -> None:
        self._check_open()
        job.tally = Tally(lambda progress: self._publish(job, progress))
        job.tally.bytes_total = job.request.size_hint
        job.meter = Meter()
        job.settled.clear()
        job.halting = False
        job.task = asyncio.create_task(self._work(job), name=f"download {job.snapshot.download_id}")
        job.tally.say(Fetch.QUEUED)
        if self._sampler is None or self._sampler.done():
            self._sampler = asyncio.create_task(self._sample(), name="download meter")

    async def _work(self, job: _Job) -> None:
        """See a download to its end. Whatever happens, it has one: others wait for it."""
        try:
            fetched = await self._fetch(job)
        except AnaplanError as error:
            self._settle(job, Fetch.FAILED, problem=str(error))
        except OSError as error:
            log.exception("download of %s", job.request.name)
            failed = disk_failed(f"download {job.request.name}", job.request.target.parent, error)
            self._settle(job, Fetch.FAILED, problem=str(failed))
        except asyncio.CancelledError:
            if not job.halting:
                self._settle(job, Fetch.FAILED, problem="it was broken off; try again and it goes on")
            raise
        except Exception:
            # A defect of ours: the download is over all the same, and ``wait`` raises what happened.
            log.exception("download of %s", job.request.name)
            self._settle(job, Fetch.FAILED, problem="internal error; the log has the details")
            raise
        else:
            self._done(job, fetched)

    async def _fetch(self, job: _Job) -> Fetched:
        request = job.request
        folder = request.target.parent
        async with self._turn, self._folders.held(request.base or folder, folder):
            return await fetch(
                self._client,
                request.source,
                request.target,
                identity=self._identity(request),
                terms=self._terms,
                tally=job.tally,
                traces=request.traces,
                saved=request.saved,
            )

    def _done(self, job: _Job, fetched: Fetched) -> None:
        tally = job.tally
        tally.bytes_kept = tally.bytes_total = fetched.bytes
        tally.chunks_done = tally.chunks_total = fetched.chunks
        tally.total_is_exact = True
        job.snapshot = replace(
            job.snapshot, path=fetched.path, sha256=fetched.sha256, unchanged=fetched.unchanged
        )
        self._settle(job, Fetch.DONE)

    async def _halt(self, job: _Job) -> None:
        if job.task is not None and not job.task.done():
            job.halting = True
            job.task.cancel()
            await asyncio.wait({job.task})

    def _identity(self, request: DownloadRequest) -> PartIdentity:
        return PartIdentity(self._service, request.source, request.edition)

    # What the store sees

    def _settle(self, job: _Job, state: Fetch, problem: str = "") -> None:
        if job.settled.is_set() and state is not Fetch.CANCELLED:
            return
        job.tally.state, job.tally.problem = state, problem
        try:
            self._publish(job, job.tally.progress())
        finally:
            job.settled.set()
        if self._on_finished is not None and state is not Fetch.PAUSED:
            self._on_finished(job.snapshot)

    def _publish(self, job: _Job, progress: Progress) -> None:
        moving = progress.state is Fetch.FETCHING
        job.snapshot = replace(
            job.snapshot,
            state=progress.state,
            bytes_done=progress.bytes_done,
            bytes_total=progress.bytes_total,
            total_is_exact=progress.total_is_exact,
            chunks_done=progress.chunks_done,
            chunks_total=progress.chunks_total,
            rate=job.meter.rate if moving else None,
            left_s=job.meter.left_s(progress.bytes_done, progress.bytes_total) if moving else None,
            retry_in_s=progress.retry_in_s,
            problem=progress.problem,
        )
        self._store.put_download(job.snapshot)

    async def _sample(self) -> None:
        """The one place where numbers are sampled; ends when nothing is under way."""
        while live := [job for job in self._jobs.values() if job.snapshot.live]:
            now = self._clock()
            for job in live:
                if job.tally.state is Fetch.FETCHING:
                    job.meter.sample(now, job.tally.bytes_done)
                self._publish(job, job.tally.progress())
            await asyncio.sleep(SAMPLE_S)
