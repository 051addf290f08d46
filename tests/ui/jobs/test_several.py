"""Marked lines: marks are kept, and D, b and r work on all marked lines or say what they skip."""

import zipfile
from dataclasses import replace
from typing import Any

import pytest
from textual.screen import Screen

from anaplan_tui.core.history.each_once import live_id
from anaplan_tui.core.snapshots import Phase, RunSnapshot
from anaplan_tui.ui import commands as c
from anaplan_tui.ui.jobs.listed import Skipped, skipped_words
from anaplan_tui.ui.screens.attention import Row
from anaplan_tui.ui.screens.catalog import CatalogScreen
from anaplan_tui.ui.screens.help import HelpScreen
from anaplan_tui.ui.screens.process import ProcessScreen
from anaplan_tui.ui.screens.runs import RunsScreen
from anaplan_tui.ui.screens.several import QueueSeveral
from anaplan_tui.ui.widgets.keyed_table import MARK, KeyedTable
from tests.support.apps import Open, Opened, lines_stand, on, until

FAILED = "118000000042"
WITH_DUMPS = ("Inventory sync", "Store budget load")


async def _home(opened: Opened) -> CatalogScreen:
    """Return the catalog with the night's verdicts."""
    home = opened.app.screen_stack[0]
    assert isinstance(home, CatalogScreen)

    def stands() -> bool:
        title = opened.text.splitlines()[1]
        return " failed, " in title and opened.desk.history.progress.whole

    await until(opened.pilot, stands, "the verdicts of the night")
    return home


def _goes(opened: Opened, place: type[Screen[Any]]) -> bool:
    return isinstance(opened.app.screen, place)


def _names(table: KeyedTable[Row]) -> list[str]:
    return [row.item.name for row in table.marked]


async def _mark(opened: Opened, home: CatalogScreen, *names: str) -> None:
    for name in names:
        home.table.move_to(next(row.item.id for row in home.table.items if row.item.name == name))
        await opened.press("space")


def _footer(opened: Opened) -> str:
    return opened.text.splitlines()[-1]


@on(speed=0.01)  # lines change places as others run things
@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_a_mark_is_a_character_and_title_and_footer_count_them(
    open_app: Open, size: tuple[int, int]
) -> None:
    async with open_app(size=size) as opened:
        home = await _home(opened)
        await lines_stand(opened)
        await opened.press("g", "space", "j", "space")
        assert [line[1] for line in opened.text.splitlines()[3:6]] == [MARK, " ", MARK]
        assert opened.text.splitlines()[1].startswith(" 2 marked · Processes 45")
        for words in ("D dumps (2)", "r queue (2)", "b bundles (2)", "esc clear"):
            assert words in _footer(opened)
        await opened.press("k", "space")
        assert len(home.table.marked) < 2
        await opened.press("escape")
        assert home.table.marked == ()
        assert "marked" not in opened.text
        assert "(2)" not in _footer(opened)


async def test_marks_outlive_order_filter_narrowing_and_news(open_app: Open) -> None:
    async with open_app() as opened:
        home = await _home(opened)
        await _mark(opened, home, "Nightly load", "Clean products")
        await opened.press("s", "S")
        order = [row.item.name for row in home.table.shown]
        assert _names(home.table) == sorted(["Nightly load", "Clean products"], key=order.index)
        await opened.press("exclamation_mark")
        await opened.shows("2 marked, 1 not shown · ")
        assert _names(home.table) == ["Nightly load", "Clean products"]
        await opened.press("exclamation_mark", "R", "slash", *"store", "space", *"budget", "enter")
        await until(opened.pilot, lambda: _goes(opened, ProcessScreen), "the only match")
        await opened.press("escape")
        assert len(home.table.shown) == 1
        await opened.press("space")
        await opened.shows("3 marked, 2 not shown · ")
        assert _names(home.table)[0] == "Store budget load"
        await opened.press("escape")
        assert not home.table.needle
        await opened.shows("3 marked · ")
        await opened.press("escape")
        assert home.table.marked == ()


async def test_a_line_that_vanishes_loses_its_mark_and_one_that_has_another_key_keeps_it(
    open_app: Open,
) -> None:
    async with open_app() as opened:
        home = await _home(opened)
        await _mark(opened, home, "Nightly load", "Clean products")
        without = [row for row in home.table.items if row.item.id != FAILED]
        with_it = home.table.items
        home.table.show(without)
        home.table.show(with_it)
        assert _names(home.table) == ["Clean products"]
        await opened.press("escape", "t")
        await opened.shows(" 0 here, ")
        screen = opened.app.screen
        assert isinstance(screen, RunsScreen)
        ended: RunSnapshot = screen.table.items[3]
        assert ended.task_id is not None
        going_on = replace(ended, run_id=live_id(ended.task_id), phase=Phase.RUNNING, verdict=None)
        screen._arrange(tuple(going_on if run.task_id == ended.task_id else run for run in screen._runs))
        screen.table.move_to(going_on.run_id)
        await opened.press("space", "k")
        screen._arrange(tuple(ended if run.task_id == ended.task_id else run for run in screen._runs))
        assert [run.run_id for run in screen.table.marked] == [ended.run_id]
        assert screen.table.current == ended


