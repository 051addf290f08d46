"""What a sweep cannot read: it is tried again, left out, or ends the round."""

import asyncio
from collections import Counter

import pytest

from anaplan_tui.api.errors import NoAccess, RateLimited, ServerFailed
from anaplan_tui.api.refs import Kind, ModelRef, TargetRef
from anaplan_tui.core.history.agenda import Errand, Rank
from anaplan_tui.core.history.failures import LONGEST_PAUSE_S, Failures, Then
from anaplan_tui.core.history.sweep import AT_WORK
from anaplan_tui.core.snapshots import Verdict
from anaplan_tui.demo.company_night import STORE_TARGETS
from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.server import DemoServer
from tests.support.desks import Desks, demand_plan
from tests.support.sweeps import ENDED, LISTS, TASKS, Looks, read, requests


def a_list(number: int) -> Errand:
    return Errand(TargetRef(ModelRef("w", "m"), Kind.PROCESS, str(number)), Rank.LIST)


def test_what_fails_thrice_is_left_out_until_it_is_read() -> None:
    failures, error = Failures(), ServerFailed("read a list", "HTTP 500")
    failures.begin_round()
    said = [failures.failed(a_list(1), "Load", error) for _ in range(3)]
    assert said == [Then.TRY_AGAIN, Then.TRY_AGAIN, Then.GO_ON]
    assert (failures.left, failures.left_words, failures.problem) == (error, "'Load': HTTP 500", None)
    failures.begin_round()
    assert failures.failed(a_list(1), "Load", error) is Then.GO_ON, "it is tried once in each round"
    assert failures.unread == {a_list(1).target}
    failures.answered(a_list(1))
    assert (failures.left, failures.words, failures.unread) == (None, "", set())


def test_five_different_failures_in_a_row_end_the_round() -> None:
    failures, error = Failures(), ServerFailed("read a list", "HTTP 500")
    failures.begin_round()
    for number in range(4):
        assert failures.failed(a_list(number), "Load", error) is Then.TRY_AGAIN
    failures.answered(a_list(9))
    said = [failures.failed(a_list(number), "Load", error) for number in range(10, 15)]
    assert said == [*[Then.TRY_AGAIN] * 4, Then.STOP], "an answer came between the first four and these"
    assert failures.problem is error
    assert failures.words == "HTTP 500"


def test_a_service_that_asks_for_leave_ends_the_round_and_is_left_alone_for_ten_minutes_at_most() -> None:
    failures, error = Failures(), RateLimited("read a list", "HTTP 429")
    error.retry_after_s = 999_999
    failures.begin_round()
    assert failures.failed(a_list(1), "Load", error) is Then.STOP
    assert failures.asked_to_wait_s is not None
    assert 0 < failures.asked_to_wait_s <= LONGEST_PAUSE_S
    failures.begin_round()
    assert failures.failed(a_list(1), "Load", ServerFailed("read a list", "HTTP 500")) is Then.TRY_AGAIN


@pytest.mark.parametrize(("status", "retry_after"), [(503, None), (429, 1)])
async def test_what_fails_in_between_is_read_all_the_same(
    desks: Desks, night: DemoServer, status: int, retry_after: int | None
) -> None:
    desk = await desks.ready()
    desk.history.sweep.every_s = 0.05
    night.faults.add(Fault(f"GET {LISTS}", "status", nth=3, count=2, status=status, retry_after=retry_after))
    night.faults.add(Fault(f"GET {TASKS}", "status", nth=2, count=2, status=status, retry_after=retry_after))
    looks = Looks()
    keeping = asyncio.create_task(desk.history.keep(looks))
    while len([run for run in await desk.history.runs() if not run.live]) < ENDED:
        await looks.another()
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)
    verdicts = Counter(run.verdict for run in await desk.history.runs())
    assert verdicts[Verdict.FAILED] == 1
    assert sum(verdicts.values()) == ENDED + 1


@pytest.mark.parametrize("status", [422, 423, 403])
async def test_a_model_that_refuses_is_not_asked_for_every_list(
    desks: Desks, night: DemoServer, status: int
) -> None:
    desk = await desks.ready()
    night.faults.add(Fault(f"GET {LISTS}", "status", status=status, count=None))
    night.log.clear()
    progress = await desk.history.read_all()
    assert progress.problem
    assert requests(night)[0] <= 8


@pytest.mark.parametrize("status", [403, 400])
async def test_processes_that_this_user_may_not_see_hide_no_others(
    desks: Desks, night: DemoServer, status: int
) -> None:
    desk = await desks.ready()
    history = desk.history
    history.sweep.every_s = 0.0
    hidden = list(demand_plan(night).processes)[8:20]
    for id_ in hidden:
        night.faults.add(Fault(f"GET */{id_}/tasks", "status", status=status, count=None))
    for _ in range(2):
        night.log.clear()
        progress = await history.read_all()
        assert (progress.problem, progress.of - progress.lists) == ("", len(hidden))
        assert [night.log.count("GET", f"*/{id_}/tasks") for id_ in hidden] == [1] * len(hidden)
    seen = {run.target.id for run in await history.runs()}
    assert STORE_TARGETS.id in seen


async def test_a_model_that_is_gone_is_said(desks: Desks, night: DemoServer) -> None:
    desk = await desks.ready()
    desk.history.sweep.every_s = 0.0
    await desk.history.read_all()
    night.faults.add(Fault("GET */models/*", "status", status=404, count=None))
    assert (await desk.history.read_all()).problem


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
