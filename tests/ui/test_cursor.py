"""The cursor's position while rows arrive and runs go on; and every key produces a message."""

from dataclasses import replace

import pytest
from textual.app import App, ComposeResult
from textual.content import Content

from anaplan_tui.core import text
from anaplan_tui.core.snapshots import Origin, Phase, Step, Verdict
from anaplan_tui.ui.screens.catalog import CatalogScreen
from anaplan_tui.ui.screens.run.columns import panel_width
from anaplan_tui.ui.screens.run.screen import RunScreen
from anaplan_tui.ui.screens.triage.screen import TriageScreen
from anaplan_tui.ui.widgets.keyed_table import Column, KeyedTable
from anaplan_tui.ui.words import shortened
from tests.support.apps import Open, Opened, until
from tests.support.values import LIVE


class Listing(App[None]):
    def compose(self) -> ComposeResult:
        yield KeyedTable[int]((Column("N", lambda n: f"number {n}"),), key=str)


def table_of(app: App[None]) -> KeyedTable[int]:
    return app.query_one(KeyedTable)


async def test_the_top_stays_the_top_while_rows_arrive() -> None:
    async with Listing().run_test(size=(40, 8)) as pilot:
        table = table_of(pilot.app)
        table.show([5])
        for newest in (6, 7, 8, 30):
            table.show(range(newest, 4, -1))
            assert table.current == newest


async def test_a_row_that_the_operator_chose_keeps_the_cursor_in_view() -> None:
    async with Listing().run_test(size=(40, 8)) as pilot:
        table = table_of(pilot.app)
        table.show(range(9, 4, -1))
        table.focus()
        await pilot.press("j")
        assert table.current == 8
        table.show(range(60, 4, -1))
        assert table.current == 8
        await pilot.pause()
        assert "number 8" in "\n".join(str(table.render_line(y).text) for y in range(table.size.height))


async def test_another_list_begins_at_its_top_again() -> None:
    async with Listing().run_test(size=(40, 8)) as pilot:
        table = table_of(pilot.app)
        table.show(range(9))
        table.focus()
        await pilot.press("j", "j")
        table.show(())
        table.show([3])
        table.show([4, 3])
        assert table.current == 4


@pytest.mark.parametrize(("key", "other"), [("ctrl+f", "ctrl+b"), ("space", "ctrl+u")])
async def test_pages_are_turned_by_the_height_of_the_table(key: str, other: str) -> None:
    async with Listing().run_test(size=(40, 8)) as pilot:
        table = table_of(pilot.app)
        table.show(range(40))
        table.focus()
        await pilot.press(key)
        assert table.current == 6
        await pilot.press(other)
        assert table.current == 0


async def test_the_highlight_goes_along_with_the_run_until_it_is_moved(open_app: Open) -> None:
    async with open_app() as opened:
        await opened.shows("model idle")
        steps = [Step.WAITING] * len(LIVE.actions)

        async def runs(number: int) -> None:
            now = [Step.PASSED] * number + [Step.RUNNING] + steps[number + 1 :]
            actions = tuple(replace(a, step=s) for a, s in zip(LIVE.actions, now, strict=True))
            opened.desk.store.put_run(replace(LIVE, actions=actions))
            await opened.pause()

        await runs(0)
        await opened.app.push_screen(RunScreen(LIVE.run_id))
        screen = opened.app.screen
        assert isinstance(screen, RunScreen)
        await runs(1)
        assert screen.action is not None
        assert screen.action.id == LIVE.actions[1].id
        await opened.press("k")
        await runs(2)
        assert screen.action.id == LIVE.actions[0].id


def test_states_are_ordered_by_severity() -> None:
    ended = [replace(LIVE, phase=Phase.ENDED, verdict=verdict) for verdict in Verdict]
    ordered = sorted((*ended, LIVE), key=text.severity)
    assert [run.verdict for run in ordered] == [
        Verdict.FAILED,
        Verdict.WARNINGS,
        Verdict.UNKNOWN,
        Verdict.CANCELLED,
        None,
        Verdict.COMPLETED,
    ]


@pytest.mark.parametrize(("width", "panel"), [(80, 0), (112, 36), (120, 42), (200, 100)])
def test_the_panel_takes_the_room_that_is_there(width: int, panel: int) -> None:
    assert panel_width(width) == panel


@pytest.mark.parametrize(
    ("width", "table", "panel"), [(80, 90, 0), (120, 80, 40), (120, 99, 36), (200, 90, 100)]
)
def test_the_panel_makes_room_for_names_as_far_as_it_can(width: int, table: int, panel: int) -> None:
    assert panel_width(width, table) == panel


class Timed(App[None]):
    def __init__(self, columns: tuple[Column[int], ...]) -> None:
        super().__init__()
        self._columns = columns

    def compose(self) -> ComposeResult:
        yield KeyedTable[int](self._columns, key=str)


async def test_a_column_of_times_is_as_wide_as_they_are() -> None:
    columns: tuple[Column[int], ...] = (
        Column("WHEN UTC", lambda n: "03:10" if n < 100 else "12 Nov 03:10", width=15, fitted=True),
        Column("NAME", lambda n: f"a name of {n} that needs room"),
    )

    async with Timed(columns).run_test(size=(40, 8)) as pilot:
        table: KeyedTable[int] = pilot.app.query_one(KeyedTable)
        table.show([1, 2])
        head = table.render_line(0).text
        assert head.index("NAME") == len("▸ WHEN UTC  ")
        table.show([1, 200])
        assert table.render_line(0).text.index("NAME") == len("▸ 12 Nov 03:10  ")


@pytest.mark.parametrize("key", ["d", "e", "Z", "ctrl+e", "u", "&", "f"])
async def test_no_key_does_nothing(open_app: Open, key: str) -> None:
    async with open_app(size=(80, 24)) as opened:
        await opened.shows("model idle")
        before = len(opened.app.record.entries)
        await opened.press(key)
        await until(opened.pilot, lambda: len(opened.app.record.entries) > before, "a message")
        assert isinstance(opened.app.screen, CatalogScreen)


def ended_here(opened: Opened) -> bool:
    """Say whether a run from here has ended; those of others end, too."""
    return any(not run.live for run in opened.desk.store.runs if run.origin is Origin.HERE)


async def test_from_a_line_of_the_catalog_to_the_rows(open_app: Open) -> None:
    async with open_app() as opened:
        await opened.run_process("nightly load")
        await until(opened.pilot, lambda: ended_here(opened), "the end of the run from here")
        await opened.press("escape", "escape", "escape")
        await until(opened.pilot, lambda: isinstance(opened.app.screen, CatalogScreen), "the catalog")
        await opened.press("o")
        await until(opened.pilot, lambda: isinstance(opened.app.screen, TriageScreen), "the triage")
        await opened.shows("Regions from regions.csv · dump of")


@pytest.mark.parametrize("width", [40, 60, 78])
def test_the_last_words_of_a_sentence_stay(width: int) -> None:
    said = (
        "Nightly load failed: 77 of 90 rows rejected; 1,234 rows rejected in Sales; press r to run it again"
    )
    short = shortened(Content(said), width)
    assert short.cell_length <= width
    assert short.plain.startswith("Nightly load")
    assert short.plain.endswith("run it again")
    assert shortened(Content("short"), width).plain == "short"
