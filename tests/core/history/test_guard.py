"""A guard over the night: what it reports, and what it keeps."""

import os
from pathlib import Path

import pytest

from anaplan_tui.core.desk import Desk
from anaplan_tui.core.history.guard import Event, Guard, Kind
from anaplan_tui.core.history.guard_sign import GuardRuns, hold, living, this_sign
from anaplan_tui.core.snapshots import RunSnapshot, Verdict
from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.server import DemoServer
from tests.support.desks import Desks

ENDED = 26
REJECTS = "Nightly load"


def guard_of(desk: Desk, told: list[Event], notified: list[RunSnapshot] | None = None) -> Guard:
    async def notify(run: RunSnapshot) -> None:
        if notified is not None:
            notified.append(run)

    profile = desk.profile
    return Guard(
        desk.history,
        desk.journal,
        desk.store,
        desk.dumps,
        told.append,
        profile=profile.name,
        service=profile.api_url,
        notify=notify,
    )


def kinds(told: list[Event]) -> list[str]:
    return [event.kind.value for event in told]


async def test_each_run_is_told_once_and_who_is_worse_than_completed_is_notified(desks: Desks) -> None:
    told: list[Event] = []
    notified: list[RunSnapshot] = []
    await guard_of(await desks.ready(), told, notified).once()
    assert kinds(told).count("ended") == ENDED
    assert sorted(run.verdict for run in notified if run.verdict) == sorted(
        [Verdict.FAILED, Verdict.WARNINGS, Verdict.WARNINGS, Verdict.WARNINGS]
    )
    later: list[Event] = []
    await guard_of(await desks.ready(), later, notified).once()
    assert kinds(later) == ["look"]
    assert len(notified) == 4


async def test_dumps_of_two_runs_of_a_process_minutes_apart_are_both_kept(
    desks: Desks, night: DemoServer, tmp_path: Path
) -> None:
    desk = await desks.ready()
    told: list[Event] = []
    guard = guard_of(desk, told)
    guard.history.sweep.every_s = 0.0
    await guard.once()
    elsewhere = Desks(night.url, tmp_path / "elsewhere")
    night.clock.speed = 100
    try:
        other = await elsewhere.ready()
        item = await other.find(REJECTS)
        tasks = []
        for _ in range(2):
            run = await other.run(item)
            assert any(action.dump.available for action in run.actions)
            tasks.append(run.task_id)
            await guard.once()
    finally:
        await elsewhere.aclose()
    dumps = [e for e in told if e.kind is Kind.DUMP and e.run is not None and e.run.task_id in tasks]
    paths = [e.download.path for e in dumps if e.download is not None and e.download.path is not None]
    assert {e.run.task_id for e in dumps if e.run is not None} == set(tasks)
    assert len(set(paths)) == len(dumps) >= 2
    for path in paths:
        assert path.stat().st_size > 0


async def test_an_outage_is_told_once_and_so_is_its_end(desks: Desks, night: DemoServer) -> None:
    told: list[Event] = []
    guard = guard_of(await desks.ready(), told)
    guard.history.sweep.every_s = 0.0
    await guard.once()
    fault = Fault("GET */tasks", "status", status=503, count=None)
    night.faults.add(fault)
    await guard.once()
    await guard.once()
    night.faults.clear()
    await guard.once()
    assert [kind for kind in kinds(told) if kind.startswith("contact")] == ["contact_lost", "contact_back"]


def test_one_guard_a_model_and_the_other_is_told_who(tmp_path: Path) -> None:
    sign = this_sign("here", "https://api.example", "M1", "Demand plan", 60.0)
    lock = hold(tmp_path, sign)
    with pytest.raises(GuardRuns, match=f"process {os.getpid()}"):
        hold(tmp_path, sign)
    hold(tmp_path, this_sign("here", "https://api.example", "M2", "Other", 60.0)).release()
    assert [found.model_id for found in living(tmp_path)] == ["M1"]
    lock.release()
    assert living(tmp_path) == ()
    hold(tmp_path, sign).release()
