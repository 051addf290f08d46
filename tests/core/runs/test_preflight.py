"""The warning before a rerun about dumps that it would remove (service.md §7.4)."""

from datetime import UTC, datetime, timedelta

import pytest

from anaplan_tui.core.desk import Desk
from anaplan_tui.core.snapshots import Verdict
from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.server import DemoServer
from tests.support.desks import SHOWPIECE, Desks, start_elsewhere, tenant_runs

WARNING = "2 dumps of the last run"


def unsaved(warnings: tuple[str, ...]) -> list[str]:
    return [warning for warning in warnings if "not on disk" in warning]


async def saved(desk: Desk, run_id: str) -> None:
    """Fetch the dumps of a run."""
    await desk.dumps.settled(desk.dumps.fetch_dumps(run_id))


async def test_a_run_that_was_left_alone_is_looked_at(desks: Desks, server: DemoServer) -> None:
    first = await desks.ready()
    began = await first.runs.start(await first.find(SHOWPIECE))
    (run,) = (run for run in tenant_runs(server, SHOWPIECE) if run.task.id == began.task_id)
    server.clock.advance(run.end - server.clock.now() + 1)

    again = await desks.ready()
    preflight = await again.before.preflight(await again.find(SHOWPIECE))
    assert unsaved(preflight.warnings)[0].startswith(WARNING)
    assert preflight.unsaved_task_id == began.task_id
    remembered = again.journal.run(began.run_id)
    assert remembered is not None
    assert remembered.summary.verdict is Verdict.FAILED, "its end is known from here on"
    await saved(again, began.run_id)
    assert unsaved((await again.before.preflight(await again.find(SHOWPIECE))).warnings) == []


async def test_a_run_of_another_tool_of_this_user_is_looked_at(desks: Desks, server: DemoServer) -> None:
    task_id = start_elsewhere(server)
    desk = await desks.ready()
    item = await desk.find(SHOWPIECE)
    preflight = await desk.before.preflight(item)
    assert unsaved(preflight.warnings)[0].startswith(WARNING)
    assert preflight.unsaved_task_id == task_id
    assert desk.journal.recent("demo") == [], "a question leaves no trace"
    await saved(desk, (await desk.runs.attach(item, task_id)).run_id)
    assert unsaved((await desk.before.preflight(item)).warnings) == []


async def test_dumps_of_another_user_are_nobodys_loss(desks: Desks, server: DemoServer) -> None:
    start_elsewhere(server, "jo.smith@example.com")
    desk = await desks.ready()
    preflight = await desk.before.preflight(await desk.find(SHOWPIECE))
    assert unsaved(preflight.warnings) == []
    assert preflight.unsaved_task_id is None


async def test_a_later_run_of_another_user_leaves_ours_at_risk(desks: Desks, server: DemoServer) -> None:
    desk = await desks.ready()
    item = await desk.find(SHOWPIECE)
    ours = await desk.run(item)
    start_elsewhere(server, "jo.smith@example.com")
    preflight = await desk.before.preflight(item)
    assert preflight.unsaved_task_id == ours.task_id


async def test_dumps_that_are_gone_are_not_warned_about(desks: Desks, server: DemoServer) -> None:
    desk = await desks.ready()
    item = await desk.find(SHOWPIECE)
    old = (await desk.finder.tasks(item))[0]
    newest = await desk.run(item)
    await saved(desk, newest.run_id)
    await desk.runs.attach(item, old.task_id)
    assert unsaved((await desk.before.preflight(item)).warnings) == []


async def test_nothing_more_is_asked_about_a_known_run(desks: Desks, server: DemoServer) -> None:
    desk = await desks.ready()
    item = await desk.find(SHOWPIECE)
    await desk.run(item)
    await desk.before.preflight(item)
    server.log.clear()
    preflight = await desk.before.preflight(item)
    assert unsaved(preflight.warnings)
    assert [f"{entry.method} {entry.path.rpartition('/')[2]}" for entry in server.log] == [
        "GET status",
        "GET tasks",
    ]


@pytest.mark.parametrize("broken", ["*/tasks/*", "*/dumps/*"])
async def test_what_cannot_be_read_stops_no_run(desks: Desks, server: DemoServer, broken: str) -> None:
    start_elsewhere(server)
    desk = await desks.ready()
    server.faults.add(Fault(f"GET {broken}", "status", status=500, count=None))
    preflight = await desk.before.preflight(await desk.find(SHOWPIECE))
    # Dumps that exist, as far as is known, deserve a warning; an unknown result does not.
    assert bool(unsaved(preflight.warnings)) is (broken == "*/dumps/*")


async def test_a_task_of_days_ago_is_not_looked_at(
    desks: Desks, server: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = await desks.ready()
    item = await desk.find(SHOWPIECE)
    later = datetime.now(UTC) + timedelta(days=5)
    monkeypatch.setattr("anaplan_tui.core.runs.before.now", lambda: later)
    server.log.clear()
    await desk.before.preflight(item)
    assert server.log.count("GET", "*/tasks/*") == 0
