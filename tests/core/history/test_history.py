"""Other people's runs of the night: read, judged and kept, with no request too many."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from anaplan_tui.api.refs import Kind, ModelRef, TargetRef
from anaplan_tui.core.desk import Desk
from anaplan_tui.core.dumps.refusals import NoDumps
from anaplan_tui.core.history.budget import Budget
from anaplan_tui.core.history.history import History
from anaplan_tui.core.history.progress import Noticed, Progress
from anaplan_tui.core.journal.records import to_text
from anaplan_tui.core.snapshots import Origin, Phase, RunSnapshot, Verdict
from anaplan_tui.demo.company_night import SCHEDULER, STORE_TARGETS
from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.server import DemoServer
from tests.support.desks import Desks, demand_plan
from tests.support.sweeps import ENDED, LISTS, Looks, read, requests

HOUR = timedelta(hours=1)


@pytest.fixture
async def desks(night: DemoServer, tmp_path: Path) -> AsyncIterator[Desks]:
    made = Desks(night.url, tmp_path / "state")
    yield made
    await made.aclose()


class Looks:
    """Called at every poll of a kept history; can wait for the next."""

    def __init__(self) -> None:
        self._came = asyncio.Event()

    async def __call__(self) -> None:
        self._came.set()

    async def another(self) -> None:
        async with asyncio.timeout(PATIENCE_S):
            await self._came.wait()
        self._came.clear()


async def read(desk: Desk) -> History:
    await desk.history.read_all()
    return desk.history


def requests(server: DemoServer) -> tuple[int, int]:
    """Count the lists and tasks requested."""
    return server.log.count("GET", LISTS), server.log.count("GET", TASKS)


async def test_the_night_is_judged_with_one_request_a_list_and_one_a_run(
    desks: Desks, night: DemoServer
) -> None:
    desk = await desks.ready()
    night.log.clear()
    history = await read(desk)
    assert requests(night) == (len(demand_plan(night).processes), ENDED)
    assert len(night.log) <= sum(requests(night)) + 5, (
        "besides the list of processes, the status and three lists of names"
    )
    runs = await history.runs()
    assert Counter(run.verdict for run in runs) == {
        None: 1,
        Verdict.COMPLETED: 22,
        Verdict.WARNINGS: 3,
        Verdict.FAILED: 1,
    }
    assert {run.origin for run in runs} == {Origin.ELSEWHERE}
    assert runs[0].live
    assert history.progress.whole
    summary = await history.summary()
    assert (summary.runs, summary.failed, summary.warnings, summary.running) == (27, 1, 3, 1)


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


async def test_what_was_judged_is_not_asked_for_again_and_outlives_the_service(
    desks: Desks, night: DemoServer
) -> None:
    first = await desks.ready()
    before = await read(first)
    known = {run.task_id: run.verdict for run in await before.runs() if not run.live}
    await desks.close(first)
    night.log.clear()
    second = await desks.ready()
    history = await read(second)
    assert requests(night)[1] == 0
    await desks.close(second)
    night.clock.advance(3600 * 3)
    third = await desks.ready()
    night.log.clear()
    history = await read(third)
    assert history.progress.asleep
    assert requests(night) == (0, 0), "a closed model is not woken"
    assert {run.task_id: run.verdict for run in await history.runs()} == known
    assert len(known) == ENDED
    del history


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


async def test_a_run_that_went_on_is_judged_when_its_list_says_it_ended(
    desks: Desks, night: DemoServer
) -> None:
    desk = await desks.ready()
    history = desk.history
    history.sweep.every_s = 0.0
    await history.read_all()
    (live,) = history.going_on
    told: list[Noticed] = []
    history.subscribe(told.append)
    night.clock.advance(1800)
    await history.read_all()
    assert history.going_on == ()
    (ended,) = [run for n in told for run in n.runs if run.task_id == live.task_id]
    assert ended.verdict is not None
    assert live.run_id in told[-1].gone or any(live.run_id in n.gone for n in told)


async def test_a_round_that_finds_nothing_new_says_and_writes_nothing(
    desks: Desks, night: DemoServer
) -> None:
    desk = await desks.ready()
    history = desk.history
    history.sweep.every_s = 0.0
    await history.read_all()
    rows = await asyncio.to_thread(desk.journal.recent, None, 1000)
    told: list[Noticed] = []
    history.subscribe(told.append)
    night.log.clear()
    await history.read_all()
    assert requests(night) == (len(demand_plan(night).processes), 0)
    assert told == []
    after = await asyncio.to_thread(desk.journal.recent, None, 1000)
    assert [(r.run_id, r.updated_at) for r in after] == [(r.run_id, r.updated_at) for r in rows]


async def test_a_run_of_ours_is_not_of_others_and_one_left_alone_is_judged(
    desks: Desks, night: DemoServer
) -> None:
    desk = await desks.ready()
    item = await desk.find(STORE_TARGETS.id)
    started = await desk.runs.start(item)
    history = await read(desk)
    mine = [run for run in await history.runs() if run.task_id == started.task_id]
    assert [(run.origin, run.live) for run in mine] == [(Origin.HERE, True)]


async def test_of_two_that_look_one_asks_and_both_know(desks: Desks, night: DemoServer) -> None:
    first, second = await desks.ready(), await desks.ready()
    night.log.clear()
    looks = Looks()
    keeping = [asyncio.create_task(desk.history.keep(looks)) for desk in (first, second)]
    # A sign of life in the middle of a long sweep may have all lists but not the results of all runs.
    while not all(desk.history.progress.looked_at for desk in (first, second)):
        await looks.another()
    assert requests(night) == (len(demand_plan(night).processes), ENDED)
    assert {desk.history.progress.by for desk in (first, second)} == {"here", "app"}
    ours, theirs = [{run.task_id: run.verdict for run in await d.history.runs()} for d in (first, second)]
    assert ours == theirs
    assert len(ours) == ENDED + 1
    for task in keeping:
        task.cancel()
    await asyncio.gather(*keeping, return_exceptions=True)


@asynccontextmanager
async def keeping(history: History) -> AsyncIterator[None]:
    history.sweep.every_s = 0.05
    task = asyncio.create_task(history.keep())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def waits(desk: Desk) -> Progress:
    """Return the progress reported by a command that waits for another process."""
    desk.history.sweep.every_s = 0.05
    async with asyncio.timeout(30):
        progress = await desk.history.read_all()
    assert progress.by == "app"
    return progress


async def until(holds: Callable[[], object], each: Callable[[], Awaitable[object]] | None = None) -> None:
    while not holds():
        if each is not None:
            await each()
        await asyncio.sleep(0.01)


async def holds(desk: Desk) -> None:
    """Wait until this process polls the service and others know it."""
    async with asyncio.timeout(30):
        while True:
            state = desk.journal.sweeps.of(desk.profile.api_url, desk.history.model.ref)
            if state is not None and (state.lists_read or state.problem or state.asleep):
                return
            await asyncio.sleep(0.01)


async def test_nobody_waits_for_a_process_that_cannot_look(desks: Desks, night: DemoServer) -> None:
    first, second = await desks.ready(), await desks.ready()
    night.faults.add(Fault(f"GET {LISTS}", "status", status=500, count=None))
    async with keeping(first.history):
        await holds(first)
        assert "HTTP 500" in (await waits(second)).problem


async def test_nobody_waits_for_a_model_that_is_closed(desks: Desks, night: DemoServer) -> None:
    first, second = await desks.ready(), await desks.ready()
    night.clock.advance(3600 * 3)
    async with keeping(first.history):
        await holds(first)
        progress = await waits(second)
        assert (progress.asleep, progress.problem) == (True, "")
    assert requests(night) == (0, 0)


async def test_whoever_waits_beside_a_look_that_never_ends_has_what_it_saw(
    desks: Desks, night: DemoServer
) -> None:
    first, second = await desks.ready(), await desks.ready()
    night.faults.latency = 0.01  # a sweep takes longer than the time between two
    async with keeping(first.history):
        await holds(first)
        progress = await waits(second)
        assert progress.lists == progress.of == len(demand_plan(night).processes)
        assert len([run for run in await second.history.runs() if not run.live]) == ENDED


async def test_a_clock_that_is_put_forward_makes_nobody_ask_beside_who_does(desks: Desks) -> None:
    first, second = await desks.ready(), await desks.ready()
    assert await first.history._take()
    await first.history._beat()
    first.journal._database.write(
        lambda sql: sql.execute("UPDATE sweeps SET beat_at = ?", (to_text(datetime.now(UTC) - HOUR),))
    )
    assert not await second.history._take()
    await first.history._beat()
    second.history._doubted_at -= 3600
    assert not await second.history._take(), "it gave a sign of life meanwhile"
    first.journal._database.write(
        lambda sql: sql.execute("UPDATE sweeps SET beat_at = ?", (to_text(datetime.now(UTC) - HOUR),))
    )
    assert not await second.history._take()
    second.history._doubted_at -= 3600
    assert await second.history._take(), "and none now"


def a_run() -> RunSnapshot:
    target = TargetRef(ModelRef("w", "m"), Kind.PROCESS, "p")
    return RunSnapshot("r", target, "P", "W", "M", phase=Phase.ENDED)


def an_errand(number: int, rank: Rank) -> Errand:
    return Errand(TargetRef(ModelRef("w", "m"), Kind.PROCESS, str(number)), rank)


def test_what_somebody_looks_at_comes_first_and_nothing_starves() -> None:
    agenda = Agenda()
    agenda.add(an_errand(number, Rank.LIST) for number in range(100))
    agenda.add(an_errand(number, Rank.AGAIN) for number in range(100, 200))
    agenda.add([an_errand(5, Rank.LIST)])
    assert len(agenda) == 200
    agenda.prefer([an_errand(77, Rank.LIST).target])
    assert agenda.next().target.id == "77"
    ranks = [agenda.next().rank for _ in range(20)]
    assert ranks.count(Rank.LIST) == ranks.count(Rank.AGAIN) == 10


async def test_the_budget_is_never_exceeded_over_an_hour() -> None:
    """On a simulated clock: no span has more than a hundred and what accrued in it."""
    at = 0.0
    sent: list[float] = []

    async def sleep(seconds: float) -> None:
        nonlocal at
        at += seconds

    budget = Budget(60, sleep=sleep, now=lambda: at)
    while at < 3600:
        await budget.take()
        sent.append(at)
    assert sum(moment == 0.0 for moment in sent) == AT_ONCE
    assert len(sent) <= AT_ONCE + 3600 + 1
    for first in range(0, len(sent), 97):
        for last in range(first, len(sent), 89):
            assert last - first + 1 <= AT_ONCE + (sent[last] - sent[first]) + 1


async def test_five_thousand_processes_cost_no_more_than_the_budget_over_an_hour(tmp_path: Path) -> None:
    """Real requests; the budget's clock is simulated."""
    at = 0.0
    over = asyncio.Event()

    async def sleep(seconds: float) -> None:
        nonlocal at
        at += seconds
        if at >= 3600:
            over.set()
            await asyncio.Event().wait()

    with DemoServer(scenario="long") as server:
        server.clock.speed = 0.001
        made = Desks(server.url, tmp_path / "state")
        desk = await made.ready()
        budget = desk.history.sweep._budget = Budget(60, sleep=sleep, now=lambda: at)
        assert budget.level == AT_ONCE
        first_page = [item.ref for item in (await desk.catalog(Kind.PROCESS))[200:230]]
        desk.history.prefer(first_page)
        server.log.clear()
        reading = asyncio.create_task(desk.history.sweep.round(whole=True))
        await over.wait()
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        assert len(server.log) <= AT_ONCE + 3600 + 5
        asked = [entry.path for entry in server.log if entry.path.endswith("/tasks")]
        assert {path.split("/")[-2] for path in asked[: len(first_page)]} == {ref.id for ref in first_page}
        assert len(asked) == len(set(asked)), "expected no list twice"
        judged = await asyncio.to_thread(desk.journal.settled_tasks, desk.history.model.ref)
        assert len(judged) > 1000
        await made.aclose()


