"""The screen Enter opens in the catalog: an item's actions in order, and its task history on the service."""

from collections.abc import Sequence
from typing import Any, ClassVar

from textual import getters, work
from textual.app import ComposeResult
from textual.content import Content
from typing_extensions import override

from anaplan_tui.api.errors import AnaplanError
from anaplan_tui.api.refs import Kind
from anaplan_tui.core import text
from anaplan_tui.core.catalog import CatalogItem, TaskItem, remembered_task
from anaplan_tui.core.snapshots import Action, Origin, RunSnapshot
from anaplan_tui.core.store import Snapshot
from anaplan_tui.core.verdict.judge import TERMINAL
from anaplan_tui.ui import commands as c
from anaplan_tui.ui.jobs.listed import ListedRun
from anaplan_tui.ui.jobs.uploads import asked_for_action, why_no_upload
from anaplan_tui.ui.marking import Marking, Meant, marked_words
from anaplan_tui.ui.place import bold
from anaplan_tui.ui.screens.catalog_words import newest_runs, outcome
from anaplan_tui.ui.screens.why_not import GOES_ON, HAS_ENDED
from anaplan_tui.ui.widgets.keyed_table import Column, KeyedTable
from anaplan_tui.ui.widgets.lines import Line
from anaplan_tui.ui.words import LIVE, MUTED, join, marked, step_words, verdict_words

NumberedAction = tuple[int, Action]


