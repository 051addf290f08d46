"""Run one upload, from a file on disk to a source that an import can read (service.md §8.2).

Announce the number of chunks, send them a few at a time, complete, compare the count. The service considers
an announced upload whole as soon as its last chunk is there. So no chunk is ever sent of a file that changed
since it was inspected: the upload then stays incomplete, and the import keeps reading what it read before.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from anaplan_tui.api.errors import AnaplanError, Broken, NotFound, Refused, Unreachable
from anaplan_tui.api.refs import FileRef
from anaplan_tui.core.snapshots import Send
from anaplan_tui.core.transfers.locks import TransferLock, sweep
from anaplan_tui.core.transfers.pace import Connections, Patience, Window, passes, strains
from anaplan_tui.core.transfers.threads import in_thread, stop
from anaplan_tui.core.uploads.cutting import LARGEST_CHUNK, Cut, Payload, cut, digest, payload
from anaplan_tui.core.uploads.errors import Miscounted, busy, gave_up, miscounted, no_record
from anaplan_tui.core.uploads.record import Content, Identity, UploadRecord
from anaplan_tui.core.uploads.service import UploadClient
from anaplan_tui.core.uploads.source import SourceFile
from anaplan_tui.core.uploads.tally import Tally
from anaplan_tui.whole_file import sync_folder

log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class UploadTerms:
    """Settings that all uploads of a session share.

    At most ``window`` chunks are in memory, in compressed form, plus what the sockets hold of them.
    """

    state_dir: Path
    """Where the records of sent chunks are kept."""
    service: str
    """The API's base URL."""
    user: str
    """The configured user name, else the profile's name: it keeps the records of different logins apart.

    Uploads are private to a user (service.md §8.2), and this name is known before the service answers.
    """
    window: int = 4
    """Chunks of one upload in flight."""
    chunk_bytes: int = 8_000_000
    gzip: bool = True
    patience: Patience = field(default_factory=lambda: Patience(tries=4))
    """For retries beyond those that the client makes of each request."""
    limiter: Connections = field(default_factory=Connections)
    """Requests in flight over all uploads together; downloads have their own limiter."""

    def __post_init__(self) -> None:
        if not 1 <= self.chunk_bytes <= LARGEST_CHUNK:
            raise ValueError(f"a chunk has 1 to {LARGEST_CHUNK:,} bytes")

    def identity(self, file: FileRef) -> Identity:
        """The identity of an upload to ``file``."""
        return Identity(self.service, self.user, file)


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A completed upload."""

    bytes: int
    chunks: int
    resumed: int
    """How many of the chunks an earlier try had sent."""
    verified: bool
    """Whether the service's file list has the same number of chunks."""
    note: str = ""
    """Why it could not be verified, in full sentences."""


class _Forgotten(Exception):
    """The service no longer knows the upload that was to be resumed."""


async def upload(
    client: UploadClient, file: FileRef, source: SourceFile, terms: UploadTerms, tally: Tally | None = None
) -> Uploaded:
    """Send ``source`` as the content of ``file``, or leave the upload incomplete and say why.

    Chunks that an earlier try sent of the same unchanged file are not sent again. If the service no longer
    knows that try, the upload starts over. After a cancel, a later call resumes.

    Raises:
        UploadRefused: the file is too large for the service; nothing was sent.
        UploadBusy: another upload from this machine to the same file is under way.
        SourceChanged: the file is not the one that was inspected; the upload was not completed.
        UploadFailed: retries did not help, or the service's count of chunks differs.
        AnaplanError: the service refused, and no retry will help.
    """
    tally = tally or Tally()
    cuts = cut(source, terms.chunk_bytes)
    key = terms.identity(file).key
    lock = TransferLock(terms.state_dir, key)
    path = terms.state_dir / f"{key}.upload"

    def forget() -> None:
        path.unlink(missing_ok=True)
        lock.unlink()
        sync_folder(path.parent)

    try:
        if not await _on_disk(path, lock.acquire):
            raise busy(source.name, lock.holder())
        await _on_disk(path, lambda: sweep(terms.state_dir))
        uploaded = await _Job(client, file, source, terms, tally, cuts, path).run()
        await _on_disk(path, forget)
        return uploaded
    finally:
        lock.release()


async def discard(file: FileRef, terms: UploadTerms) -> bool:
    """Forget the chunks sent of an unwanted upload; return False while it is under way elsewhere."""
    key = terms.identity(file).key
    lock = TransferLock(terms.state_dir, key)
    path = terms.state_dir / f"{key}.upload"

    def work() -> bool:
        if not lock.acquire():
            return False
        try:
            path.unlink(missing_ok=True)
        finally:
            lock.release()
        return True

    return await _on_disk(path, work)


