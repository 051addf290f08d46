"""The question before a cancel says whose run it is, and keeps the focus on not cancelling."""

from dataclasses import replace

import pytest
from textual.widgets import Button

from anaplan_tui.core.snapshots import Origin
from anaplan_tui.ui.screens.run.cancel import cancel_question
from tests.support.apps import Open, until
from tests.support.values import LIVE


@pytest.mark.parametrize(
    ("started_by", "said"),
    [(None, "Anaplan does not say by whom"), ("[bold]Ana", "but by [bold]Ana.")],
)
async def test_a_run_of_others_is_said_to_be_theirs(
    open_app: Open, started_by: str | None, said: str
) -> None:
    theirs = replace(LIVE, origin=Origin.ELSEWHERE, started_by=started_by)
    async with open_app(size=(80, 24)) as opened:
        await opened.shows("model idle")
        await opened.app.push_screen(cancel_question(theirs))
        await opened.shows("! This run was not started from here")
        await opened.shows(said)
        await until(opened.pilot, lambda: isinstance(opened.app.focused, Button), "an answer in focus")
        assert isinstance(opened.app.focused, Button)
        assert str(opened.app.focused.label) == "Let it run"


async def test_of_a_run_from_here_nothing_of_it_is_said(open_app: Open) -> None:
    async with open_app(size=(80, 24)) as opened:
        await opened.shows("model idle")
        await opened.app.push_screen(cancel_question(LIVE))
        await opened.shows("Let it run")
        assert "not started from here" not in opened.text
