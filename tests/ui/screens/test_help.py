"""The content of ``?`` besides the keys."""

from anaplan_tui.core.snapshots import Verdict
from anaplan_tui.core.text import verdict_mark
from anaplan_tui.ui.screens.help import SIGNS
from tests.support.apps import Open


async def test_the_signs_of_the_lists_are_explained_at_the_end(open_app: Open) -> None:
    async with open_app(size=(120, 60)) as opened:
        await opened.shows("model idle")
        await opened.press("question_mark", "G")
        await opened.shows("● not opened yet   ▶ running")
    for verdict in Verdict:
        assert " ".join(verdict_mark(verdict)) in SIGNS.plain
