"""The header: what keeps the model busy is shown on a small screen too."""

from dataclasses import replace
from typing import Any, get_args

import pytest
from textual.style import Style

from anaplan_tui.config.settings import Profile
from anaplan_tui.core.snapshots import Phase, RunSnapshot
from anaplan_tui.ui.screens.run.cancel import cancel_question
from anaplan_tui.ui.widgets.context_line import ContextLine, Where
from anaplan_tui.ui.words import banner
from tests.support.apps import Open
from tests.support.values import LIVE


def header(width: int, state: str, mode: str = "PRODUCTION", place: str = "") -> str:
    """Return the header of a model in this state."""
    line = ContextLine()
    line._where = Where("prod", "Supply Chain", "Demand plan", place, model_state=state, busy=True, mode=mode)
    (content,) = line.lines(width)
    assert content.cell_length == width
    return content.plain


@pytest.mark.parametrize("width", [80, 100, 120])
@pytest.mark.parametrize("place", ["", "Nightly exports to warehouse"])
def test_what_runs_is_named(width: int, place: str) -> None:
    assert "model busy: Processing ..., 40 %" in header(width, "busy: Processing ..., 40 %", place=place)
    shown = header(width, "busy: Nightly exports to warehouse, 40 %", place=place)
    assert "busy: Nightly" in shown
    assert "40 %" in shown
    assert (place[:12] or "Demand plan") in shown


def test_where_nothing_of_it_can_be_read_it_is_busy() -> None:
    shown = header(40, "busy: Nightly exports to warehouse, 40 %")
    assert "model busy " in shown
    assert "PRODUCTION" in shown


def test_an_idle_model_is_idle_at_any_width() -> None:
    assert "model idle" in header(40, "idle", mode="")


def test_a_profile_s_own_word_takes_the_place_of_the_service_s_for_production() -> None:
    def facts(**changes: Any) -> str:
        line = ContextLine()
        line._where = Where("prod", "Supply Chain", "Demand plan", **changes)
        return line.lines(120)[0].plain

    assert facts(mode="PRODUCTION").endswith("PRODUCTION ")
    labelled = facts(mode="PRODUCTION", label="PROD", colour="red")
    assert "PROD" in labelled
    assert "PRODUCTION" not in labelled
    assert "LOCKED" in facts(mode="LOCKED", label="PROD")


@pytest.mark.parametrize("colour", get_args(get_args(Profile.model_fields["colour"].annotation)[0]))
def test_every_colour_that_is_allowed_can_be_shown(colour: str) -> None:
    ((_, _, style),) = banner("PROD", colour).spans
    assert Style.parse(str(style)).background is not None
    assert banner("", colour).plain == ""


async def test_the_profile_s_word_stands_in_the_header_and_in_each_question_that_changes_something(
    open_app: Open,
) -> None:
    async with open_app(size=(80, 24)) as opened:
        await opened.open_process("nightly load")  # others may be running the process in the first line
        desk = opened.desk
        desk.profile = desk.profile.model_copy(update={"label": "PROD", "colour": "red"})
        opened.app.refresh_headers()
        await opened.shows(" PROD ")
        await opened.press("r")
        await opened.shows("Don't run")
        question = next(line for line in opened.text.splitlines() if "Run '" in line)
        assert " PROD  Run '" in question


@pytest.mark.parametrize("run", [LIVE, replace(LIVE, phase=Phase.WAITING)])
def test_a_cancel_is_a_question_that_changes_something(run: RunSnapshot) -> None:
    assert cancel_question(run)._changes_things
