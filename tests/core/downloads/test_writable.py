"""An unusable place: reported with meaningful figures, and another one taken instead."""

import errno
import json
import os
from pathlib import Path

import pytest

from anaplan_tui.core.downloads import assembly, writable
from anaplan_tui.core.downloads.errors import no_room
from anaplan_tui.core.downloads.writable import SPARE_ROOM, why_not_here
from anaplan_tui.core.snapshots import DownloadSnapshot, Fetch
from tests.support.captures import ACTIONS, World, session
from tests.support.downloads_server import ChunkServer, dump_of

CHUNKS = dump_of([1_000] * 4)


@pytest.mark.parametrize(
    ("needed", "free", "said"),
    [
        (600, 0, "600 B more are needed and 0 B are free (/dumps)"),
        (45_000_000, 3_200_000, "45.0 MB more are needed and 3.2 MB are free (/dumps)"),
        (9_400_000_000, 41_000, "9.4 GB more are needed and 41 KB are free (/dumps)"),
        (
            600,
            500_000,
            "600 B more are needed and 500 KB are free, of which 1.0 MB are left alone (/dumps)",
        ),
        (0, 4_096, "only 4 KB are free, and 1.0 MB are to stay free (/dumps)"),
    ],
)
def test_figures_are_in_a_unit_that_means_something(needed: int, free: int, said: str) -> None:
    assert no_room("download x", Path("/dumps"), needed, free, SPARE_ROOM).said == said


async def refused(w: World) -> tuple[DownloadSnapshot, ...]:
    found = await w.capture.settled(w.capture.fetch_dumps("r1", ACTIONS[:1]))
    assert [d.state for d in found] == [Fetch.FAILED]
    return found


async def test_a_directory_that_cannot_be_made_is_named_and_another_one_taken(tmp_path: Path) -> None:
    (tmp_path / "dumps").write_text("in the way")
    async with ChunkServer(CHUNKS) as server, session(server, tmp_path) as w:
        (failed,) = await refused(w)
        assert failed.refused_by is not None
        assert failed.refused_by.is_relative_to(tmp_path / "dumps")
        assert server.requests == []
        elsewhere = tmp_path / "elsewhere" / "deeper"
        w.capture.put_elsewhere([failed], elsewhere)
        (download,) = await w.capture.settled([failed.download_id])
        assert (download.state, download.refused_by) == (Fetch.DONE, None)
        assert download.path is not None
        assert download.path.is_relative_to(elsewhere)
        assert download.path.read_bytes() == b"".join(CHUNKS)
        document = json.loads(download.path.with_name("run.json").read_text())
        assert document["actions"][0]["dump"]["path"] == str(download.path)
        assert w.run.actions[0].dump.path == download.path
        assert w.journal.wanted("prod") == []
        known = w.journal.run("r1")
        assert known is not None
        assert [file.path for file in known.files] == [download.path]


async def test_chunks_that_are_here_are_not_fetched_again_for_another_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.link

    def full(source: Path, target: Path, **options: bool) -> None:
        if Path(target).is_relative_to(tmp_path / "dumps"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(source, target, **options)

    monkeypatch.setattr(os, "link", full)
    async with ChunkServer(CHUNKS) as server, session(server, tmp_path) as w:
        (failed,) = await refused(w)
        assert "the disk is full" in failed.problem
        server.requests.clear()
        w.capture.put_elsewhere([failed], tmp_path / "elsewhere")
        (download,) = await w.capture.settled([failed.download_id])
        assert download.state is Fetch.DONE
        assert server.chunk_requests == []


async def test_where_the_parts_have_no_room_they_go_there_too_and_leave_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = writable.free_room

    def room(folder: Path) -> int:
        return 0 if folder.is_relative_to(tmp_path / "parts") else real(folder)

    monkeypatch.setattr(assembly, "free_room", room)
    async with ChunkServer(CHUNKS) as server, session(server, tmp_path) as w:
        (failed,) = await refused(w)
        assert "0 B are free" in failed.problem
        elsewhere = tmp_path / "elsewhere"
        w.capture.put_elsewhere([failed], elsewhere)
        (download,) = await w.capture.settled([failed.download_id])
        assert download.state is Fetch.DONE
        assert download.path is not None
        assert download.path.read_bytes() == b"".join(CHUNKS)
        files = {path.name for path in elsewhere.rglob("*") if path.is_file()}
        assert files == {download.path.name, "run.json"}
        assert not (elsewhere / ".parts").exists()


async def test_a_place_that_a_later_life_of_the_app_goes_on_with(tmp_path: Path) -> None:
    (tmp_path / "dumps").write_text("in the way")
    async with ChunkServer(CHUNKS, faults={3: ["403"]}) as server:
        async with session(server, tmp_path) as w:
            (failed,) = await refused(w)
            w.capture.put_elsewhere([failed], tmp_path / "elsewhere")
            (again,) = await w.capture.settled([failed.download_id])
            assert again.state is Fetch.FAILED
            assert again.refused_by is None
        async with session(server, tmp_path) as w:
            (found,) = await w.capture.resume_wanted("prod")
            (download,) = await w.capture.settled([found.download_id])
            assert download.path is not None
            assert download.path.is_relative_to(tmp_path / "elsewhere")


def test_a_place_is_looked_at_before_anything_is_fetched_into_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("x")
    assert why_not_here(tmp_path, 1_000) == ""
    assert why_not_here(tmp_path / "not" / "there" / "yet", 1_000) == ""
    assert "not a directory" in why_not_here(tmp_path / "file", None)
    assert "not a directory" in why_not_here(tmp_path / "file" / "deeper", None)
    assert "are free there: not enough" in why_not_here(tmp_path, 1 << 60)
    assert why_not_here(Path("a\0b"), None) != ""
    if Path("/proc/self").is_dir():
        assert why_not_here(Path("/proc/self/task"), None) != ""
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert "not writable" in why_not_here(tmp_path, None)
