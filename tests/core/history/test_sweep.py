"""The night of others: read, judged and kept, with no request too many."""

import asyncio
from collections import Counter

from anaplan_tui.core.history.progress import Noticed
from anaplan_tui.core.history.sweep import AT_WORK
from anaplan_tui.core.snapshots import Origin, Verdict
from anaplan_tui.demo.company_night import SCHEDULER, STORE_TARGETS
from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.server import DemoServer
from tests.support.desks import Desks, demand_plan
from tests.support.sweeps import ENDED, read, requests


async def test_the_night_is_judged_with_one_request_a_list_and_one_a_run(
    desks: Desks, night: DemoServer
) -> None:
    desk = await desks.ready()
    night.log.clear()
    history = await read(desk)
    assert requests(night) == (len(demand_plan(night).processes), ENDED)
    assert len(night.log) <= sum(requests(night)) + 5, (
        "and the list itself, the status, and three lists of names"
    )
    runs = await history.runs()
    assert Counter(run.verdict for run in runs) == {
        None: 1,
        Verdict.COMPLETED: 22,
        Verdict.WARNINGS: 3,
        Verdict.FAILED: 1,
    }
    assert {run.origin for run in runs} == {Origin.ELSEWHERE}
    assert runs[0].live
    assert history.progress.whole
    summary = await history.summary()
    assert (summary.runs, summary.failed, summary.warnings, summary.running) == (27, 1, 3, 1)


async def test_what_was_judged_is_not_asked_for_again_and_outlives_the_service(
    desks: Desks, night: DemoServer
) -> None:
    first = await desks.ready()
    before = await read(first)
    known = {run.task_id: run.verdict for run in await before.runs() if not run.live}
    await desks.close(first)
    night.log.clear()
    second = await desks.ready()
    history = await read(second)
    assert requests(night)[1] == 0
    await desks.close(second)
    night.clock.advance(3600 * 3)
    third = await desks.ready()
    night.log.clear()
    history = await read(third)
    assert history.progress.asleep
    assert requests(night) == (0, 0), "a closed model is not woken"
    assert {run.task_id: run.verdict for run in await history.runs()} == known
    assert len(known) == ENDED


async def test_a_run_that_went_on_is_judged_when_its_list_says_it_ended(
    desks: Desks, night: DemoServer
) -> None:
    desk = await desks.ready()
    history = desk.history
    history.sweep.every_s = 0.0
    await history.read_all()
    (live,) = history.going_on
    told: list[Noticed] = []
    history.subscribe(told.append)
    night.clock.advance(1800)
    await history.read_all()
    assert history.going_on == ()
    (ended,) = [run for n in told for run in n.runs if run.task_id == live.task_id]
    assert ended.verdict is not None
    assert live.run_id in told[-1].gone or any(live.run_id in n.gone for n in told)


async def test_a_round_that_finds_nothing_new_says_and_writes_nothing(
    desks: Desks, night: DemoServer
) -> None:
    desk = await desks.ready()
    history = desk.history
    history.sweep.every_s = 0.0
    await history.read_all()
    rows = await asyncio.to_thread(desk.journal.recent, None, 1000)
    told: list[Noticed] = []
    history.subscribe(told.append)
    night.log.clear()
    await history.read_all()
    assert requests(night) == (len(demand_plan(night).processes), 0)
    assert told == []
    after = await asyncio.to_thread(desk.journal.recent, None, 1000)
    assert [(r.run_id, r.updated_at) for r in after] == [(r.run_id, r.updated_at) for r in rows]


async def test_a_run_of_ours_is_not_of_others_and_one_left_alone_is_judged(
    desks: Desks, night: DemoServer
) -> None:
    desk = await desks.ready()
    item = await desk.find(STORE_TARGETS.id)
    started = await desk.runs.start(item)
    history = await read(desk)
    mine = [run for run in await history.runs() if run.task_id == started.task_id]
    assert [(run.origin, run.live) for run in mine] == [(Origin.HERE, True)]


async def test_a_run_of_ours_that_was_left_alone_is_judged_as_ours(desks: Desks, night: DemoServer) -> None:
    first = await desks.ready()
    started = await first.runs.start(await first.find(STORE_TARGETS.id))
    first.journal._database.write(
        lambda sql: sql.execute("UPDATE runs SET owner_pid = 1, owner_started = 'another'")
    )
    night.clock.advance(3600)
    history = await read(first)
    (mine,) = [run for run in await history.runs() if run.task_id == started.task_id]
    assert (mine.origin, mine.verdict) == (Origin.HERE, Verdict.FAILED)


async def test_processes_that_were_deleted_stop_nothing_and_are_not_asked_for_again(
    desks: Desks, night: DemoServer
) -> None:
    desk = await desks.ready()
    history = desk.history
    history.sweep.every_s = 0.0
    await history.read_all()
    (live,) = history.going_on
    plan = demand_plan(night)
    deleted = [live.target.id, *[id_ for id_ in plan.processes if id_ != live.target.id][:12]]
    for id_ in deleted:
        del plan.processes[id_]
        night.faults.add(Fault(f"GET */{id_}/tasks*", "status", status=404, count=None))
    kept = next(iter(plan.processes))
    task = night.tenant.start(night.tenant.user(SCHEDULER.email), plan, "process", kept)
    night.clock.advance(1800)
    progress = await history.read_all()
    assert (progress.problem, progress.of) == ("", len(plan.processes))
    assert history.going_on == ()
    verdicts = {run.task_id: run.verdict for run in await history.runs()}
    assert verdicts[live.task_id] is Verdict.UNKNOWN
    assert task.id in verdicts
    night.log.clear()
    await history.read_all()
    assert not any(night.log.count("GET", f"*/{id_}/tasks*") for id_ in deleted)


async def test_what_goes_on_is_looked_at_before_all_else(desks: Desks, night: DemoServer) -> None:
    history = (await desks.ready()).history
    history.sweep.every_s = 0.0
    await history.read_all()
    (live,) = history.going_on
    night.log.clear()
    await history.read_all()
    asked = [entry.path.split("/")[-2] for entry in night.log if entry.path.endswith("/tasks")]
    assert live.target.id in asked[:AT_WORK]
    assert len(asked) == len(set(asked))
