"""The list of downloads and uploads, while other work is in progress."""

from anaplan_tui.core.play import Play
from anaplan_tui.ui.screens.downloads import DownloadsScreen
from tests.support.apps import Open, until
from tests.support.values import DOWNLOADS


async def test_a_runbook_that_is_played_is_no_line_of_it(open_app: Open) -> None:
    async with open_app() as opened:
        await opened.shows("model idle")
        await opened.press("w")
        await until(opened.pilot, lambda: isinstance(opened.app.screen, DownloadsScreen), "the list")
        opened.desk.store.put_play(Play("p1", "/books/nightly.toml", "Nightly", ()))
        opened.desk.store.put_download(DOWNLOADS[0])
        await opened.shows(DOWNLOADS[0].name)
