"""All runs that are known, live ones on top; Enter opens one."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.content import Content

from anaplan_tui.core import text
from anaplan_tui.core.snapshots import RunSnapshot
from anaplan_tui.core.store import Snapshot
from anaplan_tui.ui import commands as c
from anaplan_tui.ui.place import ListPlace, bold
from anaplan_tui.ui.widgets.keyed_table import Column, KeyedTable
from anaplan_tui.ui.widgets.lines import Detail
from anaplan_tui.ui.words import LIVE, MUTED, run_words


class RunsScreen(ListPlace):
    """The journal's runs of this profile, with what the store knows newer."""

    NAME = "runs"
    HERE = (
        c.OPEN_RUN_LINE,
        c.CANCEL_RUN,
        c.RUN_AGAIN,
        *c.LISTS,
        c.BACK,
        *(command for command in c.EVERYWHERE if command is not c.RUNS),
    )
    BINDINGS = c.bindings(HERE)
    CSS_PATH: ClassVar[str] = "catalog.tcss"

    def make_table(self) -> KeyedTable[RunSnapshot]:
        return KeyedTable(
            self._columns(),
            key=lambda run: run.run_id,
            match=lambda run: f"{run.name} {run.model_name} {run.reason} {run.task_id}",
            empty="Nothing was run from here yet.\n\nEsc goes back; r on a process runs it.",
        )

    def body(self) -> ComposeResult:
        yield from super().body()
        yield Detail()

    def place_name(self) -> str:
        return "runs"

    @on(KeyedTable.Moved)
    def _show_detail(self) -> None:
        run = self.current
        said = (run.reason or run.note) if run is not None else ""
        self.query_one(Detail).show(Content.styled(said, MUTED))
        self.refresh_keys()

    def desk_opened(self) -> None:
        self._load()

    def _load(self) -> None:
        known = {run.run_id: run for run in self.desk.recent_runs()}
        known.update({run.run_id: run for run in self.desk.store.runs})
        runs = sorted(
            known.values(), key=lambda r: r.started_at.timestamp() if r.started_at else 0.0, reverse=True
        )
        self.table.show(sorted(runs, key=lambda run: not run.live))
        self.refresh_title()
        self.refresh_keys()

    def heading(self) -> Content | str:
        runs = self.table.items
        live = sum(1 for run in runs if run.live)
        return (
            bold("Runs") + Content(f" {len(runs)}") + Content.styled(f" · {live} live" if live else "", LIVE)
        )

    def snapshot_arrived(self, snapshot: Snapshot) -> None:
        if not isinstance(snapshot, RunSnapshot):
            return
        held = next((run for run in self.table.items if run.run_id == snapshot.run_id), None)
        if held is None or held.live != snapshot.live:
            self._load()
        else:
            self.table.update(snapshot)

    def _columns(self) -> tuple[Column[RunSnapshot], ...]:
        return (
            Column("STATE", run_words, width=14, sort=lambda r: text.run_mark(r)[1]),
            Column("NAME", lambda r: r.name, share=4, sort=lambda r: r.name.casefold()),
            Column("WHAT", _what, share=4),
            Column(
                "STARTED",
                lambda r: text.ago(r.started_at, self.tui.now()),
                width=16,
                sort=lambda r: r.started_at,
                descending=True,
            ),
            Column(
                "TOOK",
                lambda r: text.duration(r.duration_s),
                width=7,
                right=True,
                sort=lambda r: r.duration_s,
            ),
            Column("MODEL", lambda r: Content.styled(r.model_name, MUTED), width=20, from_width=110),
        )

    # -- commands ----------------------------------------------------------------------------------

    @property
    def current(self) -> RunSnapshot | None:
        run = self.table.current
        return run if isinstance(run, RunSnapshot) else None

    def why_not(self, command: c.Command) -> str:
        if command.id not in ("open", "cancel_run", "run"):
            return ""
        run = self.current
        if run is None:
            return "There is no run in the list."
        if command.id == "cancel_run" and not run.live:
            return "This run has ended; there is nothing to cancel."
        if command.id == "run" and run.live:
            return "This run still goes on."
        return ""

    def do_open(self) -> None:
        if self.current is not None and self.tui.jobs is not None:
            self.tui.jobs.open_run(self.current)

    def do_cancel_run(self) -> None:
        from anaplan_tui.ui.screens.run import cancel_question

        run = self.current

        def answered(cancel: bool | None) -> None:
            if cancel and run is not None and self.tui.jobs is not None:
                self.tui.jobs.cancel(run.run_id)

        if run is not None:
            self.app.push_screen(cancel_question(run), answered)

    def do_run(self) -> None:
        if self.current is not None and self.tui.jobs is not None:
            self.tui.jobs.run_again(self.current)

    async def do_refresh(self) -> None:
        self._load()

    def copyable(self) -> Sequence[tuple[str, str]]:
        run = self.current
        if run is None:
            return ()
        return (("name", run.name), ("task id", run.task_id or ""), ("reason", run.reason))


def _what(run: RunSnapshot) -> Content:
    if run.live:
        shown = " ".join(part for part in (text.percent(run.progress), run.current_step or run.note) if part)
        return Content.styled(shown, LIVE)
    return Content.styled(run.reason, MUTED)
