"""The service goes away in the middle of a run and comes back: waited out, shown, and never judged."""

import asyncio
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from anaplan_tui.commands.session import PATIENCE_S
from anaplan_tui.core.runs.watching import ContactLost
from anaplan_tui.core.snapshots import Phase, RunSnapshot, Verdict
from anaplan_tui.core.store import Snapshot
from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.server import DemoServer
from tests.support.desks import Desks

LONG = "118000000042"


class Watcher:
    """Records what a screen would show of a run, and can wait for it."""

    def __init__(self, failures: int = 3) -> None:
        self._failures = failures
        self.shown: list[RunSnapshot] = []
        self.out_of_contact = asyncio.Event()

    def __call__(self, snapshot: Snapshot) -> None:
        if isinstance(snapshot, RunSnapshot):
            self.shown.append(snapshot)
            if snapshot.contact.failures >= self._failures:
                self.out_of_contact.set()


async def test_the_simulator_stopped_and_started_again_in_the_middle_of_a_run(
    server: DemoServer, desks: Desks
) -> None:
    desk = await desks.ready()
    watcher = Watcher()
    desk.store.subscribe(watcher)
    server.clock.speed = 1
    run = asyncio.create_task(desk.run(await desk.find(LONG)))
    await server.wait_for_async("GET", "*/tasks/*", n=2, answered=True)

    await asyncio.to_thread(server.stop)
    async with asyncio.timeout(60):
        await watcher.out_of_contact.wait()
    shown = watcher.shown[-1]
    await asyncio.to_thread(server.start)
    server.clock.speed = 50
    ended = await run

    assert (shown.phase, shown.verdict) == (Phase.RUNNING, None)
    assert re.search("no connection to 127.0.0.1|ended before the answer", shown.contact.problem)
    assert shown.contact.last_at is not None
    assert shown.contact.next_look_at is not None
    assert shown.contact.next_look_at > shown.contact.last_at
    assert shown.contact.last_at < datetime.now(UTC)
    assert (ended.phase, ended.verdict) == (Phase.ENDED, Verdict.FAILED)
    assert (ended.contact.failures, ended.contact.problem) == (0, "")
    assert server.log.count("POST", "*/tasks") == 1
    assert server.log.count("DELETE") == 0


async def test_a_command_gives_up_after_its_patience_and_says_that_the_task_may_run(
    server: DemoServer, desks: Desks
) -> None:
    desk = await desks.ready(patience_s=0.2)
    server.clock.speed = 1
    run = asyncio.create_task(desk.run(await desk.find(LONG)))
    await server.wait_for_async("GET", "*/tasks/*", n=2, answered=True)

    await asyncio.to_thread(server.stop)
    with pytest.raises(ContactLost) as lost:
        await run
    await asyncio.to_thread(server.start)
    server.clock.speed = 50

    assert lost.value.snapshot.phase is Phase.RUNNING
    (left,) = await desk.unfinished()
    assert (await desk.runs.resume(left.run_id)).verdict is Verdict.FAILED
    assert server.log.count("POST", "*/tasks") == 1


ASKS_FOR_A_DAY = Fault("GET */tasks/*", "status", nth=2, status=503, retry_after=100_000)


async def test_one_answer_that_asks_for_a_day_does_not_blind_the_watch(
    server: DemoServer, desks: Desks
) -> None:
    desk = await desks.ready()
    watcher = Watcher(failures=1)
    desk.store.subscribe(watcher)
    server.faults.add(ASKS_FOR_A_DAY)
    run = asyncio.create_task(desk.run(await desk.find(LONG)))
    async with asyncio.timeout(60):
        await watcher.out_of_contact.wait()
    shown = watcher.shown[-1]

    assert shown.contact.next_look_at is not None
    assert (shown.contact.next_look_at - datetime.now(UTC)).total_seconds() <= 120
    assert "asks to wait 27 h 46" in shown.contact.problem
    desk.runs.follower.look_now(shown.run_id)
    assert (await run).verdict is Verdict.FAILED


async def test_patience_ends_however_long_the_service_asks_to_wait(server: DemoServer, desks: Desks) -> None:
    desk = await desks.ready(patience_s=0.2)
    server.clock.speed = 0.01
    server.faults.add(replace(ASKS_FOR_A_DAY, count=None))

    with pytest.raises(ContactLost):
        await desk.run(await desk.find(LONG))

    assert server.log.count("DELETE") == 0


def test_a_command_has_clearly_more_patience_than_an_outage_of_an_hour() -> None:
    longest_pause_s = 120
    assert PATIENCE_S >= 1.5 * 3600 > 3600 + longest_pause_s


async def test_every_session_ended_at_once_costs_one_login_and_nothing_else(
    server: DemoServer, desks: Desks
) -> None:
    desk = await desks.ready()
    hurried, server.clock.speed = server.clock.speed, 0.01
    run = asyncio.create_task(desk.run(await desk.find(LONG)))
    await server.wait_for_async("GET", "*/tasks/*", n=2, answered=True)

    server.tenant.tokens.revoke_all()
    server.clock.speed = hurried

    assert (await run).verdict is Verdict.FAILED
    assert server.log.count("POST", "*/token/authenticate") == 2
    assert server.log.count("POST", "*/tasks") == 1
