"""The queue by keyboard: adding, order, removing, holding, resuming; and runs of others."""

from anaplan_tui.core.snapshots import Phase
from anaplan_tui.demo.server import DemoServer
from anaplan_tui.ui.screens.runs import RunsScreen
from tests.support.apps import SPEED, Open, Opened, on, opener, until

STARTS = "*/processes/*/tasks"


async def ask(opened: Opened, name: str) -> None:
    """Open the question before a run of a process, from the catalog."""
    while len(opened.app.screen_stack) > 1:
        await opened.press("escape")
    await opened.press("slash", "ctrl+u")
    await opened.type(name)
    await opened.press("down")
    await opened.shows("1 shown")
    await opened.press("r")
    await opened.shows("Parameters (p)")


async def run_and_queue(opened: Opened, first: str, *others: str) -> None:
    """Run one process, and queue others behind it."""
    await opened.shows("model idle")
    await ask(opened, first)
    await opened.press("y")
    await until(opened.pilot, lambda: any(r.task_id for r in opened.desk.store.runs), "a task")
    for number, name in enumerate(others):
        await ask(opened, name)
        await opened.shows("Queue it" if number else "Wait, then run")
        await opened.press("right", "enter")
        await until(
            opened.pilot,
            lambda wanted=number + 1: len(opened.desk.queue.run_ids) == wanted,  # type: ignore[misc]
            f"{name} in the queue",
        )


def waiting(opened: Opened) -> list[str]:
    """Return the names in the queue, the next one first."""
    runs = [opened.desk.store.run(run_id) for run_id in opened.desk.queue.run_ids]
    return [run.name for run in runs if run is not None]


@on(speed=0.1)
async def test_runs_wait_in_their_order_and_one_is_taken_out(open_app: Open, tenant: DemoServer) -> None:
    async with open_app() as opened:
        await run_and_queue(opened, "month end", "nightly purge", "fx rates")
        await opened.press("t")
        await opened.shows("queue of 2: stops after a failure")
        await opened.shows("1 of 2: Starts as soon")
        await opened.shows("2 of 2: Queued, 1")
        screen = opened.app.screen
        assert isinstance(screen, RunsScreen)
        assert [run.name for run in screen.table.shown][:3] == [
            "Month end close",
            "Nightly purge",
            "FX rates refresh",
        ]
        await opened.press("g", "j", "x")
        await opened.shows("Leave the queue with 'Nightly purge'?")
        await opened.press("y")
        await opened.shows("1 of 1: Starts as soon")
        assert waiting(opened) == ["FX rates refresh"]
        await opened.press("q")
        await opened.shows("1 queued run keeps its place")
        await opened.press("n")
        assert tenant.log.count("POST", STARTS) == 1
        assert tenant.log.count("DELETE") == 0


@on(speed=0.1)
async def test_after_a_restart_the_app_asks_before_it_goes_on(open_app: Open, tenant: DemoServer) -> None:
    async with open_app() as opened:
        await run_and_queue(opened, "month end", "nightly purge")
    async with open_app() as again:
        await again.shows("Go on with 1 queued run?")
        await again.shows("Nightly purge")
        await again.press("enter")
        await again.press("t")
        await again.shows("stands still, p goes on")
        assert waiting(again) == ["Nightly purge"]
        await again.press("p")
        await again.shows("Go on with 1 queued run?")
        await again.press("right", "right", "enter")
        await again.shows("1 run left the queue; nothing was sent")
        assert not again.desk.queue.run_ids
        assert tenant.log.count("POST", STARTS) == 1


@on(speed=0.1)
async def test_after_a_failure_the_queue_waits_for_the_operator(open_app: Open, tenant: DemoServer) -> None:
    async with open_app() as opened:
        await run_and_queue(opened, "plan rollover", "user provisioning", "nightly purge")
        tenant.clock.speed = SPEED
        await until(opened.pilot, lambda: bool(opened.desk.queue.held), "the held queue")
        await opened.press("t")
        await opened.shows("The queue stands still")
        assert waiting(opened) == ["Nightly purge"]
        await opened.press("p")
        await opened.shows("did not end well")
        await opened.press("y")
        await until(opened.pilot, lambda: not any(r.live for r in opened.desk.store.runs), "every end")
        assert tenant.log.count("POST", STARTS) == 3


async def test_going_on_after_a_failure_is_a_choice_that_is_kept(open_app: Open) -> None:
    async with open_app() as opened:
        await opened.shows("model idle")
        await opened.press("t", "f")
        await opened.shows("The queue goes on with the next run whatever")
        assert not opened.desk.queue.stop_on_failure
    async with open_app() as again:
        await again.shows("model idle")
        await until(again.pilot, lambda: not again.desk.queue.stop_on_failure, "the choice")
        await again.press("t", "p")
        await again.shows("No run waits in the queue")
        await again.press("f")
        await again.shows("The queue stops after a run that fails")


@on(speed=0.1)
async def test_runs_of_others_are_shown_and_can_be_watched(open_app: Open, tenant: DemoServer) -> None:
    async with open_app() as opened:
        await run_and_queue(opened, "month end")
        other = await opener(tenant.url, opened.directory / "other")()
        try:
            await other.connect()
            await other.chosen.choose()
            theirs = await other.runs.start(await other.find("Month end close"))
        finally:
            await other.aclose()
        await opened.press("t", "R")
        await opened.shows("elsewhere: by another")
        assert tenant.log.count("GET", STARTS) > 0
        screen = opened.app.screen
        assert isinstance(screen, RunsScreen)
        screen.table.move_to(f"elsewhere {theirs.task_id}")
        await opened.press("x")
        await opened.shows("It was not started from here")
        await opened.press("enter")
        await until(
            opened.pilot,
            lambda: any(
                run.task_id == theirs.task_id and run.phase is Phase.RUNNING for run in opened.desk.store.runs
            ),
            "their run",
        )
        await opened.shows("Month end close")
