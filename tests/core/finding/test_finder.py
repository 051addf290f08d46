"""The past in the lists, and the choice of the model to work with."""

import asyncio

import pytest

from anaplan_tui.api.errors import AnaplanError
from anaplan_tui.api.refs import Kind
from anaplan_tui.core.finding.finder import NoChoice
from anaplan_tui.core.snapshots import Verdict
from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.server import DemoServer
from tests.support.desks import Desks

GOOD = "Nightly purge"


async def test_a_start_that_was_refused_is_no_last_run(desks: Desks, server: DemoServer) -> None:
    desk = await desks.ready()
    server.faults.add(Fault("POST */tasks", "status", status=403))
    with pytest.raises(AnaplanError):
        await desk.run(await desk.find(GOOD))
    assert (await desk.find(GOOD)).last is None


async def test_a_start_with_an_unknown_outcome_is_an_unknown_last_run(
    desks: Desks, server: DemoServer
) -> None:
    desk = await desks.ready()
    server.faults.add(Fault("POST */tasks", "status", status=500))
    await desk.run(await desk.find(GOOD))
    last = (await desk.find(GOOD)).last
    assert last is not None
    assert last.verdict is Verdict.UNKNOWN


async def test_looking_again_at_an_ended_run_keeps_its_end(desks: Desks) -> None:
    desk = await desks.ready()
    item = await desk.find(GOOD)
    ended = await desk.run(item)
    assert ended.task_id is not None
    assert ended.duration_s is not None
    again = await desks.ready()
    looked = await again.runs.attach(item, ended.task_id)
    assert (looked.run_id, looked.ended_at, looked.duration_s) == (
        ended.run_id,
        ended.ended_at,
        ended.duration_s,
    )
    remembered = again.journal.run(ended.run_id)
    assert remembered is not None
    assert remembered.summary.duration_s == ended.duration_s


async def test_a_look_at_an_old_task_is_not_the_last_run(desks: Desks) -> None:
    desk = await desks.ready()
    item = await desk.find("Nightly load")
    old = (await desk.finder.tasks(item))[-1]
    ended = await desk.run(item)
    looked = await desk.runs.attach(item, old.task_id)
    assert ended.started_at is not None
    assert looked.started_at is not None
    assert looked.started_at < ended.started_at
    last = (await desk.find("Nightly load")).last
    assert last is not None
    assert last.at == ended.ended_at
    remembered = await asyncio.to_thread(desk.journal.recent, "demo")
    assert [run.run_id for run in remembered] == [ended.run_id, looked.run_id]


async def test_only_what_the_app_keeps_is_chosen_again(desks: Desks) -> None:
    first = desks.open(workspace=None, model=None)
    await first.chosen.choose(None, "Demand plan")
    second = desks.open(workspace=None, model=None)
    with pytest.raises(NoChoice):
        await second.chosen.choose_again()
    await first.chosen.remember()
    assert (await second.chosen.choose_again()).model.name == "Demand plan"
    with pytest.raises(NoChoice):
        await second.chosen.choose()


async def test_a_model_without_a_workspace_is_reached_by_its_own_path(
    desks: Desks, server: DemoServer
) -> None:
    desk = await desks.ready()
    model = desk.finder.model_of((await desk.find(GOOD)).ref.model)
    bare = type(model.ref)("", model.id)
    server.log.clear()
    assert await desk.finder.catalog(bare, Kind.PROCESS)
    assert server.log.count("GET", f"/2/0/models/{model.id}/processes") == 1


async def test_a_profile_with_another_host_leaves_the_runs_of_the_one_before_alone(desks: Desks) -> None:
    desk = await desks.ready()
    began = await desk.runs.start(await desk.find(GOOD))
    moved = desks.open(api_url="https://us1a.app.anaplan.com")
    assert await moved.unfinished() == ()
    other_port = desks.open(api_url="http://127.0.0.1:1")
    assert [run.run_id for run in await other_port.unfinished()] == [began.run_id]
