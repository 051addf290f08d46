"""Fetch the missing chunks of a dump to disk: in order, a few at a time, streamed and retried.

The reasons for this design, by measurement:

- The thread that reads a chunk also writes it (``intake``), block by block: a whole chunk in memory costs
  400 MB, and a slow disk must not block the event loop.
- Tasks take the next chunk as soon as they are free. Batches wait for their slowest member (3.3 against
  3.85 of curl with 100 ms a request).
- A chunk goes to its final place while the ones before it are still coming (``chunk_places``), so nothing is
  joined afterwards: joining would write every byte twice.
- The SHA-256 follows in numeric order in a thread that reads back what the page cache still holds.
"""

import asyncio
import hashlib
import heapq
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from anaplan_tui.api.errors import AnaplanError, NotFound, Unreadable
from anaplan_tui.api.refs import Chunked, DumpRef
from anaplan_tui.core.downloads.chunk_places import ChunkPlaces, DumpChanged
from anaplan_tui.core.downloads.doubts import Doubts, Pages
from anaplan_tui.core.downloads.errors import DownloadFailed, disk_failed, gave_up, no_room
from anaplan_tui.core.downloads.intake import Intake, TooMuch
from anaplan_tui.core.downloads.parts import ChunkRecord, Parts
from anaplan_tui.core.downloads.service import ChunkClient, ChunkStream
from anaplan_tui.core.downloads.tally import Tally
from anaplan_tui.core.downloads.writable import SPARE_ROOM, free_room
from anaplan_tui.core.snapshots import Fetch
from anaplan_tui.core.transfers.pace import Connections, Patience, Window, passes, strains
from anaplan_tui.core.transfers.threads import in_thread, stop

_HASHED_AT_ONCE = 16
"""Chunks per batch for the hashing thread; bounds how long a cancel waits for it."""
_PAGE_ADVICE = "Something between here and the service answers in its place: a proxy, a login page."


class _Doubt(Exception):
    """A chunk announces fewer bytes than its siblings: ask again before believing it."""


