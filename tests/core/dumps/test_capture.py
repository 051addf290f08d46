"""The dumps of a run: fetched once, recorded in run, ``run.json`` and journal, and not fetched again."""

import json
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from anaplan_tui.core.dumps.refusals import NoDumps
from anaplan_tui.core.snapshots import (
    Fetch,
    Origin,
)
from anaplan_tui.core.store import KEPT
from tests.support.captures import ACTIONS, NOON, RUN, session
from tests.support.downloads_server import ChunkServer, dump_of


async def test_fetched_dumps_are_told_to_the_run_its_document_and_the_journal(tmp_path: Path) -> None:
    chunks = dump_of([1_000] * 3)
    async with ChunkServer(chunks) as server, session(server, tmp_path) as w:
        downloads = await w.fetched()
        assert [(d.state, d.unchanged) for d in downloads] == [(Fetch.DONE, False)] * 2
        for action, download in zip(w.run.actions, downloads, strict=True):
            assert action.dump.path == download.path
            assert (action.dump.bytes, action.dump.sha256, action.dump.chunks) == (3_000, download.sha256, 3)
            assert action.dump.path is not None
            assert action.dump.path.read_bytes() == b"".join(chunks)
        document = json.loads((w.capture.folder(w.run) / "run.json").read_text(encoding="utf-8"))
        assert [a["dump"]["path"] for a in document["actions"]] == [str(d.path) for d in downloads]
        known = w.journal.run("r1")
        assert known is not None
        assert {file.path for file in known.files} == {d.path for d in downloads}


async def test_asked_for_again_what_is_on_disk_is_not_requested(tmp_path: Path) -> None:
    async with ChunkServer(dump_of([1_000] * 3)) as server, session(server, tmp_path) as w:
        first = await w.fetched()
        again = await w.fetched()
        assert server.requests == []
        assert [(d.state, d.unchanged, d.path, d.sha256) for d in again] == [
            (Fetch.DONE, True, d.path, d.sha256) for d in first
        ]
        assert (again[0].bytes_done, again[0].chunks_total) == (3_000, 3)
        assert [a.dump.path for a in w.run.actions] == [d.path for d in first]


@pytest.mark.parametrize("lost", ["nothing", "parts"])
async def test_another_session_finds_it_by_the_journal(tmp_path: Path, lost: str) -> None:
    async with ChunkServer(dump_of([1_000] * 3)) as server:
        async with session(server, tmp_path) as w:
            first = await w.fetched()
        if lost == "parts":
            shutil.rmtree(tmp_path / "parts")
        # As the service reports the run, without the files here.
        async with session(server, tmp_path) as w:
            again = await w.fetched()
            assert server.requests == []
            assert [d.path for d in again] == [d.path for d in first]


async def test_with_the_journal_lost_the_same_bytes_are_fetched_and_kept_once(tmp_path: Path) -> None:
    async with ChunkServer(dump_of([1_000] * 3)) as server:
        async with session(server, tmp_path) as w:
            first = await w.fetched()
        (tmp_path / "journal.db").unlink()
        async with session(server, tmp_path) as w:
            again = await w.fetched()
        assert [(d.path, d.unchanged) for d in again] == [(d.path, True) for d in first]


async def test_a_finished_download_leaves_nothing_among_the_parts(tmp_path: Path) -> None:
    async with ChunkServer(dump_of([1_000] * 3)) as server, session(server, tmp_path) as w:
        await w.fetched()
        await w.fetched()
    assert list((tmp_path / "parts").iterdir()) == []


async def test_the_journal_knows_the_task_under_another_run_id_too(tmp_path: Path) -> None:
    async with ChunkServer(dump_of([1_000] * 3)) as server, session(server, tmp_path) as w:
        first = await w.fetched()
        shutil.rmtree(tmp_path / "parts")
        w.store.put_run(replace(RUN, run_id="r2"))
        server.requests.clear()
        again = await w.capture.settled(w.capture.fetch_dumps("r2"))
        assert server.requests == []
        assert [d.path for d in again] == [d.path for d in first]


@pytest.mark.parametrize("harm", ["edited", "gone"])
async def test_only_what_was_changed_or_removed_is_fetched_again(tmp_path: Path, harm: str) -> None:
    chunks = dump_of([1_000] * 3)
    async with ChunkServer(chunks) as server, session(server, tmp_path) as w:
        first, other = await w.fetched()
        assert first.path is not None
        if harm == "gone":
            first.path.unlink()
        else:
            first.path.write_bytes(first.path.read_bytes().swapcase())
        again, kept = await w.fetched()
        assert (again.unchanged, kept.unchanged, kept.path) == (False, True, other.path)
        assert sorted(server.chunk_requests) == [0, 1, 2]
        assert all(ACTIONS[0] in path for path in server.requests)
        assert again.path is not None
        assert again.path.read_bytes() == b"".join(chunks)
        assert (again.path == first.path) == (harm == "gone")


