"""Every command is declared once, works, and appears in footer, help and palette."""

import pytest
from textual.content import Content

from anaplan_tui.ui.commands import Command, shown
from anaplan_tui.ui.palette import PlaceCommands
from anaplan_tui.ui.place import Place
from anaplan_tui.ui.screens.catalog import CatalogScreen
from anaplan_tui.ui.screens.downloads import DownloadsScreen
from anaplan_tui.ui.screens.help import HelpScreen
from anaplan_tui.ui.screens.log import LogScreen
from anaplan_tui.ui.screens.models import ModelsScreen
from anaplan_tui.ui.screens.process import ProcessScreen
from anaplan_tui.ui.screens.run.screen import RunScreen
from anaplan_tui.ui.screens.runs import RunsScreen
from anaplan_tui.ui.screens.triage.rows import TriageRowsScreen
from anaplan_tui.ui.screens.triage.screen import TriageScreen
from anaplan_tui.ui.widgets.key_line import KeyLine
from tests.support.apps import Open

PLACES: list[type[Place]] = [
    CatalogScreen,
    DownloadsScreen,
    LogScreen,
    ModelsScreen,
    ProcessScreen,
    RunScreen,
    RunsScreen,
]
CONTRACT = {
    "enter": "open", "escape": "back", "slash": "filter", "r": "run", "x": "cancel_run", "d": "dump",
    "D": "dumps", "1": "processes", "2": "imports", "3": "exports", "4": "actions", "t": "runs",
    "w": "downloads", "m": "models", "s": "sort", "S": "reverse", "R": "refresh", "y": "copy", "L": "log",
    "question_mark": "help", "ctrl+p": "palette", "colon": "palette", "q": "quit",
}  # fmt: skip
"""The keys that the README promises and screens answer (moving belongs to the lists)."""


@pytest.mark.parametrize("place", PLACES)
def test_every_command_can_be_done_and_no_key_means_two_things(place: type[Place]) -> None:
    keys: list[str] = []
    for command in place.HERE:
        assert callable(getattr(place, f"do_{command.id}", None)), command.id
        assert command.label
        assert command.help
        keys += command.key_names
    assert len(keys) == len(set(keys))
    assert {"help", "quit", "palette", "log"} - {c.id for c in place.HERE} <= {"log"}


@pytest.mark.parametrize("place", [*PLACES, TriageScreen, TriageRowsScreen])
def test_every_condition_is_one_of_a_command_that_works_there(place: type[Place]) -> None:
    asked = {command.condition for command in place.HERE}
    assert {name for name in dir(place) if name.startswith("why_not")} <= asked


def test_the_keys_are_those_of_the_contract() -> None:
    bound: dict[str, set[str]] = {}
    for place in PLACES:
        for command in place.HERE:
            for key in command.keys.split(","):
                bound.setdefault(key, set()).add(command.id)
    for key, command_id in CONTRACT.items():
        assert command_id in bound[key], key
    assert bound["r"] == {"run", "retry"}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_footer_fits_and_always_shows_help_and_quit(place: type[Place], width: int) -> None:
    line = KeyLine(place.HERE, lambda _command: "").lines(width)[0]
    assert line.cell_length <= width
    assert "? help" in line.plain
    assert "q quit" in line.plain


def test_the_footer_leaves_out_what_does_not_work() -> None:
    why = {"cancel_run": "it ended"}
    line = KeyLine(RunScreen.HERE, lambda command: why.get(command.id, "")).lines(120)[0]
    assert "cancel" not in line.plain
    assert "rerun" in line.plain


@pytest.mark.parametrize("place", PLACES)
def test_help_lists_every_command_with_its_reason(place: type[Place]) -> None:
    screen = HelpScreen(place.NAME, place.HERE, lambda command: "not now." if command.id == "copy" else "")
    said = screen.lines(500).plain
    for command in place.HERE:
        assert command.help in said
        assert shown(command.keys.split(",")[0]) in said
    assert "(not now)" in said


def test_help_keeps_its_columns_where_it_wraps() -> None:
    screen = HelpScreen(RunScreen.NAME, RunScreen.HERE, lambda _command: "Because of a rather long reason.")
    for line in screen.lines(60).plain.splitlines():
        assert len(line) <= 60
        assert line[11] == " "
        assert line[12] != " "


async def test_the_palette_finds_and_does_every_command(open_app: Open) -> None:
    async with open_app() as opened:
        await opened.shows("model idle")
        provider = PlaceCommands(opened.app.screen)
        titles = [str(hit.prompt) async for hit in provider.discover()]
        for command in CatalogScreen.HERE:
            key = f"({command.key})" if command.keys else ""
            assert any(key in title and command.label in title for title in titles)
            found = [hit async for hit in provider.search(command.label)]
            assert found, command.id
        await opened.press("colon")
        await opened.type("all downloads")
        await opened.shows("with their progress")
        await opened.press("enter", "enter")
        await opened.shows("Nothing was downloaded")


async def test_a_command_that_does_not_work_says_why(open_app: Open) -> None:
    async with open_app() as opened:
        await opened.run_process("plan rollover")
        for key, said in (
            ("x", "nothing to cancel"),
            ("D", "No action of this run has a dump"),
            ("d", "This action has no dump"),
        ):
            await opened.press(key)
            await opened.shows(said)


async def test_read_only_is_one_gate(open_app: Open) -> None:
    async with open_app(read_only=True) as opened:
        await opened.shows("READ-ONLY")
        await opened.press("r")
        await opened.shows("is read-only")
        assert len(opened.app.screen_stack) == 1
        screen = opened.app.screen
        assert isinstance(screen, Place)
        changing = [c for place in PLACES for c in place.HERE if c.changes_things]
        assert {c.id for c in changing} >= {"run", "cancel_run", "upload"}
        assert all("read-only" in screen.obstacle(c) for c in changing)


def test_a_key_is_shown_as_people_write_it() -> None:
    command = Command("x", "question_mark,f1", "help", "Help")
    assert command.key == "?"
    assert Content(command.key).plain == "?"
