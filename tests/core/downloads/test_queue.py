"""Many downloads at once: one limit for all, each controlled separately, changes reported to the store."""

import asyncio
import errno
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from anaplan_tui.api.refs import DumpRef
from anaplan_tui.core.downloads import (
    Connections,
    DownloadRequest,
    Downloads,
    PartIdentity,
    Patience,
    Receipt,
    Terms,
)
from anaplan_tui.core.downloads.locks import DumpLock
from anaplan_tui.core.snapshots import DownloadSnapshot, Fetch
from anaplan_tui.core.store import Snapshot, Store
from tests.support.downloads_server import TASK, ChunkServer, client_of, dump_of


async def at_once(_: float) -> None:
    await asyncio.sleep(0)


@dataclass
class World:
    server: ChunkServer
    downloads: Downloads
    store: Store
    folder: Path
    finished: list[DownloadSnapshot]

    def request(self, object_id: str = "112000000001") -> DownloadRequest:
        source = DumpRef(TASK, object_id)
        target = self.folder / "model" / f"{object_id}.csv"
        return DownloadRequest(source, f"Import {object_id}", target, base=self.folder, run_id="run")

    async def until(self, download_id: str, *states: Fetch) -> None:
        """Wait until the store shows the download in one of these states."""
        seen = asyncio.Event()

        def look(snapshot: Snapshot) -> None:
            if not isinstance(snapshot, DownloadSnapshot):
                return
            if snapshot.download_id == download_id and snapshot.state in states:
                seen.set()

        stop = self.store.subscribe(look)
        found = self.store.download(download_id)
        if found is not None:
            look(found)
        await seen.wait()
        stop()

    def shown(self, download_id: str) -> DownloadSnapshot:
        snapshot = self.store.download(download_id)
        assert snapshot is not None
        return snapshot


@asynccontextmanager
async def world(folder: Path, chunks: list[bytes], *, connections: int = 8) -> AsyncIterator[World]:
    async with ChunkServer(chunks) as server, client_of(server.url) as client:
        terms = Terms(folder / "parts", Connections(connections), 4, Patience(tries=3, sleep=at_once))
        finished: list[DownloadSnapshot] = []
        store = Store()
        downloads = Downloads(client, store, terms, service=server.url, on_finished=finished.append)
        try:
            yield World(server, downloads, store, folder / "out", finished)
        finally:
            await downloads.aclose()


async def test_a_download_runs_to_its_end_and_the_store_and_the_journal_hear_of_it(tmp_path: Path) -> None:
    chunks = dump_of([1_000] * 5)
    async with world(tmp_path, chunks) as w:
        seen: list[Fetch] = []
        w.store.subscribe(lambda s: seen.append(s.state) if isinstance(s, DownloadSnapshot) else None)
        download_id = w.downloads.enqueue(w.request())
        assert w.shown(download_id).state is Fetch.QUEUED
        (snapshot,) = await w.downloads.wait([download_id])
        assert snapshot == w.shown(download_id) == w.finished[0]
        assert snapshot.state is Fetch.DONE
        assert snapshot.path is not None
        assert snapshot.path.read_bytes() == b"".join(chunks)
        assert (snapshot.bytes_done, snapshot.bytes_total, snapshot.total_is_exact) == (5_000, 5_000, True)
        assert (snapshot.chunks_done, snapshot.chunks_total) == (5, 5)
        assert [state for n, state in enumerate(seen) if seen[:n][-1:] != [state]] == [
            Fetch.QUEUED,
            Fetch.LISTING,
            Fetch.FETCHING,
            Fetch.PUBLISHING,
            Fetch.DONE,
        ]


async def test_many_dumps_share_one_small_limit_and_all_arrive(tmp_path: Path) -> None:
    chunks = dump_of([20_000] * 6)
    async with world(tmp_path, chunks, connections=5) as w:
        w.server.hold, w.server.crowded_at = asyncio.Event(), 5
        ids = [w.downloads.enqueue(w.request(f"11200000000{n}")) for n in range(7)]
        await w.server.crowded.wait()
        w.server.hold.set()
        snapshots = await w.downloads.wait(ids)
        assert {snapshot.state for snapshot in snapshots} == {Fetch.DONE}
        assert w.server.most_in_flight == 5
        assert len({snapshot.path for snapshot in snapshots}) == 7


