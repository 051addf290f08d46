"""Fetch one download, from its chunk list to a file under its final name (service.md §7, §8.3)."""

import logging
import shutil
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from anaplan_tui.api.errors import NotFound
from anaplan_tui.api.refs import Chunked
from anaplan_tui.core.downloads.assembly import Assembly
from anaplan_tui.core.downloads.chunk_places import DumpChanged
from anaplan_tui.core.downloads.chunklist import in_order
from anaplan_tui.core.downloads.errors import Traces, disk_failed, gone, not_there
from anaplan_tui.core.downloads.locks import DumpLock
from anaplan_tui.core.downloads.parts import PartIdentity, Parts, set_aside
from anaplan_tui.core.downloads.publish import check_folder, publish
from anaplan_tui.core.downloads.receipts import Receipt, stamp, still_there
from anaplan_tui.core.downloads.service import ChunkClient
from anaplan_tui.core.downloads.tally import Tally
from anaplan_tui.core.snapshots import Fetch
from anaplan_tui.core.transfers.pace import Connections, Patience, Window
from anaplan_tui.core.transfers.threads import in_thread, past_stopping

_LOOK_AGAIN_S = 0.5
"""Seconds between checks of a lock that another instance holds."""

FindTraces = Callable[[], Awaitable[Traces]]
FindSaved = Callable[[], Awaitable[Iterable[Receipt]]]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A downloaded file that is whole."""

    path: Path
    bytes: int
    sha256: str
    chunks: int
    unchanged: bool
    """A file with the same bytes was already there and was kept."""
    mtime_ns: int | None = field(default=None, compare=False)
    """The file's mtime, to detect later changes."""

    @property
    def receipt(self) -> Receipt:
        """The file's receipt, for later checks."""
        return Receipt(self.path, self.bytes, self.sha256, self.chunks, self.mtime_ns)


@dataclass(frozen=True, slots=True)
class Terms:
    """Settings that all downloads of a process share."""

    parts_dir: Path
    limiter: Connections
    window: int = 4
    patience: Patience = field(default_factory=Patience)


async def fetch(
    client: ChunkClient,
    source: Chunked,
    target: Path,
    *,
    identity: PartIdentity,
    terms: Terms,
    tally: Tally | None = None,
    traces: FindTraces | None = None,
    saved: FindSaved | None = None,
    overwrite: bool = False,
) -> Fetched:
    """Download ``source`` to ``target``, whose folder exists, or leave no file and say why.

    If that folder already holds this very dump, by our receipt or by one that ``saved`` finds, the file is
    kept and nothing is requested. Chunks that an earlier try completed are not fetched again. While another
    process fetches the same dump, this one waits, and uses its file if that lies in the same folder.
    ``tally`` has the live numbers; ``traces`` is asked about a dump that is gone. ``overwrite`` replaces a
    file of the same name. Cancelling leaves parts to resume from.

    Raises :class:`DownloadFailed` or a subclass, or an error of the API that no retry will cure.
    """
    tally = tally or Tally()
    doing = f"download {target.name}"
    await in_thread(lambda: check_folder(target.parent))
    lock = DumpLock(terms.parts_dir, identity.key)
    try:
        theirs = await _take(lock, doing, terms, tally)
        if theirs is None or not theirs.lies_in(target.parent):
            theirs = await _saved(lock, identity, target.parent, saved)
        if theirs is not None:
            path = target.parent / theirs.path.name
            return Fetched(
                path, theirs.bytes, theirs.sha256, theirs.chunks, unchanged=True, mtime_ns=theirs.mtime_ns
            )
        job = _Job(client, source, target, identity, terms, tally, doing, overwrite)
        try:
            fetched = await job.run()
        except NotFound as error:
            known = await _ask(traces)
            raise gone(doing, source, known, datetime.now(UTC)) from error
        await in_thread(lambda: lock.leave(fetched.receipt))
        return fetched
    finally:
        lock.release()


async def _take(lock: DumpLock, doing: str, terms: Terms, tally: Tally) -> Receipt | None:
    """Acquire the lock; return the receipt of its holder if that finished the dump while we waited."""
    before = lock.stamp()
    waited = False
    try:
        while not lock.acquire():
            if not waited:
                holder = lock.holder()
                who = f"process {holder}" if holder else "another process"
                tally.say(Fetch.WAITING, f"{who} is downloading this; waiting for it")
            waited = True
            await terms.patience.sleep(_LOOK_AGAIN_S)
    except OSError as error:
        raise disk_failed(doing, terms.parts_dir, error) from error
    return lock.receipt() if waited and lock.stamp() != before else None


