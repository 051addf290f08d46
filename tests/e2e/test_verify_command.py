"""``dumps --verify`` and the files in ``runs``, as scripts see them, over real HTTP."""

from pathlib import Path

import pytest

from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.server import DemoServer
from tests.support.command import Place

pytestmark = [pytest.mark.e2e]

WITH_DUMP = "118000000028"


def fetched(place: Place, out: Path) -> tuple[str, Path]:
    """A run with a dump in ``out``: its task and the file."""
    run = place("run", WITH_DUMP, "--dumps", str(out), "--json").document
    (path,) = [action["dump"]["path"] for action in run["actions"] if action["dump"]["path"]]
    return run["task_id"], Path(path)


def test_the_same_is_0_and_another_is_9(place: Place, tmp_path: Path) -> None:
    out = tmp_path / "out"
    task_id, path = fetched(place, out)
    verify = ("dumps", WITH_DUMP, task_id, "--out", str(out), "--verify")
    same = place(*verify, "--json")
    assert (same.code, [item["verified"] for item in same.items]) == (0, ["same"])
    assert place(*verify).out.startswith("✓ same  ")

    path.write_bytes(path.read_bytes().swapcase())
    different = place(*verify, "--json")
    assert different.code == 9
    assert [(item["verified"], item["different_chunk"]) for item in different.items] == [("different", 0)]
    assert "different at chunk 0" in place(*verify).out
    (run,) = place("runs", "--json").items
    assert [file["on_disk"] for file in run["files"]] == ["changed"]
    assert "! changed since it was fetched" in place("runs").out
    reported = place("attach", WITH_DUMP, task_id, "--json").document
    assert [a["dump"]["on_disk"] for a in reported["actions"] if a["dump"]["available"]] == ["changed"]
    assert "changed since it was fetched" in place("attach", WITH_DUMP, task_id).out

    assert "this is not what was fetched" in place("triage", str(path)).err
    path.write_bytes(path.read_bytes().swapcase())
    assert "not what was fetched" not in place("triage", str(path)).err

    path.unlink()
    (run,) = place("runs", "--json").items
    assert [file["on_disk"] for file in run["files"]] == ["missing"]
    assert [a["dump"]["on_disk"] for a in run["actions"] if a["dump"]["available"]] == ["missing"]
    assert "! no longer there" in place("runs").out
    again = place(*verify, "--json")
    assert (again.code, again.items[0]["path"]) == (0, str(path))


def test_what_the_service_no_longer_has_is_9_and_gone(
    server: DemoServer, place: Place, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    task_id, path = fetched(place, out)
    server.faults.add(Fault("GET */dumps/*", status=404, count=None))
    gone = place("dumps", WITH_DUMP, task_id, "--out", str(out), "--verify", "--json")
    assert (gone.code, gone.items[0]["verified"]) == (9, "gone")
    assert gone.items[0]["path"] == str(path)
    assert "no longer has this dump" in gone.items[0]["error"]
