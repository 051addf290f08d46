"""The engine against a real HTTP server: the tenant's bytes under the final name, or a reason and no file."""

import asyncio
import dataclasses
import hashlib
import os
import random
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.api.errors import AnaplanError
from anaplan_tui.api.refs import FileRef
from anaplan_tui.core.downloads import (
    DownloadFailed,
    DumpGone,
    Fetched,
    PartIdentity,
    Tally,
    Traces,
    fetch,
)
from tests.support.downloads import TRIES, files_in, get, parts_left, terms_in
from tests.support.downloads_server import DUMP, MODEL, ChunkServer, chunk_list, client_of, dump_of

# --- any sizes, order, framing and faults

SMALL, LARGE = 4_000, 300_000
PASSING = ["429", "503", "500", "502", "504", "409", "410", "cut", "reset", "html"]


@dataclasses.dataclass(frozen=True)
class Case:
    sizes: list[int]
    faults: dict[int, list[str]]
    window: int
    encoding: str
    page: int
    order: int


@st.composite
def cases(draw: st.DrawFn) -> Case:
    count = draw(st.integers(1, 14))
    even = draw(st.booleans())
    size = draw(st.sampled_from([1, 2, 7, 1_000, SMALL, LARGE]))
    last = draw(st.integers(1, size))
    sizes = [size] * (count - 1) + [last] if even else draw(
        st.lists(st.integers(0, SMALL), min_size=count, max_size=count)
    )  # fmt: skip
    passing = st.lists(st.sampled_from(PASSING), max_size=TRIES - 1)
    hopeless = st.just(["503"] * TRIES)
    faults = draw(st.dictionaries(st.integers(0, count - 1), passing | hopeless, max_size=4))
    return Case(
        sizes,
        faults,
        window=draw(st.integers(1, 8)),
        encoding=draw(st.sampled_from(["length", "gzip", "chunked"])),
        page=draw(st.integers(1, 20)),
        order=draw(st.integers(0, 2**16)),
    )


def shuffled_pages(server: ChunkServer, page: int, order: int) -> Callable[[int, int], bytes]:
    """The list in small pages, not in numeric order, with wrong paging numbers."""
    numbers = list(range(len(server.chunks)))
    random.Random(order).shuffle(numbers)

    def body(offset: int, limit: int) -> bytes:
        rows = [{"id": str(n), "name": f"Chunk {n}"} for n in numbers[offset : offset + min(page, limit)]]
        return chunk_list(rows, total=len(numbers), offset=offset)

    return body


async def one_case(case: Case, folder: Path, client: AnaplanClient, server: ChunkServer) -> None:
    server.chunks = dump_of(case.sizes)
    server.faults = {number: list(kinds) for number, kinds in case.faults.items()}
    server.encoding = case.encoding
    server.list_body = shuffled_pages(server, case.page, case.order)
    server.most_in_flight = 0
    target = folder / "dump.csv"
    target.unlink(missing_ok=True)
    if any(len(kinds) >= TRIES for kinds in case.faults.values()):
        with pytest.raises(DownloadFailed, match=f"failed {TRIES} times"):
            await get(server, client, folder, window=case.window)
        assert not target.exists()
        server.faults = {}
    fetched = await get(server, client, folder, window=case.window)
    whole = b"".join(server.chunks)
    assert target.read_bytes() == whole
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    expected = Fetched(
        target, len(whole), hashlib.sha256(whole).hexdigest(), len(case.sizes), unchanged=False
    )
    assert fetched == expected
    assert server.most_in_flight <= case.window
    assert parts_left(folder) == []


def test_the_file_is_the_tenants_bytes_or_there_is_none(tmp_path: Path) -> None:
    with asyncio.Runner() as runner:
        server = ChunkServer([b""])
        runner.run(server.__aenter__())
        opened = client_of(server.url)
        client = runner.run(opened.__aenter__())

        @settings(max_examples=100)
        @given(cases())
        def check(case: Case) -> None:
            runner.run(one_case(case, tmp_path, client, server))

        check()
        runner.run(opened.__aexit__(None, None, None))
        runner.run(server.__aexit__(None, None, None))


async def test_chunks_of_ten_million_bytes_and_characters_across_their_edges(tmp_path: Path) -> None:
    text = '"Łódź","€ 1"\r\n'.encode() * 1_500_000
    size = 10_000_000
    chunks = [text[at : at + size] for at in range(0, len(text), size)]
    async with ChunkServer(chunks) as server, client_of(server.url) as client:
        fetched = await get(server, client, tmp_path)
        assert fetched.sha256 == hashlib.sha256(text).hexdigest()
        assert fetched.bytes == len(text)
        assert sorted(server.chunk_requests) == [0, 1, 2]


