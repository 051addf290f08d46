"""Part of a process by keyboard: chosen on a failed run, played, shown like a run of the process."""

import pytest

from anaplan_tui.core.snapshots import Verdict
from anaplan_tui.demo.server import DemoServer
from anaplan_tui.ui.screens.run.rest import ChooseRest
from anaplan_tui.ui.screens.run.screen import RunScreen
from tests.support.apps import SPEED, Open, Opened, on, until


async def failed_run(opened: Opened) -> None:
    """Open the screen of a run of Nightly load, which fails at its third action."""
    await opened.shows("model idle")
    await opened.press("slash")
    await opened.type("nightly load")
    await opened.press("down")
    await opened.shows("1 shown")
    await opened.press("r")
    await opened.shows("Parameters (p)")
    await opened.press("y")
    await until(
        opened.pilot,
        lambda: any(run.verdict is Verdict.FAILED for run in opened.desk.store.runs),
        "the failure",
    )


@on(speed=5.0)
async def test_each_action_has_one_line_on_a_narrow_screen(open_app: Open) -> None:
    async with open_app(size=(60, 30)) as opened:
        await failed_run(opened)
        await opened.press("F")
        await opened.shows("3 of 5 marked")
        lines = opened.text.splitlines()
        first = next(n for n, line in enumerate(lines) if "]  1 " in line)
        assert [line.count("]  ") for line in lines[first : first + 5]] == [1] * 5
        assert "3 of 5 marked" in lines[first + 5]


@on(speed=5.0)
@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_the_failed_action_and_all_after_it_are_offered_and_run(
    open_app: Open, tenant: DemoServer, size: tuple[int, int]
) -> None:
    async with open_app(size=size) as opened:
        await failed_run(opened)
        await opened.press("F")
        await opened.shows("Run part of 'Nightly load'")
        await opened.shows("3 of 5 marked")
        assert "[ ]  2 Sales from sales.csv" in opened.text
        assert "! 1,234 cells rejected: I…" in opened.text
        assert "[x]  3 Regions" in opened.text
        await opened.press("space")  # without the failed one
        await opened.shows("2 of 5 marked")
        await opened.press("y")
        await opened.shows("Closing the app stops this")
        await until(
            opened.pilot,
            lambda: any(
                run.task_id is None and run.verdict is Verdict.COMPLETED for run in opened.desk.store.runs
            ),
            "the end of the part",
        )
        await opened.shows("2 actions of 5 as single tasks")
        assert isinstance(opened.app.screen, RunScreen)
        await opened.shows("· not run")
        assert "Since the last run" not in opened.text
        posts = [
            tenant.log.count("POST", f"*/{kind}/*/tasks")
            for kind in ("processes", "imports", "exports", "actions")
        ]
        assert posts == [1, 0, 1, 1]


async def test_nothing_is_run_without_a_mark_and_escape_changes_nothing(
    open_app: Open, tenant: DemoServer
) -> None:
    async with open_app() as opened:
        await failed_run(opened)
        await opened.press("F")
        await opened.shows("3 of 5 marked")
        await opened.press("n")
        await opened.shows("0 of 5 marked")
        await opened.press("y")
        assert isinstance(opened.app.screen, ChooseRest)
        await opened.press("a")
        await opened.shows("5 of 5 marked")
        await opened.press("escape")
        await until(opened.pilot, lambda: isinstance(opened.app.screen, RunScreen), "the run again")
        assert tenant.log.count("POST", "*/tasks") == 1


@on(speed=4.0)
async def test_a_part_that_the_app_was_closed_in_is_offered_again(open_app: Open, tenant: DemoServer) -> None:
    def parts() -> list[int]:
        return [tenant.log.count("POST", f"*/{kind}/*/tasks") for kind in ("imports", "exports", "actions")]

    async with open_app() as opened:
        await failed_run(opened)
        await opened.press("F")
        await opened.shows("3 of 5 marked")
        tenant.clock.speed = 0.1  # the export stays live until the app has been closed
        await opened.press("space", "y")
        await opened.shows("Closing the app stops this")
        await until(opened.pilot, lambda: parts() == [0, 1, 0], "the start of the export")
        await opened.press("q")
        await opened.shows("'Part of Nightly load' stops here")
        await opened.shows("offers to go on")
        await opened.press("n")
        assert parts() == [0, 1, 0]
    tenant.clock.speed = SPEED
    async with open_app() as opened:
        await opened.shows("Go on with the play of 'Part of Nightly load'?")
        await opened.press("y")
        await opened.shows("2 actions of 5 as single tasks")
        await until(opened.pilot, lambda: parts() == [0, 1, 1], "the last action")
        await until(opened.pilot, lambda: not any(p.live for p in opened.desk.store.plays), "the end")
    async with open_app() as opened:
        await opened.shows("model idle")
        assert "Go on with" not in opened.text