async def test_the_dumps_of_others_are_tried_once_and_remembered(desks: Desks, night: DemoServer) -> None:
    first = await desks.ready()
    failed = (await (await read(first)).newest())[STORE_TARGETS.id]
    assert await first.remembered.recall(failed.run_id)
    (gone,) = await first.dumps.settled(first.dumps.fetch_dumps(failed.run_id))
    assert gone.path is None
    night.log.clear()
    with pytest.raises(NoDumps, match="only by the user who ran it"):
        first.dumps.fetch_dumps(failed.run_id)
    await desks.close(first)
    second = await desks.ready()
    assert await second.remembered.recall(failed.run_id)
    with pytest.raises(NoDumps, match="only by the user who ran it"):
        second.dumps.fetch_dumps(failed.run_id)
    assert night.log.count("GET", "*/dumps/*") == 0


async def test_a_later_run_of_others_hides_no_dump_of_ours(desks: Desks, night: DemoServer) -> None:
    desk = await desks.ready()
    item = await desk.find(STORE_TARGETS.id)
    ours = await desk.runs.start(item)
    night.clock.advance(1800)
    ended = await desk.runs.attach(item, ours.task_id or "")
    assert ended.verdict is Verdict.FAILED
    scheduler = next(u for u in night.tenant.company.users if u.email == SCHEDULER.email)
    night.tenant.start(scheduler, demand_plan(night), "process", STORE_TARGETS.id)
    night.clock.advance(1800)
    history = await read(desk)
    assert (await history.newest())[STORE_TARGETS.id].origin is Origin.ELSEWHERE
    assert not await desk.remembered.was_run_since(ended)
    preflight = await desk.before.preflight(item)
    assert preflight.unsaved_task_id == ours.task_id