async def test_asking_again_while_it_runs_is_the_same_download(tmp_path: Path) -> None:
    async with world(tmp_path, dump_of([1_000])) as w:
        w.server.hold = asyncio.Event()
        first = w.downloads.enqueue(w.request())
        await w.server.reached_half.wait()
        assert w.downloads.enqueue(w.request()) == first
        w.server.hold.set()
        await w.downloads.wait([first])
        again = w.downloads.enqueue(w.request())
        assert again != first
        (snapshot,) = await w.downloads.wait([again])
        assert snapshot.unchanged


async def test_paused_it_keeps_its_parts_and_resumed_it_goes_on(tmp_path: Path) -> None:
    chunks = dump_of([1_000] * 3 + [500])
    async with world(tmp_path, chunks) as w:
        w.server.faults = {3: ["503"] * 2}
        w.server.hold = asyncio.Event()
        download_id = w.downloads.enqueue(w.request())
        await w.server.reached_half.wait()
        await w.downloads.pause(download_id)
        assert w.shown(download_id).state is Fetch.PAUSED
        assert w.shown(download_id).bytes_done == 0
        assert w.server.in_flight <= 4
        w.server.hold.set()
        w.downloads.resume(download_id)
        (snapshot,) = await w.downloads.wait([download_id])
        assert snapshot.state is Fetch.DONE
        assert [s.state for s in w.finished] == [Fetch.DONE]


async def test_cancelled_it_leaves_nothing_and_is_told_to_the_journal(tmp_path: Path) -> None:
    async with world(tmp_path, dump_of([1_000] * 3)) as w:
        w.server.hold = asyncio.Event()
        download_id = w.downloads.enqueue(w.request())
        await w.server.reached_half.wait()
        await w.downloads.cancel(download_id)
        assert w.shown(download_id).state is Fetch.CANCELLED
        assert [s.state for s in w.finished] == [Fetch.CANCELLED]
        key = PartIdentity(w.server.url, w.request().source).key
        assert not (tmp_path / "parts" / key).exists()
        w.server.hold.set()
        w.downloads.retry(download_id)
        (snapshot,) = await w.downloads.wait([download_id])
        assert snapshot.state is Fetch.DONE
        await w.downloads.cancel(download_id)
        assert w.shown(download_id).state is Fetch.DONE


async def test_paused_while_it_is_published_it_is_done(tmp_path: Path) -> None:
    async with world(tmp_path, dump_of([1_000] * 3)) as w:
        download_id = w.downloads.enqueue(w.request())
        await w.until(download_id, Fetch.PUBLISHING)
        await w.downloads.pause(download_id)
        (snapshot,) = await w.downloads.wait([download_id])
        assert snapshot.state is Fetch.DONE
        assert w.finished == [snapshot]


async def test_a_failed_one_says_why_and_can_be_retried(tmp_path: Path) -> None:
    async with world(tmp_path, dump_of([1_000] * 3)) as w:
        w.server.faults = {1: ["500"] * 3}
        download_id = w.downloads.enqueue(w.request())
        (snapshot,) = await w.downloads.wait([download_id])
        assert snapshot.state is Fetch.FAILED
        assert "chunk 1 failed 3 times" in snapshot.problem
        assert w.finished == [snapshot]
        w.server.requests.clear()
        assert w.downloads.enqueue(w.request()) == download_id
        (snapshot,) = await w.downloads.wait([download_id])
        assert (snapshot.state, snapshot.problem) == (Fetch.DONE, "")
        assert set(w.server.chunk_requests) >= {1}


