"""The list of runs: the newest, those of others, and the text where nothing is known."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from anaplan_tui.core.catalog import TaskItem
from anaplan_tui.core.history.budget import AT_ONCE, Budget
from anaplan_tui.core.history.progress import Noticed, Progress
from anaplan_tui.core.snapshots import Origin, RunSnapshot, Verdict
from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.server import DemoServer
from anaplan_tui.ui.screens.attention import Row
from anaplan_tui.ui.screens.catalog import CatalogScreen
from anaplan_tui.ui.screens.dialog import Question
from anaplan_tui.ui.screens.process import ProcessScreen
from anaplan_tui.ui.screens.run.screen import RunScreen
from anaplan_tui.ui.screens.runs import RunsScreen
from anaplan_tui.ui.screens.runs_words import further_words
from anaplan_tui.ui.screens.save_as import PathDialog
from anaplan_tui.ui.widgets.keyed_table import KeyedTable
from tests.support.apps import Open, Opened, on, until

SHOWPIECE = "118000000042"


def catalog_row(opened: Opened) -> Row:
    """Return the line of Nightly load in the catalog."""
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
        await opened.shows("No run is known since")
        await opened.shows("> shows one day more.")
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
        await until(opened.pilot, lambda: any(run.live for run in runs_shown(opened)), "the live run")
        assert runs_shown(opened)[0].live
        assert runs_shown(opened)[0].name.startswith("FX rates")
        await opened.shows("busy: FX rat")
        await opened.press("g", "enter")
        await until(opened.pilot, lambda: any(run.live for run in opened.desk.store.runs), "the watched run")


@on("many")
async def test_of_thousands_no_more_is_asked_at_once_than_the_budget_allows(
    open_app: Open, tenant: DemoServer
) -> None:
    async with open_app() as opened:
        await opened.shows("Processes 5,000")
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


async def _the_night(opened: Opened) -> RunsScreen:
    """Open the list of runs, once the sweep has judged what others ran."""
    await opened.shows("1 failed, 3 ")
    await opened.press("t")
    await opened.shows(" 0 here, ")
    screen = opened.app.screen
    assert isinstance(screen, RunsScreen)
    return screen


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
@on("night", speed=1.0)
async def test_the_night_says_whose_runs_are_and_which_nobody_opened(
    open_app: Open, size: tuple[int, int]
) -> None:
    async with open_app(size=size) as opened:
        screen = await _the_night(opened)
        heading = opened.text.splitlines()[1]
        count = len(runs_shown(opened))
        assert re.search(rf"Runs since (yesterday )?\d\d:\d\d: {count} · 0 here, {count} elsewhere", heading)
        head = opened.text.splitlines()[2]
        assert head.split()[-1] == ("BY" if size[0] > 80 else "UTC")
        await opened.press("exclamation_mark")
        assert len(runs_shown(opened)) == 5
        failed = next(line for line in opened.text.splitlines() if "✗ failed" in line)
        assert "● Store" in failed
        assert ("elsewhere" in failed) is (size[0] > 80)
        assert "(here)" not in failed
        await opened.press("slash", *"failed", "enter")
        await until(opened.pilot, lambda: isinstance(opened.app.screen, RunScreen), "the failed run")
        await opened.press("escape", "escape")
        await until(opened.pilot, lambda: len(screen.table.shown) == 4, "the line without its mark")
        await opened.press("exclamation_mark")
        assert len(runs_shown(opened)) == count


@on("night", speed=1.0)
async def test_by_severity_what_failed_stands_first(open_app: Open) -> None:
    async with open_app() as opened:
        await _the_night(opened)
        assert runs_shown(opened)[0].live
        await opened.press("s")
        verdicts = [run.verdict for run in runs_shown(opened) if not run.live]
        assert verdicts[:4] == [Verdict.FAILED, *[Verdict.WARNINGS] * 3]
        assert set(verdicts[4:]) == {Verdict.COMPLETED}


async def test_a_day_more_shows_what_the_journal_knows_of_it(open_app: Open) -> None:
    async with open_app() as opened:
        await opened.run_process("month end")
        (ran,) = (run for run in opened.desk.store.runs if run.origin is Origin.HERE)
        began = datetime.now(UTC) - timedelta(hours=opened.desk.settings.history.window + 20)
        earlier = replace(ran, run_id="earlier", task_id="EARLIER", started_at=began)
        opened.desk.store.put_run(earlier)
        history, gate = opened.desk.history, asyncio.Event()
        history._budget = history.sweep._budget = Budget(1, sleep=lambda _: gate.wait())
        history._budget.start_from(0.0, 0.0)
        gate.set()
        await opened.press("t")
        await opened.shows("· 1 here")
        assert "earlier" not in {run.run_id for run in runs_shown(opened)}
        await opened.press("greater_than_sign")
        await opened.shows("· 2 here")
        assert "earlier" in {run.run_id for run in runs_shown(opened)}
        gate.clear()
        await opened.press("greater_than_sign")
        await opened.shows("reading further back …")
        gate.set()
        await opened.shows("; Anaplan knows no more.")
        assert "reading further back" not in opened.text


@pytest.mark.parametrize(
    ("looked", "said"),
    [
        (Progress(45, 45), "2 runs; Anaplan knows no more."),
        (
            Progress(45, 45, by="guard"),
            "2 runs, as the journal knows: a guard asks Anaplan, and looks back 24 h.",
        ),
        (Progress(asleep=True), "2 runs, as the journal knows: the model is closed and was not woken."),
        (Progress(3, 45, problem="HTTP 500"), "2 runs; not everything could be read: HTTP 500"),
    ],
)
def test_of_a_day_more_it_says_why_that_may_not_be_all(looked: Progress, said: str) -> None:
    assert further_words("2 runs", looked, timedelta(hours=24)) == said


@on("night", speed=1.0)
async def test_the_list_reads_the_journal_once_for_many_notices(
    open_app: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_app() as opened:
        screen = await _the_night(opened)
        await until(opened.pilot, lambda: not screen._is_reading, "the end of reading")
        reads: list[int] = []
        recent_runs = opened.desk.remembered.recent

        async def counted(limit: int = 200) -> tuple[RunSnapshot, ...]:
            reads.append(limit)
            return await recent_runs(limit)

        monkeypatch.setattr(opened.desk.remembered, "recent", counted)
        for _ in range(50):
            screen._noticed(Noticed())
        await until(opened.pilot, lambda: not screen._is_reading, "the end of the second reading")
        assert 1 <= len(reads) <= 2


async def test_a_list_that_is_still_being_read_is_not_said_to_be_empty(
    open_app: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_app() as opened:
        await opened.shows("model idle")
        gate = asyncio.Event()
        recent_runs = opened.desk.remembered.recent

        async def held(limit: int = 200) -> tuple[RunSnapshot, ...]:
            await gate.wait()
            return await recent_runs(limit)

        monkeypatch.setattr(opened.desk.remembered, "recent", held)
        await opened.press("t")
        await until(opened.pilot, lambda: isinstance(opened.app.screen, RunsScreen), "the runs")
        screen = opened.app.screen
        assert isinstance(screen, RunsScreen)
        await opened.press("enter")
        await opened.shows("The list is still being read.")
        gate.set()
        await until(opened.pilot, lambda: not screen.table.is_awaited, "it has read")
        await opened.press("slash")
        await opened.type("no such run")
        await opened.press("enter", "enter")
        await opened.shows("There is no run in the list.")


async def move_to_run(opened: Opened, true: Callable[[RunSnapshot], bool]) -> RunSnapshot:
    """Put the catalog's cursor on the line of such a run, which may not be in the list yet."""
    home = opened.app.screen_stack[0]
    assert isinstance(home, CatalogScreen)

    def lines() -> list[tuple[str, RunSnapshot]]:
        return [(line.item.id, line.run) for line in home.table.items if line.run and true(line.run)]

    await until(opened.pilot, lambda: bool(lines()), "a line of such a run")
    (found, *_) = lines()
    home.table.move_to(found[0])
    return found[1]


