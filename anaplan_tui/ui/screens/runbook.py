"""One runbook: its steps as the last play left them, or as they stand while it is played."""

from collections.abc import Sequence
from pathlib import Path

from textual import getters, on, work
from textual.app import ComposeResult
from textual.content import Content
from typing_extensions import override

from anaplan_tui.core import text
from anaplan_tui.core.play import Play, Stage
from anaplan_tui.core.runbooks.shelf import as_played
from anaplan_tui.core.store import Snapshot
from anaplan_tui.ui import commands as c
from anaplan_tui.ui.place import bold
from anaplan_tui.ui.screens.play_conditions import why_no_play
from anaplan_tui.ui.screens.runbook_list import RunbookList
from anaplan_tui.ui.screens.runbook_words import (
    STOPS_WITH_THE_APP,
    BookLine,
    Moving,
    StepLine,
    step_note,
    step_state,
    step_time,
    title_words,
)
from anaplan_tui.ui.widgets.keyed_table import Column, KeyedTable
from anaplan_tui.ui.widgets.lines import Detail, Line
from anaplan_tui.ui.words import BAD, MUTED

_TICK_S = 1.0


class RunbookScreen(RunbookList[StepLine]):
    """Renders one file's steps with its newest play."""

    NAME = "runbook"
    NO_LINE = "There is no step in the list."
    HERE = (c.OPEN_STEP_RUN, c.PLAY, c.STOP_PLAY, c.FILTER, c.BACK, *c.EVERYWHERE)
    BINDINGS = c.bindings(HERE)

    _live_note = getters.query_one("#live-note", Line)

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self._line: BookLine | None = None

    @override
    def make_table(self) -> KeyedTable[StepLine]:
        return KeyedTable(
            (
                Column("#", lambda s: str(s.step.number), width=3, right=True),
                Column("STEP", lambda s: s.step.label, fitted=True),
                Column("STATE", step_state),
                Column("TIME", lambda s: step_time(s, self.tui.now()), width=8, right=True),
            ),
            key=lambda line: str(line.step.number),
            match=lambda line: f"{line.step.label} {line.step.says}",
            empty="Reading the runbook …",
        )

    @override
    def body(self) -> ComposeResult:
        yield from super().body()
        yield Line(id="live-note")
        yield Detail()

    @override
    def on_mount(self) -> None:
        self.set_interval(_TICK_S, self._tick)

    @override
    def place_name(self) -> str:
        return self._line.book.name if self._line is not None else "runbook"

    @override
    def heading(self) -> Content | str:
        if self._line is None:
            return bold("Runbook")
        name = Content(text.middle(self._line.book.name, 40))
        return bold("Runbook ") + name + Content.styled(f"  {text.home(self.path)}", MUTED)

    @override
    def heading_right(self) -> Content | str:
        return title_words(self._line, self.tui.now()) + Content(" ") if self._line is not None else ""

    @work(group="look", exclusive=True)
    @override
    async def look(self) -> None:
        self._line = await self.jobs.plays.line(self.path)
        self._show()
        self.list_stands()

    def _show(self) -> None:
        line = self._line
        if line is None:
            return
        play = line.play
        is_over = play is None or not (play.live or line.by)
        steps = as_played(line.book, play)
        lines = [
            StepLine(step, self._moving(step.run_id, step.upload_id, step.download_id), is_over)
            for step in steps
        ]
        self.table.show(lines, empty=line.book.problem)
        self._live_note.show(
            Content.styled(f" {STOPS_WITH_THE_APP}", MUTED)
            if play is not None and play.live and not line.by
            else ""
        )
        self.refresh_title()
        self.refresh_header()
        self._show_detail()

    def _moving(self, run_id: str | None, upload_id: str | None, download_id: str | None) -> Moving | None:
        store = self.desk.store
        if upload_id is not None:
            return next((upload for upload in store.uploads if upload.upload_id == upload_id), None)
        if download_id is not None:
            return next((d for d in store.downloads if d.download_id == download_id), None)
        return store.run(run_id) if run_id is not None else None

    @on(KeyedTable.Moved)
    def _show_detail(self) -> None:
        current = self.current
        if self._line is not None and self._line.book.problem:
            said = Content.styled(self._line.book.problem, BAD)
        else:
            said = Content.styled(_detail(current) if current is not None else "", MUTED)
        self._detail.show(said)
        self.refresh_keys()

    @override
    def snapshot_arrived(self, snapshot: Snapshot) -> None:
        line = self._line
        if line is None:
            return
        if isinstance(snapshot, Play):
            if snapshot.runbook == line.book.key:
                self._line = BookLine(line.book, snapshot)
                self._show()
        elif line.play is not None and line.play.live:
            self._show()

    def _tick(self) -> None:
        """The time of the step under way."""
        if self.app.screen is self and self._line is not None and self._line.play is not None:
            if self._line.by:
                self.look()
            elif self._line.play.live:
                self._show()

    # -- commands ----------------------------------------------------------------------------------

    @property
    @override
    def runbook(self) -> BookLine | None:
        return self._line

    def why_not_open(self) -> str:
        """Needs a step that started a run."""
        if self.current is None:
            return self.why_no_line()
        if self.current.step.run_id is None:
            said = "It was not played yet" if self.current.step.stage is Stage.WAITING else "It runs nothing"
            return f"{said}: there is no run to open."
        return ""

    def do_open(self) -> None:
        """Open the run of the highlighted step."""
        if self.current is not None and self.current.step.run_id is not None:
            self.jobs.runs.open_run_by_id(self.current.step.run_id)

    def why_not_play(self) -> str:
        """Needs a runbook that was read without a fault and is not being played."""
        return why_no_play(self._line) if self._line is not None else "The runbook is still being read."

    def do_play(self) -> None:
        """Ask from which step on, then play the runbook."""
        if self._line is not None:
            step = self.current.step.number if self.current is not None else None
            self.jobs.plays.ask(self._line.book, step)

    @override
    def copyable(self) -> Sequence[tuple[str, str]]:
        current = self.current
        step = current.step if current is not None else None
        return (
            ("step", step.label if step is not None else ""),
            ("reason", step.reason if step is not None else ""),
            ("file", str(step.file.path) if step is not None and step.file is not None else ""),
            ("runbook", str(self.path)),
        )


def _detail(line: StepLine) -> str:
    step = line.step
    said = step_note(step)
    return ": ".join(part for part in (step.says if step.name else "", said) if part)
