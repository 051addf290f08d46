"""The list of runs: what is newest, what others run, and what is said where nothing is known."""

from anaplan_tui.core.catalog import TaskItem
from anaplan_tui.core.snapshots import RunSnapshot
from anaplan_tui.ui.screens.catalog import CatalogScreen, Row
from anaplan_tui.ui.screens.process import ProcessScreen
from anaplan_tui.ui.screens.run import RunScreen
from anaplan_tui.ui.screens.runs import RunsScreen
from anaplan_tui.ui.widgets.keyed_table import KeyedTable
from tests.ui.conftest import Open
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
        (newest,) = opened.desk.store.runs
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
