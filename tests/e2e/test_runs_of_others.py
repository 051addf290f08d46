"""The commands' reports on a run that was started elsewhere."""

import getpass

import pytest

from anaplan_tui.demo.server import DemoServer
from tests.support.command import DEADLINE_S, Done, Place, running
from tests.support.desks import demand_plan

pytestmark = [pytest.mark.e2e]

NIGHTLY = "118000000001"


def started_elsewhere(server: DemoServer) -> str:
    user = server.tenant.company.users[2]
    return server.tenant.start(user, demand_plan(server), "process", NIGHTLY).id


def cancelled(server: DemoServer, place: Place, task_id: str) -> Done:
    """Cancel a task in the middle of its work, which takes the tenant some time."""
    server.clock.advance(2)
    with running(place, "cancel", NIGHTLY, task_id, "--json") as process:
        server.wait_for("DELETE", f"*/tasks/{task_id}", timeout=DEADLINE_S, answered=True)
        server.clock.advance(60)
        out, err = process.communicate(timeout=DEADLINE_S)
    return Done(process.returncode, out, err)


def test_a_run_of_others_stays_theirs_in_every_list(server: DemoServer, place: Place) -> None:
    theirs = started_elsewhere(server)
    ours = place("run", NIGHTLY, "--json").document["task_id"]
    place("attach", NIGHTLY, theirs)

    rows = {line.split()[0]: line.split()[-1] for line in place("tasks", NIGHTLY).out.splitlines()[1:]}
    assert (rows[theirs], rows[ours]) == ("–", "yes")
    origins = {task["task_id"]: task["origin"] for task in place("tasks", NIGHTLY, "--json").items}
    assert (origins[theirs], origins[ours]) == ("elsewhere", "here")

    known = {run["task_id"]: run for run in place("runs", "--json").items}
    assert known[theirs]["origin"] == "elsewhere"
    assert (known[theirs]["user"], known[theirs]["host"]) == (None, None)
    assert (known[ours]["origin"], known[ours]["user"]) == ("here", getpass.getuser())
    shown = place("runs").out.splitlines()
    (line,) = (line for line in shown if theirs in line)
    assert getpass.getuser() not in line
    assert "elsewhere" in line


def test_cancel_says_that_the_run_is_not_from_here(server: DemoServer, place: Place) -> None:
    server.clock.speed = 0.01
    done = cancelled(server, place, started_elsewhere(server))
    assert (done.code, done.document["verdict"]) == (4, "cancelled")
    assert "! This run was not started from here; Anaplan does not say by whom." in done.err

    ours = place("run", NIGHTLY, "--detach").out.strip()
    assert "not started from here" not in cancelled(server, place, ours).err
