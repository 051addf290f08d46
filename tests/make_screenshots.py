"""Makes ``screenshots/`` anew: every screen, from real runs on the demo tenant (``make screenshots``)."""

import asyncio
import logging
import os
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from anaplan_tui.demo.server import DemoServer
from anaplan_tui.ui.app import AnaplanApp
from tests.ui.desks import opener, until, until_text

FOLDER = Path(__file__).parent.parent / "screenshots"
WIDE, NARROW = (120, 40), (80, 24)

Shoot = Callable[[str], None]


async def _open(pilot: Pilot[Any], name: str) -> None:
    """Filter the catalog down to one process and open it."""
    await pilot.press("slash", "ctrl+u", *(key if key != " " else "space" for key in name), "enter")
    await until_text(pilot, "History on the service")


async def _run(pilot: Pilot[Any]) -> None:
    """Answer the question before a run."""
    await pilot.press("r")
    await until_text(pilot, "Don't run")
    await pilot.press("y")
    await until_text(pilot, "▶ running")


async def _home(pilot: Pilot[Any]) -> None:
    while len(pilot.app.screen_stack) > 1:
        await pilot.press("escape")
        await pilot.pause()


async def _failed_run(pilot: Pilot[Any], shoot: Shoot) -> None:
    await until_text(pilot, "model idle")
    await _open(pilot, "nightly load")
    shoot("process")
    await pilot.press("y")
    await until_text(pilot, "Copy what?")
    shoot("copy")
    await pilot.press("escape")
    await pilot.press("r")
    await until_text(pilot, "Don't run")
    shoot("confirm")
    await pilot.press("y")
    await until_text(pilot, "step 2 of 5")
    await pilot.pause(1.0)
    shoot("run-live")
    await pilot.press("q")
    await until_text(pilot, "goes on in Anaplan")
    shoot("quit")
    await pilot.press("n")
    await until_text(pilot, "✗ failed")
    await until_text(pilot, "on disk, exact.")
    shoot("run-failed")
    await pilot.press("question_mark")
    await until_text(pilot, "Keys: run")
    shoot("help")
    await pilot.press("escape")


async def _everything(pilot: Pilot[Any], shoot: Shoot) -> None:
    await _failed_run(pilot, shoot)
    await _home(pilot)
    await _open(pilot, "ledger load")
    await _run(pilot)
    await until_text(pilot, "fetched")
    await pilot.press("w")
    await until(pilot, lambda: _some_going(pilot), "a download that is under way")
    shoot("downloads")
    await _home(pilot)
    await pilot.press("escape")
    await pilot.press("slash", *"nigh", "enter")
    await pilot.press("t")
    await until_text(pilot, "STARTED")
    shoot("runs")
    await pilot.press("escape")
    shoot("catalog")
    await pilot.press("m")
    await until_text(pilot, "ARCHIVED")
    shoot("models")
    await pilot.press("L")
    await until_text(pilot, "newest first")
    shoot("log")
    await _home(pilot)
    await pilot.press("colon")
    await pilot.press(*"down")
    await pilot.pause(0.5)
    shoot("palette")


def _some_going(pilot: Pilot[Any]) -> bool:
    app = pilot.app
    assert isinstance(app, AnaplanApp)
    assert app.desk is not None
    return any(d.live and d.bytes_done > 20_000_000 for d in app.desk.store.downloads)


async def _with_app(
    size: tuple[int, int], suffix: str, story: Callable[[Pilot[Any], Shoot], Awaitable[None]]
) -> None:
    with tempfile.TemporaryDirectory() as directory, DemoServer() as tenant:
        os.environ["HOME"] = directory  # paths are shown as they are at home
        app = AnaplanApp(opener(tenant.url, Path(directory), interval=0.5), profile="demo", demo=True)

        def shoot(name: str) -> None:
            app.save_screenshot(f"{name}{suffix}.svg", str(FOLDER))

        async with app.run_test(size=size) as pilot:
            await story(pilot, shoot)
        await app.aclose()


async def main() -> None:
    """Both sizes, one after the other."""
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.svg"):
        old.unlink()
    await _with_app(WIDE, "", _everything)
    await _with_app(NARROW, "-80x24", _failed_run)


if __name__ == "__main__":
    logging.getLogger("httpx").setLevel(logging.WARNING)
    asyncio.run(main())
