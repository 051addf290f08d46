"""Every way an answer goes wrong, at every request of a run: what is sent, concluded and said.

The tenant's log over real HTTP shows what was sent; the tasks in the tenant are the truth.
"""

import asyncio
import re
from fnmatch import fnmatchcase

import pytest

from anaplan_tui.api.errors import AnaplanError, NotAuthenticated
from anaplan_tui.core.catalog import CatalogItem
from anaplan_tui.core.desk import Desk
from anaplan_tui.core.runs.watching import ADOPTED
from anaplan_tui.core.snapshots import Phase, RunSnapshot, Verdict
from anaplan_tui.core.store import Snapshot
from anaplan_tui.demo.server import DemoServer
from tests.reliability.faults import (
    DELAYED,
    ENDPOINTS,
    EXPIRED,
    LOST,
    NOT_TAKEN,
    RATE,
    RATE_SAID,
    RESET,
    UNAUTHORIZED,
    UNCLEAR,
    Mishap,
)
from tests.support.desks import QUICK, TRIES, Desks, tenant_runs

SHORT = "118000000033"
"""Region order: 0.8 s of the tenant's time, completes."""
LONG = "118000000042"
"""Nightly load: 27 s of the tenant's time."""

unclear = pytest.mark.parametrize("mishap", UNCLEAR, ids=lambda m: m.name)
not_taken = pytest.mark.parametrize("mishap", NOT_TAKEN, ids=lambda m: m.name)
everything = pytest.mark.parametrize("mishap", [*UNCLEAR, *NOT_TAKEN, DELAYED], ids=lambda m: m.name)
unanswered = pytest.mark.parametrize("mishap", [*UNCLEAR, RATE, RATE_SAID, DELAYED], ids=lambda m: m.name)


def starts(server: DemoServer) -> int:
    """Count the start requests that arrived, whatever their outcome."""
    return server.log.count("POST", "*/tasks")


def cancels(server: DemoServer) -> int:
    return server.log.count("DELETE")


async def begin(
    server: DemoServer, desks: Desks, process_id: str, mishap: Mishap
) -> tuple[Desk, CatalogItem]:
    """Return a desk, a process and an empty log; impatient only where patience is the subject."""
    desk = await (desks.ready(options=QUICK) if mishap is DELAYED else desks.ready())
    item = await desk.find(process_id)
    server.log.clear()
    return desk, item


def told(desk: Desk) -> list[RunSnapshot]:
    """Collect every snapshot of a run from now on: what a screen would show, moment by moment."""
    seen: list[RunSnapshot] = []

    def listen(snapshot: Snapshot) -> None:
        if isinstance(snapshot, RunSnapshot):
            seen.append(snapshot)

    desk.store.subscribe(listen)
    return seen


# -- the start


@unclear
async def test_an_unclear_start_is_sent_once_and_the_task_list_decides(
    server: DemoServer, desks: Desks, mishap: Mishap
) -> None:
    desk, item = await begin(server, desks, SHORT, mishap)
    shown = told(desk)
    server.faults.add(mishap.on("start"))

    run = await desk.run(item)

    assert starts(server) == 1
    assert len(tenant_runs(server, SHORT)) == (1 if mishap.worked else 0)
    assert cancels(server) == 0
    assert any("answer to the start was lost" in s.note and mishap.said in s.note for s in shown)
    if mishap.worked:
        assert (run.phase, run.verdict) == (Phase.ENDED, Verdict.COMPLETED)
        assert run.note == ADOPTED
        assert run.task_id == tenant_runs(server, SHORT)[0].task.id
    else:
        assert (run.phase, run.verdict) == (Phase.UNKNOWN_START, Verdict.UNKNOWN)
        assert "no new task was found" in run.reason
        assert "Nothing was sent again" in run.reason
        assert "task history" in run.note
    known = desk.journal.run(run.run_id)
    assert known is not None
    assert known.summary.phase is run.phase


async def test_a_start_whose_answer_is_late_is_found(server: DemoServer, desks: Desks) -> None:
    desk, item = await begin(server, desks, SHORT, DELAYED)
    server.faults.add(DELAYED.on("start"))

    run = await desk.run(item)

    assert starts(server) == 1
    assert (run.verdict, run.note) == (Verdict.COMPLETED, ADOPTED)
    assert len(tenant_runs(server, SHORT)) == 1


@not_taken
async def test_a_start_that_was_surely_not_taken_goes_out_again(
    server: DemoServer, desks: Desks, mishap: Mishap
) -> None:
    desk, item = await begin(server, desks, SHORT, mishap)
    server.faults.add(mishap.on("start"))

    run = await desk.run(item)

    assert starts(server) == 2
    assert len(tenant_runs(server, SHORT)) == 1
    assert (run.verdict, run.note) == (Verdict.COMPLETED, "")