@on("night", speed=1.0)
async def test_lines_of_a_history_show_rows_and_bundle_or_say_why_not(open_app: Open) -> None:
    async with open_app() as opened:
        await opened.shows("1 failed, 3 with warnings")
        failed = await move_to_run(opened, lambda run: run.verdict is Verdict.FAILED)
        await opened.press("enter")
        await until(opened.pilot, lambda: isinstance(opened.app.screen, ProcessScreen), "its screen")
        await until(opened.pilot, lambda: bool(history_of(opened).items), "its history")
        current = history_of(opened).current
        assert current is not None
        assert current.task_id == failed.task_id
        await opened.press("x")
        await opened.shows("This run has ended; there is nothing to cancel.")
        await opened.press("b")
        await until(
            opened.pilot,
            lambda: isinstance(opened.app.screen, Question | PathDialog),
            "the question before the fetch, or its directory",
        )
        await opened.press("escape", "o")
        await opened.shows("There is no triage: the service no longer has this dump")
        said = " ".join(opened.text.split())
        assert "or another user's. Run it again" in said, "the scheduler's run, and the advice"


@on("night", speed=1.0)
async def test_a_line_of_a_history_that_goes_on_says_so(open_app: Open) -> None:
    async with open_app() as opened:
        await move_to_run(opened, lambda run: run.live)
        await opened.press("enter")
        await until(opened.pilot, lambda: isinstance(opened.app.screen, ProcessScreen), "its screen")
        await until(opened.pilot, lambda: bool(history_of(opened).items), "its history")
        for key in ("o", "b", "D"):
            await opened.press(key)
            await opened.shows("This run still goes on")
        await opened.press("x")
        await opened.shows("It is not watched from here; open it (Enter)")
