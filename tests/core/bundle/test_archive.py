"""Bundles: everything that the data's owner needs, and nothing about the sender's machine."""

import csv
import hashlib
import io
import json
import os
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anaplan_tui.api.refs import Kind, ModelRef, TargetRef
from anaplan_tui.core.bundle import BundleFailed, write_bundle
from anaplan_tui.core.bundle.excerpt import measure
from anaplan_tui.core.bundle.handover import hand_over
from anaplan_tui.core.snapshots import (
    Action,
    Counts,
    Dump,
    Message,
    Output,
    Phase,
    RunSnapshot,
    Step,
    Verdict,
)
from anaplan_tui.core.triage import Triage

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TARGET = TargetRef(
    ModelRef("8a8b8c8d8e8f8a8b", "F1111111C11111111B11111F1111E11F"), Kind.PROCESS, "118000000042"
)
LIST = "moduleImportInvalidListIdentifier"
DUMP = (
    "_Status_,Region,Menge,_Line_,_Error_1_\r\n"
    'E,Überlingen,1,2,"Item not located in Region list"\r\n'
    'E,"Sud\nwest",2,3,"Item not located in Region list"\r\n'
    'W,North,n/a,4,"Invalid number: n/a"\r\n'
).encode()
SHA256 = hashlib.sha256(DUMP).hexdigest()


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    folder = tmp_path / "home" / "private-folder"
    folder.mkdir(parents=True)
    path = folder / "Sales_112.csv"
    path.write_bytes(DUMP)
    return path


@pytest.fixture
def run(dump: Path) -> RunSnapshot:
    return run_with(dump)


def run_with(dump: Path | None, name: str = "Sales from sales.csv") -> RunSnapshot:
    sales = Action(
        "112000000102",
        name,
        "import",
        Step.ENDED,
        Verdict.WARNINGS,
        "1,234 of 5,234 rows rejected",
        Counts(ok=4_000, failed=1_234, total=5_234),
        (Message(LIST, "Item not located in Region list", 1_100, (("Region", "Sud"),)),),
        Dump(
            True,
            dump,
            len(DUMP),
            hashlib.sha256(DUMP).hexdigest(),
            1,
            "the disk is full (/home/somebody/dumps)",
        ),
        duration_s=22.0,
    )
    fine = Action(
        "112000000101",
        "Products",
        "import",
        Step.ENDED,
        Verdict.COMPLETED,
        counts=Counts(ok=90),
        output=Output(True, 12, Path("/home/somebody/products.csv"), "cd" * 32, "no room in /home/somebody"),
    )
    return RunSnapshot(
        "run",
        TARGET,
        "Nightly load",
        workspace_name="Supply Chain",
        model_name="Demand plan",
        phase=Phase.ENDED,
        task_id="3C50F8B4D2EE4E6C",
        state="COMPLETE",
        verdict=Verdict.WARNINGS,
        reason="1 of 2 actions rejected rows",
        started_at=NOW - timedelta(minutes=10),
        ended_at=NOW - timedelta(minutes=9),
        duration_s=41.2,
        actions=(fine, sales),
        note="Another window of the app on this host is starting it.",
        raw={
            "taskId": "3C50F8B4D2EE4E6C",
            "currentStep": "\x1b[31mComplete.\x9b",
            "result": {"successful": False},
        },
    )