@pytest.mark.parametrize("encoding", ["length", "gzip", "chunked"])
@pytest.mark.parametrize("window", [1, 4])
@pytest.mark.parametrize("hit", [0, 3, 7])
async def test_a_chunk_cut_short_with_a_fitting_length_is_noticed(
    tmp_path: Path, hit: int, window: int, encoding: str
) -> None:
    chunks = dump_of([1_000] * 7 + [400])
    async with ChunkServer(chunks, faults={hit: ["short"]}) as server, client_of(server.url) as client:
        server.encoding = encoding
        fetched = await get(server, client, tmp_path, window=window)
        assert fetched.path.read_bytes() == b"".join(chunks)


async def test_a_length_that_promises_too_much_is_noticed(tmp_path: Path) -> None:
    chunks = dump_of([1_000] * 5)
    async with ChunkServer(chunks, faults={2: ["long"]}) as server, client_of(server.url) as client:
        assert (await get(server, client, tmp_path)).path.read_bytes() == b"".join(chunks)


async def test_chunks_are_asked_for_in_order_and_each_once(tmp_path: Path) -> None:
    async with ChunkServer(dump_of([500] * 30)) as server, client_of(server.url) as client:
        await get(server, client, tmp_path, window=1)
        assert server.chunk_requests == list(range(30))
        assert server.most_in_flight == 1


async def test_strain_narrows_the_window_to_one(tmp_path: Path) -> None:
    faults = {n: ["429"] for n in range(4)}
    async with ChunkServer(dump_of([50_000] * 30), faults=faults) as server, client_of(server.url) as client:
        await get(server, client, tmp_path)
        assert sorted(server.chunk_requests[:4]) == [0, 1, 2, 3]
        # Two successes widen it to two again.
        assert server.chunk_requests[4:6] == [0, 1]
        assert server.crowd[4:6] == [1, 1]
        assert sorted(server.chunk_requests[6:8]) == [2, 3]


# --- chunk lists with errors


async def refused_list(folder: Path, body: bytes) -> DownloadFailed:
    async with ChunkServer(dump_of([10] * 3)) as server, client_of(server.url) as client:
        server.list_body = lambda _offset, _limit: body
        with pytest.raises(DownloadFailed) as caught:
            await get(server, client, folder)
        assert not (folder / "dump.csv").exists()
        return caught.value


async def test_a_list_with_a_gap_makes_no_file(tmp_path: Path) -> None:
    rows = [{"id": "0"}, {"id": "2"}]
    assert "chunk 1 is missing" in str(await refused_list(tmp_path, chunk_list(rows, total=2)))


async def test_an_answer_without_chunks_makes_no_file(tmp_path: Path) -> None:
    body = b'{"meta":{"paging":{"currentPageSize":0,"offset":0,"totalSize":0}},"status":{"code":200}}'
    assert "lists no chunks" in str(await refused_list(tmp_path, body))


SEED_LIST = b"""{
  "meta" : { "paging" : { "currentPageSize" : 1, "offset" : 0, "totalSize" : 3 },
  "schema" : "https://api.anaplan.com/2/0/models/F/objects/chunk" },
  "status" : { "code" : 200, "message" : "Success" },
  "chunks" : [ { "id" : "0", "name" : "Chunk 0"
  }, "chunks" : [ { "id" : "1", "name" : "Chunk 1"
  }, "chunks" : [ { "id" : "2", "name" : "Chunk 2" } ]
}"""
"""As the official page prints it (service.md §7.2): not JSON, and the page size is wrong."""


async def test_the_list_as_the_official_page_prints_it_is_read(tmp_path: Path) -> None:
    chunks = dump_of([10] * 3)
    async with ChunkServer(chunks) as server, client_of(server.url) as client:
        server.list_body = lambda _offset, _limit: SEED_LIST
        assert (await get(server, client, tmp_path)).path.read_bytes() == b"".join(chunks)


# --- a dump that disappears


async def test_a_dump_gone_in_the_middle_names_the_rule_and_leaves_no_file(tmp_path: Path) -> None:
    async def expired() -> Traces:
        return Traces(ended_at=datetime.now(UTC) - timedelta(hours=50), later_run=False, own_run=True)

    async with (
        ChunkServer(dump_of([100] * 9), faults={5: ["gone"]}) as server,
        client_of(server.url) as client,
    ):
        with pytest.raises(DumpGone, match="48 h after it was last read") as caught:
            await fetch(
                client,
                DUMP,
                tmp_path / "dump.csv",
                identity=PartIdentity(server.url, DUMP),
                terms=terms_in(tmp_path),
                traces=expired,
            )
    assert "No file was written" in str(caught.value)
    assert files_in(tmp_path) == []


