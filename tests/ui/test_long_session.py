"""What a screen shows stays there, however many runs follow."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from anaplan_tui.core.snapshots import Phase
from anaplan_tui.core.store import KEPT
from anaplan_tui.ui.screens.run.screen import RunScreen
from anaplan_tui.ui.screens.runs import RunsScreen
from anaplan_tui.ui.widgets.keyed_table import KeyedTable
from tests.support.apps import Open, Opened, on, until
from tests.support.values import FAILED


async def many_runs(opened: Opened, number: int) -> None:
    began = datetime.now(UTC) - timedelta(hours=1)
    for n in range(number):
        run = replace(
            FAILED, run_id=f"n{n}", task_id=f"T{n}", started_at=began + timedelta(seconds=n), actions=()
        )
        opened.desk.store.put_run(replace(run, phase=Phase.RUNNING, verdict=None))
        opened.desk.store.put_run(run)
    await opened.pause()


async def test_a_run_that_is_shown_stays_known(open_app: Open) -> None:
    async with open_app() as opened:
        await opened.shows("model idle")
        opened.desk.store.put_run(replace(FAILED, run_id="shown"))
        await opened.app.open_run("shown")
        await until(opened.pilot, lambda: isinstance(opened.app.screen, RunScreen), "the run")
        await opened.pause()
        await many_runs(opened, 2 * KEPT)
        assert opened.desk.store.run("shown") is not None
        await opened.press("down")
        await opened.press("escape")
        await many_runs(opened, 1)
        await until(opened.pilot, lambda: not isinstance(opened.app.screen, RunScreen), "the list")
        assert opened.desk.store.run("shown") is None or opened.desk.store._held == {}


@on("asleep")
async def test_the_list_of_runs_keeps_its_lines(open_app: Open) -> None:
    async with open_app() as opened:
        await opened.shows("Processes 46")
        await opened.press("t")
        await opened.shows("No run is known since")
        screen = opened.app.screen
        assert isinstance(screen, RunsScreen)
        # Reading again would load the journal's runs, which do not include these.
        await opened.shows("lists read, looked ")
        await until(opened.pilot, lambda: not screen._is_reading, "the end of reading")
        await many_runs(opened, 2 * KEPT)
        table = screen.query_one(KeyedTable)
        await until(opened.pilot, lambda: len(table.items) == 2 * KEPT, "all lines")
        assert len(opened.desk.store.runs) <= KEPT + 1
