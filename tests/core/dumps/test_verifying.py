"""A dump on disk compared with the service's, whose chunks are read a second time."""

from collections.abc import Callable
from pathlib import Path

import pytest

from anaplan_tui.api.errors import Unreadable
from anaplan_tui.core.dumps.refusals import NoDumps
from anaplan_tui.core.report import verified_document
from anaplan_tui.core.snapshots import Match, Verified
from tests.support.captures import ACTIONS, World, session
from tests.support.downloads_server import ChunkServer, dump_of

CHUNKS = dump_of([1_000] * 4 + [333])
WHOLE = b"".join(CHUNKS)


async def verified(w: World) -> Verified:
    w.server.requests.clear()
    (found,) = await w.capture.verifier.verify("r1", ACTIONS[:1])
    return found


async def fetched(w: World) -> Path:
    (download,) = await w.capture.settled(w.capture.fetch_dumps("r1", ACTIONS[:1]))
    assert download.path is not None
    return download.path


@pytest.mark.parametrize("encoding", ["length", "gzip", "chunked"])
async def test_the_same_bytes_are_the_same(tmp_path: Path, encoding: str) -> None:
    async with ChunkServer(CHUNKS) as server, session(server, tmp_path) as w:
        server.encoding = encoding
        path = await fetched(w)
        seen: list[tuple[int, int]] = []
        (found,) = await w.capture.verifier.verify("r1", ACTIONS[:1], lambda *done: seen.append(done))
        assert (found.match, found.different_at, found.problem) == (Match.SAME, None, "")
        document = verified_document(found)
        assert (document["verified"], document["path"], document["chunks"]) == ("same", str(path), 5)
        assert seen[-1] == (len(WHOLE), len(WHOLE))
        assert sorted(server.whole.values()) == [2] * 5


def _flip(at: int) -> Callable[[bytes], bytes]:
    return lambda whole: whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]


@pytest.mark.parametrize(
    ("harm", "chunk"),
    [
        (_flip(0), 0),
        (_flip(999), 0),
        (_flip(1_000), 1),
        (_flip(len(WHOLE) - 1), 4),
        (lambda whole: whole[:-1], 4),
        (lambda whole: whole[:1_500], 1),
        (lambda whole: whole + b"\n", 5),
        (lambda whole: b"", 0),
    ],
    ids=["first", "end of 0", "start of 1", "last", "cut", "cut in the middle", "longer", "empty"],
)
async def test_the_first_chunk_that_differs_is_named(
    tmp_path: Path, harm: Callable[[bytes], bytes], chunk: int
) -> None:
    async with ChunkServer(CHUNKS) as server, session(server, tmp_path) as w:
        path = await fetched(w)
        path.write_bytes(harm(WHOLE))
        found = await verified(w)
        assert (found.match, found.different_at) == (Match.DIFFERENT, chunk)
        assert path.read_bytes() == harm(WHOLE)
        assert verified_document(found)["different_chunk"] == chunk


async def test_a_wrong_answer_that_was_published_is_found_out(tmp_path: Path) -> None:
    """Well-formed, of the right size, and wrong: only a second reading reveals it."""
    wrong = [CHUNKS[0], CHUNKS[1].swapcase(), *CHUNKS[2:]]
    async with ChunkServer(wrong) as server, session(server, tmp_path) as w:
        await fetched(w)
        server.chunks = list(CHUNKS)
        found = await verified(w)
        assert (found.match, found.different_at) == (Match.DIFFERENT, 1)


async def test_one_wrong_answer_on_the_way_is_no_difference(tmp_path: Path) -> None:
    async with ChunkServer(CHUNKS) as server, session(server, tmp_path) as w:
        await fetched(w)
        server.faults = {1: ["short"], 2: ["html"], 3: ["reset", "503"]}
        found = await verified(w)
        assert found.match is Match.SAME
        assert not any(server.faults.values())


async def test_a_page_in_place_of_a_chunk_is_no_difference_either(tmp_path: Path) -> None:
    async with ChunkServer(CHUNKS) as server, session(server, tmp_path) as w:
        await fetched(w)
        server.faults = {1: ["html"] * 9}
        with pytest.raises(Unreadable, match="a page came instead of chunk 1"):
            await verified(w)


async def test_what_the_service_no_longer_has_is_gone(tmp_path: Path) -> None:
    async with ChunkServer(CHUNKS) as server, session(server, tmp_path) as w:
        path = await fetched(w)
        server.faults = {0: ["404"]}
        found = await verified(w)
        assert found.match is Match.GONE
        assert "the service no longer has this dump" in found.problem
        assert verified_document(found)["path"] == str(path)


@pytest.mark.parametrize("before", ["never", "removed"])
async def test_what_is_not_on_disk_is_fetched_first(tmp_path: Path, before: str) -> None:
    async with ChunkServer(CHUNKS) as server, session(server, tmp_path) as w:
        if before == "removed":
            (await fetched(w)).unlink()
        found = await verified(w)
        assert found.match is Match.SAME
        assert found.download.path is not None
        assert found.download.path.read_bytes() == WHOLE


async def test_a_file_of_that_name_that_nothing_is_known_of_is_compared_as_it_is(tmp_path: Path) -> None:
    async with ChunkServer(CHUNKS) as server:
        async with session(server, tmp_path) as w:
            path = await fetched(w)
        path.write_bytes(_flip(2_000)(WHOLE))
        for known in (tmp_path / "journal.db", *(tmp_path / "parts").iterdir()):
            known.unlink()
        async with session(server, tmp_path) as w:
            found = await verified(w)
            assert (found.match, found.different_at) == (Match.DIFFERENT, 2)


async def test_one_that_cannot_be_fetched_is_compared_with_nothing(tmp_path: Path) -> None:
    async with ChunkServer(CHUNKS, faults={0: ["gone"] * 3}) as server, session(server, tmp_path) as w:
        found = await verified(w)
        assert (found.match, found.download.path) == (None, None)
        document = verified_document(found)
        assert (document["verified"], document["path"]) == (None, None)
        assert "no longer has this dump" in document["error"]


async def test_a_run_without_dumps_says_why(tmp_path: Path) -> None:
    async with ChunkServer(CHUNKS) as server, session(server, tmp_path) as w:
        with pytest.raises(NoDumps, match="with the id 112999999999 has a dump"):
            await w.capture.verifier.verify("r1", [ACTIONS[0], "112999999999"])