async def test_a_chunk_that_is_not_there_while_the_list_has_it_is_a_failure_to_try_again(
    tmp_path: Path,
) -> None:
    chunks = dump_of([100] * 9)
    async with ChunkServer(chunks, faults={5: ["404"]}) as server, client_of(server.url) as client:
        with pytest.raises(DownloadFailed, match="lists the dump") as caught:
            await get(server, client, tmp_path)
        assert not isinstance(caught.value, DumpGone)
        assert (await get(server, client, tmp_path)).path.read_bytes() == b"".join(chunks)


@pytest.mark.parametrize(
    ("traces", "rule"),
    [
        (Traces(later_run=True), "a later run by the same user"),
        (Traces(own_run=False), "another user's run"),
        (Traces(), "48 h unread, replaced by a later run .*, or another user's"),
    ],
)
async def test_a_dump_gone_before_the_list(tmp_path: Path, traces: Traces, rule: str) -> None:
    async def known() -> Traces:
        return traces

    async with ChunkServer([b"x"]) as server, client_of(server.url) as client:
        file = FileRef(MODEL, "116000000001")
        server.faults = {0: ["gone"]}
        with pytest.raises(DumpGone, match=rule):
            await fetch(
                client,
                DUMP,
                tmp_path / "dump.csv",
                identity=PartIdentity(server.url, DUMP),
                terms=terms_in(tmp_path),
                traces=known,
            )
        server.faults = {0: ["gone"]}
        with pytest.raises(DumpGone, match="no such file"):
            await fetch(
                client,
                file,
                tmp_path / "out.csv",
                identity=PartIdentity(server.url, file),
                terms=terms_in(tmp_path),
            )


# --- resuming


async def test_a_cancelled_download_goes_on_where_it_was(tmp_path: Path) -> None:
    chunks = dump_of([1_000] * 10)
    async with ChunkServer(chunks) as server, client_of(server.url) as client:
        done = asyncio.Event()
        tally = Tally()

        def watch(sent: int) -> None:
            if sent >= 6_500:
                done.set()

        server.on_sent = watch
        task = asyncio.create_task(get(server, client, tmp_path, window=1, tally=tally))
        await done.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        kept = tally.chunks_done
        assert kept >= 5
        assert tally.bytes_done == kept * 1_000
        server.requests.clear()
        fetched = await get(server, client, tmp_path, window=1)
        assert server.chunk_requests == list(range(kept, 10))
        assert fetched.path.read_bytes() == b"".join(chunks)


async def test_another_dump_with_the_same_ids_is_never_mixed_in(tmp_path: Path) -> None:
    old, new = dump_of([1_000] * 6), dump_of([1_200] * 6)
    faults = {4: ["gone"]}
    async with ChunkServer(old, faults=faults) as server, client_of(server.url) as client:
        file = FileRef(MODEL, "116000000001")
        unnamed = PartIdentity(server.url, file)
        with pytest.raises(DumpGone):
            await get(server, client, tmp_path, identity=unnamed)
        server.chunks, server.gone = new, False
        fetched = await get(server, client, tmp_path, identity=unnamed)
        assert fetched.path.read_bytes() == b"".join(new)


async def test_a_dump_that_changes_under_way_is_begun_anew(tmp_path: Path) -> None:
    old, new = dump_of([1_000] * 8), dump_of([1_200] * 8)
    async with ChunkServer(old, faults={3: ["changes"]}) as server, client_of(server.url) as client:
        server.next = new
        fetched = await get(server, client, tmp_path)
        assert fetched.path.read_bytes() == b"".join(new)


async def test_whatever_is_left_in_the_state_directory_is_the_users_alone(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        async with ChunkServer(dump_of([100] * 3)) as server, client_of(server.url) as client:
            await get(server, client, tmp_path)
            server.faults = {2: ["400"]}
            with pytest.raises(AnaplanError):
                await get(server, client, tmp_path, identity=PartIdentity(server.url, DUMP, edition="2"))
    finally:
        os.umask(old)
    left = [path for path in (tmp_path / "parts").rglob("*") if not path.is_symlink()]
    assert {path.suffix for path in left} >= {".done", ".lock", ""}
    modes = {(path.is_dir(), stat.S_IMODE(path.stat().st_mode)) for path in [tmp_path / "parts", *left]}
    assert modes == {(True, 0o700), (False, 0o600)}
