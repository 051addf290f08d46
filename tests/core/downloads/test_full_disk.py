"""A disk that is full, refuses or goes away: it is reported, and what was fetched is kept."""

import asyncio
import errno
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from anaplan_tui.core.downloads import (
    DownloadFailed,
    Fetched,
    NoRoom,
    PartIdentity,
    fetch,
)
from tests.support.downloads import get, terms_in
from tests.support.downloads_server import DUMP, ChunkServer, client_of, dump_of


@contextmanager
def file_size_limit(count: int) -> Iterator[None]:
    """Make the kernel refuse to let a file grow beyond ``count`` bytes, like a full disk or a quota."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (count, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_a_disk_that_takes_no_more_keeps_the_parts(tmp_path: Path) -> None:
    chunks = dump_of([100_000] * 8)
    async with ChunkServer(chunks) as server, client_of(server.url) as client:
        with (
            file_size_limit(350_001),
            pytest.raises(DownloadFailed, match="larger than this system") as caught,
        ):
            await get(server, client, tmp_path, window=1)
        assert "is kept" in str(caught.value)
        assert not (tmp_path / "dump.csv").exists()
        server.requests.clear()
        assert (await get(server, client, tmp_path)).path.read_bytes() == b"".join(chunks)
        assert sorted(server.chunk_requests) == [3, 4, 5, 6, 7]


async def test_a_full_disk_is_said_and_the_parts_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chunks = dump_of([100_000] * 8)
    real, room = os.pwrite, 450_000

    def nearly_full(fd: int, data: bytes, offset: int) -> int:
        if offset + len(data) > room:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(fd, data, offset)

    async with ChunkServer(chunks) as server, client_of(server.url) as client:
        monkeypatch.setattr(os, "pwrite", nearly_full)
        with pytest.raises(NoRoom, match="the disk is full"):
            await get(server, client, tmp_path, window=1)
        monkeypatch.undo()
        server.requests.clear()
        assert (await get(server, client, tmp_path)).path.read_bytes() == b"".join(chunks)
        assert sorted(server.chunk_requests) == [4, 5, 6, 7]


async def test_too_little_room_is_said_before_the_disk_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.statvfs(tmp_path)
    fields = {"f_bavail": 1_200, "f_frsize": 1_000}
    small = type("Found", (), {name: getattr(real, name) for name in dir(real) if name[:2] == "f_"} | fields)
    async with ChunkServer(dump_of([100_000] * 8)) as server, client_of(server.url) as client:
        monkeypatch.setattr(os, "statvfs", lambda _path: small)
        with pytest.raises(NoRoom, match=r"more are needed and 1\.2 MB are free"):
            await get(server, client, tmp_path)
        monkeypatch.undo()
        assert (await get(server, client, tmp_path)).bytes == 800_000


async def test_a_directory_that_vanishes_keeps_the_parts(tmp_path: Path) -> None:
    chunks = dump_of([1_000] * 4)
    folder = tmp_path / "usb"
    folder.mkdir()
    async with ChunkServer(chunks) as server, client_of(server.url) as client:
        identity = PartIdentity(server.url, DUMP)

        def fetch_there() -> asyncio.Task[Fetched]:
            job = fetch(client, DUMP, folder / "d.csv", identity=identity, terms=terms_in(tmp_path))
            return asyncio.create_task(job)

        server.hold = asyncio.Event()
        task = fetch_there()
        await server.reached_half.wait()
        folder.rmdir()
        server.hold.set()
        with pytest.raises(DownloadFailed, match="the directory is gone"):
            await task
        with pytest.raises(DownloadFailed, match="the directory is gone"):
            await fetch_there()
        folder.mkdir()
        server.requests.clear()
        assert (await fetch_there()).path.read_bytes() == b"".join(chunks)
        assert server.chunk_requests == []
