"""The upload queue: run uploads in the background one at a time, cancel and retry them."""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from anaplan_tui.api.refs import FileRef
from anaplan_tui.core.snapshots import Send, UploadSnapshot
from anaplan_tui.core.transfers.jobs import Job, States, Transfers
from anaplan_tui.core.uploads.engine import UploadTerms, discard, upload
from anaplan_tui.core.uploads.service import UploadClient
from anaplan_tui.core.uploads.source import SourceFile
from anaplan_tui.core.uploads.tally import Tally


@dataclass(frozen=True, slots=True)
class UploadRequest:
    """One file to be uploaded."""

    file: FileRef
    name: str
    """The file's name in the model."""
    source: SourceFile
    run_id: str | None = None
    """The run whose failure it fixes, if any."""


OnSent = Callable[[UploadRequest, UploadSnapshot], Awaitable[UploadSnapshot]]
"""Takes an upload that the service has whole, and returns the updated snapshot."""
_STATES = States(moving=Send.SENDING, failed=Send.FAILED, cancelled=Send.CANCELLED)
UploadJob = Job[UploadRequest, UploadSnapshot, Tally]


class Uploads(Transfers[UploadRequest, UploadSnapshot, Tally, Send]):
    """Runs uploads one after another; ``on_change``, which must be quick, gets each new snapshot."""

    def __init__(
        self,
        client: UploadClient,
        terms: UploadTerms,
        on_change: Callable[[UploadSnapshot], None],
        *,
        on_sent: OnSent | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``on_sent`` records that the service has an upload whole, before that is shown."""
        super().__init__("upload", _STATES, clock)
        self._client, self._terms, self._on_change = client, terms, on_change
        self._on_sent = on_sent
        self._turn = asyncio.Lock()

    def enqueue(self, request: UploadRequest) -> str:
        """Queue an upload; return its id. Asking again for the same one under way returns the same id."""
        self._check_open()
        for job in self._jobs.values():
            if job.snapshot.live and job.request == request:
                return job.id
        job = _job(uuid.uuid4().hex, request)
        self._start(job)
        return job.id

    def retry(self, upload_id: str) -> None:
        """Resume an upload that failed or was cancelled; ignored for any other."""
        job = self._jobs[upload_id]
        if job.snapshot.state in (Send.FAILED, Send.CANCELLED):
            self._start(job)

    async def cancel(self, upload_id: str) -> None:
        """Stop an upload and forget its sent chunks; the import keeps reading what it read before.

        An upload that is done, or whose chunks are all at the service, cannot be stopped.
        """
        job = self._jobs[upload_id]
        if job.snapshot.state is Send.COMPLETING:
            return
        await self._halt(job)
        if job.snapshot.state in (Send.DONE, Send.CANCELLED):
            return
        await discard(job.request.file, self._terms)
        self._settle(job, Send.CANCELLED)

    async def _transfer(self, job: UploadJob) -> Send:
        request = job.request
        async with self._turn:
            uploaded = await upload(self._client, request.file, request.source, self._terms, job.tally)
        job.snapshot = replace(job.snapshot, note=uploaded.note)
        if self._on_sent is not None:
            job.snapshot = await self._on_sent(request, job.snapshot)
        return Send.DONE

    def _leave(self, job: UploadJob) -> None:
        self._settle(job, Send.FAILED, "the app was closed; upload again and it goes on")

    def _tally(self, job: UploadJob) -> Tally:
        tally = Tally(lambda _: self._show(job))
        tally.bytes_total = job.request.source.bytes
        return tally

    def _show(self, job: UploadJob) -> None:
        tally = job.tally
        moving = tally.state is Send.SENDING
        job.snapshot = replace(
            job.snapshot,
            state=tally.state,
            bytes_done=tally.bytes_done,
            chunks_done=tally.chunks_done,
            chunks_total=tally.chunks_total,
            chunks_resumed=tally.chunks_resumed,
            rate=job.meter.rate if moving else None,
            left_s=job.meter.left_s(tally.bytes_done, tally.bytes_total) if moving else None,
            retry_in_s=tally.retry_in_s,
            problem=tally.problem,
        )
        self._on_change(job.snapshot)


def _job(upload_id: str, request: UploadRequest) -> UploadJob:
    snapshot = UploadSnapshot(
        upload_id,
        request.file,
        request.name,
        request.source.path,
        run_id=request.run_id,
        bytes_total=request.source.bytes,
    )
    return Job(upload_id, request, snapshot, Tally())
