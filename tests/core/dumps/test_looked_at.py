"""Whether a file is still the fetched one: by its stamp where it is listed, by its bytes where it is used."""

import asyncio
import json
import os
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from anaplan_tui.core.downloads.receipts import look
from anaplan_tui.core.dumps import looked_at as files_looked_at
from anaplan_tui.core.dumps.files import changed_since_fetched, dump_file, earlier_dump
from anaplan_tui.core.dumps.looked_at import looked_at, read_again
from anaplan_tui.core.run_document import run_document
from anaplan_tui.core.runs.preflight import unsaved_dumps
from anaplan_tui.core.snapshots import Dump, Fetch, OnDisk
from tests.support.captures import ACTIONS, NOON, session
from tests.support.downloads_server import ChunkServer, dump_of

CHUNKS = dump_of([1_000] * 3)


def _grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


def _edit(path: Path) -> None:
    path.write_bytes(path.read_bytes().swapcase())
    # Some file systems store times in steps of a second or two.
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 2_000_000_000))


def _link(path: Path) -> None:
    path.rename(path.with_suffix(".real"))
    path.symlink_to(path.with_suffix(".real"))


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _parent(path: Path) -> None:
    path.parent.rename(path.parent.with_name("elsewhere"))


HARMS = {
    _grow: OnDisk.CHANGED,
    _edit: OnDisk.CHANGED,
    _link: OnDisk.CHANGED,
    _folder: OnDisk.CHANGED,
    os.unlink: OnDisk.MISSING,
    _parent: OnDisk.MISSING,
}


def _name(value: object) -> str:
    return getattr(value, "__name__", str(value)).strip("_")


@pytest.mark.parametrize(("harm", "found"), HARMS.items(), ids=_name)
async def test_a_look_tells_run_document_and_download(
    tmp_path: Path, harm: Callable[[Path], None], found: OnDisk
) -> None:
    async with ChunkServer(CHUNKS) as server, session(server, tmp_path) as w:
        first, _ = await w.fetched()
        assert first.path is not None
        await w.capture.looks.at_run("r1")
        assert all(action.dump.saved for action in w.run.actions)
        harm(first.path)
        await w.capture.looks.at_run("r1")
        assert w.run.actions[0].dump.on_disk is found
        assert run_document(w.run)["actions"][0]["dump"]["on_disk"] == found.value
        seen = w.store.download(first.download_id)
        assert seen is not None
        assert seen.on_disk is found


@pytest.mark.parametrize("harm", [_grow, _edit, os.unlink], ids=_name)
async def test_it_is_fetched_again_beside_it(tmp_path: Path, harm: Callable[[Path], None]) -> None:
    async with ChunkServer(CHUNKS) as server, session(server, tmp_path) as w:
        first, _ = await w.fetched()
        assert first.path is not None
        harm(first.path)
        harmed = first.path.read_bytes() if first.path.exists() else None
        await w.capture.looks.at_run("r1")
        (again,) = await w.capture.settled(w.capture.fetch_dumps("r1", ACTIONS[:1]))
        assert again.path is not None
        assert again.path.read_bytes() == b"".join(CHUNKS)
        assert w.run.actions[0].dump.saved
        assert w.run.actions[0].dump.path == again.path
        assert harmed is None or (first.path.read_bytes(), again.path) == (
            harmed,
            first.path.with_stem(f"{first.path.stem} (2)"),
        )


async def test_one_that_is_done_is_fetched_again_from_the_list_of_downloads(tmp_path: Path) -> None:
    async with ChunkServer(CHUNKS) as server, session(server, tmp_path) as w:
        first, _ = await w.fetched()
        assert first.path is not None
        w.server.requests.clear()
        w.capture.resume(first.download_id)
        (kept,) = await w.capture.settled([first.download_id])
        assert (kept.path, kept.unchanged, server.requests) == (first.path, True, [])
        first.path.unlink()
        w.capture.resume(first.download_id)
        (again,) = await w.capture.settled([first.download_id])
        assert (again.state, again.on_disk, again.path) == (Fetch.DONE, OnDisk.SAME, first.path)
        assert first.path.read_bytes() == b"".join(CHUNKS)
        assert w.journal.wanted("prod") == []


