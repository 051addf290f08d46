"""Real desks over a demo tenant, and waiting helpers for the tests of the screens."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from textual import events
from textual.keys import _character_to_key
from textual.pilot import Pilot

from anaplan_tui.api.auth import BasicAuth
from anaplan_tui.api.options import TransportOptions
from anaplan_tui.config.settings import Runbooks, demo_settings
from anaplan_tui.core.desk import Desk
from anaplan_tui.core.play import Play
from anaplan_tui.core.snapshots import Origin, RunSnapshot
from anaplan_tui.demo.server import DemoServer
from anaplan_tui.ui.app import AnaplanApp
from anaplan_tui.ui.screens.catalog import CatalogScreen
from anaplan_tui.ui.terminal.key_queue import has_work
from tests.support.desks import desk_in

PATIENCE_S = 60.0
"""Seconds a test waits for something that must happen; far more than it takes."""


def opener(
    url: str,
    directory: Path,
    *,
    password: str = "demo",  # noqa: S107  # opens nothing but the demo tenant
    workspace: str | None = "Supply Chain",
    model: str | None = "Demand plan",
    read_only: bool = False,
    interval: float = 0.1,
    dumps: str = "dumps",
) -> Callable[[], Awaitable[Desk]]:
    """Return what the app opens its desk with: on the tenant at ``url``, its state in ``directory``."""

    async def open_desk() -> Desk:
        settings = demo_settings(url, password=password, workspace=workspace, model=model)
        polling = settings.polling.model_copy(update={"interval": interval, "max_interval": interval * 4})
        profile = settings.profile().model_copy(update={"read_only": read_only})
        return desk_in(
            directory,
            settings.model_copy(update={"polling": polling}),
            profile,
            url,
            BasicAuth("demo@example.com", SecretStr(password), profile.auth_url),
            TransportOptions(rate_limit=None),
            downloads_dir=directory / dumps,
        )

    return open_desk


@dataclass(frozen=True)
class Opened:
    """An open app and the pilot that presses its keys."""

    app: AnaplanApp
    pilot: Pilot[Any]
    directory: Path

    @property
    def desk(self) -> Desk:
        assert self.app.desk is not None
        return self.app.desk

    @property
    def text(self) -> str:
        return screen_text(self.pilot)

    async def shows(self, wanted: str) -> None:
        """Wait until the screen shows the text."""
        await until_text(self.pilot, wanted)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pause()

    async def pause(self) -> None:
        """Let the app finish what was set off."""
        await self.pilot.pause()
        await settled(self.app)

    async def type(self, text: str) -> None:
        """Type without a pause between letters: the pilot waits 40 ms after each."""
        for letter in text:
            self.app.post_message(events.Key(_character_to_key(letter), letter))
        await self.pause()

    async def open_process(self, name: str) -> None:
        """Filter the catalog and open the one process left."""
        await self.shows("model idle")
        await self.press("slash")
        await self.type(name)
        await self.press("enter")
        await self.shows("History on the service")

    async def run_process(self, name: str) -> None:
        """Run it and wait until it ends."""
        await self.open_process(name)
        await self.press("r")
        await self.shows("Don't run")
        await self.press("y")
        await until(
            self.pilot,
            lambda: any(r.origin is Origin.HERE and not r.live for r in self.desk.store.runs),
            "the run's end",
        )
        await self.shows("ended")


async def settled(app: AnaplanApp) -> None:
    """Let the app do everything its keys set off, short of waiting for an answer, a thread or time.

    The pilot's own pause ends when the process uses little CPU, which it also does on a busy machine.
    """
    loop = asyncio.get_running_loop()
    is_settled: asyncio.Future[None] = loop.create_future()

    def look() -> None:
        if is_settled.done():
            return
        if has_work(loop):
            loop.call_soon(look)
        elif app._keys._waiting or app._keys._under_way:
            loop.call_later(0.005, look)
        else:
            is_settled.set_result(None)

    look()
    async with asyncio.timeout(PATIENCE_S):
        await is_settled


async def until(pilot: Pilot[Any], true: Callable[[], bool], what: str) -> None:
    """Let the app work until ``true()``; a failure names ``what`` was waited for."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not true():
                await pilot.pause(0.02)
    except TimeoutError:
        raise AssertionError(f"never came: {what}\n{screen_text(pilot)}") from None


def screen_text(pilot: Pilot[Any]) -> str:
    """The screen's text, line by line."""
    screen = pilot.app.screen
    return "\n".join("".join(segment.text for segment in line) for line in screen._compositor.render_strips())


async def until_text(pilot: Pilot[Any], wanted: str) -> None:
    """Wait until the screen shows ``wanted``."""
    await until(pilot, lambda: wanted in screen_text(pilot), wanted)


SPEED = 20.0
"""At this speed a run of half a minute takes a second and a half."""
Open = Callable[..., AbstractAsyncContextManager[Opened]]


def on(scenario: str = "company", speed: float = SPEED) -> pytest.MarkDecorator:
    """Mark a test to use this tenant; at speed 1 a run is still live when the test looks."""
    return pytest.mark.parametrize("tenant", [(scenario, speed)], indirect=True, ids=[scenario])


def starts(tenant: DemoServer) -> int:
    """Return how often a task was started."""
    return tenant.log.count("POST", "*/tasks")


def ours(opened: Opened) -> list[RunSnapshot]:
    """Return the runs started here; the store also holds those of others."""
    return [run for run in opened.desk.store.runs if run.origin is Origin.HERE]


async def lines_stand(opened: Opened) -> None:
    """Wait until the night is known and the catalog's lines are in their final order."""
    history, home = opened.desk.history, opened.app.screen_stack[0]
    assert isinstance(home, CatalogScreen)
    await until(opened.pilot, lambda: history.progress.whole, "the whole night")
    newest: dict[str, str] = {}
    shown: dict[str, str] = {}
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not newest or newest != shown:
                await opened.pilot.pause(0.02)
                newest = {target_id: run.run_id for target_id, run in (await history.newest()).items()}
                shown = {line.item.id: line.run.run_id for line in home.table.items if line.run}
    except TimeoutError:
        differ = dict(set(newest.items()) ^ set(shown.items()))
        raise AssertionError(f"never shown, or shown for too long: {differ}\n{opened.text}") from None


async def run_to_its_end(opened: Opened, name: str) -> None:
    """Run it and wait until the screen says that this run, not somebody else's, ended."""
    await opened.run_process(name)
    await until(opened.pilot, lambda: any(not run.live for run in ours(opened)), "the end of our run")
    await until(opened.pilot, lambda: re.search(r"ended \d\d:", opened.text) is not None, "when it ended")


async def shelf(opened: Opened, folder: Path, **files: str) -> None:
    """Open the list of a directory with these runbooks."""
    for name, content in files.items():
        (folder / f"{name}.toml").write_text(content)
    await opened.shows("model idle")
    settings = opened.desk.settings
    opened.desk.settings = settings.model_copy(update={"runbooks": Runbooks(directory=folder)})
    await opened.press("5")
    await opened.shows("Runbooks")


async def the_end(opened: Opened) -> Play:
    await until(
        opened.pilot,
        lambda: bool(opened.desk.store.plays) and not any(play.live for play in opened.desk.store.plays),
        "the play's end",
    )
    return opened.desk.store.plays[-1]


async def never() -> Desk:
    await asyncio.Event().wait()
    raise AssertionError("nobody opens this desk")
