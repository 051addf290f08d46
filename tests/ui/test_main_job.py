"""The main job by keyboard alone, on a real tenant: find, run, watch, read, download."""

import asyncio
import hashlib
from pathlib import Path

import pytest

from anaplan_tui.demo.server import DemoServer
from anaplan_tui.ui.screens.catalog import CatalogScreen
from anaplan_tui.ui.screens.quitting import QuitDialog
from anaplan_tui.ui.screens.run.screen import RunScreen
from tests.support.apps import SPEED, Open, on, ours, run_to_its_end, starts, until

SIZES = [(120, 40), (80, 24)]


@pytest.mark.parametrize("size", SIZES)
async def test_from_the_list_to_exact_dumps(
    open_app: Open, tenant: DemoServer, size: tuple[int, int]
) -> None:
    async with open_app(size=size) as opened:
        await run_to_its_end(opened, "nightly load")
        assert isinstance(opened.app.screen, RunScreen)
        for word in ("✗ failed", "! rejected", "1,234", "77", "✓ completed"):
            await opened.shows(word)
        await opened.press("D")
        await opened.shows("on disk, exact.")
        await opened.press("w")
        await until(
            opened.pilot,
            lambda: not any(d.live for d in opened.desk.store.downloads),
            "the end of the downloads",
        )
        await opened.shows("✓ exact")
        downloads = opened.desk.store.downloads
        # Auto-capture may be quicker than D; the same bytes are then kept, not written twice.
        assert len({download.path for download in downloads}) == 2
        for download in downloads:
            assert download.path is not None
            data = await asyncio.to_thread(Path(download.path).read_bytes)
            assert hashlib.sha256(data).hexdigest() == download.sha256
        assert starts(tenant) == 1


async def test_dumps_on_disk_are_named_and_not_fetched_again(open_app: Open, tenant: DemoServer) -> None:
    async with open_app() as opened:
        await run_to_its_end(opened, "nightly load")
        await opened.shows("Both dumps are on disk, exact.")
        chunks = tenant.log.count("GET", "*/dumps/*")
        assert chunks
        await opened.press("D")
        await opened.shows("Both dumps are on disk already, in ")
        folder = next(d.path for d in opened.desk.store.downloads if d.path).parent
        await opened.press("d")
        await opened.shows("The dump is on disk already: ")
        assert tenant.log.count("GET", "*/dumps/*") == chunks
        said = [entry.message for entry in opened.app.record.entries]
        assert f"Both dumps are on disk already, in {folder}" in said

        gone = next(d.path for d in opened.desk.store.downloads if d.path and d.path.exists())
        await asyncio.to_thread(gone.unlink)
        await opened.press("D")
        await opened.shows("✓ 1 file fetched, exact.")
        said = [entry.message for entry in opened.app.record.entries]
        assert "Fetching 1 dump, 1 on disk already. w shows the downloads." in said
        assert gone.is_file()


async def test_the_panel_tells_the_reason_and_takes_the_screen(open_app: Open) -> None:
    async with open_app(size=(80, 24)) as opened:
        await run_to_its_end(opened, "nightly load")
        await opened.shows("77 of 90 rows rejected")
        await opened.press("enter")
        await until(opened.pilot, lambda: "ACTION" not in opened.text, "the panel alone")
        await opened.press("G")
        await opened.shows("hierarchyImportInvalid")
        await opened.press("escape")
        await opened.shows("Sales from sales.csv")
        assert isinstance(opened.app.screen, RunScreen)


async def test_two_presses_start_once(open_app: Open, tenant: DemoServer) -> None:
    async with open_app() as opened:
        await opened.open_process("plan rollover")
        await opened.pilot.press("r", "r", "r")
        await opened.shows("Don't run")
        await opened.pilot.press("enter", "r", "r")
        await opened.shows("✓ completed")
        assert starts(tenant) == 1


