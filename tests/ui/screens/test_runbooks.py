"""Runbooks by keyboard: the directory, the steps of one, and a play: whole, in part, stopped, resumed."""

from pathlib import Path

import pytest

from anaplan_tui.config.settings import Runbooks
from anaplan_tui.core.play import Course, Stage
from anaplan_tui.core.snapshots import Verdict
from anaplan_tui.demo.server import DemoServer
from anaplan_tui.ui.screens.quitting import QuitDialog
from anaplan_tui.ui.screens.runbook import RunbookScreen
from tests.support.apps import SPEED, Open, Opened, on, shelf, starts, the_end, until
from tests.support.others import LONG, somebody_else_runs

PRICES = """
[[step]]
run = "Price update"
[[step]]
wait = "idle"
name = "calm"
[[step]]
run = "FX rates refresh"
"""
BROKEN = '[[step]]\nrun = "x"\nfrobnicate = 3\n'
SIZES = pytest.mark.parametrize("size", [(120, 40), (80, 24)])


async def played_from_the_top(opened: Opened, question: str = "From the top") -> None:
    """Request a play of the highlighted runbook, and confirm it."""
    await opened.press("r")
    await opened.shows(question)
    await opened.shows("From the top")
    await opened.press("y")


@SIZES
async def test_a_runbook_is_played_from_the_list_and_its_steps_stand_live(
    open_app: Open, tenant: DemoServer, tmp_path: Path, size: tuple[int, int]
) -> None:
    async with open_app(size=size) as opened:
        await shelf(opened, tmp_path, prices=PRICES)
        await opened.shows("not played yet")
        await played_from_the_top(opened, "Play 'prices'?")
        await opened.shows("Closing the app stops the play")
        play = await the_end(opened)
        assert play.course is Course.ENDED
        assert starts(tenant) == 2
        assert isinstance(opened.app.screen, RunbookScreen)
        await until(opened.pilot, lambda: "Closing the app" not in opened.text, "the note goes")
        await opened.press("enter")
        await opened.shows("Price update")
        await opened.press("escape", "escape")
        await opened.shows("LAST PLAY")
        assert "not played yet" not in opened.text


@SIZES
async def test_a_file_that_is_no_runbook_says_where_on_its_line(
    open_app: Open, tenant: DemoServer, tmp_path: Path, size: tuple[int, int]
) -> None:
    async with open_app(size=size) as opened:
        await shelf(opened, tmp_path, broken=BROKEN)
        await opened.shows("cannot be read")
        await opened.shows("line 3: step 1, frobnicate is not a key")
        await opened.press("r")
        assert starts(tenant) == 0
        assert not opened.desk.store.plays


async def test_an_empty_and_a_missing_directory_say_what_to_do(open_app: Open, tmp_path: Path) -> None:
    async with open_app() as opened:
        await shelf(opened, tmp_path)
        await opened.shows("no *.toml file")
        opened.desk.settings = opened.desk.settings.model_copy(
            update={"runbooks": Runbooks(directory=tmp_path / "none")}
        )
        await opened.press("R")
        await opened.shows("is not there")


@pytest.mark.parametrize(("keys", "played"), [(2, {2, 3}), (3, {2})])
async def test_from_the_step_under_the_cursor_or_that_alone(
    open_app: Open, tmp_path: Path, keys: int, played: set[int]
) -> None:
    async with open_app() as opened:
        await shelf(opened, tmp_path, prices=PRICES)
        await opened.press("enter")
        await opened.shows("run Price update")
        await opened.press("j", "r")
        await opened.shows("From step 2")
        await opened.shows("Only step 2")
        await opened.press(*["right"] * (keys - 1), "enter")
        play = await the_end(opened)
        assert {step.number for step in play.steps if step.stage is Stage.ENDED} == played
        await opened.shows("left out")


async def test_names_that_are_not_found_are_said_and_nothing_is_sent(
    open_app: Open, tenant: DemoServer, tmp_path: Path
) -> None:
    async with open_app() as opened:
        await shelf(opened, tmp_path, odd='[[step]]\nrun = "Nothing like it"\n')
        await played_from_the_top(opened)
        await opened.shows("'odd' cannot be played")
        await opened.press("escape")
        assert starts(tenant) == 0


@on(speed=0.1)
async def test_a_play_that_was_stopped_goes_on_with_the_same_task(
    open_app: Open, tenant: DemoServer, tmp_path: Path
) -> None:
    async with open_app() as opened:
        await shelf(opened, tmp_path, prices=PRICES)
        await played_from_the_top(opened)
        await opened.shows("Closing the app stops the play")
        await until(opened.pilot, lambda: starts(tenant) == 1, "the start")
        await opened.press("q")
        await until(opened.pilot, lambda: isinstance(opened.app.screen, QuitDialog), "the quit dialog")
        await opened.shows("'prices' stops here")
        await opened.press("n", "x")
        play = await the_end(opened)
        assert play.course is Course.STOPPED
        await opened.shows("stopped here")
        tenant.clock.speed = SPEED
        await opened.press("r")
        await opened.shows("Go on at step 1")
        await opened.press("y")
        play = await the_end(opened)
        assert (play.course, play.resumed, starts(tenant)) == (Course.ENDED, True, 2)
        assert play.verdict in (Verdict.COMPLETED, Verdict.WARNINGS)


