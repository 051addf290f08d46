"""What a guard keeps through a bad night: dumps, runs, and the notifications sent."""

import asyncio
import hashlib
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from anaplan_tui.core.desk import Desk
from anaplan_tui.core.downloads import assembly
from anaplan_tui.core.history.guard import Event, Guard, Kind
from anaplan_tui.core.snapshots import RunSnapshot, Verdict
from anaplan_tui.demo.company_night import STORE_TARGETS
from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.server import DemoServer
from tests.support.desks import Desks
from tests.support.nights import WHO, Night

LISTS = "*/tasks"
FAILS = STORE_TARGETS.name
PATIENCE_S = 60.0
"""Longest wait for what takes a second on an idle machine."""


@pytest.fixture
def night(night: DemoServer) -> Night:
    return Night(night)


@pytest.fixture
async def desks(night: Night, tmp_path: Path) -> AsyncIterator[Desks]:
    made = Desks(night.server.url, tmp_path / "state", user=WHO)
    yield made
    await made.aclose()


class Told:
    """A guard's reports, and a way to wait for one."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.complaints: list[str] = []
        self._more = asyncio.Condition()

    def __call__(self, event: Event) -> None:
        self.events.append(event)
        self._wake()

    def complain(self, what: str) -> None:
        self.complaints.append(what)
        self._wake()

    def of(self, *kinds: Kind) -> list[Event]:
        return [event for event in self.events if event.kind in kinds]

    def dumps(self, run: RunSnapshot | None = None) -> list[Event]:
        return [e for e in self.of(Kind.DUMP) if run is None or (e.run and e.run.run_id == run.run_id)]

    async def until(self, holds: Callable[[], object]) -> None:
        async with asyncio.timeout(PATIENCE_S), self._more:
            await self._more.wait_for(holds)

    def _wake(self) -> None:
        async def wake() -> None:
            async with self._more:
                self._more.notify_all()

        self._waking = asyncio.ensure_future(wake())


def guard_of(desk: Desk, told: Told, notify: Callable[[RunSnapshot], object] | None = None) -> Guard:
    async def notified(run: RunSnapshot) -> None:
        result = notify(run) if notify is not None else None
        if asyncio.iscoroutine(result):
            await result

    profile = desk.profile
    guard = Guard(
        desk.history,
        desk.journal,
        desk.store,
        desk.dumps,
        told,
        profile=profile.name,
        service=profile.api_url,
        notify=notified,
        complain=told.complain,
    )
    guard.history.sweep.every_s = 0.05
    return guard


@asynccontextmanager
async def keeping(guard: Guard) -> AsyncIterator[None]:
    task = asyncio.create_task(guard.keep())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def on_disk(told: Sequence[Event]) -> dict[tuple[str, str], str]:
    """Return the SHA-256 of the files on disk, by task and name."""
    found = {}
    for event in told:
        if event.run is not None and event.download is not None and event.download.path is not None:
            digest = hashlib.sha256(event.download.path.read_bytes()).hexdigest()
            found[str(event.run.task_id), event.download.name] = digest
    return found


# -- runs that follow each other -------------------------------------------------------------------


async def test_of_each_failed_run_that_is_followed_by_another_minutes_later_all_dumps_are_kept(
    desks: Desks, night: Night
) -> None:
    """Three hours, polled every minute."""
    dice = random.Random("pairs of a night")
    names = (FAILS, "Supplier load", "Weekly master data")
    starts: dict[int, list[str]] = {}
    for first in range(5, 170, 15):
        name = dice.choice(names)
        for minute in (first, first + dice.randint(2, 9)):
            starts.setdefault(minute, []).append(name)
    told = Told()
    guard = guard_of(await desks.ready(), told)
    guard.history.look_only_at(lambda item: item.name in names)
    guard.history.sweep.every_s = 0.0  # a minute of the tenant passes at once
    await guard.once()
    tasks = []
    for minute in range(180):
        tasks += [night.start(name) for name in starts.get(minute, ())]
        night.server.clock.advance(60.0)
        night.see()
        await guard.once()
    assert len(tasks) == 22
    assert {t.id for t in tasks} == {t for t, _ in night.truth} & {t.id for t in tasks}
    wanted = sorted(sha256 for (task, _), sha256 in night.truth.items() if task in {t.id for t in tasks})
    kept = {key: sha256 for key, sha256 in on_disk(told.dumps()).items() if key[0] in {t.id for t in tasks}}
    assert {task for task, _ in kept} == {task.id for task in tasks}
    assert sorted(kept.values()) == wanted


async def test_a_run_from_here_is_left_to_who_started_it_for_one_look(desks: Desks, night: Night) -> None:
    night.server.clock.speed = 100
    told = Told()
    guard = guard_of(await desks.ready(), told)
    await guard.once()
    starter = await desks.ready()
    run = await starter.run(await starter.find(FAILS))
    await guard.once()
    assert told.dumps(run) == []
    assert run.task_id in {event.run.task_id for event in told.of(Kind.ENDED) if event.run}
    await guard.once()
    (dump,) = told.dumps(run)
    assert dump.download is not None
    assert dump.download.path is not None


# -- the disk --------------------------------------------------------------------------------------


async def test_dumps_that_a_full_disk_refused_come_when_there_is_room(
    desks: Desks, night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Told()
    guard = guard_of(await desks.ready(), told)
    with monkeypatch.context() as full:
        full.setattr(assembly, "free_room", lambda folder: random.randint(1, 1000))
        await guard.once()
        await guard.once()
    refused = [e for e in told.dumps() if e.download and "are free" in e.download.problem]
    assert len(refused) == len(night.truth)
    assert on_disk(told.dumps()) == {}
    await guard.once()
    assert sorted(on_disk(told.dumps()).values()) == sorted(night.truth.values())


async def test_a_guard_that_dies_with_a_full_disk_leaves_the_dumps_to_the_next(
    desks: Desks, night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await desks.ready()
    with monkeypatch.context() as full:
        full.setattr(assembly, "free_room", lambda folder: 0)
        await guard_of(first, Told()).once()
    await desks.close(first)
    told = Told()
    await guard_of(await desks.ready(), told).once()
    assert sorted(on_disk(told.dumps()).values()) == sorted(night.truth.values())
    assert told.of(Kind.ENDED) == []


async def test_a_journal_that_a_full_disk_stopped_is_whole_when_there_is_room(
    desks: Desks, night: Night
) -> None:
    desk = await desks.ready()
    told = Told()
    guard = guard_of(desk, told)
    desk.journal._database._connection.execute("PRAGMA max_page_count = 1")
    room = desk.journal._database.go_back
    desk.journal._database.go_back = lambda: False  # type: ignore[method-assign]
    await guard.once()
    assert len(told.complaints) == 1
    assert "cannot be used" in told.complaints[0]
    desk.journal._database.go_back = room  # type: ignore[method-assign]
    await guard.once()
    assert "in its file again" in told.complaints[1]
    await desks.close(desk)
    later = Told()
    await guard_of(await desks.ready(), later).once()
    assert [event.kind for event in later.events] == [Kind.LOOK]
    runs = await desks.made[-1].history.runs()
    assert {run.task_id for run in runs if not run.live} == set(night.ended)


# -- the service -----------------------------------------------------------------------------------


async def test_what_ran_during_an_outage_is_told_after_it(desks: Desks, night: Night) -> None:
    told = Told()
    guard = guard_of(await desks.ready(), told)
    async with keeping(guard):
        await told.until(lambda: told.of(Kind.LOOK))
        await asyncio.to_thread(night.server.stop)
        await told.until(lambda: told.of(Kind.CONTACT_LOST))
        run = night.run(FAILS)
        await asyncio.to_thread(night.server.start)
        await told.until(lambda: [e for e in told.dumps() if e.run and e.run.task_id == run.task.id])
    assert [e.kind for e in told.of(Kind.CONTACT_LOST, Kind.CONTACT_BACK)] == [
        Kind.CONTACT_LOST,
        Kind.CONTACT_BACK,
    ]
    assert Kind.ENDED in {e.kind for e in told.events if e.run and e.run.task_id == run.task.id}


async def test_an_outage_of_an_hour_is_a_dozen_looks(desks: Desks) -> None:
    sweep = (await desks.ready()).history.sweep
    sweep.every_s = 60.0
    passed = looks = 0.0
    while passed < 3600.0:
        looks += 1
        passed += sweep.pause_s(int(looks))
    assert looks <= 12
    assert max(sweep.pause_s(failures) for failures in range(200)) <= 600.0


async def test_a_service_that_is_asked_too_much_is_left_alone_as_long_as_it_says(
    desks: Desks, night: Night
) -> None:
    told = Told()
    guard = guard_of(await desks.ready(), told)
    night.server.faults.add(Fault(f"GET {LISTS}", "status", status=429, retry_after=600, nth=5))
    await guard.once()
    assert guard.history.sweep.pause_s(1) > 590
    assert len(told.of(Kind.CONTACT_LOST)) == 1
    await guard.once()
    assert len(told.of(Kind.CONTACT_BACK)) == 1
    assert len(told.of(Kind.ENDED)) == len(night.ended)


@pytest.mark.parametrize("kind", ["expire", "expire-all"])
async def test_a_login_that_expires_is_renewed_and_nothing_is_said(
    desks: Desks, night: Night, kind: str
) -> None:
    night.server.faults.add(Fault(f"GET {LISTS}*", kind, nth=4, every=9, count=6))
    told = Told()
    await guard_of(await desks.ready(), told).once()
    assert len(told.of(Kind.ENDED)) == len(night.ended)
    assert told.of(Kind.CONTACT_LOST) == []
    assert sorted(on_disk(told.dumps()).values()) == sorted(night.truth.values())


async def test_a_model_that_is_unloaded_is_not_woken_and_what_it_forgot_is_kept(
    desks: Desks, night: Night
) -> None:
    told = Told()
    guard = guard_of(await desks.ready(), told)
    await guard.once()
    started = night.start(FAILS)
    night.server.clock.advance(1.0)
    await guard.once()
    night.server.clock.advance(600.0)
    night.server.tenant.unload(night.model)
    night.server.log.clear()
    await guard.once()
    assert night.server.log.count("GET", LISTS) == 0
    night.server.tenant.wake(night.model)
    night.server.clock.advance(600.0)
    for _ in range(2):
        await guard.once()
    forgotten = [e.run for e in told.of(Kind.ENDED) if e.run and e.run.task_id == started.id]
    assert [run.verdict for run in forgotten] == [Verdict.UNKNOWN]
    assert night.server.log.count("GET", f"*/tasks/{started.id}") == 1
    ended = [event.run.task_id for event in told.of(Kind.ENDED) if event.run]
    assert len(ended) == len(set(ended)) > 26


async def test_beside_an_app_one_asks_and_the_guard_tells_what_the_app_saw(
    desks: Desks, night: Night
) -> None:
    app = await desks.ready()
    app.history.sweep.every_s = 0.05
    apps = asyncio.create_task(app.history.keep())
    told = Told()
    try:
        await night.server.wait_for_async("GET", LISTS, answered=True)
        guard = guard_of(await desks.ready(), told)
        async with keeping(guard):
            # What the app had judged before the guard began is not an event of its own.
            await told.until(lambda: len(guard._memory.ended) == len(night.ended))
            await told.until(lambda: len(on_disk(told.dumps())) == len(night.truth))
            assert guard.history.progress.by == "app"
            assert guard.history.sweep.progress.lists == 0
            apps.cancel()
            await asyncio.gather(apps, return_exceptions=True)
            run = night.run(FAILS)
            await told.until(lambda: [e for e in told.dumps() if e.run and e.run.task_id == run.task.id])
            assert guard.history.progress.by == "here"
    finally:
        apps.cancel()
        await asyncio.gather(apps, return_exceptions=True)
    assert sorted(on_disk(told.dumps()).values()) == sorted(night.truth.values())


# -- who is notified -------------------------------------------------------------------------------


async def test_who_was_not_told_before_the_guard_died_is_told_by_the_next(desks: Desks, night: Night) -> None:
    begun = asyncio.Event()

    async def never_ends(run: RunSnapshot) -> None:
        begun.set()
        await asyncio.Event().wait()

    first = await desks.ready()
    told = Told()
    async with keeping(guard_of(first, told, never_ends)):
        await begun.wait()
        await told.until(lambda: len(told.of(Kind.ENDED)) == len(night.ended))
    await desks.close(first)
    notified: list[RunSnapshot] = []
    for _ in range(2):
        await guard_of(await desks.ready(), Told(), notified.append).once()
    assert sorted(str(run.verdict) for run in notified) == sorted(
        str(Verdict(v)) for v in ("failed", *["completed_with_warnings"] * 3)
    )


async def test_what_was_told_is_not_told_again_when_the_clock_is_put_back(desks: Desks, night: Night) -> None:
    told = Told()
    guard = guard_of(await desks.ready(), told)
    await guard.once()
    window, guard.history.window = guard.history.window, timedelta(seconds=1)
    night.run("FX rates refresh")
    await guard.once()  # so much later that the reported run is outside the window
    guard.history.window = window
    night.run("FX rates refresh")
    await guard.once()
    assert len(told.of(Kind.ENDED)) == len(night.ended)