async def _saved(
    lock: DumpLock, identity: PartIdentity, folder: Path, saved: FindSaved | None
) -> Receipt | None:
    """The unchanged file of an earlier download of this dump, if any. The lock must be held."""
    if not identity.resumable:
        return None
    known = [] if saved is None else [*await saved()]

    def look() -> Receipt | None:
        left = lock.receipt()
        return still_there([*([left] if left else []), *known], folder)

    return await in_thread(look)


async def _ask(traces: FindTraces | None) -> Traces:
    if traces is None:
        return Traces()
    try:
        return await traces()
    except Exception as error:
        # The reason is a courtesy; the dump is gone either way.
        log.warning("what is known of a dump that is gone could not be learned: %s", error)
        return Traces()


@dataclass(frozen=True, slots=True)
class _Job:
    client: ChunkClient
    source: Chunked
    target: Path
    identity: PartIdentity
    terms: Terms
    tally: Tally
    doing: str
    overwrite: bool

    async def run(self) -> Fetched:
        try:
            return await self._attempt()
        except DumpChanged:
            # Sizes contradict each other: the parts on disk may be of another dump, so none of them counts.
            await in_thread(self._forget)
            return await self._attempt()

    async def _attempt(self) -> Fetched:
        self.tally.say(Fetch.LISTING)
        ids = in_order(self.doing, await self.client.chunks(self.source))
        parts = await self._open(ids)
        try:
            assembly = Assembly(
                self.client,
                self.source,
                ids,
                parts,
                doing=self.doing,
                target_dir=self.target.parent,
                window=Window(min(self.terms.window, len(ids))),
                limiter=self.terms.limiter,
                patience=self.terms.patience,
                tally=self.tally,
            )
            try:
                size, sha256 = await assembly.run()
            except NotFound as error:
                await self.client.chunks(self.source)  # raises the same when the dump is gone
                raise not_there(self.doing, error) from error
            self.tally.say(Fetch.PUBLISHING)
            return await past_stopping(lambda: self._publish(parts, size, sha256, len(ids)))
        finally:
            await in_thread(parts.close)

    async def _open(self, ids: list[str]) -> Parts:
        def work() -> Parts:
            parts = Parts.open(self.terms.parts_dir, self.identity, ids)
            try:
                parts.verify()
            except BaseException:
                parts.close()
                raise
            return parts

        try:
            return await in_thread(work)
        except OSError as error:
            raise disk_failed(self.doing, self.terms.parts_dir, error) from error

    def _publish(self, parts: Parts, size: int, sha256: str, chunks: int) -> Fetched:
        try:
            part = parts.finish(size)
            published = publish(part, self.target, overwrite=self.overwrite)
            parts.remove()
        except OSError as error:
            raise disk_failed(self.doing, self.target.parent, error) from error
        path = published.path
        return Fetched(path, size, sha256, chunks, published.unchanged, mtime_ns=stamp(path))

    def _forget(self) -> None:
        folder = self.terms.parts_dir / self.identity.key
        try:
            if folder.exists():
                set_aside(folder)
        except OSError as error:
            raise disk_failed(self.doing, folder, error) from error


async def fold(identity: PartIdentity, terms: Terms) -> None:
    """Remove the lock and receipt of a finished download, unless another process works on the same one.

    From then on ``saved`` of :func:`fetch` has to say where the file is.
    """

    def work() -> None:
        lock = DumpLock(terms.parts_dir, identity.key)
        try:
            if lock.acquire():
                lock.unlink()
        except OSError as error:
            log.info("parts %s not tidied: %s", identity.key, error)  # the sweep takes them
        finally:
            lock.release()

    await in_thread(work)


async def discard(identity: PartIdentity, terms: Terms) -> bool:
    """Remove the parts of an unwanted download; return False if another process is using them."""

    def work() -> bool:
        lock = DumpLock(terms.parts_dir, identity.key)
        if not lock.acquire():
            return False
        try:
            folder = terms.parts_dir / identity.key
            if folder.exists():
                shutil.rmtree(folder)
            lock.unlink()
            return True
        finally:
            lock.release()

    return await in_thread(work)
