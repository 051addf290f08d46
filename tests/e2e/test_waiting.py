"""A model that is closed, at work or locked: opened before a run, and awaited by ``wait``."""

from dataclasses import replace

import pytest

from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.memory import CLOSE_SECONDS
from anaplan_tui.demo.model import Model
from anaplan_tui.demo.server import DemoServer
from tests.support.command import Place, running
from tests.support.desks import demand_plan
from tests.support.others import LONG, SHORT, somebody_else_runs

pytestmark = [pytest.mark.e2e]

OPENINGS = "*/open"
STARTS = "*/tasks"


def closed(server: DemoServer) -> None:
    server.tenant.unload(demand_plan(server))
    server.clock.advance(CLOSE_SECONDS)


def test_a_closed_model_is_opened_before_a_run_and_its_loading_is_told(
    server: DemoServer, place: Place
) -> None:
    closed(server)
    done = place("run", SHORT)
    assert done.code == 0, done.err
    assert "The model is closed: opening it" in done.err
    assert "The model loads" in done.err
    assert (server.log.count("POST", OPENINGS), server.log.count("POST", STARTS)) == (1, 1)


def test_what_may_not_be_woken_stays_closed(server: DemoServer, place: Place) -> None:
    closed(server)
    place.settings += "wake = false\n"
    done = place("run", SHORT)
    assert done.code == 7
    assert "wake = false" in done.err
    assert (server.log.count("POST", OPENINGS), server.log.count("POST", STARTS)) == (0, 0)
    assert server.tenant.memory(demand_plan(server)).state(server.clock.now()) == "closed"


def test_an_account_that_may_not_open_it_loads_it_by_using_it(server: DemoServer, place: Place) -> None:
    closed(server)
    server.faults.add(Fault("POST */open", "status", status=404))
    done = place("run", SHORT)
    assert done.code == 0, done.err
    assert "may not open it" in done.err
    assert server.log.count("POST", STARTS) == 1


def test_an_open_model_is_not_opened_again(server: DemoServer, place: Place) -> None:
    assert place("run", SHORT).code == 0
    assert server.log.count("POST", OPENINGS) == 0


def test_wait_ends_when_the_model_is_free(server: DemoServer, place: Place) -> None:
    somebody_else_runs(server, LONG)
    with running(place, "wait", "--json") as waiting:
        assert waiting.stderr is not None
        assert "Waiting until the model is free: Processing" in waiting.stderr.readline()
        server.clock.speed = 50
        out, _ = waiting.communicate(timeout=60)
    assert waiting.returncode == 0
    assert '"reached": true' in out
    assert server.log.count("POST", STARTS) == 0


def test_wait_ends_with_one_when_the_time_is_over(server: DemoServer, place: Place) -> None:
    somebody_else_runs(server, LONG)
    done = place("wait", "--idle", "--for", "1s", "--json")
    assert done.code == 1
    assert (done.document["reached"], done.document["until"]) == (False, "idle")
    assert "Processing" in done.document["reason"]
    assert "Not free after" in done.err


def test_a_locked_model_is_waited_for(server: DemoServer, place: Place) -> None:
    model = replace(demand_plan(server), state="LOCKED", refuses=423)
    put(server, model)
    with running(place, "wait", "--unlocked") as waiting:
        assert waiting.stderr is not None
        assert "locked" in waiting.stderr.readline()
        put(server, replace(model, state="UNLOCKED", refuses=None))
        out, _ = waiting.communicate(timeout=60)
    assert (waiting.returncode, out) == (0, "Demand plan is unlocked.\n")


def put(server: DemoServer, model: Model) -> None:
    """Set the model's state from now on."""
    tenant = server.tenant
    models = tuple(model if m.id == model.id else m for m in tenant.company.models)
    tenant.company = replace(tenant.company, models=models)
    tenant._models = {m.id: m for m in models}


def test_waiting_leaves_a_closed_model_closed(server: DemoServer, place: Place) -> None:
    closed(server)
    done = place("wait")
    assert (done.code, done.out) == (0, "Demand plan is free; it is closed, the next run opens it.\n")
    assert server.tenant.memory(demand_plan(server)).state(server.clock.now()) == "closed"
    assert server.log.count("POST", OPENINGS) == 0


@pytest.mark.parametrize("given", ["", "0m", "soon", "5y", "-3m"])
def test_what_is_no_duration_is_refused(place: Place, given: str) -> None:
    done = place("wait", f"--for={given}")
    assert done.code == 2


def a_runbook(place: Place) -> str:
    path = place.root / "book.toml"
    path.write_text('[[step]]\nrun = "Nightly purge"\n')
    return str(path)


def test_a_closed_model_is_opened_before_a_play_and_its_loading_is_told(
    server: DemoServer, place: Place
) -> None:
    closed(server)
    done = place("play", a_runbook(place))
    assert done.code == 0, done.err
    assert "The model is closed: opening it" in done.err
    assert "The model loads" in done.err
    assert (server.log.count("POST", OPENINGS), server.log.count("POST", STARTS)) == (1, 1)


def test_a_dry_run_opens_nothing_and_says_that_its_looking_loads_the_model(
    server: DemoServer, place: Place
) -> None:
    closed(server)
    tried = place("play", a_runbook(place), "--dry-run")
    assert tried.code == 0, tried.err
    assert "looking up its names loads it" in tried.err
    assert server.log.count("POST", OPENINGS) == 0


def test_a_dry_run_leaves_a_model_closed_that_may_not_be_woken(server: DemoServer, place: Place) -> None:
    closed(server)
    place.settings += "wake = false\n"
    tried = place("play", a_runbook(place), "--dry-run")
    assert tried.code == 7
    assert "wake = false" in tried.err
    assert server.tenant.memory(demand_plan(server)).state(server.clock.now()) == "closed"
