"""``busy``: what runs, whose it is and since when, as a script meets it."""

import getpass
import time
from pathlib import Path

import pytest

from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.server import DemoServer
from tests.support.command import DEADLINE_S, Place
from tests.support.desks import demand_plan

pytestmark = [pytest.mark.e2e]

NIGHTLY = "118000000001"


@pytest.fixture
def place(server: DemoServer, tmp_path: Path) -> Place:
    return Place(tmp_path, server.url, top="[history]\nrequests_per_minute = 300\n")


def test_an_idle_model_costs_no_task_list(server: DemoServer, place: Place) -> None:
    done = place("busy", "--json")
    assert (done.code, done.document["busy"], done.items) == (0, False, [])
    assert server.log.matching("GET", "*/tasks") == []
    assert place("busy").out == "✓ idle\n"


def test_a_run_of_others_is_named_with_its_begin(server: DemoServer, place: Place) -> None:
    server.clock.speed = 1
    theirs = server.tenant.start(server.tenant.company.users[2], demand_plan(server), "process", NIGHTLY)
    # The status says "idle" for a moment longer after a start.
    patience = time.monotonic() + DEADLINE_S
    while not (done := place("busy", "--json")).document["busy"]:
        assert time.monotonic() < patience
    (item,) = done.items
    assert (item["task_id"], item["id"], item["kind"]) == (theirs.id, NIGHTLY, "process")
    assert (item["origin"], item["by"]) == ("elsewhere", None)
    assert item["since"] is not None
    assert done.document["since"] == item["since"]
    (line,) = (line for line in place("busy").out.splitlines() if theirs.id in line)
    assert "elsewhere" in line


def test_a_run_from_here_is_its_user_s(server: DemoServer, place: Place) -> None:
    server.clock.speed = 1
    ours = place("run", NIGHTLY, "--detach").out.strip()
    (item,) = place("busy", "--json").items
    assert (item["task_id"], item["origin"]) == (ours, "here")
    assert item["by"].startswith(f"{getpass.getuser()}@")


def test_a_service_that_does_not_say_is_not_called_idle(server: DemoServer, place: Place) -> None:
    server.faults.add(Fault("* */status", status=404, count=None))
    done = place("busy", "--json")
    assert (done.code, done.document["busy"]) == (0, None)
    assert "does not say" in place("busy").out
