"""All runs that are known, live ones on top, those that wait in their order; Enter opens one."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import ClassVar

from textual import events, getters, on, work
from textual.app import ComposeResult
from textual.content import Content
from typing_extensions import override

from anaplan_tui.core import text
from anaplan_tui.core.catalog import CatalogItem
from anaplan_tui.core.history.each_once import each_once, in_order, is_only_listed, live_id
from anaplan_tui.core.history.progress import Noticed, Progress
from anaplan_tui.core.snapshots import Origin, Phase, RunSnapshot
from anaplan_tui.core.store import Snapshot
from anaplan_tui.ui import commands as c
from anaplan_tui.ui.jobs.listed import ListedRun
from anaplan_tui.ui.marking import MarkingList, Meant
from anaplan_tui.ui.place import bold
from anaplan_tui.ui.screens.attention import NONE_NEEDS_ATTENTION, is_unseen
from anaplan_tui.ui.screens.runs_words import (
    LOOKS_FURTHER,
    columns,
    detail_words,
    first_day_words,
    further_words,
    looked_words,
    nothing_words,
    started_words,
    what_words,
)
from anaplan_tui.ui.screens.why_not import GOES_ON, HAS_ENDED
from anaplan_tui.ui.widgets.keyed_table import Column, KeyedTable
from anaplan_tui.ui.widgets.lines import Detail
from anaplan_tui.ui.words import LIVE, MUTED, verdict_style

_SHOWN = 200
"""Runs of the journal in the list."""

LOOK_AGAIN = c.Command("refresh", "R", "look again", "Read the task lists that are due now", footer=35)


class RunsScreen(MarkingList[RunSnapshot]):
    """The journal's runs of this profile, with what the store knows newer, and what others run."""

    NAME = "runs"
    NO_LINE = "There is no run in the list."
    HERE = (
        c.OPEN_RUN_LINE,
        c.ROWS_OF_LINE,
        c.DUMPS_OF_LINE,
        c.BUNDLE_OF_LINE,
        c.CANCEL_RUN,
        c.RUN_LINE_AGAIN,
        c.QUEUE,
        c.ON_FAILURE,
        c.MARK,
        c.ATTENTION,
        c.FURTHER,
        *c.LISTS,
        c.BACK,
        LOOK_AGAIN,
        *(command for command in c.EVERYWHERE if command not in (c.RUNS, c.REFRESH)),
    )
    BINDINGS = c.bindings(HERE)
    CSS_PATH: ClassVar[str] = "catalog.tcss"

    _detail = getters.query_one(Detail)

    def __init__(self) -> None:
        super().__init__()
        self._remembered: tuple[RunSnapshot, ...] = ()
        """What the journal knew when the screen was opened; the store knows what came after."""
        self._of_model: tuple[RunSnapshot, ...] = ()
        """Of everybody, since the window's begin: of the journal and of the task lists."""
        self._runs: tuple[RunSnapshot, ...] = ()
        """All within the days that are shown, in their order."""
        self._unseen: frozenset[str] = frozenset()
        """Ids of those that failed or have warnings, and that nobody opened."""
        self._since: datetime | None = None
        self._more_days = 0
        """How many days before the window are shown."""
        self._only_attention = self._several_models = False
        self._is_stale = self._is_reading = self._is_looking_further = False
        self._unsubscribe: Callable[[], None] = lambda: None

    @override
    def make_table(self) -> KeyedTable[RunSnapshot]:
        return KeyedTable(
            self._columns(),
            key=lambda run: run.run_id,
            match=lambda run: (
                f"{run.name} {text.run_mark(run)[1]} {run.model_name} {run.reason} {run.task_id}"
            ),
            empty="Looking at what the journal knows …",
            markable=True,
        )

    @override
    def body(self) -> ComposeResult:
        yield from super().body()
        yield Detail()

    @override
    def place_name(self) -> str:
        return "runs"

    @on(KeyedTable.Moved)
    def _show_detail(self) -> None:
        run = self.current
        said = detail_words(run) if run is not None else ""
        self._detail.show(Content.styled(said, MUTED))
        self.refresh_keys()

    @override
    def desk_opened(self) -> None:
        self._read()
        if self.desk.context is not None:
            self._unsubscribe = self.desk.history.subscribe(self._noticed)
            self.desk.keep_history()

    def on_unmount(self) -> None:
        """Stop listening to the history of the model."""
        self._unsubscribe()

    def _noticed(self, _noticed: Noticed) -> None:
        self._read()

    @on(events.ScreenResume)
    def _come_back(self) -> None:
        if self.tui.desk is not None:
            self._read()

    def _read(self) -> None:
        """Read the journal soon: once, however many ask while it is being read."""
        self._is_stale = True
        if not self._is_reading:
            self._is_reading = True
            self._read_while_stale()

    @work(group="look")
    async def _read_while_stale(self) -> None:
        try:
            while self._is_stale:
                self._is_stale = False
                await self._read_once()
        finally:
            self._is_reading = False

    async def _read_once(self) -> None:
        """What the journal knows, and what goes on elsewhere."""
        days = self._more_days
        remembered = await self.desk.remembered.recent(_SHOWN)
        if self.desk.context is None:
            self._remembered, self._since = remembered, None
        else:
            history = self.desk.history
            since = history.since - timedelta(days=days)
            of_model = await history.runs(since)
            if days != self._more_days:
                return  # of fewer days than are shown by now
            if not self.is_standing:
                return
            self._remembered, self._of_model, self._since = remembered, of_model, since
            self.refresh_header()
        self._load()

    def _load(self) -> None:
        known = each_once(self._of_model, self._remembered, self.desk.store.runs)
        self._arrange(in_order(known, since=self._since, queued=self.desk.queue.run_ids))

    def _arrange(self, runs: tuple[RunSnapshot, ...]) -> None:
        """Show the runs; nothing is painted where neither they nor what was seen of them changed."""
        unseen = frozenset(run.run_id for run in runs if self._is_unseen(run))
        before = (self._runs, self._unseen)
        self._runs, self._unseen = runs, unseen
        several = len({run.target.model for run in runs}) > 1
        if several != self._several_models:
            self._several_models = several
            self.table.set_columns(self._columns())
        if (runs, unseen) != before or not runs:
            self._show()
        self.refresh_title()
        self.refresh_keys()

    def _show(self) -> None:
        ids = {live_id(run.task_id): run.run_id for run in self._runs if run.task_id is not None}
        nothing = nothing_words(self._since, self._looked, self.tui.now())
        self.table.show(self._runs, empty=nothing, renamed=ids)

    def _is_unseen(self, run: RunSnapshot) -> bool:
        return is_unseen(run, was_opened=self.tui.was_opened(run.run_id))

    def _needs_attention(self, run: RunSnapshot) -> bool:
        return run.live or run.run_id in self._unseen

    @property
    def _looked(self) -> Progress:
        return self.desk.history.progress if self.desk.context is not None else Progress()

    @override
    def heading_right(self) -> Content | str:
        if self.tui.desk is None:
            return ""
        words = self.jobs.queue.words() or (LOOKS_FURTHER if self._is_looking_further else "")
        if words:
            return Content.styled(f"{words} ", LIVE)
        looked = looked_words(self._looked, self.tui.now(), width=self.app.size.width)
        return Content.styled(f"{looked} ", MUTED)

    @override
    def heading(self) -> Content | str:
        here = sum(1 for run in self._runs if run.origin is Origin.HERE)
        since = f" since {text.ago(self._since, self.tui.now())}:" if self._since is not None else ""
        whose = f" · {here:,} here, {len(self._runs) - here:,} elsewhere" if self._runs else ""
        if self._only_attention:
            count = sum(map(self._needs_attention, self._runs))
            whose = f" · {text.plural(count, 'needs', 'need')} attention"
        return bold("Runs") + Content(f"{since} {len(self._runs):,}{whose}")

    @override
    def snapshot_arrived(self, snapshot: Snapshot) -> None:
        if not isinstance(snapshot, RunSnapshot):
            return
        if not snapshot.live:
            self._remember(snapshot)
        if self.table.is_awaited:
            return  # what is read next has it
        held = next((run for run in self.table.items if run.run_id == snapshot.run_id), None)
        if held is None or held.phase is not snapshot.phase:
            self._load()
        else:
            self._runs = tuple(snapshot if r.run_id == snapshot.run_id else r for r in self._runs)
            self.table.update(snapshot)
            self.refresh_title()

    def _remember(self, ended: RunSnapshot) -> None:
        """Keep what stands here of a run, which the store lets go of some time."""
        line = replace(ended, actions=(), raw=None)
        others = (run for run in self._remembered if run.run_id != ended.run_id)
        self._remembered = (line, *others)[:_SHOWN]

    def _columns(self) -> tuple[Column[RunSnapshot], ...]:
        return columns(
            name=self._named,
            what=self._what,
            started=lambda run: started_words(run, self.tui.now(), width=self.app.size.width),
            zone=text.zone(self.tui.now()),
            several_models=self._several_models,
        )

    def on_resize(self) -> None:
        """Whose a run is stands elsewhere on another width."""
        if not self.table.is_awaited:
            self._show()

    def _named(self, run: RunSnapshot) -> Content | str:
        if run.run_id not in self._unseen:
            return run.name
        return Content.styled("● ", verdict_style(run.verdict)) + Content(run.name)

    def _what(self, run: RunSnapshot) -> Content:
        if run.phase is Phase.WAITING:
            place = self.jobs.queue.place(run.run_id)
            return Content.styled(f"{place}: {run.note}" if place else run.note, MUTED)
        return what_words(run)

    # -- commands ----------------------------------------------------------------------------------

    @property
    def current(self) -> RunSnapshot | None:
        """The highlighted run."""
        return self.table.current

    def why_not_open(self) -> str:
        """Needs a highlighted run."""
        return self.why_no_line()

    def do_open(self) -> None:
        """Open the highlighted run; one that others started is fetched first."""
        run = self.current
        if run is None:
            return
        item = self._item_of(run)
        if item is not None and run.task_id is not None:
            self.jobs.runs.attach(item, run.task_id)
        else:
            self.jobs.runs.open_run(run)

    def why_not_queue(self) -> str:
        """Needs a run that waits."""
        return "" if self.desk.queue.run_ids else "No run waits in the queue."

    def do_queue(self) -> None:
        """Ask whether the queue goes on or is dropped."""
        self.jobs.queue.ask()

    def do_on_failure(self) -> None:
        """Let the queue stop after a failed run, or go on."""
        self.jobs.queue.toggle_on_failure()

    def why_not_cancel_run(self) -> str:
        """Needs a live run that this app watches."""
        if self.current is None:
            return self.why_no_line()
        if not self.current.live:
            return HAS_ENDED
        if is_only_listed(self.current):
            return "It was not started from here; open it (Enter) before you cancel it."
        return ""

    def do_cancel_run(self) -> None:
        """Ask, then cancel the highlighted run."""
        from anaplan_tui.ui.screens.run.cancel import ask_to_cancel

        if self.current is not None:
            ask_to_cancel(self, self.current)

    @override
    def row_name(self, row: RunSnapshot) -> str:
        return self.jobs.lookup.run_of_line(row, None).name

    def why_not_dumps(self, run: RunSnapshot) -> str:
        """A run has its dumps when it ended."""
        return GOES_ON if run.live else ""

    def do_dumps(self, meant: Meant[RunSnapshot]) -> None:
        """Fetch every dump of each run."""
        self.jobs.several.fetch([self._listed(run) for run in meant.rows], meant.skipped)

    def why_not_triage(self) -> str:
        """Needs a run that ended."""
        if self.current is None:
            return self.why_no_line()
        return GOES_ON if self.current.live else ""

    def do_triage(self) -> None:
        """Show the rejected rows of the highlighted run, after fetching its dump."""
        if self.current is not None:
            self.jobs.dumps.triage_of(self._listed(self.current))

    def why_not_bundle(self, run: RunSnapshot) -> str:
        """A run can be packed when it ended."""
        return GOES_ON if run.live else ""

    def do_bundle(self, meant: Meant[RunSnapshot]) -> None:
        """Pack a bundle of each run."""
        self.jobs.several.hand_over([self._listed(run) for run in meant.rows], meant.skipped)

    def _listed(self, run: RunSnapshot) -> ListedRun:
        return self.jobs.lookup.run_of_line(run, self._item_of(run))

    def _item_of(self, run: RunSnapshot) -> CatalogItem | None:
        """What a run that only the task lists know ran: its result has to be read first."""
        return CatalogItem(run.target, run.name) if is_only_listed(run) else None

    def why_not_run(self, run: RunSnapshot) -> str:
        """Needs a run that ended, of the model that is worked in."""
        context = self.desk.context
        if run.live:
            return "This run still goes on."
        is_of_another = context is None or context.model.ref != run.target.model
        return f"Choose the model '{run.model_name}' first (m)." if is_of_another else ""

    def do_run(self, meant: Meant[RunSnapshot]) -> None:
        """Ask, then run the same again or queue the marked ones."""
        self.jobs.several.run_again(meant.rows, meant.skipped, self.clear_marks)

    def do_attention(self) -> None:
        """Show only what needs attention, or all again."""
        self._only_attention = not self._only_attention
        self.table.narrow(self._needs_attention if self._only_attention else None, NONE_NEEDS_ATTENTION)
        self.refresh_title()
        self.refresh_keys()

    def why_not_further(self) -> str:
        """Without a model that is worked in, the list has no first day."""
        return "" if self._since is not None else "No model is worked in; all runs from here are shown."

    async def do_further(self) -> None:
        """Show one day more; the history reads as far back."""
        self._more_days += 1
        history = self.desk.history
        history.reach_back_to(history.since - timedelta(days=self._more_days))
        await self._read_once()
        self._look_further()

    @work(group="further", exclusive=True)
    async def _look_further(self) -> None:
        """Say that one day more is being read, then what there is of it."""
        self._is_looking_further = True
        self.refresh_title()
        self.tui.say(f"One day more: {LOOKS_FURTHER}")
        looked = await self.desk.history.look_and_wait()
        await self._read_once()
        if self.is_standing:
            self._is_looking_further = False
            self.refresh_title()
            first_day = first_day_words(self._runs, self._since, self.tui.now())
            self.tui.say(further_words(first_day, looked, self.desk.history.window))

    @override
    async def do_refresh(self) -> None:
        if self.desk.context is not None:
            self.desk.history.look_now()
        self._read()

    @override
    def copyable(self) -> Sequence[tuple[str, str]]:
        run = self.current
        if run is None:
            return ()
        return (("name", run.name), ("task id", run.task_id or ""), ("reason", run.reason))
