"""``D`` asks for another directory when that of the dumps does not work."""

from pathlib import Path

from anaplan_tui.core.snapshots import Fetch
from anaplan_tui.demo.server import DemoServer
from anaplan_tui.ui.screens.save_as import PathDialog
from tests.support.apps import Open, Opened, on, until


async def asked_for_another(opened: Opened) -> Path:
    """Make a dump fail with a file in place of its directory, and open the question; return the directory."""
    await opened.shows("model idle")
    directory = opened.desk.dumps.directory
    directory.parent.mkdir(parents=True, exist_ok=True)
    directory.write_text("in the way")
    await opened.run_process("12 mb")
    await until(
        opened.pilot,
        lambda: any(d.state is Fetch.FAILED for d in opened.desk.store.downloads),
        "the failed download",
    )
    await opened.press("D")
    await opened.shows("into which directory?")
    return directory


@on("dumps")
async def test_it_asks_and_puts_them_there(open_app: Open, tenant: DemoServer, tmp_path: Path) -> None:
    async with open_app() as opened:
        directory = await asked_for_another(opened)
        assert isinstance(opened.app.screen, PathDialog)
        await opened.shows("not a directory")
        await opened.press(*str(directory / "deeper"), "enter")
        await opened.shows("A part of the path is not a directory")
        elsewhere = tmp_path / "elsewhere"
        await opened.press("ctrl+u", *str(elsewhere), "enter")
        await until(
            opened.pilot,
            lambda: any(d.state is Fetch.DONE for d in opened.desk.store.downloads),
            "the dump in another place",
        )
        await opened.shows("on disk, exact")
        (found,) = elsewhere.rglob("*.csv")
        assert found.stat().st_size > 11_000_000


@on("dumps")
async def test_esc_leaves_it_and_says_why(open_app: Open, tenant: DemoServer) -> None:
    async with open_app() as opened:
        await asked_for_another(opened)
        await opened.press("escape")
        await opened.shows("was not fetched")
        assert {d.state for d in opened.desk.store.downloads} == {Fetch.FAILED}
