"""The private parts of Textual that the app uses still do what it needs (8.2.8)."""

import asyncio
import gc
import importlib.util
import logging
import weakref
from typing import Any

import pytest
from rich.console import Console, RenderableType
from rich.segment import Segment
from textual import _compositor, work
from textual._compositor import ChopsUpdate, CompositorUpdate
from textual.app import ComposeResult
from textual.filter import Monochrome, NoColor
from textual.screen import Screen
from textual.strip import Strip
from textual.widgets import Static

from anaplan_tui.ui import workarounds
from anaplan_tui.ui.app import AnaplanApp
from anaplan_tui.ui.widgets.title_bar import TitleBar
from anaplan_tui.ui.workarounds import EndsItsWork, has, lean
from tests.support.apps import never, until_text

SECRET = "tok" + "en-in-a-local"


class Crashing(AnaplanApp):
    async def crash(self) -> None:
        token = SECRET
        raise RuntimeError(f"a bug of {len(token)} letters")

    async def run_until_it_crashes(self) -> None:
        async with self.run_test() as pilot:
            self.call_later(self.crash)
            await pilot.pause()


async def test_a_crash_shows_no_locals_and_says_that_nothing_was_cancelled(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    app = Crashing(never)
    with caplog.at_level(logging.CRITICAL), pytest.raises(Exception, match="a bug of"):
        await app.run_until_it_crashes()
    said = " ".join(capsys.readouterr().err.split())
    assert "Nothing in Anaplan was cancelled" in said
    assert "a bug of" in caplog.text
    assert SECRET not in said + caplog.text
    assert app.return_code == 70


async def test_no_color_is_the_terminals_own_two_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = AnaplanApp(never)
    async with app.run_test():
        assert app.theme == "ansi-dark"
        kinds = {type(f) for f in app._filters}
        assert NoColor in kinds
        assert Monochrome not in kinds


async def test_the_paint_is_held_over_the_start_and_then_released() -> None:
    app = AnaplanApp(never)
    assert app._batch_count == 1
    async with app.run_test() as pilot:
        async with asyncio.timeout(60):
            while app._batch_count:
                await pilot.pause(0.01)


class Working(EndsItsWork[None]):
    """A screen with a worker, and a child that is slow to unmount."""

    def __init__(self) -> None:
        super().__init__()
        self.answer = asyncio.Event()
        self.going = asyncio.Event()
        self.held: set[str] = set()

    def compose(self) -> ComposeResult:
        yield Static(id="table")
        yield SlowToGo(self.going, self.answer)

    @work
    async def fetch(self) -> None:
        await self.answer.wait()
        self.held.add(str(self.query_one("#table").id))


class SlowToGo(Static):
    def __init__(self, going: asyncio.Event, answer: asyncio.Event) -> None:
        super().__init__()
        self._going, self._answer = going, answer

    async def on_unmount(self) -> None:
        """By now the table is gone; let the answer arrive, and the worker see it."""
        self._going.set()
        while self.screen.query("#table"):  # noqa: ASYNC110  # no event reports it
            await asyncio.sleep(0)
        self._answer.set()
        for _ in range(5):
            await asyncio.sleep(0)


async def test_an_answer_that_comes_while_its_screen_is_taken_down_ends_nothing() -> None:
    app = AnaplanApp(never)
    async with app.run_test() as pilot:
        screen = Working()
        await app.push_screen(screen)
        worker = screen.fetch()
        await pilot.pause()
        await app.pop_screen()
        assert screen.going.is_set()
        assert worker.is_cancelled
        assert screen.held == set()
        assert app.is_running


def sent(line: dict[int, Strip], span: tuple[int, int]) -> str:
    """Return the output for some columns of a line; ``line`` has its widgets by their first column."""
    ends = [x + strip.cell_length for x, strip in line.items()]
    update: Any = lean(ChopsUpdate([line], [(0, *span)], [ends]))
    assert isinstance(update, CompositorUpdate)
    return update.render_segments(Console())


@pytest.mark.parametrize(
    ("line", "span", "expected"),
    [
        ("2  Sales   16 s", (11, 13), "\x1b[1;12H16"),
        ("2  Sales   16 s", (0, 15), "\x1b[1;1H2  Sales   16 s"),
        ("日本語 16 s", (2, 6), "\x1b[1;3H本語"),
    ],
)
def test_of_a_line_the_changed_cells_are_sent(line: str, span: tuple[int, int], expected: str) -> None:
    assert sent({0: Strip([Segment(line[:2]), Segment(line[2:])])}, span) == expected


def test_of_widgets_side_by_side_only_the_one_that_changed_is_sent() -> None:
    assert sent({0: Strip([Segment("left")]), 4: Strip([Segment("right")])}, (6, 9)) == "\x1b[1;7Hght"


class Visited(Screen[None]):
    def compose(self) -> ComposeResult:
        yield Static("a screen that is closed again")


class Displaying(AnaplanApp):
    """Records what is painted, and on which screen."""

    def __init__(self) -> None:
        super().__init__(never)
        self.displayed: list[tuple[Screen[Any], object]] = []

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        if renderable is not None:
            self.displayed.append((screen, renderable))
        super()._display(screen, renderable)


async def test_what_changes_under_an_opaque_screen_is_painted_when_it_comes_to_light() -> None:
    app = Displaying()
    async with app.run_test() as pilot:
        below = app.screen
        await app.push_screen(Visited())
        await pilot.pause()
        app.displayed.clear()
        below.refresh()
        below.query_one(TitleBar).refresh()
        await pilot.pause()
        assert app.displayed == []
        await app.pop_screen()
        await pilot.pause()
        assert any(screen is below for screen, _ in app.displayed)


async def test_a_screen_that_was_closed_stays_in_no_cache() -> None:
    async with AnaplanApp(never).run_test() as pilot:
        screen = Visited()
        await pilot.app.push_screen(screen)
        await pilot.pause()
        cache = weakref.ref(screen.query_one(Static)._styles_cache)
        assert cache() is not None
        await pilot.app.pop_screen()
        del screen
        await pilot.pause()
        gc.collect()
        assert cache() is None


@pytest.mark.parametrize("gone", ["_filters", "_end_batch", "_refresh_layout"])
async def test_without_a_private_part_the_app_is_plainer_and_works(
    monkeypatch: pytest.MonkeyPatch, gone: str
) -> None:
    monkeypatch.setattr(workarounds, "has", lambda part, *names: gone not in names and has(part, *names))
    monkeypatch.setenv("NO_COLOR", "1")
    app = AnaplanApp(never)
    async with app.run_test() as pilot:
        await until_text(pilot, "Connecting to Anaplan")


async def test_without_the_parts_of_a_crash_it_is_textuals_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workarounds, "has", lambda *_: False)
    app = Crashing(never)
    with pytest.raises(Exception, match="a bug of"):
        await app.run_until_it_crashes()
    assert app.return_code == 1


def test_without_the_compositors_update_lines_are_sent_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(_compositor, "ChopsUpdate")
    spec = importlib.util.spec_from_file_location("of_another_textual", workarounds.__file__)
    assert spec is not None
    assert spec.loader is not None
    other = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(other)
    update = Strip([Segment("a line")])
    assert other.lean(update) is update
