"""A column of names is as wide as they are, and leaves the rest of the line to the other columns."""

from collections.abc import Awaitable, Callable

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from anaplan_tui.ui.widgets.keyed_table import Column, KeyedTable
from tests.support.apps import screen_text

SAID = "what is said of it " * 20
NAMES = ("Nightly exports to warehouse", "東京 load", "x")


class Names(App[None]):
    """A table of names."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__()
        self._names = names

    def compose(self) -> ComposeResult:
        yield KeyedTable[str](
            (
                Column("NAME", str, fitted=True, sort=str),
                Column("SAID", lambda _: SAID),
                Column("ID", lambda n: f"{len(n)}", width=4),
            ),
            key=str,
            empty="none",
        )

    def on_mount(self) -> None:
        self.query_one(KeyedTable).show(self._names)


@pytest.mark.parametrize("width", [80, 120, 200])
async def test_names_are_whole_and_the_rest_is_used(width: int) -> None:
    async with Names(NAMES).run_test(size=(width, 10)) as pilot:
        await pilot.pause()
        head, first, *_ = screen_text(pilot).splitlines()
        assert NAMES[0] in first
        assert head.index("SAID") == head.index("NAME") + len(NAMES[0]) + 2
        assert len(first.rstrip()) > width - 8
        pilot.app.query_one(KeyedTable).update("x")
        await pilot.pause()
        assert screen_text(pilot).splitlines()[0] == head


async def test_a_long_name_takes_half_at_most() -> None:
    async with Names(("n" * 300,)).run_test(size=(80, 10)) as pilot:
        await pilot.pause()
        head, first, *_ = screen_text(pilot).splitlines()
        assert 30 < head.index("SAID") < 42
        assert "…" in first[: head.index("SAID")]


async def test_a_column_that_its_arrow_widens_moves_every_row() -> None:
    app = Names(("a", "b", "c"))
    async with app.run_test(size=(80, 10)) as pilot:
        table = app.query_one(KeyedTable)
        for _ in range(3):
            await pilot.pause()
            head, *rows = screen_text(pilot).splitlines()[:4]
            assert [row.index(SAID[:9]) for row in rows] == [head.index("SAID")] * 3
            table.sort_next()


class Cells(App[None]):
    """A table of three rows whose first cell can be made longer."""

    first = "b"

    def compose(self) -> ComposeResult:
        yield KeyedTable[str](self.columns(), key=str)

    def columns(self, *, turned: bool = False) -> tuple[Column[str], ...]:
        name: Column[str] = Column("NAME", lambda key: self.first if key == "b" else key, fitted=True)
        said: Column[str] = Column("SAID", lambda _: "said")
        number: Column[str] = Column("NO", lambda _: "7", width=4)
        return (number, said, name) if turned else (name, said, number)

    def on_mount(self) -> None:
        self.query_one(KeyedTable).show(("a", "b", "c"))


async def resized(pilot: Pilot[None], _table: KeyedTable[str]) -> None:
    await pilot.resize_terminal(120, 10)


async def outgrown(pilot: Pilot[None], table: KeyedTable[str]) -> None:
    assert isinstance(pilot.app, Cells)
    pilot.app.first = "longer than NAME"
    table.update("b")


async def turned(pilot: Pilot[None], table: KeyedTable[str]) -> None:
    assert isinstance(pilot.app, Cells)
    table.set_columns(pilot.app.columns(turned=True))


@pytest.mark.parametrize("change", [resized, outgrown, turned])
async def test_rows_stand_below_their_heads_after_a_change(
    change: Callable[[Pilot[None], KeyedTable[str]], Awaitable[None]],
) -> None:
    app = Cells()
    async with app.run_test(size=(80, 10)) as pilot:
        await pilot.pause()
        before = screen_text(pilot).splitlines()[0]
        await change(pilot, app.query_one(KeyedTable))
        await pilot.pause()
        head, *rows = screen_text(pilot).splitlines()[:4]
        assert head != before
        heads = (head.index("SAID"), head.index("NO"))
        assert [(row.index("said"), row.index("7")) for row in rows] == [heads] * 3
