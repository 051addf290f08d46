"""Downloads in progress when the app was closed: listed and completed when it is opened again."""

import hashlib
import re
from pathlib import Path

from anaplan_tui.core.snapshots import DownloadSnapshot, Fetch
from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.server import DemoServer
from anaplan_tui.ui.screens.quitting import QuitDialog
from tests.support.apps import Open, Opened, on, opener, until

NAME = "Dump of 12 MB in 12 chunks"
HELD = (9, 10, 11)
"""Chunks that do not arrive before the app is closed."""


def hold_back(tenant: DemoServer) -> None:
    tenant.faults.add(*(Fault(f"GET */chunks/{n}", "delay", seconds=600, count=None) for n in HELD))


def let_go(tenant: DemoServer) -> None:
    """Let the service answer from here on; its log starts afresh."""
    tenant.faults.clear()
    tenant.log.clear()


def chunks_asked_for(tenant: DemoServer) -> list[int]:
    """Return each number once: the engine asks for chunks of odd sizes a second time."""
    paths = (entry.path for entry in tenant.log.matching("GET", "*/chunks/*"))
    return sorted({int(found[1]) for path in paths if (found := re.search(r"/chunks/(\d+)$", path))})


def only(opened: Opened) -> DownloadSnapshot:
    (download,) = opened.desk.store.downloads
    return download


async def half_fetched(opened: Opened) -> None:
    """Run the process; its dump is captured at once, but its last chunks do not arrive."""
    await opened.run_process("12 mb")
    await until(
        opened.pilot,
        lambda: any(d.chunks_done == 12 - len(HELD) for d in opened.desk.store.downloads),
        "all chunks except those held back",
    )


async def leave(opened: Opened) -> None:
    await opened.press("q")
    if isinstance(opened.app.screen, QuitDialog):
        await opened.shows("1 download stops here; opening the app again goes on")
        await opened.press("y")
    await until(opened.pilot, lambda: not opened.app.is_running, "the app's end")


@on("dumps")
async def test_a_capture_goes_on_when_the_app_is_opened_again(open_app: Open, tenant: DemoServer) -> None:
    hold_back(tenant)
    async with open_app() as opened:
        await half_fetched(opened)
        await leave(opened)
    let_go(tenant)
    async with open_app() as again:
        await again.shows("1 download goes on. w shows it.")
        await again.press("w")
        await again.shows("12 MB in 12 chunks")
        await until(again.pilot, lambda: only(again).state is Fetch.DONE, "the whole dump")
        await again.shows("✓ exact")
        assert chunks_asked_for(tenant) == list(HELD)
        path = only(again).path
        assert path is not None
        assert hashlib.sha256(path.read_bytes()).hexdigest() == only(again).sha256
        await again.press("enter")
        await again.shows("on disk, exact")
    async with open_app() as later:
        await later.shows("model idle")
        assert later.desk.store.downloads == ()


@on("dumps")
async def test_a_paused_download_stays_paused_until_p(open_app: Open, tenant: DemoServer) -> None:
    hold_back(tenant)
    async with open_app() as opened:
        await half_fetched(opened)
        await opened.press("w", "p")
        await opened.shows("⊘ paused")
        await leave(opened)
    let_go(tenant)
    async with open_app() as again:
        await again.shows("1 download is paused. w shows it.")
        await again.press("w")
        await again.shows("⊘ paused")
        assert chunks_asked_for(tenant) == []
        await again.press("p")
        await until(again.pilot, lambda: only(again).state is Fetch.DONE, "the whole dump")
        assert chunks_asked_for(tenant) == list(HELD)


@on("dumps")
async def test_a_dump_that_was_replaced_meanwhile_says_so(
    open_app: Open, tenant: DemoServer, tmp_path: Path
) -> None:
    hold_back(tenant)
    async with open_app() as opened:
        await half_fetched(opened)
        await leave(opened)
    let_go(tenant)
    other = await opener(tenant.url, tmp_path / "another user's home", dumps="theirs")()
    await other.connect()
    await other.chosen.choose()
    await other.run(await other.find(NAME))
    await other.aclose()
    async with open_app() as again:
        await again.shows("1 download goes on. w shows it.")
        await again.press("w")
        await until(again.pilot, lambda: only(again).state is Fetch.FAILED, "the end of the download")
        assert "a later run by the same user takes the dumps of earlier ones" in only(again).problem
        await again.shows("replaced: a later run by the same user")


@on("dumps")
async def test_what_failed_can_be_dropped_and_stays_away(open_app: Open, tenant: DemoServer) -> None:
    hold_back(tenant)
    async with open_app() as opened:
        await half_fetched(opened)
        await leave(opened)
    let_go(tenant)
    tenant.faults.add(Fault("GET */chunks/9", "status", status=403, count=None))
    async with open_app() as again:
        await again.shows("1 download goes on. w shows it.")
        await again.press("w")
        await until(again.pilot, lambda: only(again).state is Fetch.FAILED, "the end of the download")
        await again.press("c")
        await until(again.pilot, lambda: only(again).state is Fetch.CANCELLED, "the cancel")
    async with open_app() as later:
        await later.shows("model idle")
        assert later.desk.store.downloads == ()