def contents(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_it_holds_the_summary_the_answer_and_the_rows(tmp_path: Path, run: RunSnapshot) -> None:
    bundle = write_bundle(tmp_path / "out.zip", run, now=NOW)
    found = contents(bundle.path)
    dump_name = "dumps/Sales from sales.csv_112000000102.csv"
    assert tuple(found) == bundle.files == ("summary.md", "summary.json", "task.json", dump_name)
    assert found[dump_name] == DUMP
    assert json.loads(found["task.json"]) == run.raw
    assert b"\x1b" not in found["task.json"]
    document = json.loads(found["summary.json"])
    assert (document["verdict"], document["model_name"]) == ("completed_with_warnings", "Demand plan")
    sales = document["actions"][1]
    assert sales["dump"] == {
        "available": True,
        "path": dump_name,
        "bytes": len(DUMP),
        "bytes_of_the_whole": len(DUMP),
        "rows": None,
        "sha256_of_the_whole": SHA256,
        "on_disk": "same",
    }
    assert (document["changes"], sales["groups"]) == (None, None)
    page = found["summary.md"].decode()
    assert page.startswith("# Nightly load: completed with warnings\n\n1 of 2 actions rejected rows.\n")
    assert (
        "| 2 | Sales from sales.csv | import | warnings | 4,000 | – | 1,234 | – | – | 5,234 | rows | 22 s |"
        in page
    )
    assert "Rows 5,234 = 4,000 ok + 1,234 rejected." in page
    assert "- Item not located in Region list (1,100 times). The item is not in its list. Load" in page
    assert "## Products" not in page
    assert bundle.bytes == bundle.path.stat().st_size
    assert bundle.path.stat().st_mode & 0o777 == 0o600
    assert sorted(p.name for p in tmp_path.iterdir()) == ["home", "out.zip"]


def test_nothing_of_this_machine_is_in_it(tmp_path: Path, run: RunSnapshot) -> None:
    bundle = write_bundle(tmp_path / "out.zip", run, now=NOW)
    with zipfile.ZipFile(bundle.path) as archive:
        assert archive.comment == b""
        assert {(info.extra, info.comment) for info in archive.infolist()} == {(b"", b"")}
    everything = b"\n".join([*map(str.encode, bundle.files), *contents(bundle.path).values()])
    for word in (str(tmp_path), "private-folder", "/home/", "on this host", ".part"):
        assert word.encode() not in everything


def test_the_errors_of_a_dump_are_told(tmp_path: Path, run: RunSnapshot, dump: Path) -> None:
    with Triage.open(dump, work_dir=tmp_path / "work") as triage:
        summary = triage.summary
    bundle = write_bundle(tmp_path / "out.zip", run, now=NOW, triage_summaries={"112000000102": summary})
    found = contents(bundle.path)
    page = found["summary.md"].decode()
    assert "The dump has 3 rows: 2 rows rejected, 1 row loaded with warnings." in page
    assert "| 2 | 67 % | 0 | Item not located in Region list | Region |" in page
    groups = json.loads(found["summary.json"])["actions"][1]["groups"]
    assert [(group["rows"], group["status"]) for group in groups] == [(2, "E"), (1, "W")]


def test_an_error_that_only_ever_comes_second_has_its_count(
    tmp_path: Path, run: RunSnapshot, dump: Path
) -> None:
    dump.write_text(
        "_Status_,Region,Menge,_Line_,_Error_1_\n"
        "E,Sud,n/a,2,Item not located in Region list,Invalid number: n/a\n"
        "E,Nord,x,3,Item not located in Region list,Invalid number: x\n"
    )
    with Triage.open(dump, work_dir=tmp_path / "work") as triage:
        summary = triage.summary
    bundle = write_bundle(tmp_path / "out.zip", run, now=NOW, triage_summaries={"112000000102": summary})
    found = contents(bundle.path)
    page = found["summary.md"].decode()
    assert "| 2 | 100 % | 0 | Item not located in Region list |" in page
    assert "| 0 | 0 % | 2 | Invalid number: … |" in page
    assert "A row is counted under its first error; further errors" in page
    groups = json.loads(found["summary.json"])["actions"][1]["groups"]
    assert [(group["rows"], group["also"]) for group in groups] == [(2, 0), (0, 2)]


def test_what_changed_is_told(tmp_path: Path, run: RunSnapshot) -> None:
    fine, sales = run.actions
    old = replace(run, actions=(fine, replace(sales, messages=())), ended_at=NOW - timedelta(days=1))
    found = contents(write_bundle(tmp_path / "out.zip", run, now=NOW, previous=old).path)
    page = found["summary.md"].decode()
    assert "That one ended 2026-11-21 12:00:00Z." in page
    assert "- Sales from sales.csv: New since yesterday" in page
    document = json.loads(found["summary.json"])
    assert document["changed_since"] == "2026-11-21T12:00:00.000Z"
    assert document["actions"][1]["changes"][0].endswith("Item not located in Region list (1,100)")
    same = contents(write_bundle(tmp_path / "same.zip", run, now=NOW, previous=run).path)
    assert "Nothing changed that is worth a word." in same["summary.md"].decode()


@dataclass(frozen=True)
class Group:
    error: str = "Bad | cell <b>[x](y)</b>"
    status: str | None = None
    rows: int = 1
    also: int = 0
    percent: float = 1.0
    column: str | None = None
    top_values: Sequence[tuple[str, int]] = (("`a`\n| ", 2), ("\x1b[2J ", 1))
    first_lines: Sequence[int] = ()


@dataclass(frozen=True)
class Summary:
    rows: int = 60
    rejected: int = 60
    warnings: int = 0
    unclear: int = 3
    cut_off: str = "The file ends in the middle of a row"
    groups: Sequence[Group] = (Group(),) * 60


def test_foreign_text_is_no_markup_and_no_path(tmp_path: Path, dump: Path) -> None:
    run = run_with(dump, name="../../etc/<b>|*x*|\u202e[link](http://x)")
    bundle = write_bundle(tmp_path / "out.zip", run, now=NOW, triage_summaries={"112000000102": Summary()})
    found = contents(bundle.path)
    page = found["summary.md"].decode()
    assert r"Bad \| cell \<b\>\[x\](y)\</b\>" in page
    assert not {"\x1b", "\u202e"} & set(page)
    rows = [line for line in page.splitlines() if line.startswith("| 1 | 1 %")]
    assert len(rows) == 50
    assert all("␠ (1): all end with a blank (␠)" in row for row in rows)
    assert "3 rows without a known status." in page
    assert "The file ends in the middle of a row: only the whole rows before that are counted." in page
    assert "10 more kinds of errors are in summary.json." in page
    (name,) = [name for name in found if name.startswith("dumps/")]
    assert name.count("/") == 1
    assert ".." not in name.split("/")
    assert len(json.loads(found["summary.json"])["actions"][1]["groups"]) == 60


def test_a_large_dump_is_cut_at_the_end_of_a_row_and_that_is_said(tmp_path: Path, run: RunSnapshot) -> None:
    bundle = write_bundle(tmp_path / "out.zip", run, now=NOW, row_limit=2, bytes_limit=len(DUMP) - 1)
    found = contents(bundle.path)
    (name,) = [name for name in found if name.startswith("dumps/")]
    assert found[name] == DUMP[: DUMP.index(b"W,North")]
    page = found["summary.md"].decode()
    assert "The first 2 rows of the dump: " in page
    assert "cut at the end of a row" in page
    told = json.loads(found["summary.json"])["actions"][1]["dump"]
    assert (told["rows"], told["bytes_of_the_whole"]) == (2, len(DUMP))


@given(
    rows=st.lists(st.lists(st.text('a",\n', max_size=6), min_size=2, max_size=2), min_size=1, max_size=30),
    row_limit=st.integers(0, 12),
    bytes_limit=st.integers(1, 400),
)
def test_an_excerpt_is_whole_rows_from_the_start(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], row_limit: int, bytes_limit: int
) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(rows)
    path = tmp_path_factory.mktemp("cut") / "d.csv"
    path.write_bytes(text.getvalue().encode())
    found = measure(path, row_limit=row_limit, bytes_limit=bytes_limit)
    assert found is not None
    assert found.total == path.stat().st_size
    head = path.read_bytes()[: found.bytes].decode()
    read = list(csv.reader(io.StringIO(head, newline="")))
    if found.rows is None:
        assert found.bytes == found.total <= bytes_limit
        return
    assert found.bytes <= bytes_limit < found.total
    first_row_end = len(_written(rows[:1]))
    if first_row_end > bytes_limit:
        return  # not even the header line fits: cut at a line end, or nothing
    assert read == rows[: len(read)]
    assert len(read) == found.rows + 1 <= row_limit + 1
    # One more row would exceed one of the limits.
    more = len(_written(rows[: len(read) + 1]))
    assert len(read) == row_limit + 1 or more > bytes_limit


