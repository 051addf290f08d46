"""Which rule removed a dump: by the task list and the service's clock, not ours."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from anaplan_tui.api.client import TaskList
from anaplan_tui.api.errors import AnaplanError
from anaplan_tui.api.refs import TargetRef
from anaplan_tui.api.schemas import ListedTask
from anaplan_tui.core.downloads import Traces
from anaplan_tui.core.dumps.traces import traces_of
from anaplan_tui.core.journal.journal import Journal
from anaplan_tui.core.snapshots import Phase, RunSnapshot, Verdict
from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.server import DemoServer
from tests.support.desks import Desks
from tests.support.journal_writer import TARGET, intent

WITH_DUMP = "118000000028"
OURS, LATER = "T-ours", "T-later"


class Listing:
    """A service whose clock is ``ahead`` of ours, with tasks listed by how long ago they began."""

    def __init__(self, ahead: timedelta, **hours_ago: float) -> None:
        self.server_offset_s = ahead.total_seconds()
        self._now = datetime.now(UTC) + ahead
        self._tasks = hours_ago

    def at(self, hours_ago: float) -> datetime:
        return self._now - timedelta(hours=hours_ago)

    async def tasks(self, target: TargetRef) -> TaskList:
        if not self._tasks:
            raise AnaplanError("list the tasks", "nobody answers")
        rows = [
            ListedTask.of({"taskId": f"T-{name}", "creationTime": self.at(hours).timestamp() * 1000})
            for name, hours in self._tasks.items()
        ]
        return TaskList(tuple(rows), self._now)


def run_of(service: Listing, hours_ago: float) -> RunSnapshot:
    return RunSnapshot(
        "ours",
        TARGET,
        "Nightly load",
        phase=Phase.ENDED,
        task_id=OURS,
        verdict=Verdict.WARNINGS,
        started_at=service.at(hours_ago),
        ended_at=service.at(hours_ago - 0.1),
    )


async def traces(
    folder: Path, service: Listing, *, hours_ago: float = 1.0, adopted: bool = False, also: str = ""
) -> Traces:
    """Return the traces of our run; ``also`` is a later run started from here."""
    run = run_of(service, hours_ago)
    with Journal.open(folder / "journal.db") as journal:
        journal.intend(intent("ours"))
        journal.started("ours", OURS, adopted=adopted)
        journal.observed(run)
        if also:
            journal.intend(intent("also"))
            journal.started("also", also, adopted=False)
            journal.observed(
                replace(run, run_id="also", task_id=also, started_at=service.at(hours_ago - 0.5))
            )
        return await traces_of(service, journal, run)


CLOCKS = [timedelta(0), timedelta(minutes=-20), timedelta(minutes=20), timedelta(days=3)]


@pytest.mark.parametrize("ahead", CLOCKS, ids=str)
async def test_a_later_task_that_the_journal_does_not_know_replaced_a_young_dump(
    tmp_path: Path, ahead: timedelta
) -> None:
    found = await traces(tmp_path, Listing(ahead, ours=1.0, later=0.5, earlier=5.0))
    assert (found.own_run, found.later_run) == (True, True)
    assert found.ended_at is not None
    age = datetime.now(UTC) - found.ended_at
    assert timedelta(minutes=50) < age < timedelta(minutes=60)


@pytest.mark.parametrize("ahead", CLOCKS, ids=str)
async def test_the_newest_task_was_replaced_by_none(tmp_path: Path, ahead: timedelta) -> None:
    found = await traces(tmp_path, Listing(ahead, ours=1.0, earlier=1.1))
    assert found.later_run is False


async def test_of_an_old_dump_a_later_task_may_be_anybodys(tmp_path: Path) -> None:
    found = await traces(tmp_path, Listing(timedelta(0), ours=60.0, later=1.0), hours_ago=60.0)
    assert found.later_run is None


async def test_a_later_run_from_here_replaced_it_however_old(tmp_path: Path) -> None:
    service = Listing(timedelta(0), ours=60.0, later=59.5)
    found = await traces(tmp_path, service, hours_ago=60.0, also=LATER)
    assert found.later_run is True


async def test_whose_an_adopted_run_is_nobody_knows(tmp_path: Path) -> None:
    found = await traces(tmp_path, Listing(timedelta(0), ours=1.0, later=0.5), adopted=True)
    assert (found.own_run, found.later_run) == (None, None)


@pytest.mark.parametrize("also", ["", LATER])
async def test_without_the_list_the_journal_is_all_there_is(tmp_path: Path, also: str) -> None:
    found = await traces(tmp_path, Listing(timedelta(minutes=20)), also=also)
    assert found.later_run is (True if also else None)


@pytest.mark.parametrize("minutes", [-30, 0, 30])
async def test_on_a_tenant_with_another_clock_the_one_rule_is_named(
    server: DemoServer, desks: Desks, tmp_path: Path, minutes: int
) -> None:
    server.clock._base += minutes * 60.0
    desk = await desks.ready()
    run = await desk.run(await desk.find(WITH_DUMP))
    elsewhere = Desks(server.url, tmp_path / "elsewhere")
    other = await elsewhere.ready()
    await other.run(await other.find(WITH_DUMP))
    await elsewhere.aclose()
    before = server.log.count("GET", "*/tasks")

    (download,) = await desk.dumps.settled(desk.dumps.fetch_dumps(run.run_id))

    assert "the dump was replaced: a later run by the same user" in download.problem
    assert server.log.count("GET", "*/tasks") == before + 1


async def test_a_list_that_does_not_come_hides_no_reason(server: DemoServer, desks: Desks) -> None:
    desk = await desks.ready()
    item = await desk.find(WITH_DUMP)
    run = await desk.run(item)
    await desk.run(item)
    server.faults.add(Fault("GET */tasks", "status", status=403, count=None))

    (download,) = await desk.dumps.settled(desk.dumps.fetch_dumps(run.run_id))

    assert "the dump was replaced: a later run by the same user" in download.problem
