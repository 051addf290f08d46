"""The files named in a ``run.json``, whoever wrote it."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from anaplan_tui.core.dumps.run_json import write_run_json
from anaplan_tui.core.dumps.told_files import ToldFile, action_of_dump, told_in
from anaplan_tui.core.snapshots import Dump
from tests.support.captures import RUN


def told(folder: Path, action: object) -> Any:
    """Return the first action of a document that has only this one."""
    (folder / "run.json").write_text(json.dumps({"task_id": "T", "actions": [action]}))
    run = told_in(folder)
    assert run is not None
    return run["actions"][0] if run["actions"] else None


def test_what_this_program_writes_is_read_back(tmp_path: Path) -> None:
    dump = tmp_path / "rows.csv"
    fetched = replace(RUN.actions[0], dump=Dump(True, dump, 4, "ab" * 32, 1))
    write_run_json(tmp_path, replace(RUN, actions=(fetched, *RUN.actions[1:])))
    run = told_in(tmp_path)
    assert run is not None
    assert (run["task_id"], run["model_id"]) == (RUN.task_id, RUN.target.model.model_id)
    first = run["actions"][0]
    assert (first["id"], first["kind"]) == (fetched.id, fetched.kind)
    assert first["dump"] == ToldFile(path=str(dump), bytes=4, sha256="ab" * 32, chunks=1)
    assert run["actions"][1]["dump"] is None
    assert action_of_dump(run, tmp_path / "moved" / "rows.csv") is first
    assert action_of_dump(run, tmp_path / "others.csv") is None


@pytest.mark.parametrize("found", ["", "{", "[]", "7", "[" * 100_000, "\xff"])
def test_what_is_no_document_tells_nothing(tmp_path: Path, found: str) -> None:
    (tmp_path / "run.json").write_bytes(found.encode("latin-1"))
    assert told_in(tmp_path) is None


def test_where_there_is_no_document_nothing_is_told(tmp_path: Path) -> None:
    assert told_in(tmp_path) is None


@pytest.mark.parametrize("path", [None, 7, "", ".", "/", "a\0b", ["a"]])
def test_a_file_without_a_name_is_none(tmp_path: Path, path: object) -> None:
    assert told(tmp_path, {"id": "1", "dump": {"path": path, "bytes": 1, "sha256": "ab"}})["dump"] is None


def test_what_has_another_type_is_left_out(tmp_path: Path) -> None:
    action: dict[str, object] = {
        "id": 1,
        "kind": None,
        "dump": {"path": "a", "bytes": "1", "sha256": 2},
        "output": [],
    }
    assert told(tmp_path, action) == {"id": "", "kind": "", "dump": {"path": "a"}, "output": None}
    assert told(tmp_path, "no action") is None
