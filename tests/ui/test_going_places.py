"""Habits of navigation: a process by its name, the previous list, and the place of the last session."""

import asyncio

from textual import events
from textual.command import CommandPalette

from anaplan_tui.ui.screens.catalog import CatalogScreen
from anaplan_tui.ui.screens.log import LogScreen
from anaplan_tui.ui.screens.process import ProcessScreen
from anaplan_tui.ui.screens.runs import RunsScreen
from anaplan_tui.ui.widgets.keyed_table import KeyedTable
from tests.support.apps import Open, Opened, on, until


def cursor(opened: Opened) -> str:
    row = opened.app.screen.query_one(KeyedTable).current
    return str(row.item.name) if row is not None else ""


async def test_the_palette_knows_processes_by_their_names(open_app: Open) -> None:
    async with open_app() as opened:
        await opened.shows("model idle")
        await opened.press("t")
        await opened.shows("STARTED")
        await opened.press("colon")
        await opened.type("rollover")
        await opened.shows("Open the process")
        await opened.press("down", "enter")
        await until(opened.pilot, lambda: isinstance(opened.app.screen, ProcessScreen), "the process")
        await opened.shows("Plan rollover")
        opened.app.pop_screen()
        await until(opened.pilot, lambda: isinstance(opened.app.screen, RunsScreen), "the runs")
        await opened.press("colon")
        await opened.type("qqqzzz")
        await opened.shows("No matches found")


@on("hostile")
async def test_a_hostile_name_is_only_a_name_there(open_app: Open) -> None:
    async with open_app() as opened:
        await opened.shows("model idle")
        await opened.press("colon")
        await opened.type("[")
        await opened.shows("Open the process")


async def test_minus_goes_back_to_the_last_list_and_forth(open_app: Open) -> None:
    async with open_app() as opened:
        await opened.shows("model idle")
        await opened.press("minus")
        await opened.shows("There was no other list yet")
        await opened.press("2")
        await opened.shows("Imports")
        await opened.press("t")
        await opened.shows("STARTED")
        await opened.press("minus")
        await until(opened.pilot, lambda: isinstance(opened.app.screen, CatalogScreen), "the imports")
        assert opened.app.last_list is not None
        assert opened.app.last_list.id == "runs"
        assert "[2" in opened.text
        await opened.press("minus")
        await until(opened.pilot, lambda: isinstance(opened.app.screen, RunsScreen), "the runs")
        await opened.press("escape", "minus")
        await until(opened.pilot, lambda: isinstance(opened.app.screen, RunsScreen), "the runs again")


async def test_what_was_opened_last_has_the_cursor_the_next_time(open_app: Open) -> None:
    async with open_app() as opened:
        await opened.open_process("plan rollover")
    async with open_app() as opened:
        await opened.shows("model idle")
        await until(opened.pilot, lambda: cursor(opened) == "Plan rollover", "the cursor")
        await opened.press("slash")
        await opened.type("nightly")
        await opened.shows("filter: nightly")
        assert opened.app.screen.query_one(KeyedTable)._cursor == 0


async def test_the_cursor_stays_where_the_operator_put_it(open_app: Open) -> None:
    async with open_app() as opened:
        await opened.open_process("plan rollover")
        await opened.press("escape", "escape")
        await opened.press("home", "down")
        name = cursor(opened)
        await opened.press("R")
        await opened.shows("model idle")
        assert cursor(opened) == name


async def test_enter_close_behind_a_word_takes_what_is_on_top_for_all_of_it(open_app: Open) -> None:
    async with open_app() as opened:
        await opened.shows("model idle")
        await opened.press("colon")
        await opened.type("log")
        await opened.shows("The app's own log")
        for typed in (" ", "o", "u", "t"):
            opened.app.post_message(events.Key("space" if typed == " " else typed, typed))
        opened.app.post_message(events.Key("enter", None))
        await until(
            opened.pilot, lambda: not isinstance(opened.app.screen, CommandPalette), "the chosen place"
        )
        await opened.pause()
        assert not isinstance(opened.app.screen, LogScreen)


async def test_the_palette_waits_for_no_other_work_of_the_app(open_app: Open) -> None:
    async with open_app() as opened:
        await opened.shows("model idle")
        sweep = opened.app.run_worker(asyncio.Event().wait(), group="as long as the night")
        await opened.press("colon")
        await opened.type("price upd")
        await opened.shows("Open the process")
        await until(
            opened.pilot,
            lambda: all(w.is_finished for w in opened.app.workers if w.node is opened.app.screen),
            "the end of the search",
        )
        await opened.pilot.press("enter")
        await opened.shows("History on the service")
        sweep.cancel()