@pytest.mark.parametrize(
    ("mishap", "sent"), [(RATE, TRIES), (RATE_SAID, TRIES), (UNAUTHORIZED, 2)], ids=lambda v: str(v)[:40]
)
async def test_a_start_that_is_always_refused_starts_nothing_and_says_so(
    server: DemoServer, desks: Desks, mishap: Mishap, sent: int
) -> None:
    desk, item = await begin(server, desks, SHORT, mishap)
    server.faults.add(mishap.on("start", count=None))

    with pytest.raises(AnaplanError, match=re.escape(mishap.said)) as refusal:
        await desk.run(item)

    assert starts(server) == sent
    assert tenant_runs(server, SHORT) == []
    (run,) = desk.store.runs
    assert (run.phase, run.reason) == (Phase.NOT_STARTED, str(refusal.value))
    known = desk.journal.run(run.run_id)
    assert known is not None
    assert known.summary.phase is Phase.NOT_STARTED


@unanswered
async def test_no_task_list_after_a_lost_start_means_unknown(
    server: DemoServer, desks: Desks, mishap: Mishap
) -> None:
    desk, item = await begin(server, desks, SHORT, mishap)
    server.faults.add(LOST.on("start"), mishap.on("task list", nth=2, count=None))

    run = await desk.run(item)

    assert starts(server) == 1
    assert len(tenant_runs(server, SHORT)) == 1
    assert (run.phase, run.verdict) == (Phase.UNKNOWN_START, Verdict.UNKNOWN)
    assert "the task list could not be read" in run.reason
    assert mishap.said in run.reason
    assert "Nothing was sent again" in run.reason


# -- the task list that is read before the start


@everything
async def test_without_the_task_list_nothing_is_started(
    server: DemoServer, desks: Desks, mishap: Mishap
) -> None:
    desk, item = await begin(server, desks, SHORT, mishap)
    server.faults.add(mishap.on("task list", count=None))

    with pytest.raises(AnaplanError, match=re.escape(mishap.said)) as refusal:
        await desk.run(item)

    assert starts(server) == 0
    assert tenant_runs(server, SHORT) == []
    (run,) = desk.store.runs
    assert run.phase is Phase.NOT_STARTED
    assert str(refusal.value).startswith("Cannot list the tasks")


@pytest.mark.parametrize(
    "mishap", [m for m in (*UNCLEAR, *NOT_TAKEN) if not m.unreadable], ids=lambda m: m.name
)
async def test_one_bad_task_list_before_the_start_is_asked_for_again(
    server: DemoServer, desks: Desks, mishap: Mishap
) -> None:
    desk, item = await begin(server, desks, SHORT, mishap)
    server.faults.add(mishap.on("task list"))

    run = await desk.run(item)

    assert (starts(server), run.verdict) == (1, Verdict.COMPLETED)


# -- polling the running task


@unanswered
async def test_failed_looks_are_ridden_out_and_shown(
    server: DemoServer, desks: Desks, mishap: Mishap
) -> None:
    desk, item = await begin(server, desks, SHORT, mishap)
    shown = told(desk)
    server.faults.add(mishap.on("poll", count=2 if mishap.unreadable else 2 * TRIES))

    run = await desk.run(item)

    assert (starts(server), cancels(server)) == (1, 0)
    assert (run.phase, run.verdict, run.contact.failures) == (Phase.ENDED, Verdict.COMPLETED, 0)
    troubled = [s for s in shown if s.contact.failures]
    assert troubled
    assert all(s.phase is Phase.RUNNING and s.verdict is None for s in troubled)
    assert all(mishap.said in s.contact.problem for s in troubled)
    assert all(s.contact.next_look_at is not None for s in troubled)


@pytest.mark.parametrize("mishap", [UNAUTHORIZED, EXPIRED], ids=lambda m: m.name)
async def test_a_look_that_meets_a_dead_token_logs_in_again(
    server: DemoServer, desks: Desks, mishap: Mishap
) -> None:
    desk, item = await begin(server, desks, SHORT, mishap)
    shown = told(desk)
    server.faults.add(mishap.on("poll"))

    run = await desk.run(item)

    assert (starts(server), run.verdict) == (1, Verdict.COMPLETED)
    assert not any(s.contact.problem for s in shown)


async def test_a_login_that_stays_refused_ends_the_watching_not_the_run(
    server: DemoServer, desks: Desks
) -> None:
    desk, item = await begin(server, desks, SHORT, UNAUTHORIZED)
    server.faults.add(UNAUTHORIZED.on("poll", count=None))

    with pytest.raises(NotAuthenticated):
        await desk.run(item)

    assert (starts(server), cancels(server)) == (1, 0)
    (run,) = desk.store.runs
    assert run.phase is Phase.RUNNING
    assert "HTTP 401" in run.contact.problem
    server.faults.clear()
    resumed = await desk.runs.resume(run.run_id)
    assert (starts(server), resumed.verdict) == (1, Verdict.COMPLETED)


