"""``run.json``: private, complete, and never older than what was known when it was written."""

import json
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from anaplan_tui.core.dumps import run_json
from anaplan_tui.core.dumps.run_json import write_run_json
from anaplan_tui.core.snapshots import Action, Dump, Fetch, RunSnapshot
from tests.support.captures import RUN, session
from tests.support.downloads_server import ChunkServer, dump_of

HOLD_S = 1.0
"""Seconds the older writer is held back for a newer one, which may not be allowed past it."""


def test_it_is_private_and_replaced_whole(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    first = write_run_json(folder, replace(RUN, reason="one"))
    second = write_run_json(folder, replace(RUN, reason="two"))
    assert first == second
    assert first.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in folder.iterdir()] == ["run.json"]
    assert json.loads(first.read_text())["reason"] == "two"


async def test_an_older_state_never_replaces_a_newer_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The write for the first dump's end is held back until the second's is through, if it can be."""
    newer_is_through = threading.Event()
    write = write_run_json

    def held_back(folder: Path, run: RunSnapshot) -> Path:
        fetched = sum(action.dump.path is not None for action in run.actions)
        if fetched < len(run.actions):
            newer_is_through.wait(HOLD_S)
        path = write(folder, run)
        if fetched == len(run.actions):
            newer_is_through.set()
        return path

    monkeypatch.setattr(run_json, "write_run_json", held_back)
    async with ChunkServer(dump_of([1_000] * 3)) as server, session(server, tmp_path) as w:
        downloads = await w.fetched()
        assert [d.state for d in downloads] == [Fetch.DONE] * 2
        document = json.loads((w.capture.folder(w.run) / "run.json").read_text(encoding="utf-8"))
    assert [a["dump"]["path"] for a in document["actions"]] == [str(d.path) for d in downloads]


def _with_dump(number: int, path: Path) -> RunSnapshot:
    """Return the run as seen by a process that fetched one of the two dumps."""
    dump = Dump(True, path, path.stat().st_size if path.exists() else 4, "ab" * 32, 1)
    actions = tuple(replace(a, dump=dump) if at == number else a for at, a in enumerate(RUN.actions))
    return replace(RUN, actions=actions)


def _paths(folder: Path) -> list[Any]:
    document = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    return [action["dump"]["path"] for action in document["actions"]]


def test_what_another_process_fetched_of_the_run_stays_known(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours.csv", tmp_path / "theirs.csv"
    ours.write_bytes(b"rows")
    theirs.write_bytes(b"rows")
    write_run_json(tmp_path, _with_dump(1, theirs))
    write_run_json(tmp_path, _with_dump(0, ours))
    assert _paths(tmp_path) == [str(ours), str(theirs)]
    theirs.unlink()
    write_run_json(tmp_path, _with_dump(0, ours))
    assert _paths(tmp_path) == [str(ours), None]


def test_the_files_of_another_task_are_not_taken_over(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs.csv"
    theirs.write_bytes(b"rows")
    write_run_json(tmp_path, replace(_with_dump(0, theirs), task_id="F" * 32))
    write_run_json(tmp_path, RUN)
    assert _paths(tmp_path) == [None, None]


@pytest.mark.parametrize(
    "found",
    [
        "",
        "[]",
        "{",
        '{"task_id": 7}',
        '{"task_id": "%s", "actions": {}}',
        '{"task_id": "%s", "actions": [7]}',
        '{"task_id": "%s", "actions": [{"id": ["x"], "dump": 1}, {"id": "112000000001", "dump": []}]}',
    ],
)
def test_a_document_of_somebody_else_is_replaced(tmp_path: Path, found: str) -> None:
    (tmp_path / "run.json").write_text(found.replace("%s", str(RUN.task_id)))
    write_run_json(tmp_path, replace(RUN, actions=(Action("112000000001", "A", "import"),)))
    assert _paths(tmp_path) == [None]
