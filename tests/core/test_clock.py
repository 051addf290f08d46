"""Durations of runs on hosts whose clock is wrong, is corrected meanwhile, or stops during sleep."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from anaplan_tui.api.client import TaskList
from anaplan_tui.api.refs import TargetRef, TaskRef
from anaplan_tui.api.schemas import Task
from anaplan_tui.core import clock
from anaplan_tui.core.runs.polling import PollingPace
from anaplan_tui.core.runs.watching import Watch, watch
from anaplan_tui.core.snapshots import Contact, Phase, RunSnapshot
from tests.support.journal_sample import NIGHTLY

OFF = [timedelta(0), timedelta(minutes=10), timedelta(minutes=-10), timedelta(days=3), timedelta(days=-3)]
"""The service's clock minus the host's."""


class Host:
    """A host's clocks, which stand still unless moved."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.steady = 1000.0
        self.wall = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
        host = self

        class Wall(datetime):
            @classmethod
            def now(cls, _tz: object = None) -> datetime:  # type: ignore[override]
                return host.wall

        monkeypatch.setattr(clock, "datetime", Wall)
        monkeypatch.setattr(clock, "_wall_at_start", self.wall)
        monkeypatch.setattr(clock, "_steady_at_start", self.steady)
        monkeypatch.setattr(time, "clock_gettime", lambda _: host.steady)

    def goes_on(self, seconds: float) -> None:
        self.steady += seconds
        self.wall += timedelta(seconds=seconds)

    def is_set(self, by: timedelta) -> None:
        self.wall += by


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Host:
    return Host(monkeypatch)


class Service:
    """One task that runs until it is polled; it reports no step times."""

    def __init__(self, host: Host, ahead: timedelta, *, dated: bool = True, ran_s: float = 0.0) -> None:
        self._host, self._ahead, self._dated = host, ahead, dated
        self._true = host.wall
        self._created = self.now() - timedelta(seconds=ran_s)
        self.before_look: list[Callable[[], None]] = []

    def now(self) -> datetime:
        return self._true + timedelta(seconds=self._host.steady - 1000.0) + self._ahead

    @property
    def server_offset_s(self) -> float | None:
        return (self.now() - self._host.wall).total_seconds() if self._dated else None

    async def tasks(self, _: TargetRef) -> TaskList:
        raise NotImplementedError

    async def task(self, ref: TaskRef, *, once: bool = False) -> Task:
        if self.before_look:
            self.before_look.pop(0)()
        state = "IN_PROGRESS" if self.before_look else "COMPLETE"
        created = int(self._created.timestamp() * 1000)
        return Task.of({"taskId": ref.task_id, "taskState": state, "creationTime": created})


async def watched(service: Service, run: RunSnapshot) -> RunSnapshot:
    async for seen in watch(service, run, Watch(PollingPace(0.001))):
        run = seen
    return run


def started_here() -> RunSnapshot:
    return RunSnapshot(
        "r1",
        NIGHTLY,
        "Nightly load",
        phase=Phase.RUNNING,
        task_id="T1",
        began=clock.now(),
        contact=Contact(clock.now()),
    )


@pytest.mark.parametrize("dated", [True, False])
@pytest.mark.parametrize("off", OFF, ids=str)
async def test_a_run_from_here_took_what_passed_on_the_host(host: Host, off: timedelta, dated: bool) -> None:
    service = Service(host, off, dated=dated)
    service.before_look = [lambda: host.goes_on(0.4), lambda: host.goes_on(0.6)]
    run = await watched(service, started_here())
    assert run.duration_s == pytest.approx(1.0)
    assert run.started_at is not None
    assert run.ended_at == run.started_at + timedelta(seconds=1.0)


@pytest.mark.parametrize("off", OFF, ids=str)
async def test_a_run_that_was_met_on_its_way_took_what_the_service_says(host: Host, off: timedelta) -> None:
    service = Service(host, off, ran_s=59.0)
    service.before_look = [lambda: host.goes_on(0.4), lambda: host.goes_on(0.6)]
    run = await watched(service, replace(started_here(), began=None, contact=Contact()))
    assert run.duration_s == pytest.approx(60.0)


@pytest.mark.parametrize("off", OFF, ids=str)
async def test_without_a_clock_to_go_by_nothing_is_said(host: Host, off: timedelta) -> None:
    service = Service(host, off, dated=False, ran_s=59.0)
    service.before_look = [lambda: host.goes_on(0.4), lambda: host.goes_on(0.6)]
    run = await watched(service, replace(started_here(), began=None, contact=Contact()))
    assert (run.duration_s, run.ended_at) == (None, None)


@pytest.mark.parametrize(
    "jump", [timedelta(minutes=10), timedelta(minutes=-10), timedelta(days=-400)], ids=str
)
@pytest.mark.parametrize("here", [True, False])
async def test_a_clock_that_is_put_right_meanwhile_changes_nothing(
    host: Host, jump: timedelta, here: bool
) -> None:
    service = Service(host, timedelta(0), ran_s=0.0)
    service.before_look = [lambda: host.goes_on(1), lambda: host.is_set(jump), lambda: host.goes_on(1)]
    run = started_here() if here else replace(started_here(), began=None, contact=Contact())
    assert (await watched(service, run)).duration_s == pytest.approx(2.0)


async def test_a_run_that_ended_before_it_was_seen_has_no_time_of_ours(host: Host) -> None:
    service = Service(host, timedelta(0), ran_s=59.0)
    run = await watched(service, replace(started_here(), began=None, contact=Contact()))
    assert (run.phase, run.duration_s, run.ended_at) == (Phase.ENDED, None, None)


def test_a_sleep_of_the_machine_counts() -> None:
    """Linux's monotonic clock stands still meanwhile; the task does not."""
    wanted = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    assert wanted == clock._STEADY


async def test_an_event_that_comes_in_time_is_taken_back() -> None:
    event = asyncio.Event()
    waiting = asyncio.create_task(clock.woken(event, 60.0))
    await asyncio.sleep(0)
    event.set()
    assert await waiting
    assert not event.is_set()


@pytest.mark.parametrize("within_s", [0.01, 0.0, -1.0])
async def test_an_event_that_does_not_come_is_waited_for_no_longer(within_s: float) -> None:
    assert not await clock.woken(asyncio.Event(), within_s)


async def test_a_cancel_that_comes_with_the_event_is_not_swallowed() -> None:
    event = asyncio.Event()
    waiting = asyncio.create_task(clock.woken(event, 60.0))
    await asyncio.sleep(0)
    event.set()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
