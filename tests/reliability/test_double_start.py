"""The same start requested twice at once, by one desk and by two on the same state directory."""

import asyncio

import pytest

from anaplan_tui.core.journal.journal import AlreadyIntended
from anaplan_tui.core.runs.driver import AlreadyStarting
from anaplan_tui.core.snapshots import Phase, RunSnapshot, Verdict
from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.server import DemoServer
from tests.support.desks import Desks, tenant_runs

SHORT = "118000000033"


async def test_a_second_start_while_the_first_is_being_sent_is_refused(
    server: DemoServer, desks: Desks
) -> None:
    desk = await desks.ready()
    item = await desk.find(SHORT)

    both = await asyncio.gather(desk.run(item), desk.run(item), return_exceptions=True)

    refused = [result for result in both if isinstance(result, AlreadyStarting)]
    ended = [result for result in both if isinstance(result, RunSnapshot)]
    assert [str(error) for error in refused] == [
        f'"{item.name}" is being started already; nothing was sent a second time.'
    ]
    assert [run.verdict for run in ended] == [Verdict.COMPLETED]
    assert server.log.count("POST", "*/tasks") == len(tenant_runs(server, SHORT)) == 1


async def test_a_second_start_is_refused_also_while_a_lost_answer_is_looked_for(
    server: DemoServer, desks: Desks
) -> None:
    desk = await desks.ready()
    item = await desk.find(SHORT)
    searching = asyncio.Event()

    def listen(snapshot: object) -> None:
        if isinstance(snapshot, RunSnapshot) and "Looking for the task" in snapshot.note:
            searching.set()

    desk.store.subscribe(listen)
    server.faults.add(Fault("POST */tasks", "lost"))
    first = asyncio.create_task(desk.run(item))
    await searching.wait()

    with pytest.raises(AlreadyStarting):
        await desk.run(item)

    assert (await first).verdict is Verdict.COMPLETED
    assert server.log.count("POST", "*/tasks") == 1


async def test_two_detached_starts_at_once_send_one(server: DemoServer, desks: Desks) -> None:
    desk = await desks.ready()
    item = await desk.find(SHORT)

    both = await asyncio.gather(desk.runs.start(item), desk.runs.start(item), return_exceptions=True)

    assert [type(result) for result in both if isinstance(result, Exception)] == [AlreadyStarting]
    assert server.log.count("POST", "*/tasks") == len(tenant_runs(server, SHORT)) == 1


async def test_after_its_end_the_same_thing_can_be_started_again(server: DemoServer, desks: Desks) -> None:
    desk = await desks.ready()
    item = await desk.find(SHORT)

    first, second = await desk.run(item), await desk.run(item)

    assert first.task_id != second.task_id
    assert len(tenant_runs(server, SHORT)) == 2


async def test_two_instances_start_one_run_each_and_know_whose_is_whose(
    server: DemoServer, desks: Desks
) -> None:
    one, other = await desks.ready(), await desks.ready()

    runs = await asyncio.gather(one.run(await one.find(SHORT)), other.run(await other.find(SHORT)))

    assert server.log.count("POST", "*/tasks") == 2
    assert {run.task_id for run in runs} == {run.task.id for run in tenant_runs(server, SHORT)}
    assert [run.verdict for run in runs] == [Verdict.COMPLETED, Verdict.COMPLETED]
    journal = one.journal.recent("demo")
    assert {run.summary.task_id for run in journal} == {run.task_id for run in runs}


async def test_two_instances_that_both_lose_the_answer_let_the_operator_choose(
    server: DemoServer, desks: Desks
) -> None:
    """Two new tasks, and the task list names no owner: neither is taken for ours."""
    one, other = await desks.ready(), await desks.ready()
    items = await one.find(SHORT), await other.find(SHORT)
    # Both read the list before either starts, and both starts are taken before either reads it again.
    server.faults.add(Fault("POST */tasks", "lost", count=2), Fault("POST */tasks", "delay", seconds=0.2))

    runs = await asyncio.gather(one.run(items[0]), other.run(items[1]))

    created = {run.task.id for run in tenant_runs(server, SHORT)}
    assert server.log.count("POST", "*/tasks") == len(created) == 2
    for run in runs:
        if run.phase is Phase.UNKNOWN_START:
            assert set(run.candidates) == created
            assert "2 new tasks could be it; choose one to watch" in run.reason
        else:
            assert run.verdict is Verdict.COMPLETED
            assert run.task_id in created


async def test_a_resumed_run_is_never_sent_again(server: DemoServer, desks: Desks) -> None:
    desk = await desks.ready()
    item = await desk.find(SHORT)
    server.faults.add(Fault("POST */tasks", "reset"))
    run = await desk.run(item)
    assert run.phase is Phase.UNKNOWN_START

    again = await desk.runs.resume(run.run_id)

    assert again.phase is Phase.UNKNOWN_START
    assert server.log.count("POST", "*/tasks") == 1
    known = desk.journal.run(run.run_id)
    assert known is not None
    with pytest.raises(AlreadyIntended):
        desk.journal.intend(known.intent)