async def test_a_dump_that_is_gone_leaves_no_folder_and_says_why(tmp_path: Path) -> None:
    async with (
        ChunkServer(dump_of([1_000]), faults={0: ["gone"] * 2}) as server,
        session(server, tmp_path) as w,
    ):
        downloads = await w.fetched()
        assert {d.state for d in downloads} == {Fetch.FAILED}
        assert all("No file was written" in str(a.dump.error) for a in w.run.actions)
        assert not (tmp_path / "dumps").exists()


OF_OTHERS = replace(RUN, origin=Origin.ELSEWHERE)


async def test_a_run_whose_lists_of_chunks_are_refused_is_another_users(tmp_path: Path) -> None:
    async with ChunkServer(dump_of([1_000])) as server:
        server.gone = True
        async with session(server, tmp_path, OF_OTHERS) as w:
            await w.fetched()
            assert "only by the user who ran it" in w.run.no_dumps
            with pytest.raises(NoDumps, match="not tried again"):
                w.capture.fetch_dumps("r1")
            known = w.journal.run("r1")
            assert known is not None
            assert known.snapshot().no_dumps == w.run.no_dumps


@pytest.mark.parametrize("fault", ["404", "gone"])
async def test_a_chunk_that_is_not_there_does_not_make_a_run_another_users(
    tmp_path: Path, fault: str
) -> None:
    async with (
        ChunkServer(dump_of([1_000] * 3), faults={1: [fault]}) as server,
        session(server, tmp_path, OF_OTHERS) as w,
    ):
        (first,) = await w.capture.settled(w.capture.fetch_dumps("r1", ACTIONS[:1]))
        assert first.state is Fetch.FAILED
        assert w.run.actions[0].dump.gone == (fault == "gone")
        assert w.run.no_dumps == ""
        server.gone = False
        assert {d.state for d in await w.fetched()} == {Fetch.DONE}


async def test_one_dump_that_comes_tells_that_the_run_is_this_users(tmp_path: Path) -> None:
    async with ChunkServer(dump_of([1_000])) as server, session(server, tmp_path, OF_OTHERS) as w:
        server.gone = True
        both = w.capture.fetch_dumps("r1")
        await w.capture.settled(both[:1])
        await w.capture.settled(both)
        assert w.run.no_dumps
        server.gone = False
        w.capture.resume(both[1])
        (came,) = await w.capture.settled(both[1:])
        assert came.state is Fetch.DONE
        assert w.run.no_dumps == ""
        known = w.journal.run("r1")
        assert known is not None
        assert known.snapshot().no_dumps == ""


async def test_a_run_without_dumps_says_why(tmp_path: Path) -> None:
    bare = replace(RUN, actions=())
    async with ChunkServer([]) as server, session(server, tmp_path, bare) as w:
        with pytest.raises(NoDumps, match="No action of this run has a dump"):
            w.capture.fetch_dumps("r1")
        with pytest.raises(NoDumps, match="has no task"):
            w.capture.fetch_dumps("nobody")


async def test_an_action_without_dump_is_named_even_beside_one_that_has_it(tmp_path: Path) -> None:
    async with ChunkServer([]) as server, session(server, tmp_path) as w:
        with pytest.raises(NoDumps, match="with the id 112999999999 has a dump"):
            w.capture.fetch_dumps("r1", [ACTIONS[0], "112999999999"])


async def test_a_long_session_keeps_no_more_of_its_downloads_than_the_store(tmp_path: Path) -> None:
    async with ChunkServer(dump_of([100])) as server, session(server, tmp_path) as w:
        for number in range(3 * KEPT):
            run = replace(RUN, run_id=f"n{number}", started_at=NOON + timedelta(minutes=number))
            w.store.put_run(run)
            await w.capture.settled(w.capture.fetch_dumps(run.run_id))
        assert len(w.store.downloads) <= 2 * (KEPT + 1)
        assert len(w.capture.downloads._jobs) <= 2 * (KEPT + 2)
        assert len(w.capture._wishes.all) <= 2 * (KEPT + 2)
        assert len(w.capture.downloads._folders._users) == 0
    assert list((tmp_path / "parts").iterdir()) == []
