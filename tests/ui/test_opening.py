"""The screen when the desk cannot be opened; R tries again."""

from pathlib import Path

import pytest

from anaplan_tui.demo.server import DemoServer
from anaplan_tui.ui.app import AnaplanApp
from anaplan_tui.ui.screens.models import ModelsScreen
from anaplan_tui.ui.screens.too_small import TooSmall
from tests.support.apps import Open, Opened, on, opener, until


async def test_a_wrong_password_is_a_calm_message(open_app: Open) -> None:
    async with open_app(size=(80, 24), password="wrong") as opened:
        await opened.shows("✗ Not connected")
        assert "Check user and password" in " ".join(opened.text.split())
        assert "R tries again" in opened.text
        await opened.press("r", "enter", "w")
        await opened.shows("Not connected to Anaplan yet.")
        await opened.press("L")
        await opened.shows("newest first")


async def test_nobody_listens_then_somebody_does(tmp_path: Path) -> None:
    tenant = DemoServer(speed=20.0)
    url = tenant.start()
    tenant.stop()
    app = AnaplanApp(opener(url, tmp_path), profile="demo")
    try:
        async with app.run_test(size=(120, 40)) as pilot:
            opened = Opened(app, pilot, tmp_path)
            await opened.shows("✗ Not connected")
            tenant.start()
            await opened.press("R")
            await opened.shows("Processes 45")
            await opened.shows("Nightly load")
    finally:
        await app.aclose()
        tenant.close()


async def test_what_is_typed_ahead_is_a_filter_and_no_command(open_app: Open) -> None:
    async with open_app(password="wrong") as opened:
        await opened.shows("✗ Not connected")
        opened.app.screen.set_focus(None)  # as it is until the list arrives
        await opened.press("slash")
        await opened.type("nightl q")
        await opened.press("ctrl+j")  # Enter, as sent by a terminal that the app has not set up yet
        await opened.shows("filter: nightl q ")
        assert "Not connected to Anaplan yet" not in opened.text
        assert opened.app.is_running


async def test_without_a_model_the_picker_opens(open_app: Open) -> None:
    async with open_app(workspace=None, model=None) as opened:
        await until(opened.pilot, lambda: isinstance(opened.app.screen, ModelsScreen), "the models")
        await opened.shows("! ARCHIVED")
        await opened.press("slash")
        await opened.type("2023")
        await opened.press("enter")
        await opened.shows("archived")
        assert opened.desk.context is None
        await opened.press("escape", "slash")
        await opened.type("compensation")
        await opened.press("enter")
        await opened.shows("Compensation")
        await until(opened.pilot, lambda: len(opened.app.screen_stack) == 1, "the catalog")


async def test_a_model_that_does_not_exist_names_the_others(open_app: Open) -> None:
    async with open_app(model="Demand plam") as opened:
        await until(opened.pilot, lambda: isinstance(opened.app.screen, ModelsScreen), "the models")
        await opened.shows('There is no model "Demand plam"')


@on("empty")
async def test_an_empty_model_says_so(open_app: Open) -> None:
    async with open_app() as opened:
        await opened.shows("This model has no processes,")
        await opened.press("2")
        await opened.shows("This model has no imports,")


@on("nothing")
async def test_a_user_without_models_is_told_who_can_help(open_app: Open) -> None:
    async with open_app(workspace=None, model=None) as opened:
        await opened.press("m")
        await opened.shows("A workspace administrator can give access.")


@on("many")
async def test_five_thousand_processes_are_filtered_and_found(open_app: Open) -> None:
    async with open_app() as opened:
        await opened.shows("Processes 5,000")
        await opened.press("G", "g", "slash")
        await opened.type("4711")
        await opened.press("enter", "enter")
        await opened.shows("History on the service")


@pytest.mark.parametrize("size", [(59, 24), (80, 14)])
async def test_a_terminal_too_small_says_so_and_recovers(open_app: Open, size: tuple[int, int]) -> None:
    async with open_app() as opened:
        await opened.shows("model idle")
        await opened.pilot.resize_terminal(*size)
        await opened.shows("too small (needs 60x15); q quits")
        await opened.press("r", "y", "enter")
        assert isinstance(opened.app.screen, TooSmall)
        await opened.pilot.resize_terminal(80, 24)
        await opened.shows("model idle")
        assert len(opened.app.screen_stack) == 1


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
@on(speed=0.1)
async def test_a_terminal_too_small_is_left_by_its_key(open_app: Open, tenant: DemoServer, key: str) -> None:
    async with open_app() as opened:
        await opened.open_process("month end")
        await opened.press("r")
        await opened.shows("Don't run")
        await opened.press("y")
        await until(opened.pilot, lambda: any(r.task_id for r in opened.desk.store.runs), "a task")
        await opened.pilot.resize_terminal(40, 10)
        await opened.shows("q quits")
        await opened.press(key)
        await until(opened.pilot, lambda: not opened.app.is_running, "the app's end")
    assert tenant.log.count("DELETE") == 0


async def test_what_opened_while_the_terminal_was_too_small_is_there_afterwards(open_app: Open) -> None:
    async with open_app() as opened:
        await opened.shows("model idle")
        await opened.pilot.resize_terminal(40, 10)
        await opened.shows("q quits")
        await opened.app.go("models")
        await opened.pilot.resize_terminal(80, 24)
        await opened.shows("ARCHIVED")
        await opened.press("escape")
        await until(opened.pilot, lambda: len(opened.app.screen_stack) == 1, "the catalog")
