"""The requests that watching sends for a run of an hour, on a clock that the test moves."""

import pytest

from anaplan_tui.core.runs import watching as runs
from anaplan_tui.core.runs.polling import PollingPace
from anaplan_tui.core.snapshots import Verdict
from anaplan_tui.demo.server import DemoServer
from tests.support.desks import Desks
from tests.support.stretched_time import HOUR_S, StretchedTime

PROCESSES = {
    "118000000042": ("Nightly load, whose progress moves at every look", Verdict.FAILED),
    "118000000044": ("Nightly purge, whose step says nothing", Verdict.COMPLETED),
}


@pytest.mark.parametrize("process_id", PROCESSES, ids=lambda p: PROCESSES[p][0])
async def test_a_run_of_an_hour_costs_at_most_250_requests(
    server: DemoServer, desks: Desks, monkeypatch: pytest.MonkeyPatch, process_id: str
) -> None:
    server.clock.speed = 1e-6
    model = next(m for m in server.tenant.company.models if m.name == "Demand plan")
    length_s = sum(action.seconds for action in model.processes[process_id].actions)
    time = StretchedTime(server, length_s)
    monkeypatch.setattr(runs, "now", time.now)
    monkeypatch.setattr(runs, "woken", time.woken)
    server.log.clear()
    desk = await desks.ready()
    desk.runs.follower.pace = PollingPace()

    ended = await desk.run(await desk.find(process_id))

    assert ended.verdict is PROCESSES[process_id][1]
    assert 0.85 * HOUR_S < time.passed_s < 1.2 * HOUR_S
    assert time.longest_s <= 30
    print(f"{len(server.log)} requests in {time.passed_s:.0f} s")  # noqa: T201  # the figure, with pytest -s
    assert len(server.log) <= 250 * time.passed_s / HOUR_S