@pytest.mark.parametrize("status", [500, 403])
async def test_runs_that_cannot_be_read_are_said_and_stop_nothing(
    desks: Desks, night: DemoServer, status: int
) -> None:
    desk = await desks.ready()
    history = desk.history
    history.sweep.every_s = 0.0
    ids = list(demand_plan(night).processes)
    ended = [run for run in night.tenant.runs(demand_plan(night)) if run.ended(night.clock.now())]
    broken = [run.task.id for run in ended][:7]
    for id_ in broken:
        night.faults.add(Fault(f"GET */{id_}", "status", status=status, count=None))
    assert len(broken) < ENDED < len(ids)
    await history.read_all()
    night.log.clear()
    progress = await history.read_all()
    assert history.sweep.error is None, "the service answers"
    assert isinstance(history.sweep.left, ServerFailed | NoAccess)
    assert progress.problem.endswith(f"; {len(broken) - 1} more")
    assert progress.looked_at is not None
    assert [night.log.count("GET", f"*/{id_}") for id_ in broken] == [1] * len(broken)
    judged = {run.task_id for run in await history.runs() if not run.live}
    assert judged == {run.task.id for run in ended if run.task.kind == "process"} - set(broken)
    night.faults.clear()
    progress = await history.read_all()
    assert not progress.problem
    assert {run.task_id for run in await history.runs() if not run.live} > judged