@dataclass(frozen=True, slots=True)
class _Job:
    client: UploadClient
    file: FileRef
    source: SourceFile
    terms: UploadTerms
    tally: Tally
    cuts: tuple[Cut, ...]
    path: Path

    async def run(self) -> Uploaded:
        self.tally.chunks_total = len(self.cuts)
        self.tally.say(Send.CHECKING)
        record = await _on_disk(self.path, self._earlier)
        if record is not None:
            try:
                return await self._finish(record)
            except _Forgotten as error:
                log.info("%s; the upload of %s begins anew", error, self.source.name)
        await self.client.announce_upload(self.file, len(self.cuts))
        return await self._finish(
            await _on_disk(self.path, lambda: UploadRecord.begin(self.path, self._content()))
        )

    def _content(self) -> Content:
        # From the stamp, which every read is compared with, not from the disk, which may have changed.
        return Content(self.source.bytes, self.source.stamp.mtime_ns, self.cuts[0].bytes)

    def _earlier(self) -> UploadRecord | None:
        """The record of an earlier try with this very file, its bytes compared; ``None`` to start over."""
        record = UploadRecord.resume(self.path, self._content())
        if record is None or not record.sent:
            return None
        known = {piece.number: piece for piece in self.cuts}
        same = all(n in known and digest(self.source, known[n]) == sha for n, sha in record.sent.items())
        return record if same else None

    async def _finish(self, record: UploadRecord) -> Uploaded:
        """Send the chunks that ``record`` lacks, complete and verify.

        Raises :class:`_Forgotten` if a resumed upload turns out to be unknown to the service.
        """
        resumed = len(record.sent)
        sending = Sending(self.client, self.file, self.source, self.terms, self.tally, record)
        try:
            await sending.run(self.cuts)
            self.tally.say(Send.COMPLETING)
            verified, note = await self._complete(resumed=bool(resumed))
        except (Refused, NotFound, Miscounted) as error:
            if resumed:
                raise _Forgotten(str(error)) from error
            raise
        return Uploaded(self.source.bytes, len(self.cuts), resumed, verified, note)

    async def _complete(self, *, resumed: bool) -> tuple[bool, str]:
        """Complete the upload; return whether the file list agrees, and a note if that is unknown.

        The call is documented for uploads of an unannounced count only, and a live service answered it with
        500 (service.md §8.2). By now every chunk of the announced count was accepted, so a failure of this
        call is not a failure of the upload: the count in the file list decides, and without one the note says
        so. Only for a ``resumed`` upload may a refusal mean that the service forgot the earlier chunks.
        """
        trouble: AnaplanError | None = None
        try:
            await self.client.complete_upload(self.file)
        except AnaplanError as error:
            log.warning("%s: every chunk was taken, and completing failed: %s", self.source.name, error)
            trouble = error
        unsaid = "The service does not say how many chunks it has."
        try:
            found = await self._count()
        except AnaplanError as error:
            found, unsaid = None, f"The count of chunks could not be verified: {error.said or error.doing}."
        if found is not None and found != len(self.cuts):
            raise miscounted(self.source.name, len(self.cuts), found)
        if resumed and isinstance(trouble, Refused | NotFound):
            # The matching count may be that of an older version.
            raise trouble
        if found is not None:
            return True, ""
        answer = f" Completing it failed: {trouble.said or trouble.doing}." if trouble else ""
        return False, unsaid + answer

    async def _count(self) -> int | None:
        files = await self.client.files(self.file.model)
        return next((info.chunk_count for info in files if info.id == self.file.file_id), None)


class Sending:
    """One pass over the chunks that the service has not accepted. :meth:`run` is called once."""

    def __init__(
        self,
        client: UploadClient,
        file: FileRef,
        source: SourceFile,
        terms: UploadTerms,
        tally: Tally,
        record: UploadRecord,
    ) -> None:
        self._client, self._file, self._source, self._terms = client, file, source, terms
        self._tally, self._record = tally, record
        self._window = Window(terms.window)
        self._flowing = 0

    async def run(self, cuts: Iterable[Cut]) -> None:
        """Send the chunks in order, each as soon as the window has room."""
        cuts = tuple(cuts)
        sent = [piece for piece in cuts if piece.number in self._record.sent]
        todo = deque(piece for piece in cuts if piece.number not in self._record.sent)
        self._tally.chunks_done = self._tally.chunks_resumed = len(sent)
        self._tally.bytes_kept = sum(piece.bytes for piece in sent)
        self._tally.say(Send.SENDING)
        turns: set[asyncio.Task[None]] = set()
        try:
            while todo or turns:
                while todo and len(turns) < self._window.size:
                    turns.add(asyncio.create_task(self._turn(todo.popleft())))
                done, turns = await asyncio.wait(turns, return_when=asyncio.FIRST_COMPLETED)
                for turn in done:
                    turn.result()
        finally:
            await stop(turns)

    async def _turn(self, piece: Cut) -> None:
        ready = await in_thread(lambda: payload(self._source, piece, gzip=self._terms.gzip))
        tried = 0
        while (trouble := await self._put(piece, ready)) is not None:
            tried += 1
            await self._wait_after(piece, tried, trouble)
        await _on_disk(self._terms.state_dir, lambda: self._record.add(piece.number, ready.sha256))
        self._window.ease()
        self._tally.chunk_done(piece.bytes)

    async def _put(self, piece: Cut, ready: Payload) -> AnaplanError | None:
        """Try once, which may be several tries of the client; return the error if a retry may help."""
        async with self._terms.limiter:
            self._flowing += 1
            if self._tally.state is Send.WAITING:
                self._tally.say(Send.SENDING)
            try:
                await self._client.put_chunk(self._file, piece.number, ready.data, gzipped=ready.gzipped)
            except AnaplanError as error:
                if not passes(error):
                    raise
                return error
            finally:
                self._flowing -= 1
        return None

    async def _wait_after(self, piece: Cut, tried: int, error: AnaplanError) -> None:
        patience = self._terms.patience
        if patience.spent(tried, error):
            raise gave_up(self._source.name, piece.number, tried, error) from error
        if strains(error) or _is_crowded(error):
            self._window.squeeze()
        delay = patience.delay(tried, error)
        if not self._flowing:
            self._tally.say(Send.WAITING, error.cause, retry_in_s=delay)
        await patience.sleep(delay)


def _is_crowded(error: AnaplanError) -> bool:
    """Whether chunks competed for bandwidth: each has only a minute to be sent (``write_timeout_s``)."""
    return isinstance(error, Unreachable) and error.broken is Broken.TIMEOUT


async def _on_disk(path: Path, work: Callable[[], T]) -> T:
    """Do some small work in the state directory, in a thread."""
    try:
        return await in_thread(work)
    except OSError as error:
        raise no_record(path, error) from error
