"""Dialogs on a small screen: every answer can be read and pressed, and no cursor blinks."""

import pytest
from textual.widgets import Button, Input

from anaplan_tui.core.catalog import CatalogItem
from anaplan_tui.core.runs.preflight import Preflight
from anaplan_tui.ui.palette import StillPalette
from anaplan_tui.ui.screens.dialog import Answer, Question, in_rows
from anaplan_tui.ui.screens.run.confirm import RunAnswer, answers_for, what_it_does
from anaplan_tui.ui.screens.run.parameters import ParametersDialog
from tests.support.apps import Open, until
from tests.support.values import LIVE

BUSY = Preflight(
    CatalogItem(LIVE.target, LIVE.name),
    LIVE.actions,
    38.0,
    warnings=(
        "The same runs already. Anaplan will queue this run.",
        "2 dumps of the last run are not on disk.",
    ),
    busy=True,
    unsaved_task_id="x",
)
LABELS = ("Don't run", "Wait, then run", "Run now", "Fetch the dumps first", "Parameters (p)")


def question() -> Question[RunAnswer]:
    answers, focus = answers_for(BUSY)
    return Question("Run 'Nightly load'?", what_it_does(BUSY), answers, focus=focus)


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (60, 15)])
async def test_every_answer_is_on_the_screen_and_the_arrows_reach_it(
    open_app: Open, size: tuple[int, int]
) -> None:
    async with open_app(size=size) as opened:
        await opened.shows("model idle")
        chosen: list[RunAnswer | None] = []
        dialog = question()
        await opened.app.push_screen(dialog, chosen.append)
        await opened.pause()
        box = dialog.query_one("#box").content_region
        for label, button in zip(LABELS, dialog.query(Button), strict=True):
            assert label in opened.text
            assert box.contains_region(button.region), label
        await opened.press("right", "down", "right", "right")
        assert str(dialog.query(Button).last().label) == LABELS[-1]
        assert dialog.query(Button).last().has_focus
        await opened.press("left", "enter")
        assert chosen == [answers_for(BUSY)[0][3].value]


LONG = [
    f"Warning {n}: " + "what an import says of a file may go on for quite a while. " * 3 for n in range(12)
]


@pytest.mark.parametrize("title", ["Upload?", "Upload 'a name that is long'? " * 6])
@pytest.mark.parametrize("size", [(120, 40), (80, 24), (60, 19), (60, 15)])
async def test_however_much_is_said_the_answers_are_on_the_screen(
    open_app: Open, size: tuple[int, int], title: str
) -> None:
    async with open_app(size=size) as opened:
        await opened.shows("model idle")
        chosen: list[RunAnswer | None] = []
        answers, focus = answers_for(BUSY)
        dialog = Question(title, LONG, answers, focus=focus)
        await opened.app.push_screen(dialog, chosen.append)
        await opened.pause()

        screen = opened.app.screen.region
        assert screen.contains_region(dialog.query_one("#box").region)
        for label, button in zip(LABELS, dialog.query(Button), strict=True):
            assert label in opened.text
            assert dialog.query_one("#box").content_region.contains_region(button.region), label
        assert "PgDn shows the rest" in opened.text
        assert "Warning 11" not in opened.text
        for _ in range(30):
            await opened.press("pagedown")
        assert "Warning 11" in opened.text
        assert dialog.query(Button).first().has_focus


@pytest.mark.parametrize(
    ("width", "rows"),
    [
        (70, [[0, 1, 2, 3], [4]]),
        (54, [[0, 1, 2], [3, 4]]),
        (100, [[0, 1, 2, 3, 4]]),
        (5, [[0], [1], [2], [3], [4]]),
    ],
)
def test_answers_are_put_into_rows(width: int, rows: list[list[int]]) -> None:
    answers = [Answer(label, label) for label in LABELS]
    assert [[i for i, _ in row] for row in in_rows(answers, width)] == rows


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (60, 15)])
async def test_help_is_all_there(open_app: Open, size: tuple[int, int]) -> None:
    async with open_app(size=size) as opened:
        await opened.shows("model idle")
        await opened.press("question_mark")
        await opened.shows("Move by a page")
        await opened.press("end")
        await opened.shows("Quit; first says what continues")
        await opened.pilot.resize_terminal(80, 24)
        await opened.press("j", "G")
        await opened.shows("Esc closes this")


async def test_the_cursor_of_the_palette_stands_still(open_app: Open) -> None:
    async with open_app() as opened:
        await opened.shows("model idle")
        await opened.press("colon")
        await until(opened.pilot, lambda: isinstance(opened.app.screen, StillPalette), "the palette")
        await opened.type("down")
        await opened.shows("All downloads and uploads")
        field = opened.app.screen.query_one(Input)
        assert field.has_focus
        assert not field.cursor_blink
        assert field._cursor_visible


async def test_the_cursor_of_the_parameters_stands_still(open_app: Open) -> None:
    async with open_app() as opened:
        await opened.shows("model idle")
        await opened.app.push_screen(ParametersDialog("Nightly load", (("Version", "Actual"),)))
        await opened.press("x")
        assert not any(field.cursor_blink for field in opened.app.screen.query(Input))
