"""Who asks the service for the runs of others, who reads what it saw, and what each of them knows."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from anaplan_tui.api.refs import Kind, ModelRef, TargetRef
from anaplan_tui.core.desk import Desk
from anaplan_tui.core.dumps.refusals import NoDumps
from anaplan_tui.core.history.budget import Budget
from anaplan_tui.core.history.history import History
from anaplan_tui.core.history.progress import Noticed, Progress
from anaplan_tui.core.journal.records import to_text
from anaplan_tui.core.snapshots import Origin, Phase, RunSnapshot, Verdict
from anaplan_tui.demo.company_night import SCHEDULER, STORE_TARGETS
from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.server import DemoServer
from tests.support.desks import Desks, demand_plan
from tests.support.sweeps import ENDED, LISTS, Looks, read, requests

HOUR = timedelta(hours=1)


async def test_of_two_that_look_one_asks_and_both_know(desks: Desks, night: DemoServer) -> None:
    first, second = await desks.ready(), await desks.ready()
    night.log.clear()
    looks = Looks()
    keeping = [asyncio.create_task(desk.history.keep(looks)) for desk in (first, second)]
    # A sign of life in the middle of a long look may have all lists, and not what every run came to.
    while not all(desk.history.progress.looked_at for desk in (first, second)):
        await looks.another()
    assert requests(night) == (len(demand_plan(night).processes), ENDED)
    assert {desk.history.progress.by for desk in (first, second)} == {"here", "app"}
    ours, theirs = [{run.task_id: run.verdict for run in await d.history.runs()} for d in (first, second)]
    assert ours == theirs
    assert len(ours) == ENDED + 1
    for task in keeping:
        task.cancel()
    await asyncio.gather(*keeping, return_exceptions=True)


@asynccontextmanager
async def keeping(history: History) -> AsyncIterator[None]:
    history.sweep.every_s = 0.05
    task = asyncio.create_task(history.keep())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def waits(desk: Desk) -> Progress:
    """What a command says that waits for another process."""
    desk.history.sweep.every_s = 0.05
    async with asyncio.timeout(30):
        progress = await desk.history.read_all()
    assert progress.by == "app"
    return progress


async def until(holds: Callable[[], object], each: Callable[[], Awaitable[object]] | None = None) -> None:
    while not holds():
        if each is not None:
            await each()
        await asyncio.sleep(0.01)


async def holds(desk: Desk) -> None:
    """Until this process asks the service, and others know."""
    async with asyncio.timeout(30):
        while True:
            state = desk.journal.sweeps.of(desk.profile.api_url, desk.history.model.ref)
            if state is not None and (state.lists_read or state.problem or state.asleep):
                return
            await asyncio.sleep(0.01)


async def test_nobody_waits_for_a_process_that_cannot_look(desks: Desks, night: DemoServer) -> None:
    first, second = await desks.ready(), await desks.ready()
    night.faults.add(Fault(f"GET {LISTS}", "status", status=500, count=None))
    async with keeping(first.history):
        await holds(first)
        assert "HTTP 500" in (await waits(second)).problem


async def test_nobody_waits_for_a_model_that_is_closed(desks: Desks, night: DemoServer) -> None:
    first, second = await desks.ready(), await desks.ready()
    night.clock.advance(3600 * 3)
    async with keeping(first.history):
        await holds(first)
        progress = await waits(second)
        assert (progress.asleep, progress.problem) == (True, "")
    assert requests(night) == (0, 0)


async def test_whoever_waits_beside_a_look_that_never_ends_has_what_it_saw(
    desks: Desks, night: DemoServer
) -> None:
    first, second = await desks.ready(), await desks.ready()
    night.faults.latency = 0.01  # a look takes longer than the time between two
    async with keeping(first.history):
        await holds(first)
        progress = await waits(second)
        assert progress.lists == progress.of == len(demand_plan(night).processes)
        assert len([run for run in await second.history.runs() if not run.live]) == ENDED


async def test_a_clock_that_is_put_forward_makes_nobody_ask_beside_who_does(desks: Desks) -> None:
    first, second = await desks.ready(), await desks.ready()
    assert await first.history._take()
    await first.history._beat()
    first.journal._database.write(
        lambda sql: sql.execute("UPDATE sweeps SET beat_at = ?", (to_text(datetime.now(UTC) - HOUR),))
    )
    assert not await second.history._take()
    await first.history._beat()
    second.history._doubted_at -= 3600
    assert not await second.history._take(), "it gave a sign of life meanwhile"
    first.journal._database.write(
        lambda sql: sql.execute("UPDATE sweeps SET beat_at = ?", (to_text(datetime.now(UTC) - HOUR),))
    )
    assert not await second.history._take()
    second.history._doubted_at -= 3600
    assert await second.history._take(), "and now none"


def a_run() -> RunSnapshot:
    target = TargetRef(ModelRef("w", "m"), Kind.PROCESS, "p")
    return RunSnapshot("r", target, "P", "W", "M", phase=Phase.ENDED)


async def test_the_dumps_of_others_are_tried_once_and_remembered(desks: Desks, night: DemoServer) -> None:
    first = await desks.ready()
    failed = (await (await read(first)).newest())[STORE_TARGETS.id]
    assert await first.remembered.recall(failed.run_id)
    (gone,) = await first.dumps.settled(first.dumps.fetch_dumps(failed.run_id))
    assert gone.path is None
    night.log.clear()
    with pytest.raises(NoDumps, match="only by the user who ran it"):
        first.dumps.fetch_dumps(failed.run_id)
    await desks.close(first)
    second = await desks.ready()
    assert await second.remembered.recall(failed.run_id)
    with pytest.raises(NoDumps, match="only by the user who ran it"):
        second.dumps.fetch_dumps(failed.run_id)
    assert night.log.count("GET", "*/dumps/*") == 0


async def test_a_later_run_of_others_hides_no_dump_of_ours(desks: Desks, night: DemoServer) -> None:
    desk = await desks.ready()
    item = await desk.find(STORE_TARGETS.id)
    ours = await desk.runs.start(item)
    night.clock.advance(1800)
    ended = await desk.runs.attach(item, ours.task_id or "")
    assert ended.verdict is Verdict.FAILED
    scheduler = next(u for u in night.tenant.company.users if u.email == SCHEDULER.email)
    night.tenant.start(scheduler, demand_plan(night), "process", STORE_TARGETS.id)
    night.clock.advance(1800)
    history = await read(desk)
    assert (await history.newest())[STORE_TARGETS.id].origin is Origin.ELSEWHERE
    assert not await desk.remembered.was_run_since(ended)
    preflight = await desk.before.preflight(item)
    assert preflight.unsaved_task_id == ours.task_id


async def test_others_know_at_once_what_began(
    desks: Desks, night: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("anaplan_tui.core.history.history._BEAT_S", 3600.0)
    first, second = await desks.ready(), await desks.ready()
    gate = asyncio.Event()
    slow = Budget(60, sleep=lambda _: gate.wait())
    slow.start_from(20.0, 0.0)
    first.history._budget = first.history.sweep._budget = slow
    model = demand_plan(night)
    (live,) = [run.task for run in night.tenant.runs(model) if not run.ended(night.clock.now())]
    first.history.prefer([TargetRef(first.history.model.ref, Kind.PROCESS, live.target)])
    async with keeping(first.history), asyncio.timeout(30):
        await until(lambda: first.history.sweep.progress.of)  # it asks
        await until(lambda: second.history.going_on, each=second.history._take)
        assert first.history.sweep.unfinished
        gate.set()


async def test_a_look_that_ends_with_news_ends(desks: Desks) -> None:
    history = (await desks.ready()).history
    async with asyncio.timeout(30):
        for _ in range(5):
            async with history._beating():
                await asyncio.sleep(0)  # it waits for news, or for its time
                history._notice(Noticed((a_run(),)))