class ProcessScreen(Marking[TaskItem]):
    """The history has the focus: Enter opens a run, D fetches its dumps."""

    NAME = "process"
    HERE = (
        c.OPEN_TASK,
        c.ROWS_OF_LINE,
        c.DUMPS_OF_LINE,
        c.BUNDLE_OF_LINE,
        c.CANCEL_RUN,
        c.RUN,
        c.UPLOAD,
        c.MARK_TASK,
        c.OTHER_PANE,
        c.SORT,
        c.REVERSE,
        c.BACK,
        *c.EVERYWHERE,
    )
    BINDINGS = c.bindings(HERE)
    CSS_PATH: ClassVar[str] = "process.tcss"

    _title_line = getters.query_one("#title", Line)
    _history_title = getters.query_one("#history-title", Line)

    def __init__(self, item: CatalogItem) -> None:
        super().__init__()
        self._item = item
        self._plan: tuple[Action, ...] = ()
        self._remembered: tuple[RunSnapshot, ...] = ()
        """The item's runs in the journal at the last fetch, newest first."""

    @override
    def body(self) -> ComposeResult:
        yield Line(id="title")
        yield KeyedTable[NumberedAction](
            PLAN_COLUMNS, key=lambda a: f"{a[0]}", empty="Loading the actions …", id="plan"
        )
        yield Line(id="history-title")
        yield KeyedTable[TaskItem](
            self._history_columns(),
            key=lambda t: t.task_id,
            empty="Loading the history …",
            markable=True,
            id="history",
        )

    @override
    def on_mount(self) -> None:
        self.plan.display = self._item.ref.kind is Kind.PROCESS
        self.history.focus()
        self._refresh_titles()

    @property
    def plan(self) -> KeyedTable[NumberedAction]:
        """The list of a process's actions; hidden for other items."""
        return self.query_one("#plan", KeyedTable)

    @property
    def history(self) -> KeyedTable[TaskItem]:
        """The list of tasks that the service still knows."""
        return self.query_one("#history", KeyedTable)

    @override
    def place_name(self) -> str:
        return self._item.name

    @override
    def desk_opened(self) -> None:
        self.desk.history.prefer([self._item.ref])
        self._fetch()

    @work(group="fetch", exclusive=True)
    async def _fetch(self) -> None:
        self._remembered = await self.desk.remembered.of_target(self._item.ref)
        if self._item.ref.kind is Kind.PROCESS:
            self._fetch_plan()
        self._fetch_history()

    @work(group="plan", exclusive=True)
    async def _fetch_plan(self) -> None:
        try:
            self._plan = await self.desk.finder.plan(self._item)
            newest = self._newest_known()
            if newest is not None:
                await self.desk.remembered.recall(newest.run_id)
        except AnaplanError as error:
            self.tui.say(str(error), "error")
            await self._show_remembered_plan(str(error))
            return
        self._show_plan()

    async def _show_remembered_plan(self, problem: str) -> None:
        """Show the actions of the newest known run, where the service does not give them."""
        newest = self._newest_known()
        run = await self.desk.remembered.recall(newest.run_id) if newest is not None else None
        if run is None or not run.actions:
            self.plan.show((), empty=f"✗ {problem}")
            return
        self._plan = run.actions
        self._show_plan()

    @work(group="history", exclusive=True)
    async def _fetch_history(self) -> None:
        try:
            tasks = await self.desk.finder.tasks(self._item)
        except AnaplanError as error:
            self.tui.say(str(error), "error")
            self.history.show(
                (remembered_task(run) for run in self._remembered if run.task_id),
                empty=f"✗ {error}\n\nR tries again",
            )
            self._refresh_titles()
            self.refresh_keys()
            return
        self.history.show(
            tasks,
            empty="Anaplan remembers no run of it; it forgets them when the model closes.\n\nr runs it.",
        )
        self._show_plan()
        self._refresh_titles()
        self.refresh_keys()

    def _show_plan(self) -> None:
        """Show the actions, each with its result in the newest known run."""
        run = self._newest_known()
        results = {action.id: action for action in run.actions} if run is not None else {}
        rows = [(n, results.get(a.id, a)) for n, a in enumerate(self._plan, 1)]
        self.plan.show(rows, empty="It has no actions, or does not show them to this user.")

    def _newest_known(self) -> RunSnapshot | None:
        known = newest_runs(self.desk.store.runs).get(self._item.ref)
        before = next(iter(self._remembered), None)
        if known is None or before is None:
            return known or before
        began, began_before = known.started_at, before.started_at
        # The store's run may be an old task that somebody opened.
        is_old = not known.live and began is not None and began_before is not None and began < began_before
        return before if is_old else known

    def _refresh_titles(self) -> None:
        item = self._item
        usual = f"usually {text.duration(item.usual_s)}" if item.usual_s is not None else ""
        detail = item.detail.replace("_", " ").lower()
        left = join(bold(item.name), Content.styled(f"{item.ref.kind} {item.id}", MUTED), detail, usual)
        self._title_line.show(Content(" ") + left)
        count = len(self.history.items)
        title = (
            marked_words(self.history)
            + bold("History on the service")
            + Content(f" {count:,}" if count else "")
        )
        note = Content.styled("of all users; newest first ", MUTED)
        self._history_title.show(Content(" ") + title, note)

    @override
    def snapshot_arrived(self, snapshot: Snapshot) -> None:
        if not isinstance(snapshot, RunSnapshot) or snapshot.target != self._item.ref:
            return
        self._show_plan()
        if snapshot.task_id and all(task.task_id != snapshot.task_id for task in self.history.items):
            self._fetch_history()
        for task in self.history.items:
            if task.task_id == snapshot.task_id:
                self.history.update(task)

    # -- the history's columns read the store, where our runs are newer than in the list -------------

    def _run_of(self, task: TaskItem) -> RunSnapshot | None:
        if self.tui.desk is None:
            return None
        return next((run for run in self.desk.store.runs if run.task_id == task.task_id), None)

    def _came_to(self, task: TaskItem) -> Content:
        run = self._run_of(task)
        if run is not None and run.live:
            return marked(text.run_mark(run), LIVE) + Content(f" {text.percent(run.progress)}")
        verdict = run.verdict if run is not None else task.verdict
        if verdict is not None:
            return outcome(verdict, run.reason if run is not None else task.reason, verdict_words(verdict))
        if task.state in TERMINAL:
            return Content.styled("Enter reads its result", MUTED)
        return marked(("▶", task.state.replace("_", " ").lower()), LIVE)

    def _history_columns(self) -> tuple[Column[TaskItem], ...]:
        return (
            Column(
                f"STARTED {text.zone(self.tui.now())}",
                lambda t: text.ago(t.created_at, self.tui.now()),
                width=16,
                fitted=True,
                sort=lambda t: t.created_at,
            ),
            Column("CAME TO", self._came_to),
            Column(
                "TOOK",
                lambda t: text.duration(t.duration_s),
                width=8,
                right=True,
                sort=lambda t: t.duration_s,
            ),
            Column(
                "WHERE",
                lambda t: Content.styled("from here" if t.origin is Origin.HERE else "elsewhere", MUTED),
                width=9,
            ),
            Column("TASK", lambda t: t.task_id, width=32, from_width=110),
        )

    # -- commands ----------------------------------------------------------------------------------

    def why_not_open(self) -> str:
        """Needs a task in the history."""
        if self.history.current is not None:
            return ""
        if self.history.is_awaited:
            return "The history is still being read."
        return "The history has no run to open."

    def do_open(self) -> None:
        """Open the highlighted run; fetch what is not known of it yet."""
        task = self.history.current
        if task is None:
            return
        run = self._run_of(task) or next((r for r in self._remembered if r.task_id == task.task_id), None)
        if run is not None and (run.live or run.actions or run.verdict is not None):
            self.jobs.runs.open_run(run)
        else:
            self.jobs.runs.attach(self._item, task.task_id)

    def _goes_on(self, task: TaskItem) -> bool:
        """Whether a task has not ended."""
        run = self._run_of(task)
        return run.live if run is not None else task.verdict is None and task.state not in TERMINAL

    def _why_no_result(self, task: TaskItem | None) -> str:
        if task is None:
            return self.why_not_open()
        return GOES_ON if self._goes_on(task) else ""

    def why_not_cancel_run(self) -> str:
        """Needs a live run that this app watches."""
        task = self.history.current
        if task is None:
            return self.why_not_open()
        if not self._goes_on(task):
            return HAS_ENDED
        if self._run_of(task) is None:
            return "It is not watched from here; open it (Enter) before you cancel it."
        return ""

    def do_cancel_run(self) -> None:
        """Ask, then cancel the highlighted run."""
        from anaplan_tui.ui.screens.run.cancel import ask_to_cancel

        task = self.history.current
        run = self._run_of(task) if task is not None else None
        if run is not None:
            ask_to_cancel(self, run)

    def why_not_triage(self) -> str:
        """Needs a task that ended."""
        return self._why_no_result(self.history.current)

    def do_triage(self) -> None:
        """Show the rejected rows of the highlighted run, after fetching its dump."""
        task = self.history.current
        if task is not None:
            self.jobs.dumps.triage_of(self.jobs.lookup.task_of(self._item, task))

    def why_not_bundle(self, task: TaskItem) -> str:
        """Needs a task that ended."""
        return self._why_no_result(task)

    def do_bundle(self, meant: Meant[TaskItem]) -> None:
        """Pack a bundle of each run."""
        self.jobs.several.hand_over(self._listed(meant.rows), meant.skipped)

    def why_not_dumps(self, task: TaskItem) -> str:
        """Needs a task that ended."""
        return self._why_no_result(task)

    def do_dumps(self, meant: Meant[TaskItem]) -> None:
        """Fetch every dump of each run."""
        self.jobs.several.fetch(self._listed(meant.rows), meant.skipped)

    def _listed(self, tasks: Sequence[TaskItem]) -> Sequence[ListedRun]:
        return [self.jobs.lookup.task_of(self._item, task) for task in tasks]

    @property
    @override
    def marking(self) -> KeyedTable[TaskItem]:
        return self.history

    @override
    def row_name(self, row: TaskItem) -> str:
        return f"the run of {text.ago(row.created_at, self.tui.now())}"

    @override
    def why_no_line(self) -> str:
        return self.why_not_open()

    @override
    def marks_changed(self) -> None:
        self._refresh_titles()

    def do_run(self) -> None:
        """Ask, then run the item of the screen, whichever list has the cursor."""
        self.jobs.runs.ask_and_run(self._item)

    def why_not_upload(self) -> str:
        """Needs an import that reads a file: the item itself, or the highlighted action."""
        action = self._import_to_feed
        if action is not None:
            return why_no_upload(action.kind, action.data_source_id)
        return "The actions are still being read." if self.plan.is_awaited else "There is no import here."

    def do_upload(self) -> None:
        """Ask for a file, then send it to the import's data source."""
        action = self._import_to_feed
        if action is not None:
            self.jobs.uploads.ask(asked_for_action(action, self._item))

    @property
    def _import_to_feed(self) -> Action | None:
        """The item; of a process the highlighted action, or in the history its only import."""
        if self._item.ref.kind is not Kind.PROCESS:
            return Action(
                self._item.id,
                self._item.name,
                self._item.ref.kind.value,
                data_source_id=self._item.data_source_id,
            )
        imports = [action for _n, action in self.plan.items if action.kind == Kind.IMPORT.value]
        if not self.plan.has_focus and len(imports) == 1:
            return imports[0]
        return self.plan.current[1] if self.plan.current is not None else None

    @override
    async def do_refresh(self) -> None:
        self.desk_opened()

    def do_other_pane(self) -> None:
        """Focus the other of the two lists."""
        other: KeyedTable[Any] = self.plan if self.history.has_focus and self.plan.display else self.history
        other.focus()

    @property
    def _focused_table(self) -> KeyedTable[Any]:
        return self.plan if self.plan.has_focus else self.history

    def do_sort(self) -> None:
        """Sort the focused list by its next column."""
        self._focused_table.sort_next()

    def do_reverse(self) -> None:
        """Reverse the order of the focused list."""
        self._focused_table.sort_reverse()

    @override
    def copyable(self) -> Sequence[tuple[str, str]]:
        task, action = self.history.current, self.plan.current
        chosen: list[tuple[str, str]] = [("name", self._item.name), ("id", self._item.id)]
        if task is not None:
            chosen.append(("task id", task.task_id))
        if action is not None:
            chosen += [("action name", action[1].name), ("action id", action[1].id)]
        return chosen


def _last(numbered: NumberedAction) -> Content:
    action = numbered[1]
    if action.verdict is None:
        return Content()
    return join(step_words(action, live=False), Content.styled(action.reason, MUTED))


PLAN_COLUMNS: tuple[Column[NumberedAction], ...] = (
    Column("#", lambda a: str(a[0]), width=3, right=True),
    Column("ACTION", lambda a: a[1].name, fitted=True, sort=lambda a: a[1].name.casefold()),
    Column("KIND", lambda a: a[1].kind, width=15, sort=lambda a: a[1].kind),
    Column("LAST TIME", _last),
    Column("ID", lambda a: a[1].id, width=14, from_width=110),
)
