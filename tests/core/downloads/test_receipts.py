"""A dump already on disk: not requested again, and not trusted without its receipt."""

import dataclasses
import shutil
from pathlib import Path

import pytest

from anaplan_tui.api.refs import FileRef
from anaplan_tui.core.downloads import (
    PartIdentity,
    Receipt,
    fetch,
)
from tests.support.downloads import get, terms_in
from tests.support.downloads_server import DUMP, MODEL, ChunkServer, client_of, dump_of


async def test_a_dump_that_is_on_disk_is_not_asked_for_again(tmp_path: Path) -> None:
    async with ChunkServer(dump_of([100] * 3)) as server, client_of(server.url) as client:
        first = await get(server, client, tmp_path)
        server.requests.clear()
        assert await get(server, client, tmp_path) == dataclasses.replace(first, unchanged=True)
        assert server.requests == []


@pytest.mark.parametrize("harm", ["other bytes", "other size", "gone", "a link"])
async def test_a_file_that_is_not_the_dump_any_more_is_left_and_the_dump_fetched(
    tmp_path: Path, harm: str
) -> None:
    async with ChunkServer(dump_of([100] * 3)) as server, client_of(server.url) as client:
        path = (await get(server, client, tmp_path)).path
        whole = path.read_bytes()
        if harm == "a link":
            path.rename(tmp_path / "elsewhere")
            path.symlink_to(tmp_path / "elsewhere")
        elif harm == "gone":
            path.unlink()
        else:
            path.write_bytes(whole.swapcase() if harm == "other bytes" else whole + b"edited")
        server.requests.clear()
        again = await get(server, client, tmp_path)
        assert sorted(server.chunk_requests) == [0, 1, 2]
        assert again.path.name == ("dump.csv" if harm == "gone" else "dump (2).csv")
        assert (again.path.read_bytes(), again.unchanged) == (whole, False)


async def test_a_receipt_from_elsewhere_saves_the_requests_too(tmp_path: Path) -> None:
    async with ChunkServer(dump_of([100] * 3)) as server, client_of(server.url) as client:
        first = await get(server, client, tmp_path)
        shutil.rmtree(tmp_path / "parts")
        server.requests.clear()
        receipt = Receipt(first.path, first.bytes, first.sha256, first.chunks)

        async def saved() -> list[Receipt]:
            return [Receipt(tmp_path / "x.csv", 1, "no", 1), receipt]

        again = await fetch(
            client,
            DUMP,
            tmp_path / "dump.csv",
            identity=PartIdentity(server.url, DUMP),
            terms=terms_in(tmp_path),
            saved=saved,
        )
        assert again == dataclasses.replace(first, unchanged=True)
        assert server.requests == []
        (tmp_path / "other").mkdir()
        moved = await fetch(
            client,
            DUMP,
            tmp_path / "other" / "dump.csv",
            identity=PartIdentity(server.url, DUMP),
            terms=terms_in(tmp_path),
            saved=saved,
        )
        assert moved.path == tmp_path / "other" / "dump.csv"
        assert sorted(server.chunk_requests) == [0, 1, 2]


async def test_a_file_of_no_known_edition_is_asked_for_again(tmp_path: Path) -> None:
    async with ChunkServer(dump_of([100])) as server, client_of(server.url) as client:
        identity = PartIdentity(server.url, FileRef(MODEL, "116000000001"))
        first = await get(server, client, tmp_path, identity=identity)
        server.requests.clear()
        again = await get(server, client, tmp_path, identity=identity)
        assert again == dataclasses.replace(first, unchanged=True)
        assert server.chunk_requests == [0]
