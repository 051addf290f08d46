"""Dumps that a rerun would remove: fetched first, then the run."""

from collections.abc import Callable

from anaplan_tui.core.snapshots import Fetch
from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.server import DemoServer
from anaplan_tui.ui.screens.run.confirm import ConfirmRun
from tests.support.apps import Open, Opened, starts, until


async def fetch_first(opened: Opened, meanwhile: Callable[[], object] = lambda: None) -> None:
    """Request a run of a process whose last run left dumps, and choose to fetch them first."""
    await opened.open_process("nightly load")
    await opened.press("r")
    await opened.shows("2 dumps of the last run")
    meanwhile()
    await opened.press("right", "right", "enter")


async def test_after_the_dumps_the_question_comes_again(open_app: Open, tenant: DemoServer) -> None:
    async with open_app() as opened:
        await fetch_first(opened)
        await opened.shows("The 2 dumps of the last run are on disk.")
        assert starts(tenant) == 0
        assert {download.state for download in opened.desk.store.downloads} == {Fetch.DONE}
        await until(opened.pilot, lambda: "Don't run" in opened.text, "the answers")
        assert "not on disk" not in opened.text
        await opened.press("y")
        assert isinstance(opened.app.screen, ConfirmRun), "no letter answers a question that opened by itself"
        focused = opened.app.focused
        assert focused is not None
        assert focused.id == "answer-0"
        await opened.press("right", "enter")
        await until(opened.pilot, lambda: starts(tenant) == 1, "the run")


async def test_dumps_that_do_not_come_are_named_in_the_question(open_app: Open, tenant: DemoServer) -> None:
    async with open_app() as opened:
        # When the question opens, the list of chunks is available; later no chunk is.
        tenant.faults.add(Fault("GET */chunks/*", "status", status=400, count=None))
        await fetch_first(opened)
        await opened.shows("is not on disk:")
        await opened.shows("Fetch the dumps first")
        await opened.press("escape")
        assert starts(tenant) == 0


async def test_dumps_that_are_gone_are_named_and_not_offered_again(
    open_app: Open, tenant: DemoServer
) -> None:
    async with open_app() as opened:
        gone = Fault("GET */chunks*", "status", status=404, count=None)
        await fetch_first(opened, lambda: tenant.faults.add(gone))
        await opened.shows("is not on disk:")
        await until(opened.pilot, lambda: "Don't run" in opened.text, "the answers")
        assert "Fetch the dumps first" not in opened.text
        focused = opened.app.focused
        assert focused is not None
        assert focused.id == "answer-0"
        await opened.press("enter")
        assert starts(tenant) == 0


async def test_declining_after_the_dumps_starts_nothing(open_app: Open, tenant: DemoServer) -> None:
    async with open_app() as opened:
        await fetch_first(opened)
        await opened.shows("The 2 dumps of the last run are on disk.")
        await until(opened.pilot, lambda: "Don't run" in opened.text, "the answers")
        await opened.press("enter")
        assert not isinstance(opened.app.screen, ConfirmRun)
        assert starts(tenant) == 0
