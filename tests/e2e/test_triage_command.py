"""``triage`` as a script calls it: its output, the files it writes, and what it refuses."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from anaplan_tui.demo.server import DemoServer
from tests.support.command import PROGRAM, Place

HEADER = '"_Status_","Region","Product","Menge","_Line_","_Error_1_"\n'
ROWS = (
    '"E","EMEA ","Kettle 1","12","2","Item not located in Region list"\n'
    '"E","EMEA ","Kettle 2","n/a","3","Item not located in Region list","Invalid number: n/a"\n'
)


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    path = tmp_path / "dump.csv"
    path.write_text(HEADER + ROWS)
    return path


def test_blanks_and_further_errors_are_seen(place: Place, dump: Path) -> None:
    ended = place("triage", str(dump))
    assert ended.code == 0
    assert "EMEA␠ (2): ends with a blank" in ended.out
    [further] = [line for line in ended.out.splitlines() if "Invalid number" in line]
    assert further.split()[:3] == ["0", "+1", "–"]
    assert "Menge" in further
    assert "n/a (1)" in further


def test_rejected_rows_never_replace_a_file(place: Place, dump: Path, tmp_path: Path) -> None:
    taken = tmp_path / "mine.csv"
    taken.write_text("mine")
    ended = place("triage", str(dump), "--rejected", str(taken))
    assert (ended.code, ended.out, taken.read_text()) == (9, "", "mine")
    assert "exists already" in ended.err


def test_without_rejected_rows_no_file_is_made(place: Place, dump: Path, tmp_path: Path) -> None:
    dump.write_text((HEADER + ROWS).replace('"E"', '"W"'))
    ended = place("triage", str(dump), "--rejected", str(tmp_path / "new.csv"))
    assert ended.code == 9
    assert "2 loaded with warnings" in ended.out
    assert "no rejected rows" in ended.err
    assert not (tmp_path / "new.csv").exists()


@pytest.mark.parametrize(("given", "separator"), [("tab", "\t"), (";", ";"), (None, ",")])
def test_the_separator_is_that_of_the_import(
    place: Place, dump: Path, tmp_path: Path, given: str | None, separator: str
) -> None:
    options = ("--separator", given) if given else ()
    ended = place("triage", str(dump), "--rejected", str(tmp_path / "new.csv"), *options)
    assert ended.code == 0
    assert "2 rejected rows: " in ended.out
    header = (tmp_path / "new.csv").read_text().splitlines()[0]
    assert header == separator.join(['"Region"', '"Product"', '"Menge"'])


def test_the_import_is_asked_what_it_expects(place: Place, tmp_path: Path) -> None:
    run = place("run", "Nightly load", "--dumps", str(tmp_path / "dumps"), "--json")
    [path] = [Path(a["dump"]["path"]) for a in run.document["actions"] if a["name"] == "Sales from sales.csv"]
    by_run_json, by_name = tmp_path / "by run.csv", tmp_path / "by name.csv"
    assert place("triage", str(path), "--rejected", str(by_run_json)).code == 0
    named = ("--import", "Sales from sales.csv")
    assert place("triage", str(path), "--rejected", str(by_name), *named).code == 0
    assert by_name.read_bytes() == by_run_json.read_bytes()
    assert place("triage", str(path), "--rejected", str(tmp_path / "x.csv"), "--import", "none").code == 7


@pytest.mark.parametrize("how", ["run.json", "--import", "nobody"])
def test_a_dump_is_read_as_its_import_reads_it_where_its_bytes_leave_that_open(
    place: Place, server: DemoServer, tmp_path: Path, how: str
) -> None:
    for model in server.tenant.company.models:
        if (found := model.imports.get("112000000102")) is not None and found.source is not None:
            model.files[found.source] = replace(model.files[found.source], encoding="Shift_JIS")
    run = place("run", "Nightly load", "--dumps", str(tmp_path / "dumps"), "--json")
    [path] = [Path(a["dump"]["path"]) for a in run.document["actions"] if a["name"] == "Sales from sales.csv"]
    if how != "run.json":
        path = tmp_path / "alone.csv"
    path.write_bytes((HEADER + ROWS.replace("Item not located in Region list", "地域が")).encode("cp932"))
    named = ("--import", "Sales from sales.csv") if how == "--import" else ()
    ended = place("triage", str(path), "--json", *named)
    assert ended.code == 0
    errors = {group["error"] for group in ended.document["groups"]}
    assert ("地域が" in errors) == (how != "nobody")


def test_a_dump_that_tells_its_encoding_asks_for_no_import(
    place: Place, server: DemoServer, tmp_path: Path
) -> None:
    run = place("run", "Nightly load", "--dumps", str(tmp_path / "dumps"), "--json")
    [path] = [a["dump"]["path"] for a in run.document["actions"] if a["name"] == "Sales from sales.csv"]
    before = server.log.count("POST", "*/authenticate")
    assert before
    assert place("triage", path).code == 0
    assert server.log.count("POST", "*/authenticate") == before


def test_a_pipe_is_read(place: Place, dump: Path) -> None:
    ended = subprocess.run(
        ["/bin/bash", "-c", '"$0" triage <(cat "$1")', PROGRAM, str(dump)],
        env=place.env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "2 rows: 2 rejected" in ended.stdout


def test_another_dump_is_compared_with(place: Place, dump: Path, tmp_path: Path) -> None:
    older = tmp_path / "older.csv"
    older.write_text(HEADER + ROWS.splitlines()[0] + '\n"E","x","","","4","Invalid parent"\n')
    ended = place("triage", str(dump), "--compare", str(older))
    assert "grown" in ended.out
    assert "gone" in ended.out
    told = place("triage", str(dump), "--compare", str(older), "--json").document["compared"]
    assert told["rows_before"] == 2
    assert [(c["rows_before"], c["rows"]) for c in told["grown"]] == [(1, 2)]
    assert [group["error"] for group in told["gone"]] == ["Invalid parent"]
    assert [group["error"] for group in told["new"]] == ["Invalid number: …"]


def test_a_dump_that_is_cut_off_is_counted_as_far_as_it_goes(place: Place, dump: Path) -> None:
    dump.write_text(HEADER + ROWS + '"E","EM')
    ended = place("triage", str(dump))
    assert ended.code == 9
    assert "2 rows: 2 rejected" in ended.out
    assert "ends in the middle of a quoted cell" in ended.err


def test_the_separator_belongs_to_the_file_that_is_written(place: Place, dump: Path) -> None:
    assert place("triage", str(dump), "--separator", "tab").code == 2
    assert place("triage", str(dump), "--rejected", "x.csv", "--separator", "many").code == 2