async def test_closing_leaves_parts_to_resume_from_and_no_lock(tmp_path: Path) -> None:
    async with world(tmp_path, dump_of([1_000] * 3)) as w:
        w.server.hold = asyncio.Event()
        download_id = w.downloads.enqueue(w.request())
        await w.server.reached_half.wait()
        await w.downloads.aclose()
        assert w.shown(download_id).state is Fetch.PAUSED
        lock = DumpLock(tmp_path / "parts", PartIdentity(w.server.url, w.request().source).key)
        assert lock.acquire()
        lock.release()


async def test_numbers_are_published_while_it_runs_and_nothing_when_it_rests(tmp_path: Path) -> None:
    async with world(tmp_path, dump_of([100_000] * 2)) as w:
        w.server.hold = asyncio.Event()
        download_id = w.downloads.enqueue(w.request())
        await w.until(download_id, Fetch.FETCHING)
        sampled = asyncio.Event()

        def look(snapshot: Snapshot) -> None:
            if isinstance(snapshot, DownloadSnapshot) and snapshot.bytes_done >= 100_000:
                sampled.set()

        w.store.subscribe(look)
        await sampled.wait()
        shown = w.shown(download_id)
        assert (shown.chunks_done, shown.bytes_total, shown.total_is_exact) == (0, 200_000, True)
        w.server.hold.set()
        await w.downloads.wait([download_id])
        told: list[Snapshot] = []
        w.store.subscribe(told.append)
        await asyncio.sleep(0.01)
        assert told == []


async def test_a_folder_that_cannot_be_made_fails_the_download(tmp_path: Path) -> None:
    async with world(tmp_path, dump_of([10])) as w:
        w.folder.mkdir()
        (w.folder / "model").symlink_to(tmp_path)
        (snapshot,) = await w.downloads.wait([w.downloads.enqueue(w.request())])
        assert snapshot.state is Fetch.FAILED
        assert "is a link" in snapshot.problem


async def test_a_dump_that_fails_leaves_no_empty_folders(tmp_path: Path) -> None:
    async with world(tmp_path, dump_of([1_000] * 2)) as w:
        w.server.faults = {0: ["gone"]}
        (failed,) = await w.downloads.wait([w.downloads.enqueue(w.request())])
        assert failed.state is Fetch.FAILED
        assert not w.folder.exists()
        w.server.gone = False
        w.server.hold = asyncio.Event()
        paused = w.downloads.enqueue(w.request("112000000002"))
        await w.server.reached_half.wait()
        assert w.folder.is_dir()
        await w.downloads.cancel(paused)
        assert not w.folder.exists()
        w.server.hold.set()
        done = await w.downloads.wait([w.downloads.enqueue(w.request(f"11200000000{n}")) for n in (1, 2, 3)])
        assert [snapshot.state for snapshot in done] == [Fetch.DONE] * 3


async def test_a_defect_ends_its_own_download_and_no_other(tmp_path: Path) -> None:
    async def broken() -> list[Receipt]:
        raise ZeroDivisionError

    async def full() -> list[Receipt]:
        raise OSError(errno.ENOSPC, "full")

    async def stopped() -> list[Receipt]:
        raise asyncio.CancelledError

    async with world(tmp_path, dump_of([1_000] * 2)) as w:
        cases = [(broken, "internal error"), (full, "the disk is full"), (stopped, "broken off")]
        requests = [replace(w.request(f"{n}"), saved=cases[n % 3][0]) for n in range(9)]
        ids = [w.downloads.enqueue(request) for request in requests]
        sound = w.downloads.enqueue(w.request())
        (done,) = await w.downloads.wait([sound])
        assert done.state is Fetch.DONE
        for n, download_id in enumerate(ids):
            await w.until(download_id, Fetch.FAILED)
            assert cases[n % 3][1] in w.shown(download_id).problem
        with pytest.raises(ZeroDivisionError):
            await w.downloads.wait(ids)


async def test_what_is_asked_of_a_closed_queue_is_not_left_waiting(tmp_path: Path) -> None:
    async with world(tmp_path, dump_of([10])) as w:
        await w.downloads.aclose()
        with pytest.raises(RuntimeError, match="closed"):
            w.downloads.enqueue(w.request())
        await w.downloads.aclose()
        assert w.store.downloads == ()
