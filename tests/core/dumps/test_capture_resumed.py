"""Downloads that a session left unfinished: the next one resumes them and requests only the rest."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from anaplan_tui.api.refs import FileRef, Kind, TargetRef
from anaplan_tui.config.settings import Downloads as DownloadSettings
from anaplan_tui.core.snapshots import Action, DownloadSnapshot, Fetch, Output
from tests.support.captures import ACTIONS, RUN, World, session
from tests.support.downloads_server import MODEL, ChunkServer, dump_of

CHUNKS = dump_of([20_000] * 12)
ENOUGH = 6 * 20_000
"""Bytes after which the service falls silent in the middle of a chunk."""
DEADLINE_S = 60.0


class Silence:
    """Lets a server fall silent after ``ENOUGH`` bytes, with every body half sent."""

    def __init__(self, server: ChunkServer) -> None:
        self._server, self._hold = server, asyncio.Event()
        server.on_sent = self._count

    def _count(self, sent: int) -> None:
        if sent >= ENOUGH:
            self._server.hold = self._hold

    async def reached(self) -> None:
        """Wait until every chunk in flight is held: no request of this session is still on its way."""
        async with asyncio.timeout(DEADLINE_S):
            await self._server.until_held(DownloadSettings().window)

    def end(self) -> None:
        self._server.on_sent = self._server.hold = None
        self._server.held = 0
        self._server.requests.clear()


async def until(world: World, true: Callable[[DownloadSnapshot], bool], download_id: str) -> None:
    """Wait until the condition holds for a download."""
    came = asyncio.Event()

    def look(snapshot: object) -> None:
        if isinstance(snapshot, DownloadSnapshot) and snapshot.download_id == download_id and true(snapshot):
            came.set()

    unsubscribe = world.store.subscribe(look)
    known = world.store.download(download_id)
    if known is not None:
        look(known)
    async with asyncio.timeout(DEADLINE_S):
        await came.wait()
    unsubscribe()


async def broken_off(server: ChunkServer, folder: Path, *, pause: bool = False) -> int:
    """End a session in the middle of a dump; return how many chunks it left complete."""
    silence = Silence(server)
    async with session(server, folder) as w:
        (queued,) = w.capture.fetch_dumps("r1", ACTIONS[:1])
        await silence.reached()
        await until(w, lambda d: d.chunks_done > 0, queued)
        if pause:
            await w.capture.pause(queued)
    left = w.store.download(queued)
    assert left is not None
    assert left.state is Fetch.PAUSED
    assert 0 < left.chunks_done < len(CHUNKS)
    silence.end()
    return left.chunks_done


async def resumed(w: World) -> tuple[DownloadSnapshot, ...]:
    """Return the downloads that the next session resumes, once they are done."""
    found = await w.capture.resume_wanted("prod")
    return await w.capture.settled([download.download_id for download in found])


async def test_the_next_session_fetches_the_missing_chunks_only(tmp_path: Path) -> None:
    async with ChunkServer(CHUNKS) as server:
        whole = await broken_off(server, tmp_path)
        async with session(server, tmp_path) as w:
            (download,) = await resumed(w)
            assert (download.state, download.name) == (Fetch.DONE, f"Import {ACTIONS[0]}")
            assert len(server.chunk_requests) == len(set(server.chunk_requests)) == len(CHUNKS) - whole
            assert download.path is not None
            assert download.path.read_bytes() == b"".join(CHUNKS)
            assert w.run.actions[0].dump.path == download.path
            assert w.journal.wanted("prod") == []
        async with session(server, tmp_path) as w:
            assert await resumed(w) == ()


async def test_what_was_paused_comes_back_as_paused_and_asks_for_nothing(tmp_path: Path) -> None:
    async with ChunkServer(CHUNKS) as server:
        whole = await broken_off(server, tmp_path, pause=True)
        for _ in range(2):
            async with session(server, tmp_path) as w:
                (download,) = await w.capture.resume_wanted("prod")
                assert download.state is Fetch.PAUSED
                await w.capture.settled([download.download_id])
                assert server.requests == []
        async with session(server, tmp_path) as w:
            (download,) = await w.capture.resume_wanted("prod")
            w.capture.resume(download.download_id)
            (download,) = await w.capture.settled([download.download_id])
            assert download.state is Fetch.DONE
            assert len(server.chunk_requests) == len(CHUNKS) - whole


async def test_what_goes_on_after_a_pause_is_not_paused_the_next_time(tmp_path: Path) -> None:
    async with ChunkServer(CHUNKS) as server:
        await broken_off(server, tmp_path, pause=True)
        silence = Silence(server)
        server.hold = asyncio.Event()
        async with session(server, tmp_path) as w:
            (download,) = await w.capture.resume_wanted("prod")
            w.capture.resume(download.download_id)
            await silence.reached()
        silence.end()
        async with session(server, tmp_path) as w:
            (download,) = await resumed(w)
            assert download.state is Fetch.DONE


async def test_what_the_operator_drops_does_not_come_back(tmp_path: Path) -> None:
    async with ChunkServer(CHUNKS) as server:
        await broken_off(server, tmp_path)
        async with session(server, tmp_path) as w:
            server.hold = asyncio.Event()
            (download,) = await w.capture.resume_wanted("prod")
            await w.capture.cancel(download.download_id)
        async with session(server, tmp_path) as w:
            assert await w.capture.resume_wanted("prod") == ()


async def test_a_dump_that_is_gone_says_so_once(tmp_path: Path) -> None:
    async with ChunkServer(CHUNKS) as server:
        await broken_off(server, tmp_path)
        server.faults = {number: ["gone"] for number in range(len(CHUNKS))}
        async with session(server, tmp_path) as w:
            (download,) = await resumed(w)
            assert download.state is Fetch.FAILED
            assert "the service no longer has this dump" in download.problem
        async with session(server, tmp_path) as w:
            assert await w.capture.resume_wanted("prod") == ()


async def test_what_failed_and_may_be_cured_is_tried_again(tmp_path: Path) -> None:
    async with ChunkServer(CHUNKS) as server:
        await broken_off(server, tmp_path)
        server.faults = {number: ["403"] for number in range(len(CHUNKS))}
        async with session(server, tmp_path) as w:
            (download,) = await resumed(w)
            assert download.state is Fetch.FAILED
        server.faults = {}
        async with session(server, tmp_path) as w:
            (download,) = await resumed(w)
            assert download.state is Fetch.DONE


async def test_an_exports_file_goes_on_where_it_was_to_go(tmp_path: Path) -> None:
    target = TargetRef(MODEL, Kind.EXPORT, "116000000001")
    made = Action("116000000001", "Sales.csv", "export", output=Output(True, 240_000))
    run = replace(RUN, target=target, name="Sales.csv", actions=(made,))
    async with ChunkServer(CHUNKS) as server:
        silence = Silence(server)
        async with session(server, tmp_path, run) as w:
            queued = w.capture.fetch_output("r1", made.id, tmp_path / "sales.csv")
            await silence.reached()
            await until(w, lambda d: d.chunks_done > 0, queued)
        left = w.store.download(queued)
        assert left is not None
        silence.end()
        async with session(server, tmp_path, run) as w:
            (download,) = await resumed(w)
            assert isinstance(download.source, FileRef)
            assert download.path == tmp_path / "sales.csv"
            assert download.path.read_bytes() == b"".join(CHUNKS)
            assert len(server.chunk_requests) == len(CHUNKS) - left.chunks_done
            assert w.run.actions[0].output.path == download.path


async def test_the_profile_of_another_service_leaves_it_alone(tmp_path: Path) -> None:
    async with ChunkServer(CHUNKS) as server:
        await broken_off(server, tmp_path)
        async with session(server, tmp_path) as w:
            w.capture._service = "https://api.elsewhere.example"
            assert await w.capture.resume_wanted("prod") == ()
            assert len(w.journal.wanted("prod")) == 1


@pytest.mark.parametrize("how", ["relative", "absolute"])
async def test_what_is_recorded_of_a_file_holds_wherever_the_app_is_started_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.chdir(tmp_path)
    made = Action("116000000001", "Sales.csv", "export", output=Output(True, 240_000))
    target = TargetRef(MODEL, Kind.EXPORT, made.id)
    run = replace(RUN, target=target, name="Sales.csv", actions=(made,))
    out = Path("sales.csv") if how == "relative" else tmp_path / "sales.csv"
    async with ChunkServer(CHUNKS) as server, session(server, tmp_path, run) as w:
        (download,) = await w.capture.settled([w.capture.fetch_output("r1", made.id, out)])
        assert download.path == tmp_path / "sales.csv"
        known = w.journal.run("r1")
        assert known is not None
        assert [file.path for file in known.files] == [tmp_path / "sales.csv"]
        (action,) = known.snapshot().actions
        assert (action.output.path, action.output.bytes, action.output.sha256) == (
            download.path,
            240_000,
            download.sha256,
        )
