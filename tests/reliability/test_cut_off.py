"""A process that died in the middle of a start, and the next one asked for the same thing."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from anaplan_tui.api.errors import AnaplanError
from anaplan_tui.core.desk import Desk
from anaplan_tui.core.runs import starting
from anaplan_tui.core.runs.watching import ADOPTED
from anaplan_tui.core.snapshots import Phase, RunSnapshot, Verdict
from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.server import DemoServer
from tests.reliability.killable import Sessions, sessions
from tests.support.desks import Desks, demand_plan, tenant_runs
from tests.support.held_start import NEVER_TAKEN, HeldStart
from tests.support.queues import enqueue, until

PROCESS = "118000000012"
"""Price update: 6 s of the tenant's time, ends with warnings."""
STARTS = "*/processes/*/tasks"
OTHER_USER = "ana.planner@example.com"


class Session:
    """A session on the shared state directory that knows what it left in the tenant."""

    def __init__(self, begun: Sessions, server: DemoServer, state: Path) -> None:
        self._begun, self._server, self._state = begun, server, state
        self._past = {run.task.id for run in tenant_runs(server, PROCESS)}
        self.wait, self.kill = begun.wait, begun.kill

    @property
    def created(self) -> set[str]:
        """The tasks in the tenant that were created since this began."""
        return {run.task.id for run in tenant_runs(self._server, PROCESS)} - self._past

    def run(self, process_id: str) -> None:
        self._begun.begin(self._server.url, self._state, process_id)


@pytest.fixture
def session(server: DemoServer, tmp_path: Path) -> Iterator[Session]:
    state = tmp_path / "state"
    state.mkdir()
    with sessions("run") as begun:
        yield Session(begun, server, state)


async def start_and_die(server: DemoServer, session: Session, *, taken: bool) -> None:
    """Kill a process before a start is answered: the service took it or never saw it."""
    held = HeldStart(server)
    if not taken:
        server.faults.add(NEVER_TAKEN)
    await asyncio.to_thread(session.run, PROCESS)
    await server.wait_for_async("POST", STARTS, timeout=60)
    await asyncio.to_thread(session.kill)
    held.let_go()
    if taken:
        await server.wait_for_async("POST", STARTS, timeout=60, answered=True)


def the_open_start(desk: Desk) -> RunSnapshot:
    (left,) = desk.journal.live("demo")
    assert left.summary.phase is Phase.STARTING
    return left.summary


async def test_the_task_of_a_start_that_was_cut_off_is_watched_and_nothing_is_sent(
    server: DemoServer, desks: Desks, session: Session
) -> None:
    server.clock.speed = 5
    await start_and_die(server, session, taken=True)
    desk = await desks.ready()
    left = the_open_start(desk)

    run = await desk.run(await desk.find(PROCESS))

    (truth,) = session.created
    assert server.log.count("POST", STARTS) == 1
    assert (run.run_id, run.task_id, run.verdict) == (left.run_id, truth, Verdict.WARNINGS)
    assert run.note.startswith(ADOPTED)
    assert "no other was sent" in run.note
    assert desk.journal.live("demo") == []


async def test_without_its_task_the_operator_looks_first(
    server: DemoServer, desks: Desks, session: Session
) -> None:
    await start_and_die(server, session, taken=False)
    desk = await desks.ready()
    left = the_open_start(desk)
    item = await desk.find(PROCESS)

    run = await desk.run(item)

    assert (run.run_id, run.phase) == (left.run_id, Phase.UNKNOWN_START)
    assert "no new task was found" in run.reason
    assert "task history" in run.note
    assert server.log.count("POST", STARTS) == 1
    # The operator was told; asking again is deliberate.
    assert (await desk.run(item)).verdict is Verdict.WARNINGS
    assert server.log.count("POST", STARTS) == 2


async def test_among_several_tasks_the_operator_chooses(
    server: DemoServer, desks: Desks, session: Session
) -> None:
    await start_and_die(server, session, taken=True)
    tenant = server.tenant
    tenant.start(tenant.user(OTHER_USER), demand_plan(server), "process", PROCESS)
    desk = await desks.ready()

    run = await desk.runs.start(await desk.find(PROCESS))

    assert run.phase is Phase.UNKNOWN_START
    assert set(run.candidates) == session.created
    assert server.log.count("POST", STARTS) == 1


async def test_without_the_task_list_nothing_is_settled_and_nothing_sent(
    server: DemoServer, desks: Desks, session: Session
) -> None:
    await start_and_die(server, session, taken=True)
    desk = await desks.ready()
    item = await desk.find(PROCESS)
    server.faults.add(Fault("GET *processes/*/tasks", "status", count=None, status=503))

    with pytest.raises(AnaplanError, match="Cannot list the tasks"):
        await desk.run(item)

    server.faults.clear()
    the_open_start(desk)
    assert (await desk.run(item)).verdict is Verdict.WARNINGS
    assert server.log.count("POST", STARTS) == 1


