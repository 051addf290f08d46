"""Only changes are sent, and no wide character is cut."""

from dataclasses import dataclass
from typing import Any

import pyte
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import RenderableType
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual._compositor import CompositorUpdate
from textual.app import App, ComposeResult
from textual.content import Content
from textual.screen import Screen
from textual.strip import Strip

from anaplan_tui.ui.widgets.keyed_table import Column, KeyedTable
from anaplan_tui.ui.widgets.painted import changed_span
from anaplan_tui.ui.workarounds import LeanPaint, lean
from tests.support.apps import screen_text

STYLES = [Style(), Style(bold=True), Style(color="red")]
LETTERS = st.text("ab 漢字é▶\N{COMBINING ACUTE ACCENT}\N{VARIATION SELECTOR-16}", max_size=25)
PIECES = st.lists(st.tuples(LETTERS, st.sampled_from(STYLES)), max_size=4)
WIDTH = 60


def strip_of(pieces: list[tuple[str, Style]]) -> Strip:
    return Strip([Segment(text, style) for text, style in pieces]).adjust_cell_length(WIDTH, Style())


def cells(strip: Strip) -> list[tuple[str, Style | None]]:
    return [(segment.text, segment.style) for x in range(WIDTH) for segment in strip.crop(x, x + 1)._segments]


@given(PIECES, PIECES)
def test_sending_the_span_makes_the_old_line_the_new_one(
    old: list[tuple[str, Style]], new: list[tuple[str, Style]]
) -> None:
    before, after = strip_of(old), strip_of(new)
    first, last = changed_span(before, after) or (0, 0)
    sent = Strip.join([before.crop(0, first), after.crop(first, last), before.crop(last, WIDTH)])
    assert sent.text == after.text
    assert cells(sent) == cells(after)


def test_the_same_line_sends_nothing() -> None:
    line = strip_of([("same", STYLES[0])])
    same = strip_of([("sa", STYLES[0]), ("me", STYLES[0])])
    assert changed_span(line, same) is None


@dataclass(frozen=True)
class Item:
    key: str
    name: str
    size: int | None = None


class TableApp(App[None]):
    def compose(self) -> ComposeResult:
        yield KeyedTable[Item](
            (
                Column("NAME", lambda i: i.name, sort=lambda i: i.name),
                Column("SIZE", lambda i: Content(str(i.size)), width=8, right=True, sort=lambda i: i.size),
                Column("WIDE", lambda _i: "only when wide", width=16, from_width=100),
            ),
            key=lambda i: i.key,
            match=lambda i: i.name,
            empty="Nothing here.",
        )

    @property
    def table(self) -> KeyedTable[Item]:
        return self.query_one(KeyedTable)


ITEMS = [Item("1", "pear", 3), Item("2", "apple", None), Item("3", "[/b] fig", 9), Item("4", "quince", 1)]


async def test_the_cursor_follows_its_item() -> None:
    app = TableApp()
    async with app.run_test(size=(40, 10)) as pilot:
        table = app.table
        table.focus()
        table.show(ITEMS)
        await pilot.press("j", "j")
        assert table.current == ITEMS[2]
        table.sort_next()
        assert [i.key for i in table.shown] == ["3", "2", "1", "4"]
        assert table.current == ITEMS[2]
        table.show([Item("0", "new", 5), *ITEMS])
        assert table.current == ITEMS[2]
        table.filter("FIG")
        assert [i.key for i in table.shown] == ["3"]
        table.filter("")
        assert table.current == ITEMS[2]


async def test_unknown_values_sort_last_both_ways() -> None:
    app = TableApp()
    async with app.run_test(size=(40, 10)):
        table = app.table
        table.show(ITEMS)
        table.sort_next()
        table.sort_next()
        assert [i.size for i in table.shown] == [1, 3, 9, None]
        table.sort_reverse()
        assert [i.size for i in table.shown] == [9, 3, 1, None]
        table.sort_next()
        assert table.sorted_by == ""
        assert [i.key for i in table.shown] == ["1", "2", "3", "4"]


async def test_moving_and_scrolling_keeps_the_cursor_in_view() -> None:
    app = TableApp()
    async with app.run_test(size=(40, 10)) as pilot:
        table = app.table
        table.focus()
        table.show(Item(str(n), f"item {n:04}", n) for n in range(5000))
        for keys, expected in (
            (("G",), 4999),
            (("k",), 4998),
            (("g",), 0),
            (("pagedown",), 8),
            (("pageup",), 0),
        ):
            await pilot.press(*keys)
            assert table.current is not None
            assert table.current.size == expected
            assert f"▸ item {expected:04}" in screen_text(pilot)


async def test_an_update_shows_and_a_stranger_is_refused() -> None:
    app = TableApp()
    async with app.run_test(size=(40, 10)) as pilot:
        table = app.table
        table.show(ITEMS)
        await pilot.pause()
        assert table.update(Item("4", "quince", 777))
        await pilot.pause()
        assert "777" in screen_text(pilot)
        assert not table.update(Item("9", "stranger", 1))


async def test_empty_says_why_and_markup_is_text() -> None:
    app = TableApp()
    async with app.run_test(size=(60, 10)) as pilot:
        table = app.table
        table.show(())
        await pilot.pause()
        assert "Nothing here." in screen_text(pilot)
        table.show(ITEMS)
        await pilot.pause()
        assert "[/b] fig" in screen_text(pilot)
        table.filter("zzz")
        await pilot.pause()
        assert 'No line contains "zzz".' in screen_text(pilot)
        assert "only when wide" not in screen_text(pilot)
        table.filter("")
        await pilot.resize_terminal(110, 10)
        await pilot.pause()
        assert "only when wide" in screen_text(pilot)


class Terminal(LeanPaint, TableApp):
    """The same app, and a terminal that receives its output."""

    def __init__(self) -> None:
        super().__init__()
        self.terminal = pyte.Screen(WIDTH, HEIGHT)
        self._stream = pyte.Stream(self.terminal)

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        super()._display(screen, renderable)
        update: Any = lean(renderable)
        if isinstance(update, CompositorUpdate):
            self._stream.feed(update.render_segments(self.console))


HEIGHT = 12
NAMES = st.text(st.sampled_from("ab .─✓…日本語é[/]"), max_size=20)
STEPS = st.lists(
    st.one_of(
        st.sampled_from("jkGg"),
        st.sampled_from("jkGg"),
        st.builds(Item, st.sampled_from("0123456789"), NAMES, st.integers(0, 99_999)),
    ),
    max_size=25,
)


@given(STEPS)
@settings(max_examples=25)
async def test_what_was_sent_adds_up_to_the_screen(steps: list[str | Item]) -> None:
    app = Terminal()
    async with app.run_test(size=(WIDTH, HEIGHT)) as pilot:
        app.table.focus()
        app.table.show(Item(str(number), f"item {number}", number) for number in range(30))
        for step in steps:
            if isinstance(step, Item):
                app.table.update(step)
            else:
                app.post_message(events.Key(step, step))
            await pilot.pause(0)
        await pilot.pause()
        shown = [line.rstrip() for line in screen_text(pilot).splitlines()]
        assert [line.rstrip() for line in app.terminal.display] == shown