@on(speed=0.1)
async def test_r_asks_once_and_queues_in_the_order_shown(open_app: Open) -> None:
    async with open_app() as opened:
        home = await _home(opened)
        names = ("Daily sales flash", "FX rates refresh", "Actuals load")
        await _mark(opened, home, *names)
        await opened.press("s", "S")
        shown = [row.item.name for row in home.table.shown if row.item.name in names]
        await opened.press("r")
        await opened.shows("Queue 3 runs on Demand plan?")
        await opened.shows("Queue 3 ")
        question = opened.text
        assert sorted(shown, key=question.index) == shown
        await opened.press("escape")
        assert not opened.desk.queue.run_ids
        assert sorted(_names(home.table)) == sorted(names)
        await opened.press("r")
        await opened.shows("Queue 3 ")
        await opened.press("y")
        await opened.shows("3 runs entered the queue")
        ours = [run for run in opened.desk.store.runs if run.name in names]
        waiting = [opened.desk.store.run(run_id) for run_id in opened.desk.queue.run_ids]
        queued = [run.name for run in waiting if run is not None]
        assert len(ours) == 3
        assert queued == shown[3 - len(queued) :]
        assert len(queued) >= 2
        assert home.table.marked == ()
        assert opened.app.screen is home


async def test_the_dumps_of_all_marked_come_and_what_has_none_is_named(open_app: Open) -> None:
    async with open_app() as opened:
        home = await _home(opened)
        await _mark(opened, home, *WITH_DUMPS, "Headcount snapshot", "Clean products")
        await opened.press("D")
        await opened.shows("2 files fetched, exact. Skipped ")
        assert len(list((opened.directory / "dumps").rglob("*.csv"))) == 2
        detail = next(entry.detail for entry in reversed(opened.app.record.entries) if entry.detail)
        assert "'Headcount snapshot': neither Anaplan nor the journal knows a run of it." in detail
        assert "'Clean products': " in detail
        assert len(home.table.marked) == 4
        await opened.press("D")
        await opened.shows("Nothing to fetch: 2 on disk already.")


async def test_a_bundle_of_each_marked_run_is_written(open_app: Open) -> None:
    async with open_app() as opened:
        home = await _home(opened)
        await _mark(opened, home, *WITH_DUMPS, "Headcount snapshot")
        await opened.press("b")
        await opened.shows("Bundle 2 runs for the owner?")
        await opened.shows("Skipped 'Headcount snapshot'")
        await opened.shows("2 dumps are not on disk.")
        await opened.press("y")
        await opened.shows("2 bundles written")
        bundles = list((opened.directory / "dumps").rglob("*.zip"))
        assert len(bundles) == 2
        for bundle in bundles:
            assert any(name.endswith(".csv") for name in zipfile.ZipFile(bundle).namelist())


@on("night", speed=1.0)
async def test_a_run_that_goes_on_is_named_and_skipped(open_app: Open) -> None:
    async with open_app() as opened:
        await opened.shows("1 failed, 3 with warnings, 1 running")
        await opened.press("t")
        await opened.shows(" 0 here, ")
        screen = opened.app.screen
        assert isinstance(screen, RunsScreen)
        await until(opened.pilot, lambda: screen.table.shown[0].live, "the live run")
        live = screen.table.shown[0]
        await opened.press("g", "space")
        assert screen.obstacle(c.DUMPS_OF_LINE).startswith("This run still goes on")
        assert "D dumps" not in _footer(opened)
        failed = next(run for run in screen.table.shown if "failed" in run.reason)
        screen.table.move_to(failed.run_id)
        await opened.press("space")
        assert not screen.obstacle(c.DUMPS_OF_LINE)
        await opened.press("r")
        await opened.shows("Queue 1 run on Demand plan?")
        await opened.shows(f"Skipped '{live.name}'")
        await opened.shows("This run still goes on.")
        assert _goes(opened, QueueSeveral)
        await opened.press("escape", "escape")
        await until(opened.pilot, lambda: _goes(opened, RunsScreen), "the list again")
        assert screen.table.marked == ()
        await opened.press("escape")
        assert opened.app.screen is opened.app.screen_stack[0]


async def test_runs_of_a_history_are_marked_too(open_app: Open) -> None:
    async with open_app() as opened:
        await opened.run_process("inventory sync")
        await opened.press("escape")
        screen = opened.app.screen
        assert isinstance(screen, ProcessScreen)
        await until(opened.pilot, lambda: len(screen.history.items) > 1, "both runs")
        await opened.press("g", "space", "space")
        await opened.shows("2 marked · History on the service")
        await opened.press("D")
        await opened.shows("was not fetched")  # the newer run removed the older one's dump
        assert len(list((opened.directory / "dumps").rglob("*.csv"))) == 1
        await opened.press("escape")
        assert opened.app.screen is screen
        await opened.press("escape")
        assert opened.app.screen is opened.app.screen_stack[0]


async def test_help_says_what_marks_are_for(open_app: Open) -> None:
    async with open_app() as opened:
        await _home(opened)
        await opened.press("question_mark")
        await until(opened.pilot, lambda: _goes(opened, HelpScreen), "the help")
        assert "space       Mark the line" in opened.text


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, ""),
        (1, "Skipped 'A': it still runs."),
        (2, "Skipped 'A', 'B'; L says why."),
        (4, "Skipped 'A', 'B' and 2 more; L says why."),
    ],
)
def test_what_was_skipped(count: int, words: str) -> None:
    assert skipped_words([Skipped(f"'{name}'", "it still runs.") for name in "ABCD"[:count]]) == words
