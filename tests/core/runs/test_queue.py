"""Runs that wait in the queue."""

import asyncio

from anaplan_tui.core.desk import Desk
from anaplan_tui.core.snapshots import Phase, Verdict
from anaplan_tui.demo.server import DemoServer
from tests.support.desks import Desks
from tests.support.queues import BAD, GOOD, STARTS, enqueue, seen, until


async def test_queued_runs_start_one_after_another(desk: Desk, server: DemoServer) -> None:
    first, second = [await enqueue(desk, GOOD) for _ in range(2)]
    ended = [await first[1], await second[1]]
    assert [r.verdict for r in ended] == [Verdict.COMPLETED] * 2
    assert ended[0].ended_at is not None
    assert ended[1].started_at is not None
    assert ended[0].ended_at <= ended[1].started_at
    assert server.log.count("POST", STARTS) == 2


async def test_a_queued_run_waits_for_one_that_was_started_by_hand(desk: Desk, server: DemoServer) -> None:
    hurried, server.clock.speed = server.clock.speed, 0.01
    running = asyncio.create_task(desk.run(await desk.find(GOOD)))
    await until(desk, lambda: any(r.phase is Phase.RUNNING for r in desk.store.runs))
    run_id, waiting = await enqueue(desk, GOOD)
    await until(desk, lambda: "Nightly purge runs" in seen(desk, run_id).note)
    assert server.log.count("POST", STARTS) == 1
    server.clock.speed = hurried
    await running
    assert (await waiting).verdict is Verdict.COMPLETED


async def test_the_queue_stands_still_after_a_failure_until_it_is_released(
    desk: Desk, server: DemoServer
) -> None:
    _, failing = await enqueue(desk, BAD)
    run_id, waiting = await enqueue(desk, GOOD)
    assert (await failing).verdict is Verdict.FAILED
    await until(desk, lambda: bool(desk.queue.held))
    assert "did not end well" in seen(desk, run_id).note
    assert server.log.count("POST", STARTS) == 1
    desk.queue.release()
    assert (await waiting).verdict is Verdict.COMPLETED


async def test_the_queue_goes_on_after_a_failure_when_told_to(desk: Desk) -> None:
    desk.queue.stop_on_failure = False
    _, failing = await enqueue(desk, BAD)
    _, waiting = await enqueue(desk, GOOD)
    assert (await failing).verdict is Verdict.FAILED
    assert (await waiting).verdict is Verdict.COMPLETED


async def test_leaving_the_queue_sends_nothing(desk: Desk, server: DemoServer) -> None:
    desk.queue.held = "a test"
    run_id, waiting = await enqueue(desk, GOOD)
    await desk.cancel(run_id)
    left = await waiting
    assert left.phase is Phase.NOT_STARTED
    assert "nothing was sent" in left.reason
    assert desk.journal.live("demo") == []
    assert server.log.count("POST", STARTS) == 0


async def test_the_queue_survives_a_restart_and_asks_before_it_goes_on(
    desks: Desks, server: DemoServer
) -> None:
    closed = await desks.ready()
    closed.queue.held = "a test"
    run_id, waiting = await enqueue(closed, GOOD)
    await desks.close(closed)
    await asyncio.gather(waiting, return_exceptions=True)

    again = await desks.ready()
    assert await again.unfinished() == ()
    assert again.queue.run_ids == (run_id,)
    assert "closed" in again.queue.held
    assert server.log.count("POST", STARTS) == 0
    again.queue.release()
    await until(again, lambda: seen(again, run_id).phase is Phase.ENDED)
    assert server.log.count("POST", STARTS) == 1