async def test_the_journal_remembers_the_time_of_the_file(tmp_path: Path) -> None:
    async with ChunkServer(CHUNKS) as server, session(server, tmp_path) as w:
        first, _ = await w.fetched()
        assert first.path is not None
        _edit(first.path)
        known = w.journal.run("r1")
        assert known is not None
        run = known.looked_at().snapshot()
        assert [action.dump.on_disk for action in run.actions] == [OnDisk.CHANGED, OnDisk.SAME]
        assert [action.id for action in unsaved_dumps(known.snapshot(), NOON)] == [ACTIONS[0]]
        (again,) = await w.capture.settled(w.capture.fetch_dumps("r1", ACTIONS[:1]))
        # Both files are known; the unchanged one counts, even when the newer one is removed.
        known = w.journal.run("r1")
        assert known is not None
        assert known.looked_at().snapshot().actions[0].dump.path == again.path
        assert again.path is not None
        os.utime(first.path, ns=(0, first.mtime_ns or 0))
        again.path.unlink()
        known = w.journal.run("r1")
        assert known is not None
        assert known.looked_at().snapshot().actions[0].dump.path == first.path


async def test_bytes_that_look_the_same_are_found_out_when_they_are_used(tmp_path: Path) -> None:
    async with ChunkServer(CHUNKS) as server, session(server, tmp_path) as w:
        first, _ = await w.fetched()
        assert first.path is not None
        opened = dump_file(w.run, ACTIONS[0])
        assert opened is not None
        assert opened.is_whole() is OnDisk.SAME
        first.path.write_bytes(first.path.read_bytes().swapcase())
        os.utime(first.path, ns=(0, first.mtime_ns or 0))
        assert looked_at(w.run).actions[0].dump.on_disk is OnDisk.SAME
        assert opened.is_whole() is OnDisk.CHANGED
        assert read_again(w.run.actions[0].dump) is OnDisk.CHANGED
        assert read_again(Dump(True)) is OnDisk.MISSING
        (again,) = await w.capture.settled(w.capture.fetch_dumps("r1", ACTIONS[:1]))
        assert not again.unchanged


async def test_an_earlier_dump_that_was_changed_is_compared_with_nothing(tmp_path: Path) -> None:
    async with ChunkServer(CHUNKS) as server, session(server, tmp_path) as w:
        first, _ = await w.fetched()
        assert first.path is not None
        later = replace(w.run, run_id="r2", started_at=NOON.replace(hour=13))
        found = earlier_dump(w.journal, "prod", later, ACTIONS[0])
        assert found is not None
        assert found.path == first.path
        _edit(first.path)
        assert earlier_dump(w.journal, "prod", later, ACTIONS[0]) is None


async def test_run_json_speaks_of_no_moment(tmp_path: Path) -> None:
    async with ChunkServer(CHUNKS) as server, session(server, tmp_path) as w:
        await w.fetched()
        document = json.loads((w.capture.folder(w.run) / "run.json").read_text())
        assert all("on_disk" not in a["dump"] and "on_disk" not in a["output"] for a in document["actions"])


async def test_while_a_disk_does_not_answer_nobody_else_waits_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ChunkServer(CHUNKS) as server, session(server, tmp_path) as w:
        await w.fetched()
        reached, answers, looks = threading.Event(), threading.Event(), []

        def hanging(path: Path, size: int | None, mtime_ns: int | None) -> OnDisk:
            looks.append(path)
            reached.set()
            answers.wait()
            return look(path, size, mtime_ns)

        monkeypatch.setattr(files_looked_at, "look", hanging)
        stuck = asyncio.create_task(w.capture.looks.at_run("r1"))
        await asyncio.to_thread(reached.wait)
        for _ in range(20):
            await w.capture.looks.at_run("r1")
        assert len(looks) == 1
        answers.set()
        await stuck


async def test_an_upload_of_a_fetched_file_that_was_changed_says_so(tmp_path: Path) -> None:
    async with ChunkServer(CHUNKS) as server, session(server, tmp_path) as w:
        first, _ = await w.fetched()
        assert first.path is not None
        assert changed_since_fetched(w.journal, first.path) == ""
        assert changed_since_fetched(w.journal, tmp_path / "journal.db") == ""
        first.path.write_bytes(first.path.read_bytes().swapcase())
        said = changed_since_fetched(w.journal, first.path)
        assert said.startswith("It was fetched from Anaplan (")
        assert said.endswith(f", '{first.name}') and changed since.")
