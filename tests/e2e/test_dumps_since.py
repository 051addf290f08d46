"""``dumps --since``: the dumps of every task since a given time."""

from pathlib import Path
from typing import Any

import pytest

from anaplan_tui.demo.server import DemoServer
from tests.support.command import Place

pytestmark = [pytest.mark.e2e]

WITH_DUMP, WITHOUT = "118000000028", "Region order"


def tasks_of(place: Place, target: str) -> list[dict[str, Any]]:
    return [task for task in place("tasks", target, "--json").items if task["state"] == "COMPLETE"]


def test_those_of_one_target_and_of_all_since_a_moment(
    server: DemoServer, place: Place, tmp_path: Path
) -> None:
    place.top = "[history]\nrequests_per_minute = 300\n"
    task_id = place("run", WITH_DUMP, "--json").document["task_id"]
    place("run", WITHOUT)
    out = tmp_path / "out"
    one = place("dumps", WITH_DUMP, "--since", "1h", "--out", str(out), "--json")
    (item,) = (item for item in one.items if item["task_id"] == task_id)
    assert item["error"] is None
    assert Path(item["path"]).is_relative_to(out)
    assert Path(item["path"]).stat().st_size == item["bytes"]

    for_people = place("dumps", WITH_DUMP, "--since", "1h", "--out", str(out)).out.splitlines()
    titles = [line for line in for_people if not line.startswith(("✓", "✗", " "))]
    assert len(titles) == len({other["task_id"] for other in one.items}), "each run above its dumps"
    assert all(line.endswith(":") for line in titles)

    every = place("dumps", "--since", "1h", "--out", str(out), "--json")
    assert item["path"] in [other["path"] for other in every.items]

    # The tenant has a night behind it: tasks that began before that time are left alone.
    some = place("processes", "--json").items[:6]
    tasks = [task for item in some for task in tasks_of(place, item["id"])]
    began = sorted(task["created_at"] for task in tasks)
    middle = began[len(began) // 2]
    assert began[0] < middle
    asked = len(server.log)
    place("dumps", "--since", middle, "--out", str(out), "--json")
    looks = [r.path for r in list(server.log)[asked:] if "/tasks/" in r.path and "/dumps/" not in r.path]
    looked = {path.rpartition("/")[2] for path in looks} & {task["task_id"] for task in tasks}
    assert looked == {task["task_id"] for task in tasks if task["created_at"] >= middle}


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["x"],
        ["x", "y", "--since", "24h"],
        ["--since", "tomorrow"],
        ["x", "--since", "24h", "--verify"],
    ],
)
def test_what_makes_no_sense_is_refused(server: DemoServer, place: Place, arguments: list[str]) -> None:
    assert place("dumps", *arguments).code == 2
    assert len(server.log) == 0
