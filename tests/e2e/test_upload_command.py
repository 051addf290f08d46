"""Uploads by command: what is reported before sending, what is refused, and what the next run loads."""

from pathlib import Path

import pytest

from anaplan_tui.demo.server import DemoServer
from tests.support.command import Place

pytestmark = [pytest.mark.e2e]

LOAD = "Regional targets load"
HEAD = "Region,Month,Target\n"
PUTS = "*/files/113*"


def source(place: Place, text: str | bytes, name: str = "corrected.csv") -> str:
    """A local file."""
    path = place.root / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


def sent(server: DemoServer) -> int:
    """Count the requests that change anything about a file."""
    return server.log.count("PUT", PUTS) + server.log.count("POST", PUTS)


def test_what_an_upload_replaces_is_said_and_is_what_the_next_run_loads(place: Place) -> None:
    done = place("upload", "targets.csv", source(place, f"{HEAD}North,Jan 26,1\n"))
    assert (done.code, done.out) == (0, "✓ uploaded  targets.csv, 35 B\n")
    assert "35 B, plain ASCII, 3 columns, 1 row\n" in done.err
    assert (
        "Replaces targets.csv for your runs until 48 h after its last use: 1 row instead of the whole file.\n"
    ) in done.err
    ran = place("run", LOAD, "--json")
    run = ran.document
    assert (run["verdict"], run["actions"][0]["counts"]["ok"]) == ("completed", 1)
    assert ran.err.startswith("↑ targets.csv: your upload of ")
    assert "(corrected.csv, 1 row) replaces the whole file until " in ran.err
    assert "upload" not in place("run", "Region order", "--json").err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD, "There are no rows below the header line."),
        ("Region,Month\nNorth,Jan 26\n", "Missing in the file: Target."),
        (
            "Region;Month;Target\nNorth;Jan 26;1\n",
            "separates columns with semicolons, the import",
        ),
        (f"{HEAD}Süd,Jan 26,1\n".encode("utf-16"), "UTF-16, the import reads UTF-8: nothing of it"),
    ],
    ids=["no rows", "a column too few", "another separator", "another encoding"],
)
@pytest.mark.parametrize("command", ["upload", "run"])
def test_what_the_import_cannot_read_is_refused_before_anything_is_sent(
    place: Place, server: DemoServer, command: str, text: str | bytes, said: str
) -> None:
    path = source(place, text)
    arguments = ["upload", "targets.csv", path]
    if command == "run":
        arguments = ["run", LOAD, "--upload", f"targets.csv={path}"]
    done = place(*arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert "Nothing was sent." in done.err
    assert "--force" in done.err
    assert (sent(server), server.log.count("POST", "*/tasks")) == (0, 0)


def test_force_sends_it_all_the_same(place: Place, server: DemoServer) -> None:
    done = place("upload", "targets.csv", source(place, HEAD), "--force")
    assert done.code == 0
    assert "! There are no rows below the header line." in done.err
    assert sent(server) > 0


def test_one_file_that_does_not_fit_keeps_all_at_home(place: Place, server: DemoServer) -> None:
    good, bad = source(place, f"{HEAD}North,Jan 26,1\n"), source(place, HEAD, "bare.csv")
    done = place("run", LOAD, "--upload", f"targets.csv={good}", "--upload", f"budget.csv={bad}")
    assert done.code == 2
    assert sent(server) == 0


def test_lesser_differences_are_said_and_sent(place: Place) -> None:
    done = place("upload", "targets.csv", source(place, "Month,Region,Target,Remark\nJan 26,North,1,x\n"))
    assert done.code == 0
    assert "! The columns stand in another order than expected, from Month on." in done.err
    assert "! Not expected by the import: Remark." in done.err


def test_what_exports_made_is_not_offered(place: Place, server: DemoServer) -> None:
    good = source(place, f"{HEAD}North,Jan 26,1\n")
    # "Targets by region.csv", made by an export, is in the same list
    assert place("upload", "tar", good).code == 0
    changed = sent(server)
    done = place("upload", "Targets by region.csv", good)
    assert done.code == 2
    assert "it is what an export makes, not a file that imports read" in done.err
    unknown = place("upload", "nowhere.csv", good)
    assert unknown.code == 7
    assert "Targets by region.csv" not in unknown.err
    assert sent(server) == changed


def test_a_file_that_vanishes_leaves_no_traceback(place: Place, tmp_path: Path) -> None:
    done = place("upload", "targets.csv", str(tmp_path / "gone.csv"))
    assert done.code == 2
    assert "there is no such file" in done.err


def test_a_path_may_hold_the_sign_that_stands_between(place: Place, server: DemoServer) -> None:
    folder = place.root / "dt=2026-11-22"
    folder.mkdir()
    path = folder / "targets.csv"
    path.write_text(f"{HEAD}North,Jan 26,1\n")
    done = place("run", LOAD, "--upload", f"targets.csv={path}", "--json")
    assert done.code == 0, done.err
    assert sent(server) > 0