async def test_a_task_that_the_service_forgot_is_unknown_and_not_failed(
    server: DemoServer, desks: Desks
) -> None:
    desk, item = await begin(server, desks, SHORT, RESET)
    gone = Mishap("404", "status", "HTTP 404", worked=False, settings=(("status", 404),))
    server.faults.add(gone.on("poll", count=None))

    run = await desk.run(item)

    assert (run.phase, run.verdict) == (Phase.ENDED, Verdict.UNKNOWN)
    assert "no longer knows this task" in run.reason
    assert starts(server) == 1


async def test_one_answer_that_the_task_is_not_there_judges_nothing(server: DemoServer, desks: Desks) -> None:
    desk, item = await begin(server, desks, SHORT, RESET)
    gone = Mishap("404", "status", "HTTP 404", worked=False, settings=(("status", 404),))
    server.faults.add(gone.on("poll"))

    assert (await desk.run(item)).verdict is Verdict.COMPLETED


# -- the cancel


async def running(server: DemoServer, desk: Desk, item: CatalogItem) -> tuple[str, asyncio.Task[RunSnapshot]]:
    """Start a process and return its run id once the tenant was asked about its task.

    It has begun, and stays live until the tenant's clock is hurried.
    """
    server.clock.speed = 0.01
    begun: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    watching = asyncio.create_task(desk.run(item, on_begin=begun.set_result))
    await server.wait_for_async("GET", "*/tasks/*", answered=True)
    server.clock.advance(tenant_runs(server, item.id)[-1].begin - server.clock.now() + 1)
    return await begun, watching


@unanswered
async def test_a_cancel_that_never_gets_through_says_so_and_the_run_goes_on(
    server: DemoServer, desks: Desks, mishap: Mishap
) -> None:
    desk, item = await begin(server, desks, LONG, mishap)
    run_id, watching = await running(server, desk, item)
    server.faults.add(mishap.on("cancel", count=None))

    if mishap.unreadable:
        # The answer's body does not matter: a success status is enough.
        await desk.cancel(run_id)
        assert cancels(server) == 1
    else:
        with pytest.raises(AnaplanError, match=re.escape(mishap.said)) as refusal:
            await desk.cancel(run_id)
        assert str(refusal.value).startswith("Cannot cancel the task")
        assert cancels(server) == TRIES

    server.clock.speed = 200
    run = await watching
    assert starts(server) == 1
    assert run.verdict is (Verdict.CANCELLED if mishap.worked else Verdict.FAILED)
    assert tenant_runs(server, LONG)[-1].stopped is mishap.worked


@pytest.mark.parametrize(
    "mishap",
    [m for m in (*UNCLEAR, *NOT_TAKEN, DELAYED) if m.worked or not m.unreadable],
    ids=lambda m: m.name,
)
async def test_a_cancel_that_fails_once_is_asked_for_again(
    server: DemoServer, desks: Desks, mishap: Mishap
) -> None:
    """All but a page with 200 in place of the answer, indistinguishable from a cancel that worked."""
    desk, item = await begin(server, desks, LONG, mishap)
    run_id, watching = await running(server, desk, item)
    server.faults.add(mishap.on("cancel"))

    await desk.cancel(run_id)
    server.clock.speed = 200
    run = await watching

    assert (starts(server), run.verdict) == (1, Verdict.CANCELLED)
    assert "earlier actions may stay applied" in run.reason
    assert run.cancel_requested


# -- the names of the actions


@everything
async def test_a_run_does_not_fail_for_want_of_the_process_metadata(
    server: DemoServer, desks: Desks, mishap: Mishap
) -> None:
    desk, item = await begin(server, desks, SHORT, mishap)
    server.faults.add(mishap.on("metadata", count=None))

    run = await desk.run(item)

    assert (starts(server), cancels(server)) == (1, 0)
    assert (run.verdict, [a.name for a in run.actions]) == (Verdict.COMPLETED, ["Order Regions"])


def test_the_patterns_tell_the_endpoints_apart() -> None:
    base = "/2/0/workspaces/w/models/m/processes/118000000033"
    requests = {
        "start": f"POST {base}/tasks",
        "poll": f"GET {base}/tasks/AB12",
        "task list": f"GET {base}/tasks",
        "cancel": f"DELETE {base}/tasks/AB12",
        "metadata": f"GET {base}",
    }
    for endpoint, pattern in ENDPOINTS.items():
        assert [name for name, request in requests.items() if fnmatchcase(request, pattern)] == [endpoint]
