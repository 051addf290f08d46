"""Keys typed before the list arrives take effect when it does, unless the operator moved on meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from anaplan_tui.core.desk import Desk
from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.server import DemoServer
from anaplan_tui.ui.app import AnaplanApp
from anaplan_tui.ui.screens.catalog import CatalogScreen
from anaplan_tui.ui.screens.process import ProcessScreen
from tests.support.apps import Opened, opener, until


@asynccontextmanager
async def held(tenant: DemoServer, directory: Path) -> AsyncIterator[tuple[Opened, asyncio.Event]]:
    """The app before its connection, which the event releases; the list's answer is late as well."""
    tenant.faults.add(Fault("GET */processes", "delay", seconds=0.3, count=None))
    gate = asyncio.Event()
    connect = opener(tenant.url, directory)

    async def open_desk() -> Desk:
        await gate.wait()
        return await connect()

    app = AnaplanApp(open_desk, profile="demo", demo=True)
    try:
        async with app.run_test(size=(120, 40)) as pilot:
            opened = Opened(app, pilot, directory)
            await opened.shows("Connecting to Anaplan")
            yield opened, gate
    finally:
        gate.set()
        await app.aclose()


async def typed_ahead(opened: Opened, text: str) -> None:
    await opened.press("slash")
    await opened.type(text)
    await opened.press("enter")
    assert len(opened.app.screen_stack) == 1


async def test_enter_ahead_of_the_list_opens_the_one_line_that_it_finds(
    tenant: DemoServer, tmp_path: Path
) -> None:
    async with held(tenant, tmp_path) as (opened, gate):
        await typed_ahead(opened, "month end")
        gate.set()
        await until(opened.pilot, lambda: isinstance(opened.app.screen, ProcessScreen), "the process")
        await opened.shows("History on the service")


async def test_whoever_pressed_something_else_meanwhile_stays(tenant: DemoServer, tmp_path: Path) -> None:
    async with held(tenant, tmp_path) as (opened, gate):
        await typed_ahead(opened, "month end")
        await opened.press("j")
        gate.set()
        await opened.shows("1 shown")
        await opened.shows("model idle")
        assert isinstance(opened.app.screen, CatalogScreen)


async def test_more_than_one_line_opens_none(tenant: DemoServer, tmp_path: Path) -> None:
    async with held(tenant, tmp_path) as (opened, gate):
        await typed_ahead(opened, "nightly")
        gate.set()
        home = opened.app.places[0]
        assert isinstance(home, CatalogScreen)
        await until(opened.pilot, lambda: len(home.table.shown) > 1, "the list")
        await opened.shows("model idle")
        assert opened.app.screen is home


async def test_a_dialog_that_came_in_between_is_left_alone(tenant: DemoServer, tmp_path: Path) -> None:
    async with held(tenant, tmp_path) as (opened, gate):
        await typed_ahead(opened, "month end")
        opened.app.action_command_palette()
        gate.set()
        home = opened.app.places[0]
        assert isinstance(home, CatalogScreen)
        await until(opened.pilot, lambda: len(home.table.shown) == 1, "the list")
        assert not isinstance(opened.app.screen, ProcessScreen)
        assert len(opened.app.screen_stack) == 2