class Assembly:
    """One pass over the missing chunks. Each pass needs a new one; :meth:`run` is called once."""

    def __init__(
        self,
        client: ChunkClient,
        source: Chunked,
        chunk_ids: list[str],
        parts: Parts,
        *,
        doing: str,
        target_dir: Path,
        window: Window,
        limiter: Connections,
        patience: Patience,
        tally: Tally,
    ) -> None:
        self._client, self._source, self._ids, self._parts = client, source, chunk_ids, parts
        self._doing, self._target_dir = doing, target_dir
        self._window, self._limiter, self._patience, self._tally = window, limiter, patience, tally
        self._todo = [chunk for chunk in range(len(chunk_ids)) if chunk not in parts.records]
        self._tried = [0] * len(chunk_ids)
        self._contradicted: set[int] = set()
        self._unclaimed = 0
        self._flowing = 0
        self._landed = asyncio.Event()
        self._fresh = frozenset(self._todo)
        self._places = _places_of(parts, len(chunk_ids))
        self._doubts = Doubts(self._places)
        self._pages = Pages()
        self._two_disks = target_dir.stat().st_dev != parts.folder.stat().st_dev

    async def run(self) -> tuple[int, str]:
        """Fetch, place and hash everything; return the file's size in bytes and its SHA-256.

        Raises :class:`DumpChanged` when sizes contradict each other (start over without the parts),
        :class:`DownloadFailed`, :class:`NotFound` when the dump is gone, or another lasting error of the API.
        """
        self._count_what_is_there()
        hashing = asyncio.create_task(self._hash())
        turns: set[asyncio.Task[None]] = set()
        try:
            while not hashing.done():
                while len(turns) < self._window.size and self._unclaimed < len(self._todo):
                    self._unclaimed += 1
                    turns.add(asyncio.create_task(self._turn()))
                done, _ = await asyncio.wait({hashing, *turns}, return_when=asyncio.FIRST_COMPLETED)
                for turn in done & turns:
                    turns.discard(turn)
                    turn.result()
            sha256 = hashing.result()
            await self._ask_again()
        finally:
            hashing.cancel()
            await stop(turns)
            await asyncio.gather(hashing, return_exceptions=True)
        return self._total(), sha256

    def _count_what_is_there(self) -> None:
        self._tally.chunks_total = len(self._ids)
        self._tally.chunks_done = len(self._parts.records)
        self._tally.bytes_kept = sum(record.size for record in self._parts.records.values())
        self._update_total()
        self._tally.say(Fetch.FETCHING)

    def _update_total(self) -> None:
        self._tally.total_is_exact = self._places.total is not None
        estimate = self._places.estimate()
        if estimate is not None:
            self._tally.bytes_total = max(estimate, self._tally.bytes_done)

    # One chunk

    async def _turn(self) -> None:
        """Fetch the next chunk when a connection is free; on an error put it back after a wait."""
        try:
            await self._limiter.acquire()
        finally:
            self._unclaimed -= 1
        chunk = heapq.heappop(self._todo)
        self._flowing += 1
        trouble: AnaplanError | None = None
        try:
            if self._tally.state is Fetch.WAITING:
                self._tally.say(Fetch.FETCHING)
            await self._receive(chunk)
        except _Doubt:
            heapq.heappush(self._todo, chunk)
            return
        except AnaplanError as error:
            trouble = error
        finally:
            self._flowing -= 1
            self._limiter.release()
        if trouble is not None:
            await self._wait_after(chunk, trouble)
            heapq.heappush(self._todo, chunk)
            return
        self._window.ease()
        self._landed.set()

    async def _wait_after(self, chunk: int, error: AnaplanError) -> None:
        """Sleep as long as the error calls for; the chunk keeps its place in the window meanwhile."""
        if isinstance(error, DownloadFailed | NotFound) and not isinstance(error, DumpChanged):
            raise error
        self._tried[chunk] += 1
        tried = self._tried[chunk]
        if isinstance(error, DumpChanged):
            # One contradiction is a network fault; a second one means that the dump has changed.
            if chunk in self._contradicted:
                raise error
            self._contradicted.add(chunk)
        elif not passes(error):
            raise error
        elif self._patience.spent(tried, error):
            raise gave_up(self._doing, self._ids[chunk], tried, error) from error
        if strains(error):
            self._window.squeeze()
        delay = self._patience.delay(tried, error)
        if not self._flowing:
            self._tally.say(Fetch.WAITING, error.cause, retry_in_s=delay)
        await self._patience.sleep(delay)

    async def _receive(self, chunk: int) -> None:
        with self._disk():
            self._check_room()
            async with self._client.stream_chunk(self._source, self._ids[chunk]) as stream:
                expected = self._begin(chunk, stream)
                with closing(self._parts.sink(chunk, self._places.offset(chunk))) as sink:
                    intake = Intake(sink, expected)
                    with self._tally.arriving(intake):
                        await self._drain(chunk, stream, intake, expected)
                    self._parts.record(ChunkRecord(chunk, intake.size, intake.crc, sink.at))
        self._tried[chunk] = 0
        self._tally.chunk_done(intake.size)
        self._update_total()

    def _begin(self, chunk: int, stream: ChunkStream) -> int | None:
        """Check the first block before trusting the announced length; return the size to expect, if known."""
        announced = stream.length
        if announced is not None and self._doubts.early(chunk, announced):
            raise _Doubt
        first, kind = stream.first, stream.media_type
        if self._pages.is_one(chunk, first, length=announced, media_type=kind):
            raise Unreadable(self._doing, "a page came instead of the chunk", _PAGE_ADVICE)
        if not stream.first:
            return announced
        if announced is not None:
            self._places.learn(chunk, announced)
            self._update_total()
        return self._places.size(chunk)

    async def _drain(self, chunk: int, stream: ChunkStream, intake: Intake, expected: int | None) -> None:
        """Write every block to disk, or raise and leave the chunk unrecorded."""
        try:
            await stream.drain(intake.receive)
        except TooMuch:
            raise self._wrong_size(chunk, stream, f"more than {expected:,} bytes") from None
        if expected is not None and intake.size != expected:
            raise self._wrong_size(chunk, stream, f"{intake.size:,} of {expected:,} bytes")
        self._places.learn(chunk, intake.size)

    def _wrong_size(self, chunk: int, stream: ChunkStream, came: str) -> AnaplanError:
        said = f"chunk {self._ids[chunk]} came with {came}"
        kind = DumpChanged if stream.length is None else Unreadable
        return kind(self._doing, said, "It is fetched again.")

    # Chunks that are suspiciously short

    async def _ask_again(self) -> None:
        """Ask again for sizes that look odd now that all are known. Raises :class:`DumpChanged`."""
        ends_in_line = not isinstance(self._source, DumpRef) or self._parts.ends_with(b"\n", self._total())
        for chunk in self._doubts.late(self._fresh, ends_in_line=ends_in_line):
            self._places.learn(chunk, await self._size_now(chunk))

    async def _size_now(self, chunk: int) -> int:
        while True:
            try:
                return await self._look_at_size(chunk)
            except AnaplanError as error:
                trouble = error
            await self._wait_after(chunk, trouble)

    async def _look_at_size(self, chunk: int) -> int:
        async with self._limiter, self._client.stream_chunk(self._source, self._ids[chunk]) as stream:
            if stream.length is not None:
                return stream.length
            return await stream.drain(lambda blocks: sum(map(len, blocks)))

    # The hash, and the disk

    async def _hash(self) -> str:
        """Hash the finished chunks in numeric order; return the hex digest."""
        sha256 = hashlib.sha256()
        done, count = 0, len(self._ids)
        while done < count:
            end = done
            while end < min(count, done + _HASHED_AT_ONCE) and end in self._parts.records:
                end += 1
            if end == done:
                self._landed.clear()
                await self._landed.wait()
                continue
            batch = range(done, end)
            places = {chunk: self._place(chunk) for chunk in batch}
            with self._disk():
                await in_thread(lambda: self._parts.absorb(batch, places, sha256))  # noqa: B023 - awaited here
            done = end
        return sha256.hexdigest()

    def _place(self, chunk: int) -> int:
        place = self._places.offset(chunk)
        if place is None:
            raise AssertionError("all chunks before it are complete, so its place is known")
        return place

    def _total(self) -> int:
        if self._places.total is None:
            raise AssertionError("every chunk is hashed, so every size is known")
        return self._places.total

    def _check_room(self) -> None:
        """Stop before the disk is full: a full disk harms more than this download. Raises ``NoRoom``."""
        total = self._tally.bytes_total or 0
        self._check_disk(self._parts.folder, max(0, total - self._tally.bytes_done))
        if self._two_disks:
            self._check_disk(self._target_dir, total)

    def _check_disk(self, folder: Path, needed: int) -> None:
        free = free_room(folder)
        if needed + SPARE_ROOM > free:
            raise no_room(self._doing, folder, needed, free, SPARE_ROOM)

    @contextmanager
    def _disk(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise disk_failed(self._doing, self._parts.folder, error) from error
        except EOFError as error:
            raise DownloadFailed(
                self._doing, f"the parts were changed while they were used ({error})", "Try again."
            ) from error


def _places_of(parts: Parts, count: int) -> ChunkPlaces:
    places = ChunkPlaces(count)
    for record in parts.records.values():
        places.learn(record.chunk, record.size)
        if record.at is not None:
            places.pin(record.chunk, record.at)
    return places
