"""All runs that are known, live ones on top, those that wait in their order; Enter opens one."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.content import Content

from anaplan_tui.core import text
from anaplan_tui.core.catalog import CatalogItem, ModelState
from anaplan_tui.core.history.progress import Noticed, Progress
from anaplan_tui.core.snapshots import Origin, Phase, RunSnapshot
from anaplan_tui.core.store import Snapshot
from anaplan_tui.ui import commands as c
from anaplan_tui.ui.place import ListPlace, bold
from anaplan_tui.ui.widgets.keyed_table import Column, KeyedTable
from anaplan_tui.ui.widgets.lines import Detail
from anaplan_tui.ui.words import LIVE, MUTED, run_words

_SHOWN = 200
"""Runs of the journal in the list."""

LOOK_AGAIN = c.Command("refresh", "R", "look again", "Read the task lists again that are due", footer=35)


_NO_RUN = "There is no run in the list."


class RunsScreen(ListPlace):
    """The journal's runs of this profile, with what the store knows newer, and what others run."""

    NAME = "runs"
    HERE = (
        c.OPEN_RUN_LINE,
        c.ROWS_OF_LINE,
        c.DUMPS_OF_LINE,
        c.BUNDLE,
        c.CANCEL_RUN,
        c.RUN_AGAIN,
        c.QUEUE,
        c.ON_FAILURE,
        *c.LISTS,
        c.BACK,
        LOOK_AGAIN,
        *(command for command in c.EVERYWHERE if command not in (c.RUNS, c.REFRESH)),
    )
    BINDINGS = c.bindings(HERE)
    CSS_PATH: ClassVar[str] = "catalog.tcss"

    def __init__(self) -> None:
        super().__init__()
        self._remembered: tuple[RunSnapshot, ...] = ()
        """What the journal knew when the screen was opened; the store knows what came after."""
        self._others: tuple[RunSnapshot, ...] = ()
        """Of the journal and of the task lists, within the window."""
        self._unsubscribe: Callable[[], None] = lambda: None

    def make_table(self) -> KeyedTable[RunSnapshot]:
        return KeyedTable(
            self._columns(),
            key=lambda run: run.run_id,
            match=lambda run: f"{run.name} {run.model_name} {run.reason} {run.task_id}",
            empty="Looking at what the journal knows …",
        )

    def body(self) -> ComposeResult:
        yield from super().body()
        yield Detail()

    def place_name(self) -> str:
        return "runs"

    @on(KeyedTable.Moved)
    def _show_detail(self) -> None:
        run = self.current
        said = _detail(run) if run is not None else ""
        self.query_one(Detail).show(Content.styled(said, MUTED))
        self.refresh_keys()

    def desk_opened(self) -> None:
        self._read()
        if self.desk.context is not None:
            self._unsubscribe = self.desk.history.subscribe(self._noticed)
            self.desk.keep_history()

    def on_unmount(self) -> None:
        self._unsubscribe()

    def _noticed(self, noticed: Noticed) -> None:
        self._read()

    @work(group="look", exclusive=True)
    async def _read(self) -> None:
        """What the journal knows, and what goes on elsewhere."""
        self._remembered = await self.desk.recent_runs(_SHOWN)
        if self.desk.context is not None:
            history = self.desk.history
            self._others = tuple(r for r in await history.runs() if r.origin is Origin.ELSEWHERE)
            at_work = next((r for r in history.going_on if r.progress is not None), None)
            if at_work is not None:
                share = text.percent(at_work.progress)
                what = ", ".join(part for part in (at_work.name, share) if part)
                self.tui.model_state = ModelState(busy=True, what=what, since=at_work.started_at)
                self.refresh_header()
        self._load()

    def _load(self) -> None:
        known = {run.run_id: run for run in (*self._remembered, *self._others)}
        known.update({run.run_id: run for run in self.desk.store.runs})
        journal = {run.task_id for run in known.values() if not _only_listed(run)}
        runs = [r for r in known.values() if not _only_listed(r) or r.task_id not in journal]
        runs.sort(key=lambda r: r.started_at.timestamp() if r.started_at else 0.0, reverse=True)
        self.table.show(sorted(runs, key=self._rank), empty=self._nothing())
        self.refresh_title()
        self.refresh_keys()

    @property
    def _looked(self) -> Progress:
        return self.desk.history.progress if self.desk.context is not None else Progress()

    def _nothing(self) -> str:
        """What stands where no run is known: where was looked, and what to do."""
        looked = self._looked
        lines = ["Nothing was run from here yet."]
        if looked.words:
            lines.append(f"Looked for runs of others: {looked.words}.")
        if looked.unnamed:
            lines.append(f"The model is busy with something else: {looked.unnamed}.")
        lines.append("R looks again. Esc goes back; r on a process runs it.")
        return "\n\n".join(lines)

    def _rank(self, run: RunSnapshot) -> tuple[int, int]:
        """Running ones first, then the queue in its order, then those that ended."""
        queue = self.desk.queue.run_ids
        if run.run_id in queue:
            return (1, queue.index(run.run_id))
        return (0 if run.live else 2, 0)

    def heading_right(self) -> Content | str:
        if self.tui.desk is None:
            return ""
        words = self.jobs.queue.words()
        return (
            Content.styled(f"{words} ", LIVE) if words else Content.styled(f"{self._looked_words()} ", MUTED)
        )

    def _looked_words(self) -> str:
        looked = self._looked
        if looked.problem:
            return f"not every list could be read: {looked.problem}"
        return f"busy: {looked.unnamed}" if looked.unnamed and looked.whole else looked.words

    def heading(self) -> Content | str:
        runs = self.table.items
        live = sum(1 for run in runs if run.live)
        return (
            bold("Runs") + Content(f" {len(runs)}") + Content.styled(f" · {live} live" if live else "", LIVE)
        )

    def snapshot_arrived(self, snapshot: Snapshot) -> None:
        if not isinstance(snapshot, RunSnapshot):
            return
        if not snapshot.live:
            self._remember(snapshot)
        held = next((run for run in self.table.items if run.run_id == snapshot.run_id), None)
        if held is None or held.phase is not snapshot.phase:
            self._load()
        else:
            self.table.update(snapshot)
            self.refresh_title()

    def _remember(self, ended: RunSnapshot) -> None:
        """Keep what stands here of a run, which the store lets go of some time."""
        line = replace(ended, actions=(), raw=None)
        others = (run for run in self._remembered if run.run_id != ended.run_id)
        self._remembered = (line, *others)[:_SHOWN]

    def _columns(self) -> tuple[Column[RunSnapshot], ...]:
        return (
            Column("STATE", run_words, width=14, fitted=True, sort=text.severity),
            Column("NAME", lambda r: r.name, share=4, sort=lambda r: r.name.casefold()),
            Column("WHAT", self._what, share=4),
            Column(
                f"STARTED {text.zone(self.tui.now())}",
                lambda r: text.ago(r.started_at, self.tui.now()),
                width=15,
                fitted=True,
                sort=lambda r: r.started_at,
                descending=True,
            ),
            Column(
                "TOOK",
                lambda r: text.duration(r.duration_s),
                width=7,
                right=True,
                sort=lambda r: r.duration_s,
                from_width=70,
            ),
            Column("MODEL", lambda r: Content.styled(r.model_name, MUTED), width=20, from_width=110),
        )

    def _what(self, run: RunSnapshot) -> Content:
        if run.phase is Phase.WAITING:
            place = self.jobs.queue.place(run.run_id)
            return Content.styled(f"{place}: {run.note}" if place else run.note, MUTED)
        return _what(run)

    # -- commands ----------------------------------------------------------------------------------

    @property
    def current(self) -> RunSnapshot | None:
        run = self.table.current
        return run if isinstance(run, RunSnapshot) else None

    def why_not_open(self) -> str:
        return _NO_RUN if self.current is None else ""

    def do_open(self) -> None:
        run = self.current
        if run is None:
            return
        item = self._item_of(run)
        if item is not None and run.task_id is not None:
            self.jobs.attach(item, run.task_id)
        else:
            self.jobs.open_run(run)

    def why_not_queue(self) -> str:
        return "" if self.desk.queue.run_ids else "No run waits in the queue."

    def do_queue(self) -> None:
        self.jobs.queue.ask()

    def do_on_failure(self) -> None:
        self.jobs.queue.toggle_on_failure()

    def why_not_cancel_run(self) -> str:
        if self.current is None:
            return _NO_RUN
        if not self.current.live:
            return "This run has ended; there is nothing to cancel."
        if _only_listed(self.current):
            return "It was not started from here; open it (Enter) before you cancel it."
        return ""

    def do_cancel_run(self) -> None:
        from anaplan_tui.ui.screens.run.screen import ask_to_cancel

        if self.current is not None:
            ask_to_cancel(self, self.current)

    def _why_no_result(self) -> str:
        if self.current is None:
            return _NO_RUN
        if self.current.live:
            return "This run still goes on; its result and its dumps come when it has ended."
        return ""

    def why_not_dumps(self) -> str:
        return self._why_no_result()

    def do_dumps(self) -> None:
        if self.current is not None:
            self.jobs.fetch_of(self.current, self._item_of(self.current))

    def why_not_triage(self) -> str:
        return self._why_no_result()

    def do_triage(self) -> None:
        if self.current is not None:
            self.jobs.triage_of(self.current, self._item_of(self.current))

    def why_not_bundle(self) -> str:
        return self._why_no_result()

    def do_bundle(self) -> None:
        if self.current is not None:
            self.jobs.hand_over_of(self.current, self._item_of(self.current))

    def _item_of(self, run: RunSnapshot) -> CatalogItem | None:
        """What a run that only the task lists know ran: its result has to be read first."""
        return CatalogItem(run.target, run.name) if _only_listed(run) else None

    def why_not_run(self) -> str:
        if self.current is None:
            return _NO_RUN
        return "This run still goes on." if self.current.live else ""

    def do_run(self) -> None:
        if self.current is not None:
            self.jobs.run_again(self.current)

    async def do_refresh(self) -> None:
        if self.desk.context is not None:
            self.desk.history.look_now()
        self._read()

    def copyable(self) -> Sequence[tuple[str, str]]:
        run = self.current
        if run is None:
            return ()
        return (("name", run.name), ("task id", run.task_id or ""), ("reason", run.reason))


def _only_listed(run: RunSnapshot) -> bool:
    """Whether it goes on elsewhere and the journal does not have it."""
    return run.run_id.startswith("elsewhere ")


def _detail(run: RunSnapshot) -> str:
    said = run.reason or run.note
    if run.origin is Origin.HERE or "elsewhere" in said:
        return said
    where = f"Started elsewhere, by {run.started_by}" if run.started_by else "Started elsewhere"
    return f"{where}. {said}" if said else f"{where}."


def _what(run: RunSnapshot) -> Content:
    if run.live:
        shown = " ".join(part for part in (text.percent(run.progress), run.current_step or run.note) if part)
        return Content.styled(shown, LIVE)
    return Content.styled(run.reason or run.note, MUTED)