async def test_a_start_of_long_ago_that_ended_does_not_stand_for_the_next(
    server: DemoServer, desks: Desks, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    await start_and_die(server, session, taken=True)
    server.clock.advance(60)
    monkeypatch.setattr(starting, "_STILL_MEANT", timedelta(0))
    desk = await desks.ready()
    left = the_open_start(desk)

    run = await desk.run(await desk.find(PROCESS))

    assert run.run_id != left.run_id
    assert run.verdict is Verdict.WARNINGS
    assert "cut off" in run.note
    earlier = desk.journal.run(left.run_id)
    assert earlier is not None
    assert earlier.summary.verdict is Verdict.WARNINGS
    assert {earlier.summary.task_id, run.task_id} == session.created
    assert len(session.created) == server.log.count("POST", STARTS) == 2


async def test_what_somebody_else_starts_an_hour_later_is_not_taken_for_ours(
    server: DemoServer, desks: Desks, session: Session
) -> None:
    await start_and_die(server, session, taken=False)
    server.clock.advance(67 * 60)
    tenant = server.tenant
    theirs = tenant.start(tenant.user(OTHER_USER), demand_plan(server), "process", PROCESS)
    desk = await desks.ready()
    (left,) = await desk.unfinished()

    run = await desk.runs.resume(left.run_id)

    assert (run.phase, run.task_id) == (Phase.UNKNOWN_START, None)
    assert run.candidates == (theirs.id,)
    assert "hardly ours" in run.reason


async def test_a_task_that_the_journal_gives_to_another_run_is_not_taken_for_ours(
    server: DemoServer, desks: Desks, session: Session
) -> None:
    await start_and_die(server, session, taken=False)
    desk = await desks.ready()
    left = the_open_start(desk)
    tenant = server.tenant
    theirs = tenant.start(tenant.user(OTHER_USER), demand_plan(server), "process", PROCESS)
    await desk.runs.attach(await desk.find(PROCESS), theirs.id)

    run = await desk.runs.resume(left.run_id)

    assert (run.phase, run.task_id, run.candidates) == (Phase.UNKNOWN_START, None, ())


async def test_a_waiting_run_gives_way_to_a_start_that_was_cut_off_meanwhile(
    server: DemoServer, desks: Desks, session: Session
) -> None:
    desk = await desks.ready()
    desk.queue.held = "a test"
    _, waiting = await enqueue(desk, PROCESS)
    await start_and_die(server, session, taken=False)

    desk.queue.release()

    assert (await waiting).phase is Phase.UNKNOWN_START
    assert server.log.count("POST", STARTS) == 1


async def test_a_run_that_another_window_starts_is_followed_to_its_end(
    server: DemoServer, desks: Desks, session: Session
) -> None:
    desk = await desks.ready()
    held = HeldStart(server)
    await asyncio.to_thread(session.run, PROCESS)
    await server.wait_for_async("POST", STARTS, timeout=60)
    (left,) = await desk.unfinished()

    watching = asyncio.create_task(desk.runs.resume(left.run_id))
    said = "Another window of the app on this host is starting it."
    await until(desk, lambda: [(r.phase, r.note) for r in desk.store.runs] == [(Phase.STARTING, said)])
    held.let_go()
    run = await watching
    await asyncio.to_thread(session.wait)

    assert run.verdict is Verdict.WARNINGS
    assert server.log.count("POST", STARTS) == 1


async def test_a_start_of_another_window_that_dies_is_found_by_the_one_that_is_left(
    server: DemoServer, desks: Desks, session: Session
) -> None:
    desk = await desks.ready(interval=0.5)
    held = HeldStart(server)
    await asyncio.to_thread(session.run, PROCESS)
    await server.wait_for_async("POST", STARTS, timeout=60)
    (left,) = await desk.unfinished()
    watching = asyncio.create_task(desk.runs.resume(left.run_id))
    await until(desk, lambda: any("Another window" in r.note for r in desk.store.runs))
    await asyncio.to_thread(session.kill)
    held.let_go()

    run = await watching

    assert run.verdict is Verdict.WARNINGS
    assert run.note.startswith(ADOPTED)
    assert server.log.count("POST", STARTS) == 1


async def test_a_run_that_is_picked_up_again_has_the_names_of_its_actions(
    server: DemoServer, desks: Desks
) -> None:
    server.clock.speed = 20
    first = await desks.ready()
    started = await first.runs.start(await first.find("118000000001"))
    await desks.close(first)
    desk = desks.open()

    run = await desk.runs.resume(started.run_id)

    assert run.verdict is Verdict.WARNINGS
    assert [action.id for action in run.actions if action.name == action.id] == []
    assert not [action.id for action in run.actions if action.id in run.reason]