@on(speed=0.1)
async def test_the_app_offers_to_go_on_when_it_is_opened_again(
    open_app: Open, tenant: DemoServer, tmp_path: Path
) -> None:
    async with open_app() as opened:
        await shelf(opened, tmp_path, prices=PRICES)
        await played_from_the_top(opened)
        await opened.shows("Closing the app stops the play")
        await until(opened.pilot, lambda: starts(tenant) == 1, "the start")
    async with open_app() as opened:
        await opened.shows("Go on with the play of 'prices'?")
        await opened.press("n")
    async with open_app() as opened:
        await opened.shows("model")
        jobs = opened.app.jobs
        assert jobs is not None
        assert await jobs.plays._cut_off() == []
    assert starts(tenant) == 1


ASKS = '[[step]]\nrun = "{Process}"\n[[step]]\nrun = "Nightly load"\nparameters = { Version = "{Version}" }\n'


@SIZES
async def test_values_are_asked_for_before_a_play_and_offered_again(
    open_app: Open, tenant: DemoServer, tmp_path: Path, size: tuple[int, int]
) -> None:
    async with open_app(size=size) as opened:
        await shelf(opened, tmp_path, asks=ASKS)
        await played_from_the_top(opened)
        await opened.shows("Values for 'asks'")
        await opened.shows("step 2, parameters.Version")
        await opened.type("Price update")
        await opened.press("enter", "enter")
        await opened.shows("Version needs a value.")
        assert starts(tenant) == 0
        await opened.type("Actual")
        await opened.press("enter")
        play = await the_end(opened)
        assert [step.target for step in play.steps] == ["Price update", "Nightly load"]
        assert (play.stopped_at, starts(tenant)) == (play.steps[1], 2)
        record = await opened.desk.player.last(play.runbook)
        assert record is not None
        assert dict(record.values) == {"Process": "Price update", "Version": "Actual"}
        await opened.press("r")
        await opened.shows("Go on at step 2")
        await opened.press("right", "enter")
        await opened.shows("Values for 'asks'")
        await opened.shows("Price update")
        await opened.press("escape")
        await until(opened.pilot, lambda: isinstance(opened.app.screen, RunbookScreen), "the runbook again")
        assert starts(tenant) == 2


async def test_a_play_that_goes_on_asks_only_for_values_that_are_new(
    open_app: Open, tenant: DemoServer, tmp_path: Path
) -> None:
    path = tmp_path / "asks.toml"
    async with open_app() as opened:
        await shelf(opened, tmp_path, asks=ASKS.replace("{Process}", "Price update"))
        await played_from_the_top(opened)
        await opened.shows("Values for 'asks'")
        await opened.type("Actual")
        await opened.press("enter")
        await the_end(opened)
        corrected = path.read_text().replace("Nightly load", "{Other}").replace("{Version}", "Actual")
        path.write_text(corrected)
        await opened.press("r")
        await opened.shows("Go on at step 2")
        await opened.press("y")
        await opened.shows("step 2, run")
        assert "Version" not in opened.text.split("Values for")[1].split("Enter goes")[0]
        await opened.type("FX rates refresh")
        await opened.press("enter")
        await until(
            opened.pilot, lambda: [p.course for p in opened.desk.store.plays] == [Course.ENDED], "the end"
        )
        assert starts(tenant) == 3


async def test_a_play_waits_for_a_busy_model_says_so_and_is_stopped(
    open_app: Open, tenant: DemoServer, tmp_path: Path
) -> None:
    async with open_app() as opened:
        await shelf(opened, tmp_path, calm='[[step]]\nwait = "idle"\n[[step]]\nrun = "Nightly purge"\n')
        somebody_else_runs(tenant, LONG)
        others = starts(tenant)
        await played_from_the_top(opened)
        await opened.shows("▶ waiting: ")
        await opened.press("x")
        play = await the_end(opened)
        assert (play.course, play.stopped_at, starts(tenant)) == (Course.STOPPED, play.steps[0], others)
        tenant.clock.speed = SPEED
        await opened.press("r")
        await opened.shows("Go on at step 1")
        await opened.press("y")
        await until(
            opened.pilot, lambda: [p.course for p in opened.desk.store.plays] == [Course.ENDED], "the end"
        )
        assert starts(tenant) == others + 1
