"""``verify FILE…``: files compared with their records, as scripts see it."""

import json
import shutil
from pathlib import Path

import pytest

from anaplan_tui.demo.server import DemoServer
from tests.e2e.test_verify_command import fetched
from tests.support.command import Place

pytestmark = [pytest.mark.e2e]


def test_a_fetched_file_is_the_same_until_it_is_changed_or_gone(
    server: DemoServer, place: Place, tmp_path: Path
) -> None:
    _task_id, path = fetched(place, tmp_path / "out")
    asked = len(server.log)
    same = place("verify", str(path), "--json")
    (item,) = same.items
    assert (same.code, item["verified"], item["error"]) == (0, "same", None)
    assert [known["by"] for known in item["recorded"]] == ["journal", "run.json"]
    assert {known["sha256"] for known in item["recorded"]} == {item["sha256"]}
    assert place("verify", str(path)).out.startswith("✓ same  ")

    content = path.read_bytes()
    path.write_bytes(content.swapcase())
    changed = place("verify", str(path), "--json")
    assert (changed.code, changed.items[0]["verified"]) == (9, "changed")
    assert "another SHA-256" in changed.items[0]["error"]
    path.write_bytes(content[:-1])
    assert f"it had {len(content):,} bytes" in place("verify", str(path)).out

    path.unlink()
    gone = place("verify", str(path), "--json")
    assert (gone.code, gone.items[0]["verified"]) == (9, "missing")
    assert len(server.log) == asked, "expected no request to the service"


def test_a_folder_that_was_moved_to_another_host_is_known_by_its_run_json(
    place: Place, tmp_path: Path
) -> None:
    _task_id, path = fetched(place, tmp_path / "out")
    moved = tmp_path / "elsewhere"
    shutil.move(path.parent, moved)
    shutil.rmtree(place.state)
    for named in (moved, moved / "run.json", moved / path.name):
        done = place("verify", str(named), "--json")
        assert (done.code, [item["path"] for item in done.items]) == (0, [str(moved / path.name)])
        assert [known["by"] for known in done.items[0]["recorded"]] == ["run.json"]
    (moved / path.name).unlink()
    assert place("verify", str(moved)).code == 9


def test_one_of_several_is_enough_for_9_and_each_is_said(place: Place, tmp_path: Path) -> None:
    _task_id, path = fetched(place, tmp_path / "out")
    stranger = tmp_path / "of nobody.csv"
    stranger.write_text("1,2\n")
    done = place("verify", str(path), str(stranger), str(tmp_path / "out"), "--json")
    assert done.code == 9
    # A folder without a run.json is not a file.
    assert [item["verified"] for item in done.items] == ["same", "not recorded", "unreadable"]


@pytest.mark.parametrize(
    "told",
    [
        "[]",
        "{}",
        '{"actions": 1}',
        '{"actions": [1, {"dump": 2}, {"dump": {"path": "d.csv"}}]}',
        json.dumps({"actions": [{"dump": {"path": "d.csv\0", "bytes": 1, "sha256": "a"}}]}),
        "[" * 100_000,
    ],
)
def test_a_run_json_of_anybody_tells_nothing_rather_than_failing(
    place: Place, tmp_path: Path, told: str
) -> None:
    (tmp_path / "run.json").write_text(told)
    (tmp_path / "d.csv").write_text("x")
    done = place("verify", str(tmp_path / "d.csv"), "--json")
    assert (done.code, done.items[0]["verified"]) == (9, "not recorded")
