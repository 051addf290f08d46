"""The list of runs: what is newest, what others run, and what is said where nothing is known."""

from anaplan_tui.core.catalog import TaskItem
from anaplan_tui.core.history.budget import AT_ONCE
from anaplan_tui.core.snapshots import Origin, RunSnapshot
from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.server import DemoServer
from anaplan_tui.ui.screens.attention import Row
from anaplan_tui.ui.screens.catalog import CatalogScreen
from anaplan_tui.ui.screens.process import ProcessScreen
from anaplan_tui.ui.screens.run.screen import RunScreen
from anaplan_tui.ui.screens.runs import RunsScreen
from anaplan_tui.ui.widgets.keyed_table import KeyedTable
from tests.ui.conftest import Open, on
from tests.ui.desks import Opened, until

SHOWPIECE = "118000000042"


def catalog_row(opened: Opened) -> Row:
    """The line of Nightly load in the catalog."""
    home = opened.app.screen_stack[0]
    assert isinstance(home, CatalogScreen)
    rows: tuple[Row, ...] = home.table.items
    return next(row for row in rows if row.item.id == SHOWPIECE)


def history_of(opened: Opened) -> KeyedTable[TaskItem]:
    assert isinstance(opened.app.screen, ProcessScreen)
    return opened.app.screen.history


def runs_shown(opened: Opened) -> tuple[RunSnapshot, ...]:
    assert isinstance(opened.app.screen, RunsScreen)
    return opened.app.screen.table.shown


async def test_a_look_at_an_old_run_is_not_the_last_run(open_app: Open) -> None:
    async with open_app() as opened:
        await opened.run_process("nightly load")
        (newest,) = (run for run in opened.desk.store.runs if run.origin is Origin.HERE)
    async with open_app() as again:
        await again.open_process("nightly load")
        await until(again.pilot, lambda: len(history_of(again).items) > 1, "the history")
        await again.press("G", "enter")
        await until(again.pilot, lambda: isinstance(again.app.screen, RunScreen), "the old run")
        await again.press("escape", "escape")
        assert catalog_row(again).at in (newest.started_at, newest.ended_at)
        await again.press("t")
        await until(again.pilot, lambda: len(runs_shown(again)) > 1, "both runs")
        assert runs_shown(again)[0].run_id == newest.run_id


@on("asleep")
async def test_an_empty_list_says_where_was_looked(open_app: Open) -> None:
    async with open_app(size=(80, 24)) as opened:
        await opened.shows("Processes 46")
        await opened.press("t")
        await opened.shows("Nothing was run from here yet.")
        await opened.shows("Looked for runs of others: 46 of 46 lists read.")


async def test_lately_ended_runs_of_others_are_there_and_can_be_read(open_app: Open) -> None:
    async with open_app(size=(80, 24)) as opened:
        await opened.shows("model idle")
        await opened.press("t")
        await opened.shows("45 of 45 lists read")
        await opened.shows("✗ failed")
        await opened.shows("Started elsewhere")
        assert {run.origin for run in runs_shown(opened)} == {Origin.ELSEWHERE}
        await opened.press("slash", *"nightly load", "enter", "x")
        await opened.shows("This run has ended")
        await opened.press("enter")
        await opened.shows("✗ failed")


@on("busy", speed=0.01)
async def test_what_holds_the_model_is_found_on_r(open_app: Open) -> None:
    async with open_app(size=(80, 24)) as opened:
        await opened.shows("model busy")
        await opened.press("t")
        await opened.shows("busy: Processing")
        await opened.press("R")
        await until(opened.pilot, lambda: any(run.live for run in runs_shown(opened)), "it is found")
        assert runs_shown(opened)[0].live
        assert runs_shown(opened)[0].name.startswith("FX rates")
        assert opened.app.model_state is not None
        assert opened.app.model_state.what.startswith("FX rates")
        await opened.press("g", "enter")
        await until(opened.pilot, lambda: any(run.live for run in opened.desk.store.runs), "it is watched")


@on("many")
async def test_of_thousands_no_more_is_asked_at_once_than_the_budget_allows(
    open_app: Open, tenant: DemoServer
) -> None:
    async with open_app() as opened:
        await opened.shows("Processes 5000")
        await opened.press("t", "R")
        await opened.shows("of 5,000 lists read")
        assert tenant.log.count("GET", "*/tasks*") <= AT_ONCE + 60


@on("busy", speed=0.01)
async def test_an_empty_list_says_that_the_model_is_busy(open_app: Open, tenant: DemoServer) -> None:
    tenant.faults.add(Fault("GET */tasks", "status", status=403, count=None))
    async with open_app(size=(80, 24)) as opened:
        await opened.shows("model busy")
        await opened.press("t")
        await opened.shows("The model is busy with something else: Processing")
        await opened.shows("not every list could be read")
