"""``busy`` as a script calls it: what runs, who started it and since when."""

import getpass
from pathlib import Path

import pytest

from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.server import DemoServer
from tests.support.command import Place
from tests.support.desks import demand_plan

pytestmark = [pytest.mark.e2e]

NIGHTLY = "118000000001"
IN_THE_MIDDLE_S = 2.0
"""Seconds after the start; at first the status still says "idle"."""


@pytest.fixture
def place(server: DemoServer, tmp_path: Path) -> Place:
    return Place(tmp_path, server.url, top="[history]\nrequests_per_minute = 300\n")


def test_an_idle_model_costs_no_task_list(server: DemoServer, place: Place) -> None:
    done = place("busy", "--json")
    assert (done.code, done.document["busy"], done.items) == (0, False, [])
    assert server.log.matching("GET", "*/tasks") == []
    assert place("busy").out == "✓ idle\n"


def test_a_run_of_others_is_named_with_its_begin(server: DemoServer, place: Place) -> None:
    server.clock.speed = 0.01
    theirs = server.tenant.start(server.tenant.company.users[2], demand_plan(server), "process", NIGHTLY)
    server.clock.advance(IN_THE_MIDDLE_S)
    done = place("busy", "--json")
    (item,) = done.items
    assert (item["task_id"], item["id"], item["kind"]) == (theirs.id, NIGHTLY, "process")
    assert (item["origin"], item["by"]) == ("elsewhere", None)
    assert item["since"] is not None
    assert done.document["since"] == item["since"]
    (line,) = (line for line in place("busy").out.splitlines() if theirs.id in line)
    assert "elsewhere" in line


def test_a_run_from_here_is_its_user_s(server: DemoServer, place: Place) -> None:
    server.clock.speed = 0.01
    ours = place("run", NIGHTLY, "--detach").out.strip()
    server.clock.advance(IN_THE_MIDDLE_S)
    (item,) = place("busy", "--json").items
    assert (item["task_id"], item["origin"]) == (ours, "here")
    assert item["by"].startswith(f"{getpass.getuser()}@")


def test_a_service_that_does_not_say_is_not_called_idle(server: DemoServer, place: Place) -> None:
    server.faults.add(Fault("* */status", status=404, count=None))
    done = place("busy", "--json")
    assert (done.code, done.document["busy"]) == (0, None)
    assert "does not say" in place("busy").out
