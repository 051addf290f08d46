"""Makes ``screenshots/`` anew: every screen, from real runs on the demo tenant (``make screenshots``)."""

import asyncio
import logging
import os
import re
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.server import DemoServer
from anaplan_tui.ui.app import AnaplanApp
from tests.support.apps import Opened, opener, until

FOLDER = Path(__file__).parent.parent / "screenshots"
WIDE, NARROW = (120, 40), (80, 24)
CONNECTION_RATE = 5_000_000.0
"""Bytes a second that a connection gets, so that there is a download to be seen."""

Shoot = Callable[[str], None]
Story = Callable[[Opened, Shoot], Awaitable[None]]

_FONT_FACE = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)


async def home(opened: Opened) -> None:
    """The catalog without a filter."""
    while len(opened.app.screen_stack) > 1:
        await opened.press("escape")
    await opened.press("escape")


async def start(opened: Opened) -> None:
    """Answer the question before a run."""
    await opened.press("r")
    await opened.shows("Don't run")
    await opened.press("y")
    await opened.shows("▶ running")


async def a_run_that_fails(opened: Opened, shoot: Shoot) -> None:
    """From the list of processes to the drill-down of a failed action."""
    await opened.open_process("nightly load")
    shoot("process")
    await opened.press("y")
    await opened.shows("Copy what?")
    shoot("copy")
    await opened.press("escape")
    await opened.press("r")
    await opened.shows("Don't run")
    shoot("confirm")
    await opened.press("y")
    await opened.shows("step 2 of 5")
    await opened.pilot.pause(1.0)  # so that the bar of the step has something to show
    shoot("run-live")
    await opened.press("q")
    await opened.shows("on in Anaplan")
    shoot("quit")
    await opened.press("n")
    await opened.shows("✗ failed")
    await opened.shows("on disk, exact.")
    await until(opened.pilot, lambda: opened.app.fresh_message() is None, "the end of the news")
    opened.app.places[-1].refresh_status()
    await opened.pilot.pause()
    shoot("run-failed")
    await opened.press("question_mark")
    await opened.shows("Keys: run")
    shoot("help")
    await opened.press("escape")


async def from_errors_to_a_corrected_file(opened: Opened, shoot: Shoot) -> None:
    """The triage of a rejected import, its rows saved, and the question before they go up again."""
    await opened.press("g", "j", "o")
    await opened.shows("1,234 rejected")
    shoot("triage")
    await opened.press("enter")
    await opened.shows("! Region")
    shoot("triage-rows")
    await opened.press("escape", "e")
    await opened.shows("for correction")
    shoot("save")
    await opened.press("enter")
    await opened.shows("to correct and upload")
    await opened.press("escape", "u")
    await opened.shows("Upload which file?")
    await opened.press("enter")
    await opened.shows("Upload, then run again")
    shoot("upload")
    await opened.press("escape")


async def a_large_dump(opened: Opened, shoot: Shoot) -> None:
    """The meters of a download; it is waited for, since a tenant that stops must not be in the middle."""
    await home(opened)
    await opened.open_process("ledger load")
    await start(opened)
    await opened.press("w")
    store = opened.desk.store
    await until(opened.pilot, lambda: any(d.chunks_done >= 4 for d in store.downloads), "a download")
    await opened.pilot.pause(0.6)
    shoot("downloads")
    await until(opened.pilot, lambda: not any(d.live for d in store.downloads), "its end")


async def lists(opened: Opened, shoot: Shoot) -> None:
    """What has been run, what can be run, where, and what the app says of itself."""
    await home(opened)
    await opened.press("slash")
    await opened.type("nigh")
    await opened.press("enter")
    shoot("catalog")
    await opened.press("t")
    await opened.shows("STARTED")
    shoot("runs")
    await opened.press("m")
    await opened.shows("ARCHIVED")
    shoot("models")
    await opened.press("L")
    await opened.shows("newest first")
    shoot("log")
    await home(opened)
    await opened.press("colon")
    await opened.type("down")
    await opened.shows("All downloads and uploads")
    shoot("palette")


async def wide(opened: Opened, shoot: Shoot) -> None:
    """Every screen."""
    await a_run_that_fails(opened, shoot)
    await from_errors_to_a_corrected_file(opened, shoot)
    await a_large_dump(opened, shoot)
    await lists(opened, shoot)


async def narrow(opened: Opened, shoot: Shoot) -> None:
    """The screens of the main job on a small terminal."""
    await a_run_that_fails(opened, shoot)
    await home(opened)
    shoot("catalog")


def portable(svg: str) -> str:
    """The picture with nothing in it that would be fetched to look at it."""
    svg = _FONT_FACE.sub("", svg)
    return svg.replace("font-family: Fira Code", 'font-family: "Fira Code"')


async def tell(size: tuple[int, int], suffix: str, story: Story) -> None:
    """Play a story on a tenant and in a home of its own."""
    with tempfile.TemporaryDirectory() as directory, DemoServer() as tenant:
        tenant.faults.add(Fault("GET */chunks/*", "bandwidth", count=None, rate=CONNECTION_RATE))
        os.environ["HOME"] = directory  # paths are shown as they are at home
        open_desk = opener(tenant.url, Path(directory), interval=0.5, dumps="anaplan-dumps")
        app = AnaplanApp(open_desk, profile="demo", demo=True)

        def shoot(name: str) -> None:
            svg = portable(app.export_screenshot())
            if directory in svg:
                raise RuntimeError(f"the picture of {name} shows a path of this machine")
            (FOLDER / f"{name}{suffix}.svg").write_text(svg, encoding="utf-8")

        async with app.run_test(size=size) as pilot:
            await story(Opened(app, pilot, Path(directory)), shoot)
        await app.aclose()


async def main() -> None:
    """Both sizes, one after the other."""
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.svg"):
        old.unlink()
    await tell(WIDE, "", wide)
    await tell(NARROW, "-80x24", narrow)


if __name__ == "__main__":
    logging.getLogger("httpx").setLevel(logging.WARNING)
    asyncio.run(main())
