"""Runs that others started unattended: service.md §5.1, §7.4, §8.4."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from anaplan_tui.demo.company_night import LOADING, SCHEDULER, STORE_TARGETS
from anaplan_tui.demo.server import DemoServer
from tests.support.tenants import MODEL, PlainClient, sign_in

HOUR = 3600.0


@pytest.fixture
def night() -> Iterator[PlainClient]:
    with DemoServer(scenario="night") as server, sign_in(server) as client:
        yield client


def tasks(client: PlainClient) -> dict[str, list[dict[str, Any]]]:
    """Return the task lists of all processes that have one, by name."""
    found = {}
    for row in client.get("/processes")["processes"]:
        listed = client.get(f"/processes/{row['id']}/tasks").get("tasks")
        if listed:
            found[row["name"]] = [
                task | {"path": f"/processes/{row['id']}/tasks/{task['taskId']}"} for task in listed
            ]
    return found


def came_to(client: PlainClient, path: str) -> str:
    result = client.task(path)["result"]
    nested = result["nestedResults"]
    if not all(entry["successful"] for entry in nested):
        return "failed"
    rejected = any(entry["failureDumpAvailable"] for entry in nested)
    return "warnings" if rejected or not result["successful"] else "completed"


def test_the_night_has_one_failed_run_and_one_that_goes_on(night: PlainClient) -> None:
    listed = [task for found in tasks(night).values() for task in found]
    states = Counter(task["taskState"] for task in listed)
    assert states == {"COMPLETE": 26, "IN_PROGRESS": 1}
    now = night.server.clock.now()
    assert all(now - 12 * HOUR < task["creationTime"] / 1000 < now for task in listed)
    ended = Counter(came_to(night, task["path"]) for task in listed if task["taskState"] == "COMPLETE")
    assert ended == {"completed": 22, "warnings": 3, "failed": 1}
    assert night.get("/status")["requestStatus"]["currentStep"] == "Processing ..."


def test_the_failed_run_has_two_rows_that_only_its_user_may_read(night: PlainClient) -> None:
    (failed,) = tasks(night)[STORE_TARGETS.name]
    (entry, _) = night.task(failed["path"])["result"]["nestedResults"]
    assert (entry["successful"], entry["failureDumpAvailable"]) == (False, True)
    assert entry["details"][0]["localMessageText"] == "Target cells: 18 (2 failed)"
    dump = f"{failed['path']}/dumps/{entry['objectId']}"
    night.get(f"{dump}/chunks", 404)
    with sign_in(night.server, SCHEDULER.email) as scheduler:
        assert scheduler.joined(dump).count(b"\r\n") == 3


def test_lists_come_in_no_order(night: PlainClient) -> None:
    times = [[t["creationTime"] for t in found] for found in tasks(night).values() if len(found) > 2]
    assert any(found != sorted(found) for found in times)
    assert any(found != sorted(found, reverse=True) for found in times)


def test_the_night_is_over_once_and_not_again_after_each_start(tmp_path: Path) -> None:
    def ids() -> set[str]:
        with DemoServer(scenario="night", state_dir=tmp_path) as server, sign_in(server) as client:
            return {task["taskId"] for found in tasks(client).values() for task in found}

    assert len(ids()) == 27
    first = ids()
    assert ids() == first


def test_an_hour_without_anybody_and_all_is_forgotten(night: PlainClient) -> None:
    night.later(HOUR / 2)
    assert len(tasks(night)) > 5
    night.later(2 * HOUR)
    assert night.get("/status")["requestStatus"]["currentStep"] == "Closed"
    night.server.clock.speed = 100
    assert tasks(night) == {}


def test_a_model_that_is_asleep_has_forgotten_the_night() -> None:
    with DemoServer(scenario="asleep") as server, sign_in(server) as client:
        assert client.get("/status")["requestStatus"]["currentStep"] == "Closed"
        assert client.http.post(f"{MODEL}/open").status_code == 202
        assert client.get("/status")["requestStatus"]["currentStep"] == "Loading"
        server.clock.advance(LOADING)
        assert client.get("/status")["requestStatus"]["currentStep"] == "Open"
        assert tasks(client) == {}


def test_a_history_of_any_length(tmp_path: Path) -> None:
    path = tmp_path / "past.toml"
    path.write_text("past = 500\n")
    with DemoServer(scenario=str(path)) as server, sign_in(server) as client:
        listed = [task for found in tasks(client).values() for task in found]
        assert len(listed) == 500
        assert {task["taskState"] for task in listed} == {"COMPLETE"}


def test_a_long_history_is_there_at_once(tmp_path: Path) -> None:
    with DemoServer(scenario="long") as server, sign_in(server) as client:
        rows = client.get("/processes")["processes"]
        assert len(rows) == 5_000
        listed = [
            task
            for row in rows[::500]
            for task in client.get(f"/processes/{row['id']}/tasks").get("tasks", ())
        ]
        assert listed
        oldest = min(task["creationTime"] / 1000 for task in listed)
        assert server.clock.now() - oldest < 25 * HOUR
        assert {task["taskState"] for task in listed} == {"COMPLETE"}
