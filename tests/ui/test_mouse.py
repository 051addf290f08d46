"""The mouse, where enabled: whatever can be pressed can be clicked."""

from typing import Any

from textual import events

from anaplan_tui.ui.screens.process import ProcessScreen
from anaplan_tui.ui.screens.run.confirm import ConfirmRun
from anaplan_tui.ui.widgets.key_line import KeyLine
from anaplan_tui.ui.widgets.keyed_table import KeyedTable
from tests.support.apps import Open, lines_stand, on, until


def wheel(table: KeyedTable[Any]) -> events.MouseScrollDown:
    return events.MouseScrollDown(table, 5, 5, 0, 0, 0, False, False, False)


@on(speed=0.01)  # lines change places as others run things
async def test_rows_keys_and_the_wheel(open_app: Open) -> None:
    async with open_app() as opened:
        await opened.shows("model idle")
        await lines_stand(opened)
        table = opened.app.screen.query_one(KeyedTable)
        await opened.pilot.click(KeyedTable, offset=(10, 4))
        await until(opened.pilot, lambda: table.current is table.shown[3], "the row that was clicked")
        table.post_message(wheel(table))
        await until(opened.pilot, lambda: table.current is table.shown[6], "three rows further")
        keys = opened.app.screen.query_one(KeyLine)
        at = keys.lines(keys.size.width)[0].plain.index("r run")
        await opened.pilot.click(KeyLine, offset=(at, 0))
        await until(opened.pilot, lambda: isinstance(opened.app.screen, ConfirmRun), "the question")
        await opened.press("escape")
        await opened.pilot.click(KeyedTable, offset=(10, 2), times=2)
        await until(opened.pilot, lambda: isinstance(opened.app.screen, ProcessScreen), "the process")
