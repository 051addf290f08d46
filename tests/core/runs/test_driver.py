"""The search for a lost start, and the display of a watched run, on a tenant that others use as well."""

import asyncio
from itertools import pairwise
from typing import Any

import pytest

from anaplan_tui.api.errors import NotFound
from anaplan_tui.api.refs import Kind
from anaplan_tui.core.desk import Desk
from anaplan_tui.core.runs.driver import ReadOnly
from anaplan_tui.core.runs.watching import ADOPTED
from anaplan_tui.core.snapshots import Origin, Phase, RunSnapshot, Step, Verdict
from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.model import Task
from anaplan_tui.demo.server import DemoServer
from tests.support.desks import Desks, demand_plan, tenant_runs

SHORT = "118000000033"
LONG = "118000000042"
CLOSE = "118000000018"
"""Month end close: its cancel comes too late."""
OTHER_USER = "ana.planner@example.com"
AT_WORK = 0.01
"""Speed of a tenant whose runs stay live until its clock is moved forward."""

LOST_START = Fault("POST */tasks", "lost")
DEAD_START = Fault("POST */tasks", "reset")


def start_by_somebody_else(server: DemoServer, process_id: str = SHORT) -> str:
    tenant = server.tenant
    return tenant.start(tenant.user(OTHER_USER), demand_plan(server), "process", process_id).id


async def start_that_is_lost_amid_others(server: DemoServer, desk: Desk, fault: Fault) -> RunSnapshot:
    """Lose the answer to a start while somebody else starts the same process at the same moment."""
    start = server.tenant.start

    def both(*whose: Any) -> Task:
        server.tenant.start = start  # type: ignore[method-assign]
        start_by_somebody_else(server)
        return start(*whose)

    server.tenant.start = both  # type: ignore[method-assign,assignment]
    server.faults.add(fault)
    return await desk.run(await desk.find(SHORT))


async def test_a_task_that_is_listed_late_is_found(server: DemoServer, desk: Desk) -> None:
    # The first list is the one before the start; the next two do not have the task yet.
    server.faults.add(LOST_START, Fault("GET *processes/*/tasks", "tasks-empty", nth=2, count=2))

    run = await desk.run(await desk.find(SHORT))

    assert (run.note, run.verdict) == (ADOPTED, Verdict.COMPLETED)
    known = desk.journal.run(run.run_id)
    assert known is not None
    assert (known.adopted, known.summary.origin, known.surely_ours) == (True, Origin.HERE, False)


async def test_a_task_seen_once_is_a_candidate_and_not_ours_yet(server: DemoServer, desk: Desk) -> None:
    server.faults.add(LOST_START, Fault("GET *processes/*/tasks", "tasks-empty", nth=2, count=4))

    run = await desk.run(await desk.find(SHORT))

    (truth,) = tenant_runs(server, SHORT)
    assert run.phase is Phase.UNKNOWN_START
    assert run.candidates == (truth.task.id,)
    assert "one task may be it" in run.reason


async def test_among_several_new_tasks_the_operator_chooses(server: DemoServer, desk: Desk) -> None:
    run = await start_that_is_lost_amid_others(server, desk, LOST_START)

    assert run.phase is Phase.UNKNOWN_START
    assert set(run.candidates) == {r.task.id for r in tenant_runs(server, SHORT)}
    assert "2 new tasks could be it; choose one to watch" in run.reason
    chosen = await desk.runs.attach(await desk.find(SHORT), run.candidates[0])
    assert chosen.verdict is Verdict.COMPLETED
    assert server.log.count("POST", "*/tasks") == 1


async def test_tasks_that_were_there_before_are_nobodys_lost_start(server: DemoServer, desk: Desk) -> None:
    start_by_somebody_else(server)
    item = await desk.find(SHORT)
    server.faults.add(DEAD_START)

    run = await desk.run(item)

    assert (run.phase, run.candidates) == (Phase.UNKNOWN_START, ())


async def test_a_cancel_may_come_too_late(server: DemoServer, desk: Desk) -> None:
    server.clock.speed = AT_WORK
    begun: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    run = asyncio.create_task(desk.run(await desk.find(CLOSE), on_begin=begun.set_result))
    await server.wait_for_async("GET", "*/tasks/*", n=2, answered=True)
    (truth,) = tenant_runs(server, CLOSE)
    server.clock.advance(truth.begin - server.clock.now() + 1)

    await desk.cancel(await begun)
    server.clock.advance(60)
    ended = await run

    assert ended.cancel_requested
    assert (ended.state, ended.verdict) == ("COMPLETE", Verdict.COMPLETED)


async def test_a_cancel_by_somebody_else_names_them(desk: Desk) -> None:
    run = await desk.run(await desk.find("118000000021"))

    assert (run.verdict, run.cancelled_by) == (Verdict.CANCELLED, "Ana Planner")
    assert "cancelled by Ana Planner" in run.reason
    assert not run.cancel_requested


