"""What a run of others came to: its reason, its times, and the names of its actions."""

from dataclasses import replace

from anaplan_tui.core.desk import Desk
from anaplan_tui.core.snapshots import Phase, RunSnapshot, Verdict
from anaplan_tui.demo.company_night import SCHEDULER, STORE_TARGETS
from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.server import DemoServer
from tests.support.desks import Desks, demand_plan
from tests.support.sweeps import TASKS, read, requests


async def test_the_reason_names_the_action_and_step_times_are_kept(desks: Desks) -> None:
    history = await read(await desks.ready())
    failed = (await history.newest())[STORE_TARGETS.id]
    assert failed.verdict is Verdict.FAILED
    assert "Store targets from targets.csv" in failed.reason
    (whole,) = [r for r in await history.runs(with_results=True) if r.run_id == failed.run_id]
    assert all(action.duration_s is not None for action in whole.actions)
    assert whole.ended_at is not None
    assert whole.duration_s is not None
    assert not failed.seen
    await history.mark_seen(failed.run_id)
    assert (await history.newest())[STORE_TARGETS.id].seen


async def test_what_is_forgotten_between_list_and_look_is_unknown_once(
    desks: Desks, night: DemoServer
) -> None:
    night.faults.add(Fault(f"GET {TASKS}", "status", status=404, count=3))
    desk = await desks.ready()
    history = await read(desk)
    unknown = [run for run in await history.runs() if run.verdict is Verdict.UNKNOWN]
    assert len(unknown) == 3
    assert all(run.phase is Phase.ENDED and "no longer known" in run.reason for run in unknown)
    night.log.clear()
    await read(desk)
    assert requests(night)[1] == 0


async def test_an_action_that_was_renamed_or_taken_out_is_called_and_listed_as_it_is_now(
    desks: Desks, night: DemoServer
) -> None:
    history = await read(await desks.ready())
    model = demand_plan(night)
    before = next(p for p in model.processes.values() if p.script.names == "actions" and len(p.actions) > 2)
    first, *_, last = before.actions
    now_called = replace(first, name="Load of today")
    model.imports[first.id] = now_called
    model.processes[before.id] = replace(before, actions=(now_called, *before.actions[1:-1]))

    async def run(desk: Desk) -> RunSnapshot:
        task = night.tenant.start(night.tenant.user(SCHEDULER.email), model, "process", before.id)
        night.clock.advance(1800)
        desk.history.sweep.every_s = 0.0
        await desk.history.read_all()
        found = await desk.history.runs(with_results=True)
        return next(run for run in found if run.task_id == task.id)

    await run(await desks.ready())
    for desk in (await desks.ready(), await desks.ready()):  # neither remembers the name, but in the journal
        ran = await run(desk)
        assert ran.actions[0].name == now_called.name
        assert last.id not in {action.id for action in ran.actions}
    del history
