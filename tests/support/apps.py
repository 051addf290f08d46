"""Real desks over a demo tenant, and what the tests of the screens wait for."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from textual import events
from textual.keys import _character_to_key
from textual.pilot import Pilot

from anaplan_tui.api.auth import BasicAuth
from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.api.hosts import Hosts
from anaplan_tui.api.options import TransportOptions
from anaplan_tui.config.settings import demo_settings
from anaplan_tui.core.desk import Desk
from anaplan_tui.core.journal.journal import Journal
from anaplan_tui.core.snapshots import Origin
from anaplan_tui.ui.app import AnaplanApp

PATIENCE_S = 30.0
"""How long a test waits for something that must happen; far longer than it takes."""


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
    """What the app is given: makes a desk on the tenant at ``url``, with its state in ``directory``."""

    async def open_desk() -> Desk:
        settings = demo_settings(url, password=password, workspace=workspace, model=model)
        polling = settings.polling.model_copy(update={"interval": interval, "max_interval": interval * 4})
        profile = settings.profile().model_copy(update={"read_only": read_only})
        client = AnaplanClient(
            Hosts(profile.api_url, profile.auth_url, profile.oauth_url),
            BasicAuth("demo@example.com", SecretStr(password), profile.auth_url),
            options=TransportOptions(rate_limit=None),
        )
        return Desk(
            settings.model_copy(update={"polling": polling}),
            profile,
            client,
            Journal.open(directory / "journal.db"),
            parts_dir=directory / "parts",
            uploads_dir=directory / "uploads",
            work_dir=directory / "work",
            downloads_dir=directory / dumps,
        )

    return open_desk


@dataclass(frozen=True)
class Opened:
    """An open app, and what to press its keys with."""

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
        """Wait until it stands on the screen."""
        await until_text(self.pilot, wanted)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def type(self, text: str) -> None:
        """Type without a pause between letters: the pilot makes one of 40 ms after each."""
        for letter in text:
            self.app.post_message(events.Key(_character_to_key(letter), letter))
        await self.pilot.pause()

    async def open_process(self, name: str) -> None:
        """Filter the catalog and open the one that is left."""
        await self.shows("model idle")
        await self.press("slash")
        await self.type(name)
        await self.press("enter")
        await self.shows("History on the service")

    async def run_process(self, name: str) -> None:
        """Run it and wait for its end."""
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


async def until(pilot: Pilot[Any], true: Callable[[], bool], what: str) -> None:
    """Let the app work until ``true()``; what is waited for is named when it does not come."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not true():
                await pilot.pause(0.02)
    except TimeoutError:
        raise AssertionError(f"never came: {what}\n{screen_text(pilot)}") from None


def screen_text(pilot: Pilot[Any]) -> str:
    """What stands on the screen, line by line."""
    screen = pilot.app.screen
    return "\n".join("".join(segment.text for segment in line) for line in screen._compositor.render_strips())


async def until_text(pilot: Pilot[Any], wanted: str) -> None:
    """Wait until ``wanted`` stands on the screen."""
    await until(pilot, lambda: wanted in screen_text(pilot), wanted)
