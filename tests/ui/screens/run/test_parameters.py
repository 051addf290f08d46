"""Parameters of a run: typed into the question before it, sent, and offered again."""

from anaplan_tui.core.snapshots import Verdict
from anaplan_tui.demo.server import DemoServer
from anaplan_tui.ui.screens.run.confirm import ConfirmRun
from tests.support.apps import Open, Opened, ours, until


async def ask(opened: Opened) -> None:
    """Open the question before a run of the process that prompts."""
    await opened.press("r")
    await opened.shows("Run 'Actuals load'")
    await opened.shows("Parameters (p)")


async def ended(opened: Opened, runs: int) -> None:
    """Wait for the end of this many runs."""
    await until(
        opened.pilot,
        lambda: len(ours(opened)) == runs and not any(run.live for run in ours(opened)),
        f"the end of {runs} runs",
    )


async def test_parameters_are_typed_sent_and_offered_again(open_app: Open, tenant: DemoServer) -> None:
    async with open_app(size=(80, 24)) as opened:
        await opened.open_process("actuals load")
        await ask(opened)
        await opened.press("p")
        await opened.shows("Dimension=Item")
        await opened.type("Version")
        await opened.press("enter")
        await opened.shows("is not of the form")
        await opened.type("=Budget")
        await opened.press("enter")
        await opened.shows("With Version=Budget.")
        await opened.press("enter")
        await ended(opened, 1)
        assert ours(opened)[0].verdict is Verdict.WARNINGS  # ignored rows, as the demo has them
        await opened.press("escape")
        await ask(opened)
        await opened.shows("With Version=Budget.")
        await opened.press("p")
        await opened.shows("Version=Budget")
        await opened.press("up", "ctrl+u", "enter")
        await until(opened.pilot, lambda: isinstance(opened.app.screen, ConfirmRun), "the question")
        await until(opened.pilot, lambda: "With" not in opened.text, "no parameters")
        await opened.press("y")
        await ended(opened, 2)
        assert ours(opened)[1].verdict is Verdict.FAILED
        assert tenant.log.count("POST", "*/tasks") == 2


async def test_escape_keeps_what_there_was(open_app: Open, tenant: DemoServer) -> None:
    async with open_app() as opened:
        await opened.open_process("actuals load")
        await ask(opened)
        await opened.press("p")
        await opened.type("Version=Actual")
        await opened.press("escape")
        await until(opened.pilot, lambda: isinstance(opened.app.screen, ConfirmRun), "the question")
        assert "With Version" not in opened.text
        await opened.press("escape")
        assert tenant.log.count("POST", "*/tasks") == 0


async def test_a_process_without_an_import_takes_none(open_app: Open, tenant: DemoServer) -> None:
    async with open_app(size=(80, 24)) as opened:
        await opened.open_process("daily inventory flash")
        await opened.press("r")
        await opened.shows("Parameters (p)")
        await opened.press("p")
        await opened.shows("Dimension=Item")
        await opened.type("Version=Actual")
        await opened.press("enter")
        await opened.shows("Only imports ask for parameters: it runs none.")
        await opened.press("ctrl+u", "enter")
        await until(opened.pilot, lambda: isinstance(opened.app.screen, ConfirmRun), "the question")
        assert tenant.log.count("POST", "*/tasks") == 0
