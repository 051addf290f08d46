"""`anaplan-tui runs` and its report of runs and files, and the files an export leaves."""

import getpass
import hashlib
import socket
from pathlib import Path

import pytest

from tests.support.command import Place

pytestmark = [pytest.mark.e2e]

EXPORT = "Targets by region.csv"
EMPTY = "Rejected orders.csv"
WITH_DUMP = "118000000028"
EMPTY_SHA256 = hashlib.sha256().hexdigest()


def test_an_export_to_a_relative_path_is_in_the_journal_with_all_there_is_to_know(
    place: Place, tmp_path: Path
) -> None:
    there = tmp_path / "elsewhere"
    there.mkdir()
    done = place("export", EXPORT, "--out", "revenue.csv", "--json", cwd=there)
    file = there / "revenue.csv"
    assert (done.code, done.err) == (0, "")
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    (made,) = done.document["actions"]
    assert made["output"]["path"] == str(file)

    (run,) = place("runs", "--json").items

    assert (run["user"], run["host"], run["profile"]) == (getpass.getuser(), socket.gethostname(), "here")
    (action,) = run["actions"]
    assert (action["output"]["path"], action["output"]["sha256"]) == (str(file), sha256)
    (saved,) = run["files"]
    assert saved["kind"] == "output"
    assert (saved["path"], saved["bytes"], saved["sha256"]) == (str(file), file.stat().st_size, sha256)
    assert run["wanted"] == []


def test_dumps_stand_in_the_journal_in_both_forms(place: Place) -> None:
    place("run", WITH_DUMP, "--dumps", str(place.root / "out"))

    (run,) = place("runs", "--json").items
    listed = place("runs")

    (saved,) = run["files"]
    assert (saved["kind"], saved["chunks"]) == ("dump", 1)
    (dump,) = (action["dump"] for action in run["actions"] if action["dump"]["available"])
    assert (dump["path"], dump["bytes"]) == (saved["path"], saved["bytes"])
    for word in (f"{getpass.getuser()}@{socket.gethostname()}", saved["sha256"], Path(saved["path"]).name):
        assert word in listed.out
    assert listed.code == 0


@pytest.mark.parametrize("form", ["text", "json"])
def test_an_export_without_rows_leaves_an_empty_file_and_says_so(place: Place, form: str) -> None:
    out = place.root / "x.csv"
    done = place("export", EMPTY, "--out", str(out), *(["--json"] if form == "json" else []))

    assert done.code == 0
    assert f'"{EMPTY}" is empty' in done.err
    assert out.read_bytes() == b""
    assert out.stat().st_mode & 0o777 == 0o600
    if form == "json":
        (made,) = done.document["actions"]
        assert (made["output"]["path"], made["output"]["bytes"]) == (str(out), 0)
        assert made["output"]["sha256"] == EMPTY_SHA256
    else:
        assert "file: ~/x.csv (0 B)" in done.out
    (run,) = place("runs", "--json").items
    assert [(file["path"], file["sha256"]) for file in run["files"]] == [(str(out), EMPTY_SHA256)]


def test_an_empty_export_overwrites_nothing(place: Place) -> None:
    out = place.root / "x.csv"
    out.write_text("yesterday's")

    done = place("export", EMPTY, "--out", str(out), "--json")

    assert (done.code, out.read_text()) == (0, "yesterday's")
    assert (place.root / "x (2).csv").read_bytes() == b""
    assert done.document["actions"][0]["output"]["path"] == str(place.root / "x (2).csv")


def test_an_empty_export_that_cannot_be_written_ends_with_9(place: Place) -> None:
    (place.root / "blocked").write_text("")

    done = place("export", EMPTY, "--out", str(place.root / "blocked" / "x.csv"))

    assert done.code == 9
    assert "blocked" in done.err
