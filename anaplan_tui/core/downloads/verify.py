"""Verify a file on disk by reading the service's chunks a second time.

This is the only check against an answer that was well-formed but wrong. Nothing is written: a window of
chunks is hashed in parallel as it arrives, and compared with the file in order.
"""

import asyncio
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from anaplan_tui.api.errors import AnaplanError, Unreadable
from anaplan_tui.api.refs import Chunked
from anaplan_tui.core.downloads.chunklist import in_order
from anaplan_tui.core.downloads.doubts import is_error_page
from anaplan_tui.core.downloads.engine import Terms
from anaplan_tui.core.downloads.errors import gave_up, unusable
from anaplan_tui.core.downloads.service import ChunkClient
from anaplan_tui.core.transfers.pace import passes
from anaplan_tui.core.transfers.threads import in_thread, stop

_BLOCK = 1 << 20
_PAGE_ADVICE = "Something between here and the service answers in its place: a proxy, a login page."


@dataclass(frozen=True, slots=True)
class Compared:
    """The result of comparing a file with the chunks."""

    chunks: int
    different_at: int | None = None
    """The first chunk that differs, counted from 0; the number of chunks if only the file's end differs."""

    @property
    def same(self) -> bool:
        """Whether no byte differs."""
        return self.different_at is None


@dataclass(frozen=True, slots=True)
class _Digest:
    size: int
    sha256: str
    is_page: bool


async def compare(
    client: ChunkClient,
    source: Chunked,
    path: Path,
    terms: Terms,
    on_progress: Callable[[int, int], None] | None = None,
) -> Compared:
    """Read ``source`` again and compare it with the file at ``path``, up to the first difference.

    Args:
        on_progress: called with the bytes compared so far and the file's size.

    Raises:
        NotFound: the service no longer has it.
        DownloadFailed: the file cannot be read, or a chunk did not come.
        AnaplanError: the service refused, and trying again will not cure it.
    """
    doing = f"compare {path.name}"
    ids = in_order(doing, await client.chunks(source))
    reading = _Reading(client, source, ids, doing, terms)
    async with AsyncExitStack() as stack:
        with _disk(doing, path):
            fd = await in_thread(lambda: os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC))
            stack.callback(os.close, fd)
        file = _File(fd, doing, path)
        first = await _pass(reading, file, terms.window, on_progress)
        # A truncated chunk still agrees with the file, and the next one seems to differ: only a second pass
        # can distinguish an answer that was cut on the way from another dump.
        return first if first.same else await _pass(reading, file, terms.window, on_progress)


async def _pass(
    reading: "_Reading", file: "_File", window: int, on_progress: Callable[[int, int], None] | None
) -> Compared:
    size, count, offset = await file.size(), len(reading.ids), 0
    ahead: dict[int, asyncio.Task[_Digest]] = {}
    try:
        for number in range(count):
            for coming in range(number, min(number + window, count)):
                if coming not in ahead:
                    ahead[coming] = asyncio.create_task(reading.digest(coming))
            came = await ahead[number]
            if not await file.has(offset, came):
                came = await reading.digest(number)
                if not await file.has(offset, came):
                    if came.is_page:
                        said = f"a page came instead of chunk {reading.ids[number]}"
                        raise Unreadable(reading.doing, said, _PAGE_ADVICE)
                    return Compared(count, number)
            del ahead[number]
            offset += came.size
            if on_progress is not None:
                on_progress(offset, size)
        return Compared(count, None if offset == size else count)
    finally:
        await stop(ahead.values())


class _Reading:
    """The chunks of one dump, each hashed as it arrives and retried on errors."""

    def __init__(
        self, client: ChunkClient, source: Chunked, ids: list[str], doing: str, terms: Terms
    ) -> None:
        self._client, self._source, self._terms = client, source, terms
        self.ids, self.doing = ids, doing

    async def digest(self, number: int) -> _Digest:
        patience, tried = self._terms.patience, 0
        while True:
            try:
                async with (
                    self._terms.limiter,
                    self._client.stream_chunk(self._source, self.ids[number]) as stream,
                ):
                    is_page = is_error_page(stream.first)
                    size, sha256 = await stream.drain(_hashed)
                    return _Digest(size, sha256, is_page)
            except AnaplanError as error:
                tried += 1
                if not passes(error):
                    raise
                if patience.spent(tried, error):
                    raise gave_up(self.doing, self.ids[number], tried, error) from error
                delay = patience.delay(tried, error)
            await patience.sleep(delay)


@contextmanager
def _disk(doing: str, path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise unusable(doing, path, error) from error


def _hashed(blocks: Iterator[bytes]) -> tuple[int, str]:
    size, sha256 = 0, hashlib.sha256()
    for block in blocks:
        size += len(block)
        sha256.update(block)
    return size, sha256.hexdigest()


class _File:
    """The file on disk, open."""

    def __init__(self, fd: int, doing: str, path: Path) -> None:
        self._fd, self._doing, self._path = fd, doing, path

    async def size(self) -> int:
        with _disk(self._doing, self._path):
            return await in_thread(lambda: os.fstat(self._fd).st_size)

    async def has(self, offset: int, came: _Digest) -> bool:
        """Whether the file has the bytes of the chunk ``came`` at ``offset``."""

        def read() -> bool:
            sha256, at, end = hashlib.sha256(), offset, offset + came.size
            while at < end and (block := os.pread(self._fd, min(_BLOCK, end - at), at)):
                sha256.update(block)
                at += len(block)
            return at == end and sha256.hexdigest() == came.sha256

        with _disk(self._doing, self._path):
            return await in_thread(read)
