"""Several downloads of one dump at once: fetched once, taken over when the first gives up."""

import asyncio
import dataclasses
from pathlib import Path

from anaplan_tui.core.downloads import (
    PartIdentity,
    Tally,
)
from anaplan_tui.core.downloads.locks import DumpLock
from anaplan_tui.core.snapshots import Fetch
from anaplan_tui.core.transfers import tally as transfers
from tests.support.downloads import files_in, get
from tests.support.downloads_server import DUMP, ChunkServer, client_of, dump_of


async def test_two_at_once_on_one_dump_fetch_it_once(tmp_path: Path) -> None:
    chunks = dump_of([1_000] * 6)
    async with ChunkServer(chunks) as server, client_of(server.url) as client:
        server.hold = asyncio.Event()
        waits = asyncio.Event()

        def watch(progress: transfers.Tally[Fetch]) -> None:
            if progress.state is Fetch.WAITING and "downloading this" in progress.problem:
                waits.set()

        first = asyncio.create_task(get(server, client, tmp_path))
        await server.reached_half.wait()
        second = asyncio.create_task(get(server, client, tmp_path, tally=Tally(watch)))
        await waits.wait()
        server.hold.set()
        one, two = await asyncio.gather(first, second)
        assert two == dataclasses.replace(one, unchanged=True)
        assert one.path.read_bytes() == b"".join(chunks)
        assert sorted(server.chunk_requests) == list(range(6))
        assert files_in(tmp_path) == ["dump.csv"]


async def test_the_second_takes_over_when_the_first_gives_up(tmp_path: Path) -> None:
    chunks = dump_of([1_000] * 6)
    async with ChunkServer(chunks) as server, client_of(server.url) as client:
        server.hold = asyncio.Event()
        first = asyncio.create_task(get(server, client, tmp_path))
        await server.reached_half.wait()
        waits = asyncio.Event()
        watch = Tally(lambda progress: waits.set() if progress.state is Fetch.WAITING else None)
        second = asyncio.create_task(get(server, client, tmp_path, tally=watch))
        await waits.wait()
        first.cancel()
        server.hold.set()
        assert (await second).path.read_bytes() == b"".join(chunks)


async def test_a_lock_that_another_process_holds_is_waited_for(tmp_path: Path) -> None:
    async with ChunkServer(dump_of([10])) as server, client_of(server.url) as client:
        lock = DumpLock(tmp_path / "parts", PartIdentity(server.url, DUMP).key)
        assert lock.acquire()
        waits = asyncio.Event()
        tally = Tally(lambda progress: waits.set() if progress.state is Fetch.WAITING else None)
        task = asyncio.create_task(get(server, client, tmp_path, tally=tally))
        await waits.wait()
        assert server.requests == []
        lock.release()
        assert (await task).bytes == 10
