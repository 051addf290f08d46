"""Uploads in the background: queued, cancelled, retried, and shown to whoever listens."""

import asyncio
import logging
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from anaplan_tui.api.errors import AnaplanError
from anaplan_tui.api.refs import FileRef
from anaplan_tui.core.downloads.meter import Meter
from anaplan_tui.core.snapshots import Send, UploadSnapshot
from anaplan_tui.core.uploads.engine import Uploaded, UploadTerms, discard, upload
from anaplan_tui.core.uploads.service import UploadClient
from anaplan_tui.core.uploads.source import SourceFile
from anaplan_tui.core.uploads.tally import Progress, Tally

log = logging.getLogger(__name__)

SAMPLE_S = 0.5
"""Between two looks at the live numbers, as for downloads."""


@dataclass(frozen=True, slots=True)
class UploadRequest:
    """One file that is to be uploaded."""

    file: FileRef
    name: str
    """What the file is called in the model."""
    source: SourceFile
    run_id: str | None = None
    """The run whose failure it cures, if any."""


class _Job:
    """A request, its live numbers and the task that works on it, if any."""

    def __init__(self, upload_id: str, request: UploadRequest) -> None:
        self.request = request
        self.snapshot = UploadSnapshot(
            upload_id,
            request.file,
            request.name,
            request.source.path,
            run_id=request.run_id,
            bytes_total=request.source.bytes,
        )
        self.tally = Tally()
        self.meter = Meter()
        self.task: asyncio.Task[None] | None = None
        self.settled = asyncio.Event()
        self.halting = False


class Uploads:
    """Keeps uploads going one after another and publishes their snapshots.

    Lives in one event loop. State changes are published at once, numbers twice a second while something is
    under way and only when they changed, and nothing at all otherwise. ``on_change`` must be quick and must
    not raise.
    """

    def __init__(
        self,
        client: UploadClient,
        terms: UploadTerms,
        on_change: Callable[[UploadSnapshot], None],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client, self._terms = client, terms
        self._on_change, self._clock = on_change, clock
        self._jobs: dict[str, _Job] = {}
        self._turn = asyncio.Lock()
        self._sampler: asyncio.Task[None] | None = None
        self._closed = False

    def enqueue(self, request: UploadRequest) -> str:
        """Put an upload in the queue; its id. Asking again for the same one under way returns its id."""
        self._check_open()
        for upload_id, job in self._jobs.items():
            if job.snapshot.live and job.request == request:
                return upload_id
        upload_id = uuid.uuid4().hex
        self._jobs[upload_id] = _Job(upload_id, request)
        self._start(self._jobs[upload_id])
        return upload_id

    def retry(self, upload_id: str) -> None:
        """Go on with one that failed or was cancelled. Nothing happens to any other."""
        job = self._jobs[upload_id]
        if job.snapshot.state in (Send.FAILED, Send.CANCELLED):
            self._start(job)

    async def cancel(self, upload_id: str) -> None:
        """Stop it and forget what was sent; the import goes on reading what it read before.

        One that is done, or has all its chunks at the service, cannot be taken back and goes on.
        """
        job = self._jobs[upload_id]
        if job.snapshot.state is Send.COMPLETING:
            return
        await self._halt(job)
        if job.snapshot.state in (Send.DONE, Send.CANCELLED):
            return
        await discard(job.request.file, self._terms)
        self._settle(job, Send.CANCELLED)

    async def wait(self, upload_ids: Iterable[str]) -> tuple[UploadSnapshot, ...]:
        """The snapshots of these uploads once each is done, failed or cancelled."""
        jobs = [self._jobs[upload_id] for upload_id in upload_ids]
        for job in jobs:
            await job.settled.wait()
            if job.task is not None:
                await asyncio.wait({job.task})
                if not job.task.cancelled():
                    job.task.result()
        return tuple(job.snapshot for job in jobs)

    async def aclose(self) -> None:
        """Stop everything; what was sent stays remembered, so that a later upload goes on from it."""
        self._closed = True
        live = [job for job in self._jobs.values() if job.snapshot.live]
        await asyncio.gather(*(self._halt(job) for job in live))
        for job in live:
            if job.snapshot.live:
                self._settle(job, Send.FAILED, "the app was closed; upload again and it goes on")
        if self._sampler is not None:
            self._sampler.cancel()
            await asyncio.gather(self._sampler, return_exceptions=True)

    # One job

    def _check_open(self) -> None:
        if self._closed:
            raise RuntimeError("the uploads are closed")

    def _start(self, job: _Job) -> None:
        self._check_open()
        job.tally = Tally(lambda progress: self._publish(job, progress))
        job.meter = Meter()
        job.settled.clear()
        job.halting = False
        job.task = asyncio.create_task(self._work(job), name=f"upload {job.snapshot.upload_id}")
        job.tally.say(Send.QUEUED)
        if self._sampler is None or self._sampler.done():
            self._sampler = asyncio.create_task(self._sample(), name="upload meter")

    async def _work(self, job: _Job) -> None:
        """See an upload to its end. Whatever happens, it has one: others wait for it."""
        request = job.request
        try:
            async with self._turn:
                uploaded = await upload(self._client, request.file, request.source, self._terms, job.tally)
        except AnaplanError as error:
            self._settle(job, Send.FAILED, str(error))
        except asyncio.CancelledError:
            if not job.halting:
                self._settle(job, Send.FAILED, "it was broken off; upload again and it goes on")
            raise
        except Exception:
            # A defect of ours: the upload is over all the same, and ``wait`` raises what happened.
            log.exception("upload to %s", request.name)
            self._settle(job, Send.FAILED, "internal error; the log has the details")
            raise
        else:
            self._done(job, uploaded)

    def _done(self, job: _Job, uploaded: Uploaded) -> None:
        job.snapshot = replace(job.snapshot, note=uploaded.note)
        self._settle(job, Send.DONE)

    async def _halt(self, job: _Job) -> None:
        if job.task is not None and not job.task.done():
            job.halting = True
            job.task.cancel()
            await asyncio.wait({job.task})

    # What listeners see

    def _settle(self, job: _Job, state: Send, problem: str = "") -> None:
        try:
            job.tally.say(state, problem)
        finally:
            job.settled.set()

    def _publish(self, job: _Job, progress: Progress) -> None:
        moving = progress.state is Send.SENDING
        snapshot = replace(
            job.snapshot,
            state=progress.state,
            bytes_done=progress.bytes_done,
            chunks_done=progress.chunks_done,
            chunks_total=progress.chunks_total,
            chunks_resumed=progress.chunks_resumed,
            rate=job.meter.rate if moving else None,
            left_s=job.meter.left_s(progress.bytes_done, job.snapshot.bytes_total) if moving else None,
            retry_in_s=progress.retry_in_s,
            problem=progress.problem,
        )
        if snapshot != job.snapshot or progress.state is Send.QUEUED:
            job.snapshot = snapshot
            self._on_change(snapshot)

    async def _sample(self) -> None:
        """The one place where numbers are sampled; ends when nothing is under way."""
        while live := [job for job in self._jobs.values() if job.snapshot.live]:
            now = self._clock()
            for job in live:
                if job.tally.state is Send.SENDING:
                    job.meter.sample(now, job.tally.bytes_done)
                self._publish(job, job.tally.progress())
            await asyncio.sleep(SAMPLE_S)