def _written(rows: list[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(rows)
    return text.getvalue().encode()


def test_a_quote_that_is_never_closed_still_leaves_lines(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_bytes(b'a,"b\n' + b"1,2\n" * 100)
    found = measure(path, row_limit=3, bytes_limit=100)
    assert found is not None
    assert (found.bytes, found.rows) == (len(b'a,"b\n1,2\n1,2\n1,2\n'), 3)


@pytest.mark.parametrize("line_end", ["\r", "\n", "\r\n"])
@pytest.mark.parametrize("header", ["a,b", "x" * 3_000_000])
def test_an_excerpt_ends_on_a_row_whatever_ends_lines(tmp_path: Path, line_end: str, header: str) -> None:
    path = tmp_path / "d.csv"
    rows = [header, *(f'"{number}","a{line_end}b"' for number in range(1000))]
    path.write_bytes("".join(row + line_end for row in rows).encode())
    found = measure(path, row_limit=3, bytes_limit=len(header) + 200)
    assert found is not None
    whole = "".join(row + line_end for row in rows[:4]).encode()
    assert (found.bytes, found.rows) == (len(whole), 3)


def test_dumps_that_are_not_on_disk_are_said_to_be_missing(
    tmp_path: Path, run: RunSnapshot, dump: Path
) -> None:
    dump.unlink()
    dump.symlink_to("/etc/passwd")
    found = contents(write_bundle(tmp_path / "link.zip", run, now=NOW).path)
    assert list(found) == ["summary.md", "summary.json", "task.json"]
    assert "its file was changed since it was fetched, so it is not in here" in found["summary.md"].decode()
    dump.unlink()
    bundle = write_bundle(tmp_path / "gone.zip", run, now=NOW)
    found = contents(bundle.path)
    assert list(found) == ["summary.md", "summary.json", "task.json"]
    assert [action.name for action in bundle.without] == ["Sales from sales.csv"]
    assert "- missing: the dump of Sales from sales.csv" in found["summary.md"].decode()
    assert "it was fetched, but its file is no longer there" in found["summary.md"].decode()
    never = contents(write_bundle(tmp_path / "never.zip", run_with(None), now=NOW).path)
    assert "There is a dump, but it was not on disk when this was written." in never["summary.md"].decode()


def test_bytes_that_are_not_those_that_were_fetched_are_not_in_it(
    tmp_path: Path, run: RunSnapshot, dump: Path
) -> None:
    was = dump.stat()
    dump.write_bytes(DUMP.swapcase())
    os.utime(dump, ns=(was.st_atime_ns, was.st_mtime_ns))
    found = contents(write_bundle(tmp_path / "out.zip", run, now=NOW).path)
    assert list(found) == ["summary.md", "summary.json", "task.json"]
    told = json.loads(found["summary.json"])["actions"][1]["dump"]
    assert (told["path"], told["on_disk"]) == (None, "changed")
    assert "its file was changed since it was fetched" in found["summary.md"].decode()


@pytest.mark.parametrize("harm", ["none", "edited", "no dump"])
def test_handed_over_are_the_groups_of_what_was_fetched_and_of_nothing_else(
    tmp_path: Path, run: RunSnapshot, dump: Path, harm: str
) -> None:
    fine, sales = run.actions
    if harm == "edited":
        dump.write_bytes(DUMP.swapcase())
    elif harm == "no dump":
        dump.write_bytes(b"hello")
        known = replace(sales.dump, bytes=5, sha256=hashlib.sha256(b"hello").hexdigest())
        run = replace(run, actions=(fine, replace(sales, dump=known)))
    found = contents(hand_over(tmp_path / "out.zip", run, None, tmp_path / "work", nobody_knows).path)
    groups = json.loads(found["summary.json"])["actions"][1]["groups"]
    assert (groups is not None) == (harm == "none")
    assert any(name.startswith("dumps/") for name in found) == (harm != "edited")


def nobody_knows(_action: Action) -> str | None:
    return None


@pytest.mark.parametrize(("encoding", "asked"), [("cp932", True), ("utf-8", False)])
def test_handed_over_groups_are_read_as_the_import_reads_where_the_bytes_leave_that_open(
    tmp_path: Path, run: RunSnapshot, dump: Path, encoding: str, asked: bool
) -> None:
    error = "地域が見つかりません"
    text = f"_Status_,地域,_Line_,_Error_1_\r\nE,東京ソ,2,{error}\r\n".encode(encoding)
    dump.write_bytes(text)
    fine, sales = run.actions
    known = replace(sales.dump, bytes=len(text), sha256=hashlib.sha256(text).hexdigest())
    run = replace(run, actions=(fine, replace(sales, dump=known)))
    of: list[str] = []

    def knows(action: Action) -> str:
        of.append(action.id)
        return "Shift_JIS"

    found = contents(hand_over(tmp_path / "out.zip", run, None, tmp_path / "work", knows).path)
    [group] = json.loads(found["summary.json"])["actions"][1]["groups"]
    assert group["error"] == error
    assert of == ([sales.id] if asked else [])


def test_two_dumps_never_share_a_name(tmp_path: Path, run: RunSnapshot) -> None:
    fine, sales = run.actions
    twin = replace(sales, id=sales.id.replace("1", "Ｉ"), name=sales.name.upper())
    other = replace(sales, name=sales.name.upper(), id=f"{sales.id}:")
    third = replace(other, id=f"{sales.id}?")
    bundle = write_bundle(
        tmp_path / "out.zip", replace(run, actions=(fine, sales, twin, other, third)), now=NOW
    )
    names = [name.casefold() for name in bundle.files]
    assert len(set(names)) == len(names) == 7
    assert len(contents(bundle.path)) == 7


def test_nothing_is_overwritten(tmp_path: Path, run: RunSnapshot) -> None:
    (tmp_path / "out.zip").write_text("mine")
    with pytest.raises(BundleFailed, match=r"out\.zip is there already"):
        write_bundle(tmp_path / "out.zip", run, now=NOW)
    assert (tmp_path / "out.zip").read_text() == "mine"


def test_a_bundle_takes_the_place_of_a_file_where_that_was_said(tmp_path: Path, run: RunSnapshot) -> None:
    (tmp_path / "out.zip").write_text("mine")
    bundle = write_bundle(tmp_path / "out.zip", run, now=NOW, overwrite=True)
    assert bundle.path == tmp_path / "out.zip"
    assert "summary.md" in contents(bundle.path)
    assert not list(tmp_path.glob(".bundle-*"))


@pytest.mark.parametrize("phase", [Phase.RUNNING, Phase.NOT_STARTED, Phase.UNKNOWN_START])
def test_a_run_that_has_not_ended_is_refused(tmp_path: Path, run: RunSnapshot, phase: Phase) -> None:
    with pytest.raises(BundleFailed, match="the run has not ended"):
        write_bundle(tmp_path / "out.zip", replace(run, phase=phase), now=NOW)
    assert not (tmp_path / "out.zip").exists()


def test_a_folder_that_cannot_take_it_is_named(tmp_path: Path, run: RunSnapshot) -> None:
    with pytest.raises(BundleFailed, match=r"Cannot write the bundle: .*nowhere"):
        write_bundle(tmp_path / "nowhere" / "out.zip", run, now=NOW)
    with pytest.raises(BundleFailed, match="the path is too long"):
        write_bundle(tmp_path / f"{'x' * 300}.zip", run, now=NOW)
    assert [p.name for p in tmp_path.iterdir()] == ["home"]


def test_without_a_raw_answer_there_is_none(tmp_path: Path, run: RunSnapshot) -> None:
    bare = replace(run, raw=None, actions=(), ended_at=None, workspace_name="", model_name="")
    found = contents(write_bundle(tmp_path / "out.zip", bare, now=datetime(1970, 1, 1, tzinfo=UTC)).path)
    assert list(found) == ["summary.md", "summary.json"]
    assert "| Model | F1111111C11111111B11111F1111E11F |" in found["summary.md"].decode()