@pytest.mark.parametrize("asked_s", [999_999, 24 * 3600])
async def test_one_answer_does_not_blind_for_the_night(desks: Desks, night: DemoServer, asked_s: int) -> None:
    desk = await desks.ready()
    night.faults.add(Fault(f"GET {LISTS}", "status", status=429, retry_after=asked_s, nth=5))
    await desk.history.read_all()
    assert 590 < desk.history.sweep.pause_s(1) <= 600


async def test_whoever_waits_for_a_look_obeys_a_short_retry_after(desks: Desks, night: DemoServer) -> None:
    desk = await desks.ready()
    night.faults.add(Fault(f"GET {LISTS}", "status", status=429, retry_after=1, nth=5, count=2))
    night.faults.add(Fault(f"GET {TASKS}", "status", status=429, retry_after=0, nth=5))
    history = await read(desk)
    assert history.progress.whole
    assert len([run for run in await history.runs() if not run.live]) == ENDED


async def test_a_service_that_asks_for_leave_again_and_again_is_given_up(
    desks: Desks, night: DemoServer
) -> None:
    desk = await desks.ready()
    night.faults.add(Fault(f"GET {LISTS}", "status", status=429, retry_after=0, count=None))
    progress = await desk.history.read_all()
    assert progress.problem
    assert requests(night)[0] <= 7 * AT_WORK


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
    for desk in (await desks.ready(), await desks.ready()):  # neither remembers the name, only the journal
        ran = await run(desk)
        assert ran.actions[0].name == now_called.name
        assert last.id not in {action.id for action in ran.actions}
    del history


async def test_what_goes_on_is_looked_at_before_all_else(desks: Desks, night: DemoServer) -> None:
    history = (await desks.ready()).history
    history.sweep.every_s = 0.0
    await history.read_all()
    (live,) = history.going_on
    night.log.clear()
    await history.read_all()
    asked = [entry.path.split("/")[-2] for entry in night.log if entry.path.endswith("/tasks")]
    assert live.target.id in asked[:AT_WORK]
    assert len(asked) == len(set(asked))


async def test_others_know_at_once_what_began(
    desks: Desks, night: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("anaplan_tui.core.history.history._BEAT_S", 3600.0)
    first, second = await desks.ready(), await desks.ready()
    gate = asyncio.Event()
    slow = Budget(60, sleep=lambda _: gate.wait())
    slow.start_from(20.0, 0.0)
    first.history._budget = first.history.sweep._budget = slow
    model = demand_plan(night)
    (live,) = [run.task for run in night.tenant.runs(model) if not run.ended(night.clock.now())]
    first.history.prefer([TargetRef(first.history.model.ref, Kind.PROCESS, live.target)])
    async with keeping(first.history), asyncio.timeout(30):
        await until(lambda: first.history.sweep.progress.of)  # it has begun to ask
        await until(lambda: second.history.going_on, each=second.history._take)
        assert first.history.sweep.unfinished
        gate.set()


async def test_a_look_that_ends_with_news_ends(desks: Desks) -> None:
    history = (await desks.ready()).history
    async with asyncio.timeout(30):
        for _ in range(5):
            async with history._beating():
                await asyncio.sleep(0)  # it waits for news or for its time
                history._notice(Noticed((a_run(),)))
