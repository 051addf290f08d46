"""From the reason of a failure to the corrected run, with the operator's own editor, in a real terminal."""

import shlex
import sys
from pathlib import Path

import pytest

from tests.support.command import Place
from tests.support.terminal import Terminal

pytestmark = [pytest.mark.e2e]

LOAD = "Regional targets load"
HEAD = "Region,Month,Target\r\n"
GOOD = "".join(f"North,Jan 26,{n}\r\n" for n in range(40))
BAD = "Sud,Feb 26,7\r\n"
SOURCE = f"\ufeff{HEAD}{GOOD}{BAD}West,Mar 26,9"
WHOLE = SOURCE.replace("Sud", "Süd")


@pytest.fixture
def source(place: Place) -> Path:
    """The uploaded file, with a row that the import rejects."""
    path = place.root / "targets of May.csv"
    path.write_bytes(SOURCE.encode())
    assert place("upload", "targets.csv", str(path)).code == 0
    return path


def editor(place: Place, was: str, now: str) -> str:
    """An editor that corrects a file as soon as it is opened, and then waits for a key."""
    script = place.root / "my editor.py"
    script.write_text(
        "import pathlib, sys\n"
        "path = pathlib.Path(sys.argv[-1])\n"
        f"path.write_bytes(path.read_bytes().replace({was.encode()!r}, {now.encode()!r}))\n"
        "input('in the editor ')\n"
    )
    return f"{shlex.quote(sys.executable)} {shlex.quote(str(script))} -n"


@pytest.mark.parametrize("colours", [{}, {"NO_COLOR": "1"}], ids=["coloured", "plain"])
@pytest.mark.parametrize(("rows", "columns"), [(40, 120), (24, 80)])
def test_from_the_reason_to_the_corrected_run(
    place: Place, source: Path, rows: int, columns: int, colours: dict[str, str]
) -> None:
    assert place("run", LOAD).code == 3
    env = {**place.env, **colours, "EDITOR": editor(place, "Sud", "Süd")}
    with Terminal(place.arguments(), env, rows=rows, columns=columns) as terminal:
        terminal.wait_for("1 cell rejected in Targets from t")
        pressed = 0
        for key, shows in (
            ("t", "▸ ! warnings"),
            ("o", "Item not located in Region list"),
            ("e", "Save 1 rejected row for correction"),
            ("\r", "1 row saved"),
            ("E", "in the editor"),
            ("\r", "Upload the whole source, corrected?"),
            ("y", "targets of May_merged.csv as 'targets.csv'?"),
            ("y", "all 2 actions completed"),
        ):
            terminal.press(key)
            terminal.wait_for(shows)
            pressed += 1
        terminal.press("q")
        assert terminal.ended() == 0
        terminal.assert_restored()
    merged = source.with_name("targets of May_merged.csv")
    assert merged.read_bytes().decode() == WHOLE
    assert source.read_bytes().decode() == SOURCE
    assert pressed == 8, "t o e Enter E y y, and one for the editor, as the README says"


def test_without_the_screen(place: Place, source: Path) -> None:
    dumps, rows = place.root / "fetched", place.root / "corrected.csv"
    run = place("run", LOAD, "--dumps", str(dumps), "--json")
    assert run.code == 3
    [dump] = [a["dump"]["path"] for a in run.document["actions"] if a["dump"].get("path")]
    assert place("triage", dump, "--rejected", str(rows)).code == 0
    refused = place("upload", "targets.csv", str(source), "--merge", str(rows))
    assert (refused.code, refused.out) == (2, "")
    assert "no row of corrected.csv was corrected" in refused.err
    rows.write_bytes(rows.read_bytes().replace(b"Sud", "Süd".encode()))
    done = place("upload", "targets.csv", str(source), "--merge", str(rows))
    assert done.code == 0
    assert "1 corrected row merged into targets of May_merged.csv" in done.err
    assert source.with_name("targets of May_merged.csv").read_bytes().decode() == WHOLE
    again = place("run", LOAD, "--json")
    assert (again.code, again.document["actions"][0]["counts"]["ok"]) == (0, 42)


def test_a_line_that_moved_is_refused_by_its_number(place: Place, source: Path) -> None:
    run = place("run", LOAD, "--dumps", str(place.root / "fetched"), "--json")
    [dump] = [a["dump"]["path"] for a in run.document["actions"] if a["dump"].get("path")]
    rows = place.root / "corrected.csv"
    assert place("triage", dump, "--rejected", str(rows)).code == 0
    rows.write_bytes(rows.read_bytes().replace(b"Sud", "Süd".encode()))
    source.write_bytes(SOURCE.replace(HEAD, HEAD + "East,Jan 26,1\r\n").encode())
    refused = place("upload", "targets.csv", str(source), "--merge", str(rows))
    assert refused.code == 2
    assert "line 42 of the source does not hold what was rejected" in refused.err
    assert not source.with_name("targets of May_merged.csv").exists()
