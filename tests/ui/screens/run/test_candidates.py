"""A start whose answer was lost: reported plainly, with its candidates, and the chosen one watched."""

from typing import Any

import pytest

from anaplan_tui.api.refs import TargetRef
from anaplan_tui.core.snapshots import Phase
from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.server import DemoServer
from anaplan_tui.ui.screens.run.candidates import CandidatesDialog
from tests.support.apps import Open, Opened, on, opener, until

STARTS = "*/processes/*/tasks"


async def start_unknown(opened: Opened, name: str) -> None:
    """Run a process whose start stays unknown."""
    await opened.open_process(name)
    await opened.press("r")
    await opened.shows("Don't run")
    await opened.press("y")
    await until(opened.pilot, lambda: bool(_unknown(opened)), "an unknown start")


def _unknown(opened: Opened) -> list[str]:
    return [run.run_id for run in opened.desk.store.runs if run.phase is Phase.UNKNOWN_START]


@on("dead-start")
async def test_a_start_that_left_no_task_says_what_to_check(open_app: Open, tenant: DemoServer) -> None:
    async with open_app() as opened:
        await start_unknown(opened, "nightly purge")
        await opened.shows("Did it start?")
        for word in ("? unknown", "It was not sent again", "No task began since", "c which task"):
            await opened.shows(word)
        assert tenant.log.count("POST", STARTS) == 1
        await opened.press("c")
        await opened.shows("None began since")
        await opened.press("escape")
        assert tenant.log.count("POST", STARTS) == 1


@on(speed=1.0)
async def test_of_several_new_tasks_the_operator_chooses(
    open_app: Open, tenant: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else starts the same process at the same moment."""
    async with open_app() as opened:
        await opened.shows("model idle")
        other = await opener(tenant.url, opened.directory / "other")()
        try:
            await other.connect()
            client, start = opened.desk.client, opened.desk.client.start
            theirs: list[str] = []

            async def both(target: TargetRef, **how: Any) -> str:
                theirs.append(await other.client.start(target, **how))
                return await start(target, **how)

            monkeypatch.setattr(client, "start", both)
            tenant.faults.add(Fault(f"POST {STARTS}", "lost", nth=2))
            await start_unknown(opened, "nightly purge")
        finally:
            await other.aclose()
        (run,) = opened.desk.store.runs
        assert len(run.candidates) == 2
        await opened.shows("2 tasks began since")
        await opened.press("c")
        await until(opened.pilot, lambda: isinstance(opened.app.screen, CandidatesDialog), "the question")
        await opened.shows("These began since")
        for task_id in run.candidates:
            assert task_id in opened.text
        assert theirs[0] in run.candidates
        await opened.press("enter")
        await until(opened.pilot, lambda: len(opened.desk.store.runs) == 2, "the chosen run")
        chosen = opened.desk.store.runs[1]
        assert chosen.task_id in run.candidates
        assert tenant.log.count("POST", STARTS) == 2