async def test_a_task_of_somebody_else_is_watched_and_remembered(server: DemoServer, desk: Desk) -> None:
    task_id = start_by_somebody_else(server)

    run = await desk.runs.attach(await desk.find(SHORT), task_id)

    assert (run.task_id, run.verdict) == (task_id, Verdict.COMPLETED)
    known = desk.journal.by_task(task_id)
    assert known is not None
    assert (known.summary.origin, known.surely_ours) == (Origin.ELSEWHERE, False)
    again = await desk.runs.report(await desk.find(SHORT), task_id)
    assert again.run_id == run.run_id
    assert server.log.count("POST", "*/tasks") == 0


async def test_a_task_that_does_not_exist_leaves_no_trace(desk: Desk) -> None:
    with pytest.raises(NotFound):
        await desk.runs.attach(await desk.find(SHORT), "0" * 32)

    assert desk.store.runs == ()
    assert desk.journal.recent("demo") == []


async def test_all_who_watch_one_run_share_one_poller(server: DemoServer, desk: Desk) -> None:
    server.clock.speed = AT_WORK
    begun: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    run = asyncio.create_task(desk.run(await desk.find(LONG), on_begin=begun.set_result))
    run_id = await begun
    await server.wait_for_async("GET", "*/tasks/*", answered=True)

    watchers = [asyncio.create_task(desk.runs.resume(run_id)) for _ in range(5)]
    seen = server.log.count("GET", "*/tasks/*")
    await server.wait_for_async("GET", "*/tasks/*", n=seen + 3, answered=True)
    server.clock.advance(300)
    ended = await asyncio.gather(run, *watchers)

    assert len({id(snapshot) for snapshot in ended}) == 1
    looks = server.log.matching("GET", "*/tasks/*")
    pauses = [later.when - earlier.when for earlier, later in pairwise(looks)]
    assert min(pauses) / AT_WORK > 0.04, "polls closer together than the interval of 0.05 s"


async def test_whoever_waits_may_leave_and_the_watching_goes_on(server: DemoServer, desk: Desk) -> None:
    begun: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    waiting = asyncio.create_task(desk.run(await desk.find(LONG), on_begin=begun.set_result))
    await server.wait_for_async("GET", "*/tasks/*", answered=True)

    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    assert (await desk.runs.resume(await begun)).verdict is Verdict.FAILED
    assert server.log.count("DELETE") == 0


async def test_closing_in_the_middle_leaves_the_run_to_the_next_desk(
    server: DemoServer, desks: Desks
) -> None:
    server.clock.speed = AT_WORK
    first = await desks.ready()
    waiting = asyncio.create_task(first.run(await first.find(LONG)))
    await server.wait_for_async("GET", "*/tasks/*", answered=True)
    await desks.close(first)
    with pytest.raises(asyncio.CancelledError):
        await waiting

    second = await desks.ready()
    server.clock.advance(300)
    (left,) = await second.unfinished()
    ended = await second.runs.resume(left.run_id)

    assert ended.verdict is Verdict.FAILED
    assert (server.log.count("POST", "*/tasks"), server.log.count("DELETE")) == (1, 0)


async def test_looking_now_does_not_wait_for_the_next_look(server: DemoServer, desks: Desks) -> None:
    desk = await desks.ready(interval=3600.0)
    begun: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    run = asyncio.create_task(desk.run(await desk.find(SHORT), on_begin=begun.set_result))
    run_id = await begun
    await server.wait_for_async("GET", "*/tasks/*", answered=True)
    server.clock.advance(60)

    desk.runs.follower.look_now(run_id)

    assert (await run).verdict is Verdict.COMPLETED


async def test_read_only_starts_and_cancels_nothing(server: DemoServer, desks: Desks) -> None:
    desk = await desks.ready(read_only=True)
    item = await desk.find(SHORT)
    task_id = start_by_somebody_else(server)

    with pytest.raises(ReadOnly, match="read-only"):
        await desk.run(item)
    with pytest.raises(ReadOnly):
        await desk.runs.start(item)
    with pytest.raises(ReadOnly):
        await desk.runs.cancel_task(item, task_id)

    assert server.log.count("POST", "*/tasks") == server.log.count("DELETE") == 0


async def test_the_usual_duration_comes_from_past_runs_only(desk: Desk) -> None:
    item = await desk.find(SHORT)
    first = await desk.run(item)
    second = await desk.run(item)

    assert first.usual_s is None
    assert second.usual_s == pytest.approx(first.duration_s)


async def test_single_actions_are_judged_by_their_own_result(desk: Desk) -> None:
    item = await desk.find("112000000101", Kind.IMPORT)

    run = await desk.run(item)

    (action,) = run.actions
    assert (action.id, action.step, action.verdict) == (item.id, Step.ENDED, run.verdict)
