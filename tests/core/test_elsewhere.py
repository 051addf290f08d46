"""Runs of others: what a first look finds, what looking through everything does, and what it costs."""

from collections.abc import Iterable

import pytest

from anaplan_tui.api.refs import TargetRef
from anaplan_tui.core.desk import Desk
from anaplan_tui.core.history.elsewhere import AT_FIRST, Elsewhere
from anaplan_tui.core.snapshots import Phase, Verdict
from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.server import DemoServer
from tests.core.test_preflight import start_elsewhere
from tests.reliability.desks import Desks, demand_plan

SHOWPIECE = "118000000042"
LISTS = "*/tasks"


async def look(desk: Desk, known: Iterable[TargetRef] = (), *, all_lists: bool = False) -> Elsewhere:
    elsewhere = desk.elsewhere()
    await elsewhere.look(known, (), all_lists=all_lists, tell=lambda: None)
    return elsewhere


@pytest.fixture
def held(server: DemoServer) -> str:
    """Somebody's import that holds the model; its id."""
    server.clock.speed = 0.001
    model = demand_plan(server)
    found = next(action for action in model.imports.values() if action.name.startswith("FX"))
    server.tenant.start(server.tenant.company.users[2], model, "import", found.id)
    server.clock.advance(1.5)
    return found.id


async def test_nothing_known_and_nothing_going_on_costs_one_request(desk: Desk, server: DemoServer) -> None:
    await desk.find(SHOWPIECE)
    server.log.clear()
    elsewhere = await look(desk)
    assert [entry.path.rpartition("/")[2] for entry in server.log] == ["status"]
    assert elsewhere.runs == ()
    assert (elsewhere.looked.lists, elsewhere.looked.going_on, elsewhere.looked.unnamed) == (0, False, "")
    assert elsewhere.looked.of == len(demand_plan(server).processes)


async def test_what_ended_lately_is_there_and_older_is_not(desk: Desk, server: DemoServer) -> None:
    item = await desk.find(SHOWPIECE)
    task_id = start_elsewhere(server)
    elsewhere = await look(desk, [item.ref])
    runs = {other.run.task_id: other.run for other in elsewhere.runs}
    assert runs[task_id].phase is Phase.ENDED
    assert runs[task_id].verdict is None, "nobody has read its result"
    assert "Enter reads" in runs[task_id].note
    assert 1 <= len(runs) <= 2, "that one, and the one of this night; not those of the days before"
    assert len(await desk.history(item)) > 2


async def test_a_busy_model_is_looked_into_within_bounds(desk: Desk, server: DemoServer, held: str) -> None:
    server.log.clear()
    elsewhere = await look(desk)
    assert server.log.count("GET", LISTS) == AT_FIRST
    assert elsewhere.at_work is None
    assert elsewhere.looked.unnamed.startswith("Processing")


async def test_looking_through_everything_finds_what_holds_the_model(
    desk: Desk, server: DemoServer, held: str
) -> None:
    elsewhere = await look(desk, all_lists=True)
    assert elsewhere.at_work is not None
    assert elsewhere.at_work.item.id == held
    assert elsewhere.at_work.run.live
    assert elsewhere.at_work.run.progress is not None
    looked = elsewhere.looked
    assert (looked.unnamed, looked.problem) == ("", "")
    assert looked.lists >= len(demand_plan(server).processes)
    cancelled = [other for other in elsewhere.runs if other.run.state == "CANCELLED"]
    assert all(other.run.verdict is Verdict.CANCELLED for other in cancelled)


async def test_a_queued_run_of_others_goes_on_too(desk: Desk, server: DemoServer, held: str) -> None:
    model = demand_plan(server)
    task = server.tenant.start(server.tenant.company.users[1], model, "process", SHOWPIECE)
    item = await desk.find(SHOWPIECE)
    elsewhere = await look(desk, [item.ref])
    (live,) = (other.run for other in elsewhere.runs if other.run.live)
    assert (live.task_id, live.state) == (task.id, "NOT_STARTED")


async def test_ours_is_not_of_others(desk: Desk, server: DemoServer) -> None:
    server.clock.speed = 0.001
    item = await desk.find(SHOWPIECE)
    began = await desk.runs.start(item)
    server.clock.advance(3)
    elsewhere = desk.elsewhere()
    await elsewhere.look([item.ref], {began.task_id}, all_lists=False, tell=lambda: None)
    assert began.task_id not in {other.run.task_id for other in elsewhere.runs}
    assert elsewhere.looked.unnamed == "", "what holds the model is known: it is ours"


async def test_it_stops_when_told_to(desk: Desk) -> None:
    elsewhere = desk.elsewhere()

    def stop_soon() -> None:
        if elsewhere.looked.lists >= 8:
            elsewhere.stop()

    await elsewhere.look((), (), all_lists=True, tell=stop_soon)
    assert elsewhere.looked.lists == 8
    assert not elsewhere.looked.going_on


async def test_a_service_that_does_not_answer_is_not_asked_for_every_list(
    desks: Desks, server: DemoServer
) -> None:
    desk = await desks.ready()
    await desk.find(SHOWPIECE)
    server.faults.add(Fault(f"GET {LISTS}", "status", status=403, count=None))
    server.log.clear()
    elsewhere = await look(desk, all_lists=True)
    assert elsewhere.looked.problem
    assert server.log.count("GET", LISTS) <= 8


async def test_a_list_that_cannot_be_read_does_not_hide_the_others(desk: Desk, server: DemoServer) -> None:
    processes = len(demand_plan(server).processes)
    server.faults.add(Fault(f"GET */{SHOWPIECE}/tasks", "status", status=403, count=None))
    elsewhere = await look(desk, all_lists=True)
    assert elsewhere.looked.lists == processes - 1
    assert elsewhere.looked.problem
    assert elsewhere.runs