async def test_escape_declines_and_starts_nothing(open_app: Open, tenant: DemoServer) -> None:
    async with open_app() as opened:
        await opened.open_process("nightly load")
        await opened.press("r")
        await opened.shows("Don't run")
        await opened.press("escape")
        assert starts(tenant) == 0
        assert not ours(opened)


async def test_escape_never_quits(open_app: Open) -> None:
    async with open_app() as opened:
        await opened.open_process("nightly load")
        for _ in range(6):
            await opened.press("escape")
        assert isinstance(opened.app.screen, CatalogScreen)
        await opened.shows("q leaves the app")


@on(speed=0.1)
async def test_quitting_says_what_goes_on_and_cancels_nothing(open_app: Open, tenant: DemoServer) -> None:
    async with open_app(interval=1.0) as opened:
        await opened.open_process("month end")
        await opened.press("r")
        await opened.shows("Don't run")
        await opened.press("y")
        await until(opened.pilot, lambda: any(r.task_id for r in ours(opened)), "a task")
        await opened.press("q")
        await until(opened.pilot, lambda: isinstance(opened.app.screen, QuitDialog), "the quit dialog")
        await opened.shows("goes on in Anaplan")
        await opened.press("n")
        await until(opened.pilot, lambda: isinstance(opened.app.screen, RunScreen), "the run again")
        await opened.press("ctrl+c")
        await until(opened.pilot, lambda: isinstance(opened.app.screen, QuitDialog), "the quit dialog")
        await opened.press("ctrl+c")
        await until(opened.pilot, lambda: not opened.app.is_running, "the app's end")
    assert tenant.log.count("DELETE") == 0


@on(speed=0.1)
async def test_cancel_asks_with_the_focus_on_letting_it_run(open_app: Open, tenant: DemoServer) -> None:
    async with open_app() as opened:
        await opened.open_process("month end")
        await opened.press("r")
        await opened.shows("Don't run")
        await opened.press("y")
        await opened.shows("▶ running")
        await opened.press("x")
        await opened.shows("may stay applied")
        await opened.press("enter")
        await until(opened.pilot, lambda: isinstance(opened.app.screen, RunScreen), "the run again")
        assert tenant.log.count("DELETE") == 0
        await opened.press("x")
        await opened.shows("may stay applied")
        await opened.press("y")
        await until(opened.pilot, lambda: tenant.log.count("DELETE") == 1, "the cancel")
        tenant.clock.speed = SPEED
        await until(opened.pilot, lambda: not any(r.live for r in ours(opened)), "the run's end")
        assert tenant.log.count("DELETE") == 1


@on(speed=0.1)
async def test_a_second_run_warns_and_puts_the_focus_on_the_safe_answer(open_app: Open) -> None:
    async with open_app(interval=0.5) as opened:
        await opened.open_process("month end")
        await opened.press("r")
        await opened.shows("Don't run")
        await opened.press("y")
        await opened.shows("▶ running")
        await opened.press("escape", "r")
        await opened.shows("The same runs already")
        for label in ("Don't run", "Wait, then run", "Run now"):
            await opened.shows(label)
        focused = opened.app.focused
        assert focused is not None
        assert focused.id == "answer-0"
        await opened.press("enter")
        assert len(ours(opened)) == 1


@on(speed=0.1)
async def test_opening_again_goes_on_watching(open_app: Open, tenant: DemoServer) -> None:
    async with open_app(interval=0.5) as opened:
        await opened.open_process("month end")
        await opened.press("r")
        await opened.shows("Don't run")
        await opened.press("y")
        await until(opened.pilot, lambda: any(r.task_id for r in ours(opened)), "a task")
        task_id = ours(opened)[0].task_id
    async with open_app() as again:
        await again.shows("Watching again")
        assert [r.task_id for r in ours(again)] == [task_id]
        tenant.clock.speed = SPEED
        await again.press("t")
        await until(again.pilot, lambda: not ours(again)[0].live, "the run's end")
