"""Keys meant for something else: they start, cancel and filter nothing."""

import pytest
from textual import events

from anaplan_tui.api.refs import Kind
from anaplan_tui.demo.server import DemoServer
from anaplan_tui.ui.screens.catalog import CatalogScreen
from anaplan_tui.ui.screens.catalog_words import TITLES
from anaplan_tui.ui.screens.dialog import Answer, Question
from anaplan_tui.ui.screens.run.screen import RunScreen
from anaplan_tui.ui.screens.runs import RunsScreen
from anaplan_tui.ui.stray_keys import PAUSE_S
from tests.support.apps import Open, Opened, on, until


def key(name: str, character: str | None = None) -> events.Key:
    """Return a key as read from the terminal now, whenever it is delivered."""
    return events.Key(name, character or (name if len(name) == 1 else None))


async def deliver(opened: Opened, *keys: events.Key) -> None:
    for event in keys:
        opened.app.post_message(event)
    await opened.pause()


def starts(tenant: DemoServer) -> int:
    return tenant.log.count("POST", "*/tasks")


@pytest.mark.parametrize("early", ["enter", "y"])
async def test_a_key_from_before_the_question_was_painted_starts_nothing(
    open_app: Open, tenant: DemoServer, early: str
) -> None:
    async with open_app() as opened:
        await opened.open_process("month end")
        typed = key(early)
        await opened.press("r")
        await opened.shows("Don't run")
        await deliver(opened, typed)
        assert isinstance(opened.app.screen, Question)
        assert starts(tenant) == 0
        # The same key, once the question can be read, is an answer.
        await opened.press(early)
        await until(opened.pilot, lambda: starts(tenant) == 1, "the start")


async def test_an_enter_behind_a_word_from_before_the_question_starts_nothing(
    open_app: Open, tenant: DemoServer
) -> None:
    async with open_app() as opened:
        await opened.open_process("month end")
        word = [key("e"), key("p")]
        await opened.press("r")
        await opened.shows("Don't run")
        await deliver(opened, *word)
        await opened.press("enter")
        await until(
            opened.pilot, lambda: not isinstance(opened.app.screen, Question), "the end of the question"
        )
        assert starts(tenant) == 0


async def test_answers_that_were_put_anew_are_to_be_read_first(open_app: Open) -> None:
    async with open_app() as opened:
        await opened.shows("model idle")
        chosen: list[str | None] = []
        dialog = Question("Cancel it?", ("looking …",), (Answer("Let it run", "no", "n"),))
        await opened.app.push_screen(dialog, chosen.append)
        await opened.shows("Let it run")
        typed = key("enter"), key("y")
        await dialog.ask(("Sure?",), (Answer("Let it run", "no", "n"), Answer("Cancel", "yes", "y")), focus=1)
        await deliver(opened, *typed)
        await opened.shows("Sure?")
        assert chosen == []
        await opened.press("enter")
        assert chosen == ["yes"]


async def test_escape_declines_at_once(open_app: Open, tenant: DemoServer) -> None:
    async with open_app() as opened:
        await opened.open_process("month end")
        typed = key("escape")
        await opened.press("r")
        await opened.shows("Run 'Month end")
        await deliver(opened, typed)
        await until(opened.pilot, lambda: not isinstance(opened.app.screen, Question), "the previous screen")
        assert starts(tenant) == 0


async def test_letters_that_are_no_answer_put_the_focus_on_the_safe_one(open_app: Open) -> None:
    async with open_app() as opened:
        await opened.shows("model idle")
        chosen: list[str | None] = []
        answers = (Answer("Run", "yes", "y"), Answer("Don't run", "no", "n"))
        await opened.app.push_screen(Question("Run it?", (), answers), chosen.append)
        await opened.shows("Don't run")
        await opened.press("slash", "r", "enter")
        assert chosen == ["no"]


@on(speed=1.0)
async def test_a_filter_that_is_not_there_takes_the_letters_all_the_same(
    open_app: Open, tenant: DemoServer
) -> None:
    async with open_app() as opened:
        await opened.open_process("nightly load")
        await opened.press("r")
        await opened.shows("Don't run")
        await opened.press("y")
        await until(opened.pilot, lambda: isinstance(opened.app.screen, RunScreen), "the run")
        screen = opened.app.screen
        await opened.press("slash")
        await opened.shows("no filter here")
        await opened.type("xregional t")
        await opened.press("enter")
        assert opened.app.screen is screen
        assert not screen.has_class("-panel-only")
        assert starts(tenant) == 1
        # Enter ended the typing.
        await opened.press("t")
        assert opened.app.screen is not screen


@pytest.mark.parametrize("ends_it", ["escape", "pause", "screen"])
async def test_what_else_ends_the_letters_that_are_left_out(open_app: Open, ends_it: str) -> None:
    async with open_app() as opened:
        await opened.open_process("month end")
        process = opened.app.screen
        await opened.press("slash", "t")
        assert opened.app.screen is process
        late = key("t")
        if ends_it == "escape":
            await opened.press("escape")
            assert opened.app.screen is process
        elif ends_it == "pause":
            late.time += PAUSE_S + 1
        else:
            await opened.app.go_home()
        await deliver(opened, late)
        await until(opened.pilot, lambda: isinstance(opened.app.screen, RunsScreen), "the list of runs")
        await opened.shows("Runs since")


async def test_the_digits_lead_to_their_lists_from_everywhere(open_app: Open) -> None:
    async with open_app() as opened:
        await opened.open_process("month end")
        for place in ("t", "w", "L", "m", "enter"):
            for digit, kind in enumerate(Kind, 1):
                await opened.press(place, f"{digit}")
                await until(opened.pilot, lambda: isinstance(opened.app.screen, CatalogScreen), "home")
                await opened.shows(f"[{digit}")
                await opened.shows(f" {TITLES[kind]} ")
        # They work at home, too, and every screen's help lists them once.
        await opened.press("t", "question_mark")
        await opened.shows("List the model's imports")
        assert opened.text.count("List the model's imports") == 1


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (key("delete"), "del does nothing here."),
        (events.Key("ctrl+r", "\x12"), "ctrl+r does nothing here."),
        (key("z"), "z does nothing here."),
        (key("e"), "e is for another screen: save all"),
    ],
)
async def test_a_key_that_nothing_answers_is_named(open_app: Open, event: events.Key, said: str) -> None:
    async with open_app() as opened:
        await deliver(opened, event)
        await opened.shows(said)
