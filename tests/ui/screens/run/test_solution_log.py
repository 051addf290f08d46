"""The optimizer's log is one key away in the drill-down of its action."""

from textual.widgets import Static

from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.server import DemoServer
from anaplan_tui.ui.screens.run.solution_log import SolutionLogScreen
from tests.support.apps import Open, until


async def test_the_log_of_an_optimizer_action(open_app: Open, tenant: DemoServer) -> None:
    async with open_app() as opened:
        await opened.run_process("safety stock optimization")
        await opened.press("g", "l")
        await opened.shows("Only an optimizer action has a log")
        await opened.press("G")
        await opened.shows("l shows what the optimizer said")
        await opened.press("l")
        await until(opened.pilot, lambda: isinstance(opened.app.screen, SolutionLogScreen), "the log")
        await opened.shows("Optimal solution found (tolerance 1.00e-04)")
        assert tenant.log.count("GET", "*/optimizeActions/117000000006/tasks/*/solutionLogs") == 1
        assert not opened.app.screen.query(Static)
        assert dict(opened.app.screen.copyable())["the log"].startswith("Non-default parameters:\n")  # type: ignore[attr-defined]
        await opened.press("escape")
        await opened.shows("l shows what the optimizer said")


async def test_a_log_that_is_not_to_be_had_says_why_and_is_asked_for_again(
    open_app: Open, tenant: DemoServer
) -> None:
    async with open_app() as opened:
        await opened.run_process("safety stock optimization")
        tenant.faults.add(Fault("GET */solutionLogs", "status", status=403))
        await opened.press("G", "l")
        await opened.shows("R asks again")
        await opened.press("R")
        await opened.shows("Optimal solution found")
