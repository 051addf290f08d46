"""A run's origin never changes, however often and by whomever it is watched."""

from pathlib import Path

import pytest

from anaplan_tui.api.schemas import Task
from anaplan_tui.core.desk import Desk
from anaplan_tui.core.journal.journal import Journal
from anaplan_tui.core.runs.watching import observe
from anaplan_tui.core.snapshots import Origin, Phase, RunSnapshot
from anaplan_tui.core.text import not_from_here
from anaplan_tui.demo.server import DemoServer
from tests.support.desks import Desks, start_elsewhere
from tests.support.journal_sample import NIGHTLY, intent

SHOWPIECE = "118000000042"


async def test_a_run_of_others_is_not_from_here_for_having_been_looked_at(
    server: DemoServer, desk: Desk, desks: Desks
) -> None:
    theirs = start_elsewhere(server)
    item = await desk.find(SHOWPIECE)
    ours = await desk.run(item)
    await desk.runs.report(item, theirs)
    await desk.runs.attach(item, theirs)
    origins = {task.task_id: task.origin for task in await desk.finder.tasks(item)}
    assert (origins[theirs], origins[ours.task_id or ""]) == (Origin.ELSEWHERE, Origin.HERE)
    recalled = {run.task_id: run.origin for run in await desk.remembered.recent()}
    assert recalled == {theirs: Origin.ELSEWHERE, ours.task_id: Origin.HERE}


async def test_a_run_from_here_stays_so_when_it_is_attached_to(desk: Desk) -> None:
    item = await desk.find(SHOWPIECE)
    ours = await desk.runs.start(item)
    again = await desk.runs.attach(item, ours.task_id or "")
    assert (again.run_id, again.origin) == (ours.run_id, Origin.HERE)


@pytest.mark.parametrize(
    ("origin", "name", "said"),
    [
        (Origin.HERE, "Ana Planner", ""),
        (
            Origin.ELSEWHERE,
            None,
            "This run was not started from here; Anaplan does not say by whom.",
        ),
        (Origin.ELSEWHERE, "Ana Planner", "This run was not started from here, but by Ana Planner."),
    ],
)
def test_whose_a_run_is_is_said_before_its_cancel(origin: Origin, name: str | None, said: str) -> None:
    run = RunSnapshot("r1", NIGHTLY, "Nightly load", origin=origin, started_by=name)
    assert not_from_here(run) == said


@pytest.mark.parametrize("key", ["taskCreator", "createdBy"])
def test_a_name_that_the_service_gives_is_kept(tmp_path: Path, key: str) -> None:
    task = Task.of({"taskId": "T1", "taskState": "IN_PROGRESS", key: "Ana \x1b[31mPlanner"})
    run = RunSnapshot(
        "r1", NIGHTLY, "Nightly load", phase=Phase.RUNNING, task_id="T1", origin=Origin.ELSEWHERE
    )
    with Journal.open(tmp_path / "journal.db") as journal:
        journal.attached(intent("r1", sent=False), "T1")
        journal.observed(observe(run, task, {}))
        known = journal.run("r1")
    assert known is not None
    assert known.summary.origin is Origin.ELSEWHERE
    assert known.summary.started_by is not None
    assert known.summary.started_by.startswith("Ana")
    assert "\x1b" not in known.summary.started_by


@pytest.mark.parametrize("odd", [None, ""])
def test_a_name_that_is_none_is_none(odd: object) -> None:
    assert not Task.of({"taskId": "T1", "taskState": "IN_PROGRESS", "taskCreator": odd}).created_by
