"""The catalog after a night: the runs that need attention first, with reasons, whoever started them."""

from datetime import UTC, datetime, timedelta

import pytest

from anaplan_tui.core.history.progress import Progress, Summary
from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.server import DemoServer
from anaplan_tui.ui.screens.attention import Attention, cause_of, night_words
from anaplan_tui.ui.screens.catalog import CatalogScreen
from anaplan_tui.ui.screens.triage.screen import TriageScreen
from tests.support.apps import Open, Opened, on, until

SHOWPIECE = "118000000042"
NOW = datetime(2026, 11, 27, 7, 5, tzinfo=UTC)


def _lines(opened: Opened) -> list[str]:
    return opened.text.splitlines()


async def _the_night_stands(opened: Opened) -> CatalogScreen:
    home = opened.app.screen_stack[0]
    assert isinstance(home, CatalogScreen)
    await until(
        opened.pilot,
        lambda: "1 failed, 3 " in _lines(opened)[1] and "read" not in _lines(opened)[1],
        "the night's verdicts",
    )
    return home


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
@on("night", speed=1.0)
async def test_what_needs_attention_stands_first_with_its_reason(
    open_app: Open, size: tuple[int, int]
) -> None:
    async with open_app(size=size) as opened:
        home = await _the_night_stands(opened)
        ranks = [row.attention for row in home.table.shown]
        assert ranks == sorted(ranks)
        assert ranks[:5] == [Attention.RUNNING, Attention.FAILED, *[Attention.WARNINGS] * 3]
        rest = [row.item.id for row in home.table.shown if row.attention is Attention.NONE]
        listed = [item.id for item in await opened.desk.catalog(home.table.shown[0].item.ref.kind)]
        assert rest == [id_ for id_ in listed if id_ in set(rest)]
        failed = next(line for line in _lines(opened) if "✗" in line)
        assert "● ✗ 2 cells rejected: Item" in failed


@on("night", speed=1.0)
async def test_only_what_needs_attention_and_what_was_opened_does_not(open_app: Open) -> None:
    async with open_app() as opened:
        home = await _the_night_stands(opened)
        await opened.press("exclamation_mark")
        assert len(home.table.shown) == 5
        failed = next(row for row in home.table.shown if row.attention is Attention.FAILED)
        assert failed.run is not None
        opened.app.jobs.runs.open_run_by_id(failed.run.run_id)  # type: ignore[union-attr]
        await opened.shows("Store targets")
        await until(opened.pilot, lambda: len(opened.app.screen_stack) == 2, "the run's screen")
        await opened.press("escape")
        await until(opened.pilot, lambda: len(home.table.shown) == 4, "the line without its mark")
        await opened.press("exclamation_mark")
        assert len(home.table.shown) == 46
    async with open_app() as opened:  # the journal remembers that it was seen
        home = await _the_night_stands(opened)
        assert Attention.FAILED not in [row.attention for row in home.table.shown]


def _home(opened: Opened) -> CatalogScreen:
    home = opened.app.screen_stack[0]
    assert isinstance(home, CatalogScreen)
    return home


def _is_unseen(home: CatalogScreen, item_id: str) -> bool:
    return any(row.unseen for row in home.table.items if row.item.id == item_id)


async def _look_at_rows(opened: Opened, home: CatalogScreen, item_id: str) -> None:
    """Open the rows of a line that nobody opened, and come back."""
    await until(opened.pilot, lambda: _is_unseen(home, item_id), "a line that nobody opened")
    home.table.move_to(item_id)
    await opened.press("o")
    await until(
        opened.pilot,
        lambda: isinstance(opened.app.screen, TriageScreen) or "There is no triage" in opened.text,
        "the rows, or that there are none",
    )
    await opened.press("escape")
    await until(opened.pilot, lambda: opened.app.screen is home, "the list again")


async def test_a_run_whose_rows_were_looked_at_is_seen(open_app: Open) -> None:
    async with open_app() as opened:
        home = opened.app.screen_stack[0]
        assert isinstance(home, CatalogScreen)
        await until(opened.pilot, lambda: bool(home.table.items), "the list")
        await _look_at_rows(opened, home, SHOWPIECE)
        await until(opened.pilot, lambda: not _is_unseen(home, SHOWPIECE), "the line without its mark")


async def test_rows_that_are_on_disk_are_read_also_when_anaplan_is_away(
    open_app: Open, tenant: DemoServer
) -> None:
    async with open_app() as opened:
        home = _home(opened)
        await until(opened.pilot, lambda: _is_unseen(_home(opened), SHOWPIECE), "the night's verdicts")
        home.table.move_to(SHOWPIECE)
        await opened.press("D")
        await opened.shows("2 files fetched")
    tenant.faults.add(Fault("* *", "status", status=503, count=None))
    async with open_app() as opened:
        again = _home(opened)
        await until(opened.pilot, lambda: bool(again.table.items), "the list from the journal")
        again.table.move_to(SHOWPIECE)
        await opened.press("o")
        await until(opened.pilot, lambda: isinstance(opened.app.screen, TriageScreen), "the rows")


@on("night", speed=1.0)
async def test_a_run_whose_rows_cannot_be_had_still_wants_a_look(open_app: Open) -> None:
    async with open_app() as opened:
        home = await _the_night_stands(opened)
        failed = next(row for row in home.table.shown if row.attention is Attention.FAILED)
        await _look_at_rows(opened, home, failed.item.id)
        assert failed.run is not None
        known = await opened.desk.history.newest()
        assert not known[failed.item.id].seen
        assert not opened.app.was_opened(failed.run.run_id)
        assert _is_unseen(home, failed.item.id)


@on("night", speed=1.0)
async def test_the_night_stands_before_anything_is_answered(open_app: Open, tenant: DemoServer) -> None:
    async with open_app() as opened:
        await _the_night_stands(opened)
    tenant.stop()
    async with open_app(size=(80, 24)) as opened:
        await opened.shows("as of")
        await opened.shows("● ✗ 2 cells rejected: Item")
        assert "1 failed, 3 warnings" in _lines(opened)[1]


def test_the_line_of_the_night() -> None:
    summary = Summary(NOW - timedelta(hours=9), runs=26, failed=1, warnings=3, running=1)
    whole, half = Progress(45, 45, looked_at=NOW), Progress(312, 5000)
    assert "26 runs, 1 failed, 3 with warnings, 1 running" in night_words(summary, whole, NOW, wide=True)
    assert night_words(summary, half, NOW, wide=False).endswith("300 of 5,000 lists read")
    assert "yesterday" not in night_words(summary, whole, NOW, wide=False)


@pytest.mark.parametrize(
    ("reason", "cell"),
    [
        ("Regions failed: 77 of 90 rows rejected", "77 of 90 rows rejected"),
        ("13 rows rejected in Inventory", "13 rows rejected in Inventory"),
        ("Load failed: ", "Load failed: "),
        ("", ""),
    ],
)
def test_the_cause_comes_first(reason: str, cell: str) -> None:
    assert cause_of(reason) == cell
