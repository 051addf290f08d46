"""The budget of requests: never exceeded, also over thousands of lists and from process to process."""

import asyncio
from pathlib import Path

from anaplan_tui.api.refs import Kind
from anaplan_tui.core.history.budget import AT_ONCE, Budget
from anaplan_tui.demo.server import DemoServer
from tests.support.desks import Desks


async def test_the_budget_is_never_exceeded_over_an_hour() -> None:
    """Of a simulated clock: in no span more than a hundred and what came in since."""
    at = 0.0
    sent: list[float] = []

    async def sleep(seconds: float) -> None:
        nonlocal at
        at += seconds

    budget = Budget(60, sleep=sleep, now=lambda: at)
    while at < 3600:
        await budget.take()
        sent.append(at)
    assert sum(moment == 0.0 for moment in sent) == AT_ONCE
    assert len(sent) <= AT_ONCE + 3600 + 1
    for first in range(0, len(sent), 97):
        for last in range(first, len(sent), 89):
            assert last - first + 1 <= AT_ONCE + (sent[last] - sent[first]) + 1


async def test_five_thousand_processes_cost_no_more_than_the_budget_over_an_hour(tmp_path: Path) -> None:
    """Real requests, and the budget's clock simulated."""
    at = 0.0
    over = asyncio.Event()

    async def sleep(seconds: float) -> None:
        nonlocal at
        at += seconds
        if at >= 3600:
            over.set()
            await asyncio.Event().wait()

    with DemoServer(scenario="long") as server:
        server.clock.speed = 0.001
        made = Desks(server.url, tmp_path / "state")
        desk = await made.ready()
        budget = desk.history.sweep._budget = Budget(60, sleep=sleep, now=lambda: at)
        assert budget.level == AT_ONCE
        first_page = [item.ref for item in (await desk.catalog(Kind.PROCESS))[200:230]]
        desk.history.prefer(first_page)
        server.log.clear()
        reading = asyncio.create_task(desk.history.sweep.round(whole=True))
        await over.wait()
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        assert len(server.log) <= AT_ONCE + 3600 + 5
        asked = [entry.path for entry in server.log if entry.path.endswith("/tasks")]
        assert {path.split("/")[-2] for path in asked[: len(first_page)]} == {ref.id for ref in first_page}
        assert len(asked) == len(set(asked)), "no list twice"
        judged = await asyncio.to_thread(desk.journal.settled_tasks, desk.history.model.ref)
        assert len(judged) > 1000
        await made.aclose()


async def test_who_takes_over_has_what_the_other_left_of_the_budget(desks: Desks) -> None:
    first = await desks.ready(requests_per_minute=1)
    await first.history.read_all()
    left = first.histories.budget.level
    await desks.close(first)
    second = await desks.ready(requests_per_minute=1)
    assert await second.history._take()
    assert abs(second.histories.budget.level - left) < 2
