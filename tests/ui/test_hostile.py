"""Text from the tenant is data, on every screen, at both sizes."""

import re

import pytest

from anaplan_tui.ui.screens.process import ProcessScreen
from anaplan_tui.ui.screens.run.screen import RunScreen
from anaplan_tui.ui.widgets.keyed_table import KeyedTable
from tests.support.apps import Open, Opened, on, until

CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def clean(opened: Opened) -> None:
    found = CONTROLS.search(opened.text)
    assert found is None, repr(opened.text[max(found.start() - 40, 0) : found.start() + 40])


@on("hostile")
@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_no_name_or_message_reaches_the_terminal_as_more_than_text(
    open_app: Open, size: tuple[int, int]
) -> None:
    async with open_app(size=size) as opened:
        await opened.shows("model idle")
        for kind in ("2", "3", "4", "1"):
            await opened.press(kind)
            clean(opened)
        table = opened.app.screen.query_one(KeyedTable)
        await until(opened.pilot, lambda: bool(table.items), "the processes")
        await opened.press("G", "y")
        clean(opened)
        await opened.press("escape", "m")
        await opened.shows("MODEL")
        clean(opened)
        await opened.press("escape")
        for _ in range(len(table.items)):
            await opened.press("enter")
            await until(opened.pilot, lambda: isinstance(opened.app.screen, ProcessScreen), "the process")
            clean(opened)
            await opened.press("escape", "k")


@on("hostile")
async def test_runs_with_hostile_results_are_shown(open_app: Open) -> None:
    async with open_app() as opened:
        await opened.shows("model idle")
        table = opened.app.screen.query_one(KeyedTable)
        await until(opened.pilot, lambda: bool(table.items), "the processes")
        items = [row.item for row in table.items]
        jobs = opened.app.jobs
        assert jobs is not None
        for number, item in enumerate(items[-8:], 1):
            jobs.runs.run(item)
            await until(
                opened.pilot,
                lambda n=number: len([r for r in opened.desk.store.runs if not r.live]) >= n,  # type: ignore[misc]
                f"the end of {item.name!r}",
            )
            await until(opened.pilot, lambda: isinstance(opened.app.screen, RunScreen), "its screen")
            clean(opened)
            await opened.press("j", "enter", "G", "escape", "y", "escape")
            clean(opened)
        for key in ("t", "w", "L", "question_mark"):
            await opened.press(key)
            clean(opened)
