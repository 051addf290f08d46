"""``run A B C``: one after another, one document, the worst exit code."""

import pytest

from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.server import DemoServer
from tests.support.command import Place

pytestmark = [pytest.mark.e2e]

FINE, WARNS, FAILS = "Region order", "118000000028", "118000000042"


@pytest.fixture
def fails(place: Place) -> str:
    """A process that fails, found by trying: the demo's night has one."""
    for item in place("processes", "--json").items:
        if place("run", item["id"], "--json").code == 1:
            return str(item["id"])
    raise AssertionError("the demo tenant has no process that fails")


def starts(server: DemoServer) -> int:
    return len([r for r in server.log.matching("POST", "*/tasks") if r.status == 200])


def test_they_run_in_their_order_and_rejected_rows_stop_nothing(server: DemoServer, place: Place) -> None:
    done = place("run", WARNS, FINE, WARNS, "--json")
    assert [run["verdict"] for run in done.items] == [
        "completed_with_warnings",
        "completed",
        "completed_with_warnings",
    ]
    assert done.code == 3
    assert done.document["not_run"] == []
    ended = [run["ended_at"] for run in done.items[:-1]]
    began = [run["started_at"] for run in done.items[1:]]
    assert all(one <= other for one, other in zip(ended, began, strict=True))


def test_a_failure_stops_the_row_unless_it_is_to_go_on(server: DemoServer, place: Place, fails: str) -> None:
    before = starts(server)
    done = place("run", fails, FINE, "--json")
    assert (done.code, [run["verdict"] for run in done.items]) == (1, ["failed"])
    assert [(left["name"], left["error"]) for left in done.document["not_run"]] == [(FINE, None)]
    assert 'Not run, because of the one before: "Region order"' in done.err
    assert starts(server) == before + 1

    done = place("run", fails, FINE, "--on-failure", "continue", "--json")
    assert (done.code, [run["verdict"] for run in done.items]) == (1, ["failed", "completed"])


def test_a_name_that_is_wrong_starts_nothing(server: DemoServer, place: Place) -> None:
    assert place("run", FINE, "no such process").code == 7
    assert starts(server) == 0


def test_what_came_before_a_refused_start_is_still_told(server: DemoServer, place: Place) -> None:
    server.faults.add(Fault("POST *118000000028/tasks", status=423, count=None))
    done = place("run", FINE, WARNS, FINE, "--json")
    assert [run["verdict"] for run in done.items] == ["completed"]
    refused, left = done.document["not_run"]
    assert refused["error"]
    assert left["error"] is None
    assert done.code == 7


@pytest.mark.parametrize("option", [["--detach"], ["--param", "A=B"], ["--bundle", "x.zip"]])
def test_what_is_about_one_run_is_refused_for_several(place: Place, option: list[str]) -> None:
    assert place("run", FINE, WARNS, *option).code == 2
