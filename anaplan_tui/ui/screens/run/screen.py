"""A run: what it is doing or what it came to, its actions in order, and the drill-down beside them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from textual import events, getters, on, work
from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.widgets import Static
from typing_extensions import override

from anaplan_tui.api.refs import DumpRef
from anaplan_tui.core import text
from anaplan_tui.core.runs.step_times import Going
from anaplan_tui.core.snapshots import Action, DownloadSnapshot, Phase, RunSnapshot, Step, is_optimizer
from anaplan_tui.core.store import Snapshot
from anaplan_tui.core.verdict.compare import RunComparison, compare_runs
from anaplan_tui.core.verdict.outcomes import actions_of
from anaplan_tui.core.verdict.urgency import first_to_read
from anaplan_tui.ui import commands as c
from anaplan_tui.ui.jobs.bundle import why_no_bundle
from anaplan_tui.ui.jobs.dumps import why_no_dump, why_no_dumps
from anaplan_tui.ui.jobs.rest import why_no_rest
from anaplan_tui.ui.jobs.uploads import why_no_upload
from anaplan_tui.ui.place import Place
from anaplan_tui.ui.screens.run.action_panel import About, ActionPanel
from anaplan_tui.ui.screens.run.cancel import ask_to_cancel, why_no_cancel
from anaplan_tui.ui.screens.run.columns import (
    WIDE,
    Row,
    Widths,
    columns_for,
    panel_width,
    width_in_full,
    widths_for,
)
from anaplan_tui.ui.screens.run.words import (
    after_line,
    headline,
    progress_line,
    reason_text,
    texts_to_copy,
)
from anaplan_tui.ui.widgets.keyed_table import KeyedTable
from anaplan_tui.ui.widgets.lines import Line, Sentence

_LOOK_EVERY_S = 5.0
"""Between looks at the files of the run that is shown."""


class RunScreen(Place):
    """Renders the snapshot that the store holds for its run."""

    NAME = "run"
    HERE = (
        c.PANEL,
        c.TRIAGE,
        c.DUMP,
        c.DUMPS,
        c.SOLUTION_LOG,
        c.UPLOAD,
        c.CANDIDATES,
        c.CANCEL_RUN,
        c.RUN_AGAIN,
        c.RUN_REST,
        c.BUNDLE,
        c.BACK,
        *c.EVERYWHERE,
    )
    BINDINGS = c.bindings(HERE)
    CSS_PATH: ClassVar[str] = "screen.tcss"
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012  # declared on the instance in Textual
        (0, "-narrow"),
        (WIDE, "-wide"),
    ]

    _panel = getters.query_one(ActionPanel)
    _reason_text = getters.query_one("#reason", Static)
    _head_line = getters.query_one("#headline", Line)
    _meter_line = getters.query_one("#meter", Line)
    _after_line = getters.query_one("#after", Sentence)

    def __init__(self, run_id: str) -> None:
        super().__init__()
        self.run_id = run_id
        self._reason: Content = Content()
        self._before: RunSnapshot | None = None
        """The run before; ``None`` while it is looked up, or without one."""
        self._comparison: RunComparison | None = None
        """What changed since then; ``None`` while the run goes on."""
        self._usual_s: float | None = None
        """How long it takes, for a run of which that was not known when it began."""
        self._run_since = False
        """The target was run again later, which takes the dumps of this run."""
        self._has_begun = False
        """The service said when it began, so that the run before can be told."""
        self._widths: Widths | None = None

    @override
    def body(self) -> ComposeResult:
        yield Line(id="headline")
        yield Line(id="meter")
        yield Static(id="reason")
        with Container(id="halves"):
            yield KeyedTable[Row](
                (), key=lambda row: f"{row.number}", empty="Its actions are not known yet.", id="actions"
            )
            yield ActionPanel()
        yield Sentence(id="after")

    @override
    def on_mount(self) -> None:
        self._release = self.desk.store.hold(self.run_id)
        self.table.focus()
        self._tick = self.set_interval(1.0, self._refresh_times)
        self._looks = self.set_interval(_LOOK_EVERY_S, self._look)
        self._show(self.snapshot)
        self._has_begun = self.snapshot.started_at is not None
        self._to_worst()
        self._compare()
        self._look()

    def _look(self) -> None:
        """See whether the run's files are still what was fetched; what changed comes by the store."""
        if any(action.dump.path or action.output.path for action in self.snapshot.actions):
            self._look_at_files()

    @work(group="look")
    async def _look_at_files(self) -> None:
        await self.desk.dumps.looks.at_run(self.run_id)

    def on_unmount(self) -> None:
        """The store may drop the details of the run again."""
        self._release()

    @work(group="compare", exclusive=True)
    async def _compare(self) -> None:
        """Look up the run before and, once this one has ended, what changed since then."""
        run = self.snapshot
        self._usual_s = await self.desk.remembered.usual_s(run)
        self._before = await self.desk.remembered.before(run)
        self._run_since = await self.desk.remembered.was_run_since(run)
        run = self.snapshot
        if self._before is not None and not run.live and not run.in_parts:
            self._comparison = compare_runs(self._before, run, now=self.tui.now())
        self._show(self.snapshot)

    @property
    def snapshot(self) -> RunSnapshot:
        """The run as it is now."""
        run = self.desk.store.run(self.run_id)
        if run is None:
            raise RuntimeError("a run's screen was opened before its run was in the store")
        return run if run.usual_s is not None or run.in_parts else replace(run, usual_s=self._usual_s)

    @property
    def table(self) -> KeyedTable[Row]:
        """The list of actions, beside a panel that has lists of its own."""
        return self.query_one("#actions", KeyedTable)

    @property
    def action(self) -> Action | None:
        """The action under the cursor."""
        row = self.table.current
        return row.action if row is not None else None

    @override
    def place_name(self) -> str:
        return self.snapshot.name

    @override
    def header_note(self) -> str:
        run = self.snapshot
        if run.in_parts:
            return "action by action"
        if run.task_id is None:
            return "not sent yet" if run.live else ""
        return f"task {run.task_id[:6]}… {text.local_time(run.started_at)}"

    # -- showing -----------------------------------------------------------------------------------

    @override
    def snapshot_arrived(self, snapshot: Snapshot) -> None:
        if isinstance(snapshot, DownloadSnapshot):
            if snapshot.run_id == self.run_id:
                self._show_panel(self.snapshot)
                self._refresh_times()
        elif isinstance(snapshot, RunSnapshot) and snapshot.run_id == self.run_id:
            was_live = bool(self.table.items) and self.table.items[0].live
            had_not_begun, self._has_begun = not self._has_begun, snapshot.started_at is not None
            self._show(self.snapshot)
            if was_live and not snapshot.live:
                self._to_worst()
                self._compare()
            elif had_not_begun and snapshot.started_at is not None:
                self._compare()

    def _show(self, run: RunSnapshot) -> None:
        rows = [Row(n, action, run.live, self._going(run, n)) for n, action in enumerate(actions_of(run), 1)]
        self._lay_out(run)
        held = self.table.items
        if [r.action.id for r in held] == [r.action.id for r in rows] and rows:
            for row in rows:
                self.table.update(row)
        else:
            self.table.show(rows, empty="" if run.live else "Anaplan said nothing about single actions.")
        self._follow_running(run)
        self._show_reason(reason_text(run, self._comparison))
        self._refresh_times()
        self._show_panel(run)
        self.refresh_keys()

    def _lay_out(self, run: RunSnapshot) -> None:
        """Columns for what stands in them now."""
        width = self.size.width
        panel = panel_width(width, width_in_full(actions_of(run)))
        widths = widths_for(actions_of(run), width - panel)
        self._panel.styles.width = "1fr" if self.has_class("-panel-only") else panel or "1fr"
        if widths != self._widths:
            self._widths = widths
            self.table.set_columns(columns_for(widths))

    def _going(self, run: RunSnapshot, number: int) -> Going | None:
        """How long an action of a live run has taken so far."""
        return self.jobs.steps.of(run.run_id, number - 1, self.tui.now()) if run.live else None

    def _show_reason(self, reason: Content) -> None:
        """Lays the screen out, which paints all of it: only when something changed."""
        if not reason.is_same(self._reason):
            self._reason = reason
            line = self._reason_text
            line.update(reason)
            line.display = bool(reason)

    def _to_worst(self) -> None:
        """The cursor goes to the action that the operator asks about."""
        number = first_to_read([row.action for row in self.table.items])
        if number is not None:
            self.table.move_to(f"{number}")

    def _follow_running(self, run: RunSnapshot) -> None:
        """The cursor goes along with the run until the operator moves it."""
        number = text.running_number(run) if run.live else None
        if number is not None and not self.table.moved_by_operator:
            self.table.move_to(f"{number}")

    def _refresh_times(self) -> None:
        run, now, width = self.snapshot, self.tui.now(), self.size.width
        self._head_line.show(*headline(run, now, wide=width >= 100))
        meter = self._meter_line
        if meter.display != run.live:
            meter.display = run.live
        if run.live:
            meter.show(progress_line(run, width))
            for row in self.table.items:
                if row.action.step is Step.RUNNING:
                    self.table.update(replace(row, going=self._going(run, row.number)))
        downloads = [d for d in self.desk.store.downloads if d.run_id == self.run_id]
        self._after_line.show(after_line(run, downloads, now, run_since=self._run_since))

    def _show_panel(self, run: RunSnapshot) -> None:
        action, about = self.action, None
        if action is not None:
            mine = [d for d in self.desk.store.downloads if d.run_id == self.run_id]
            before = self._before.actions if self._before is not None else ()
            about = About(
                action,
                download=next((d for d in mine if _is_of(d, action)), None),
                changes=self._comparison.of(action.id) if self._comparison is not None else (),
                last_time=next((a for a in before if a.id == action.id), None),
                run_since=self._run_since,
            )
        self._panel.show(about, run, self.tui.now())

    @on(KeyedTable.Moved)
    def _moved(self) -> None:
        self._show_panel(self.snapshot)
        self.refresh_keys()
        self._look()

    @on(events.ScreenSuspend)
    def _hidden(self) -> None:
        self._tick.pause()
        self._looks.pause()

    @on(events.ScreenResume)
    def _visible(self) -> None:
        self._tick.resume()
        self._looks.resume()
        self._show(self.snapshot)
        self._look()

    def on_resize(self) -> None:
        """Lay list and panel out anew."""
        self._lay_out(self.snapshot)
        self._refresh_times()

    # -- commands ----------------------------------------------------------------------------------

    def why_not_open(self) -> str:
        """Needs a highlighted action."""
        return "There is no action to look into." if self.action is None else ""

    def do_open(self) -> None:
        """Give the details the whole screen, or put them back beside the list."""
        self.set_class(not self.has_class("-panel-only"), "-panel-only")
        self._lay_out(self.snapshot)
        if self.has_class("-panel-only"):
            self._panel.focus()
        else:
            self.table.focus()

    @override
    async def do_back(self) -> None:
        if self.has_class("-panel-only"):
            self.do_open()
        else:
            await super().do_back()

    def why_not_dump(self) -> str:
        """Needs a run that ended, and an action with a file on the service."""
        makes_a_file = self.action is not None and self.action.output.available
        return "" if makes_a_file and not self.snapshot.live else why_no_dump(self.snapshot, self.action)

    def do_dump(self) -> None:
        """Fetch the action's dump, or the file that an export made."""
        if self.action is None:
            return
        if self.action.dump.available:
            self.jobs.dumps.fetch(self.run_id, (self.action.id,))
        else:
            self.jobs.dumps.fetch_output(self.run_id, self.action.id)

    def why_not_solution_log(self) -> str:
        """Needs an optimizer action that ended."""
        if self.action is None or not is_optimizer(self.action):
            return "Only an optimizer action has a log of its solution."
        return "The optimizer's log is there when the action has ended." if not self.action.verdict else ""

    async def do_solution_log(self) -> None:
        """Show what the optimizer wrote about its solution."""
        from anaplan_tui.ui.screens.run.solution_log import SolutionLogScreen

        if self.action is not None:
            await self.app.push_screen(SolutionLogScreen(self.snapshot, self.action))

    def why_not_triage(self) -> str:
        """Needs a run that ended, and an action with a dump."""
        return why_no_dump(self.snapshot, self.action)

    def do_triage(self) -> None:
        """Show the rows of the action's dump by error, after fetching it."""
        if self.action is not None:
            self.jobs.dumps.triage(self.run_id, self.action.id)

    def why_not_bundle(self) -> str:
        """Needs a run that the service ran to its end."""
        return why_no_bundle(self.snapshot)

    def do_bundle(self) -> None:
        """Pack a bundle of the run."""
        self.jobs.bundles.hand_over(self.run_id)

    def why_not_dumps(self) -> str:
        """Needs a run that ended with a dump that is still there."""
        return why_no_dumps(self.snapshot)

    def do_dumps(self) -> None:
        """Fetch every dump of the run."""
        self.jobs.dumps.fetch(self.run_id)

    def why_not_upload(self) -> str:
        """Needs a highlighted import that reads a file."""
        action = self.action
        return why_no_upload(action.kind, action.data_source_id) if action else "There is no action."

    def do_upload(self) -> None:
        """Ask for a file, then send it to the import's data source."""
        if self.action is not None:
            self.jobs.uploads.ask_for_run(self.snapshot, self.action)

    def why_not_candidates(self) -> str:
        """Only a run whose start was lost has more than one possible task."""
        if self.snapshot.phase is Phase.UNKNOWN_START:
            return ""
        return "It is known which task this run is." if self.snapshot.task_id else "This run has no task."

    def do_candidates(self) -> None:
        """Offer the tasks that may be this run."""
        self.jobs.runs.choose_task(self.snapshot)

    def why_not_run(self) -> str:
        """Needs a run that ended: one of them at a time is shown here."""
        return "This run still goes on." if self.snapshot.live else ""

    def do_run(self) -> None:
        """Ask, then run the same again."""
        self.jobs.runs.run_again(self.snapshot)

    def why_not_run_rest(self) -> str:
        """Needs the run of a process, and its end."""
        return why_no_rest(self.snapshot)

    def do_run_rest(self) -> None:
        """Ask which actions, then run them as single tasks."""
        self.jobs.runs.run_rest(self.snapshot)

    def why_not_cancel_run(self) -> str:
        """Needs a live run of one task whose cancel was not asked for yet."""
        return why_no_cancel(self.snapshot)

    def do_cancel_run(self) -> None:
        """Ask, then cancel the run."""
        ask_to_cancel(self, self.snapshot)

    @override
    async def do_refresh(self) -> None:
        if self.snapshot.live:
            self.desk.runs.follower.look_now(self.run_id)
        else:
            self.tui.say("This run has ended; what is shown is its result.")

    @override
    def copyable(self) -> Sequence[tuple[str, str]]:
        return texts_to_copy(self.snapshot, self.action)


def _is_of(download: DownloadSnapshot, action: Action) -> bool:
    """Whether it is the dump of the action, or the file that it made."""
    source = download.source
    if isinstance(source, DumpRef):
        return source.object_id == action.id
    return source.file_id == action.id
