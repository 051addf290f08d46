"""The screen of the optimizer's log: what it said while it solved, as the service gives it."""

from typing import ClassVar

from textual import getters, work
from textual.app import ComposeResult
from textual.content import Content
from typing_extensions import override

from anaplan_tui.api.errors import AnaplanError
from anaplan_tui.core.snapshots import Action, RunSnapshot
from anaplan_tui.ui import commands as c
from anaplan_tui.ui.place import Place, bold
from anaplan_tui.ui.widgets.lines import Line
from anaplan_tui.ui.widgets.text_pane import TextPane
from anaplan_tui.ui.words import BAD, MUTED


class SolutionLogScreen(Place):
    """Fetches the log when it is opened or refreshed; the log is not kept."""

    NAME = "optimizer's log"
    HERE = (c.BACK, *c.EVERYWHERE)
    BINDINGS = c.bindings(HERE)
    CSS_PATH: ClassVar[str] = "../catalog.tcss"

    _title_line = getters.query_one("#title", Line)
    _pane = getters.query_one(TextPane)

    def __init__(self, run: RunSnapshot, action: Action) -> None:
        super().__init__()
        self._run, self._action = run, action
        self._log = ""

    @override
    def body(self) -> ComposeResult:
        yield Line(id="title")
        yield TextPane()

    @override
    def place_name(self) -> str:
        return self._action.name

    @override
    def on_mount(self) -> None:
        self._title_line.show(
            Content(" ")
            + bold("The optimizer's log")
            + Content(f" of {self._action.name} in {self._run.name}")
        )
        self._pane.focus()
        self._read()

    @work(group="log", exclusive=True)
    async def _read(self) -> None:
        pane = self._pane
        pane.show_text(Content.styled("Asking Anaplan for it …", MUTED))
        try:
            self._log = await self.desk.solution_log(self._run, self._action)
        except AnaplanError as error:
            again = f"{c.REFRESH.key} asks again. Only Workspace Administrators may read it."
            pane.show_text([Content.styled(f"✗ {error}", BAD), Content(), Content.styled(again, MUTED)])
            return
        pane.show_text(
            [Content(line) for line in self._log.split("\n")] if self._log else Content("It is empty.")
        )

    @override
    async def do_refresh(self) -> None:
        self._read()

    @override
    def copyable(self) -> tuple[tuple[str, str], ...]:
        return (("the log", self._log), ("the action's id", self._action.id))
