"""Queued runs while the service does not answer, or while nobody knows what it does."""

import asyncio

import pytest

from anaplan_tui.api.errors import NoAccess, NotAuthenticated, Unreachable
from anaplan_tui.core.snapshots import Phase, Verdict
from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.server import DemoServer
from tests.support.desks import Desks, demand_plan
from tests.support.queues import BAD, GOOD, STARTS, enqueue, seen, until

STATUS = "* */models/*/status"
LOAD = "118000000042"
PURGE = "118000000044"
OTHER_USER = "ana.planner@example.com"


def somebody_else_starts(server: DemoServer, process_id: str) -> None:
    tenant = server.tenant
    tenant.start(tenant.user(OTHER_USER), demand_plan(server), "process", process_id)


async def test_an_outage_empties_no_queue(desks: Desks, server: DemoServer) -> None:
    desk = await desks.ready()
    desk.queue.held = "a test"
    first, second = [await enqueue(desk, GOOD) for _ in range(2)]
    await asyncio.to_thread(server.stop)

    desk.queue.release()
    await until(desk, lambda: "as soon as there is contact again" in seen(desk, first[0]).note)
    waiting = [seen(desk, run_id).phase for run_id, _ in (first, second)]
    remembered = {run.run_id: run.summary.phase for run in desk.journal.live("demo")}
    await asyncio.to_thread(server.start)

    assert waiting == [Phase.WAITING] * 2
    assert remembered == {first[0]: Phase.WAITING, second[0]: Phase.WAITING}
    assert [(await ended).verdict for _, ended in (first, second)] == [Verdict.COMPLETED] * 2
    assert server.log.count("POST", STARTS) == 2


@pytest.mark.parametrize(
    "fault",
    [
        Fault("GET *processes/*/tasks", "status", nth=2, count=3, status=503),
        Fault("POST */tasks", "status", count=3, status=429, retry_after=0.01),
    ],
    ids=["the list before the start", "the start, refused for its rate"],
)
async def test_a_start_that_was_certainly_not_sent_waits_again(
    desks: Desks, server: DemoServer, fault: Fault
) -> None:
    desk = await desks.ready()
    item = await desk.find(GOOD)
    shown: list[tuple[Phase, str]] = []
    desk.store.subscribe(lambda _: shown.extend((r.phase, r.note) for r in desk.store.runs))
    server.faults.add(fault)

    ended = await desk.run(item, wait_until_free=True)

    assert ended.verdict is Verdict.COMPLETED
    assert Phase.NOT_STARTED not in {phase for phase, _ in shown}
    assert any("contact again" in note for phase, note in shown if phase is Phase.WAITING)
    assert desk.journal.live("demo") == []


async def test_a_model_whose_status_cannot_be_read_is_not_free(desks: Desks, server: DemoServer) -> None:
    desk = await desks.ready()
    server.faults.add(Fault(STATUS, "status", count=None, status=500))

    run_id, waiting = await enqueue(desk, GOOD)
    await until(desk, lambda: "HTTP 500" in seen(desk, run_id).note)
    assert server.log.count("POST", STARTS) == 0

    server.faults.clear()
    assert (await waiting).verdict is Verdict.COMPLETED


async def test_a_live_task_of_the_target_is_waited_for_though_the_status_says_idle(
    desks: Desks, server: DemoServer
) -> None:
    desk = await desks.ready()
    item = await desk.find(PURGE)
    server.clock.speed = 0.01
    somebody_else_starts(server, PURGE)
    idle = '{"requestStatus": {"progress": -1.0, "currentStep": "Open"}}'
    server.faults.add(Fault(STATUS, "status", count=None, status=200, body=idle))

    run_id, waiting = await enqueue(desk, item.id)
    await until(desk, lambda: "the same runs already" in seen(desk, run_id).note)
    assert "Processing" not in seen(desk, run_id).note
    assert server.log.count("POST", STARTS) == 0

    server.clock.speed = 200
    assert (await waiting).verdict is Verdict.COMPLETED


async def test_a_service_that_refuses_the_question_refuses_the_run_and_nothing_is_sent(
    desks: Desks, server: DemoServer
) -> None:
    desk = await desks.ready()
    server.faults.add(Fault(STATUS, "status", count=None, status=403))

    run_id, waiting = await enqueue(desk, GOOD)

    with pytest.raises(NoAccess):
        await waiting
    assert seen(desk, run_id).phase is Phase.NOT_STARTED
    assert "model's status" in seen(desk, run_id).reason
    assert server.log.count("POST", STARTS) == 0


async def test_a_command_waits_for_contact_as_long_as_its_patience_lasts(
    desks: Desks, server: DemoServer
) -> None:
    desk = await desks.ready(patience_s=0.2)
    desk.queue.held = "a test"
    run_id, waiting = await enqueue(desk, GOOD)
    await asyncio.to_thread(server.stop)
    desk.queue.release()

    with pytest.raises(Unreachable):
        await waiting
    await asyncio.to_thread(server.start)

    assert seen(desk, run_id).phase is Phase.NOT_STARTED
    assert desk.journal.live("demo") == []


async def test_a_login_that_is_refused_holds_the_rest_even_when_told_to_go_on(
    desks: Desks, server: DemoServer
) -> None:
    desk = await desks.ready()
    desk.queue.stop_on_failure = False
    desk.queue.held = "a test"
    _, first = await enqueue(desk, BAD)
    second, _ = await enqueue(desk, GOOD)
    server.faults.add(Fault("* */2/0/*", "status", count=None, status=401))

    desk.queue.release()
    await until(desk, lambda: "login" in desk.queue.held)

    with pytest.raises(NotAuthenticated):
        await first
    assert desk.queue.run_ids == (second,)
    assert server.log.count("POST", STARTS) == 0
