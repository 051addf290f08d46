"""Most of an hour of the real command ``guard``, with everything that makes it send more than polls.

The command's clock is hurried; the requests are counted on arrival, by the same clock.
"""

import bisect
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from anaplan_tui.demo.content import read_all
from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.request_log import LoggedRequest, RequestLog
from anaplan_tui.demo.rows import ledger_dump
from anaplan_tui.demo.server import DemoServer
from tests.support.command import DEADLINE_S, Place
from tests.support.desks import demand_plan

FACTOR = 80.0
"""Seconds of the command that pass in one of ours."""
PER_MINUTE = 60
DUMP = ledger_dump(14, status=True, chunk_size=20_000)
WHO = "demo@example.com"
REJECTS = ("Employees refresh", "Supplier load", "Inventory sync")
LEFT = 6
"""Dumps of their three runs; the employees' import ignores rows and leaves none."""
OUTAGE_AT, RUNS_AT = 900, (400, 1200, 1500)
"""Numbers of requests after which something happens."""
OUTAGE_S = 240.0


@dataclass
class HurriedLog(RequestLog):
    """A log that also records the times, in seconds of a hurried clock."""

    moments: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def add(self, entry: LoggedRequest) -> None:
        self.moments.append(time.monotonic() * FACTOR)
        super().add(entry)

    def most_in_a_minute(self) -> int:
        at = sorted(self.moments)
        return max(n + 1 - bisect.bisect_left(at, moment - 60.0) for n, moment in enumerate(at))


def others_run(server: DemoServer) -> None:
    """Run the processes that reject rows again; they leave dumps of many chunks."""
    tenant, model = server.tenant, demand_plan(server)
    for process in (p for p in model.processes.values() if p.name in REJECTS):
        task = tenant.start(tenant.user(WHO), model, "process", process.id)
        run = next(r for r in tenant.runs(model) if r.task.id == task.id)
        server.clock.advance(max(run.end - server.clock.now(), 0.0) + 1.0)
        for step in run.steps:
            if tenant.dump(tenant.user(WHO), model, run, step.action.id) is not None:
                tenant.plant_dump(DUMP, model.id, process.id, step.action.id)


def outage(server: DemoServer) -> None:
    """Take the service away for some minutes of the command."""
    server.faults.outage = True
    time.sleep(OUTAGE_S / FACTOR)
    server.faults.outage = False


def nothing(server: DemoServer) -> None:
    """Do nothing: what came before gets its time."""


EVENTS = ((0, others_run), (400, others_run), (900, outage), (1200, others_run), (2000, nothing))
"""Events, each after this many requests."""


@pytest.fixture
def served() -> Iterator[tuple[DemoServer, HurriedLog]]:
    server = DemoServer(scenario="many")
    server.log = log = HurriedLog()
    server.clock.speed = 0.001
    with server:
        yield server, log


def kept(dumps: Path) -> int:
    """Count the dumps that are complete on disk."""
    return sum(path.read_bytes() == read_all(DUMP) for path in dumps.rglob("*.csv"))


def wait_for_dumps(dumps: Path, guard: "subprocess.Popen[bytes]") -> None:
    """Wait until every dump that a run of this night left is on disk."""
    while kept(dumps) < LEFT:
        assert guard.poll() is None
        time.sleep(0.1)


def wait_for(requests: int, log: HurriedLog, guard: "subprocess.Popen[bytes]") -> None:
    while len(log) < requests:
        assert guard.poll() is None
        time.sleep(0.02)


@pytest.mark.timeout(600)
def test_no_minute_of_the_night_has_more_than_sixty_requests_of_any_kind(
    served: tuple[DemoServer, HurriedLog], tmp_path: Path
) -> None:
    server, log = served
    server.faults.add(
        Fault("GET */tasks", "status", nth=150, every=700, count=None, status=429, retry_after=20),
        Fault("GET */chunks/*", "status", nth=5, every=9, count=None, status=429, retry_after=1),
        Fault("GET */chunks/*", "cut", nth=3, every=11, count=None),
        Fault("GET */tasks", "status", nth=37, every=90, count=None, status=503),
        Fault("GET */2/0/*", "expire-all", nth=700, every=700, count=None),
    )
    place = Place(tmp_path, server.url)
    hurried = [sys.executable, "-m", "tests.bench.hurried", str(FACTOR), "cli"]
    guard = subprocess.Popen(
        [*hurried, *place.arguments("guard", "--json")[1:]],
        env=place.env | {"PYTHONPATH": str(Path.cwd())},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        for requests, happens in EVENTS:
            wait_for(requests, log, guard)
            happens(server)
        wait_for_dumps(tmp_path / "dumps", guard)
        guard.send_signal(signal.SIGTERM)
        _, said = guard.communicate(timeout=DEADLINE_S)
    finally:
        guard.kill()
        guard.wait()
    assert guard.returncode == 0, said
    assert log.most_in_a_minute() <= PER_MINUTE
    assert {429, 503, 401} <= {entry.status for entry in log}
    assert log.count("POST", "*/token/*") > 2
