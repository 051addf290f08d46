"""The home screen: what the model can run, how each last run went, and how long it usually takes."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import ClassVar

from textual import events, getters, on, work
from textual.app import ComposeResult
from textual.content import Content
from textual.timer import Timer
from typing_extensions import override

from anaplan_tui.api.refs import Kind, ModelRef
from anaplan_tui.core import text
from anaplan_tui.core.catalog import CatalogItem
from anaplan_tui.core.history.progress import Noticed, Summary
from anaplan_tui.core.snapshots import RunSnapshot
from anaplan_tui.core.store import Snapshot
from anaplan_tui.trouble import Trouble
from anaplan_tui.ui import commands as c
from anaplan_tui.ui.commands import Command
from anaplan_tui.ui.jobs.listed import ListedRun
from anaplan_tui.ui.jobs.uploads import asked_for_item, why_no_upload
from anaplan_tui.ui.marking import MarkingList, Meant
from anaplan_tui.ui.messages import ContextChosen
from anaplan_tui.ui.place import bold
from anaplan_tui.ui.screens.attention import (
    NONE_NEEDS_ATTENTION,
    Row,
    is_unseen,
    needs_attention,
    newest_of,
    night_words,
)
from anaplan_tui.ui.screens.catalog_words import (
    SHORT,
    TITLES,
    columns,
    greeting,
    newer,
    newest_runs,
    no_model,
    nothing_of,
)
from anaplan_tui.ui.widgets.keyed_table import KeyedTable
from anaplan_tui.ui.widgets.lines import Detail
from anaplan_tui.ui.words import ACCENT, MUTED

_GREETED_S = 60.0
_NEWS_EVERY_S = 0.5


class CatalogScreen(MarkingList[Row]):
    """Processes first; 2, 3 and 4 show the other kinds."""

    NAME = "catalog"
    HERE = (
        c.OPEN,
        c.ROWS_OF_RUN,
        c.DUMPS_OF_RUN,
        c.RUN_LINE,
        c.CANCEL_RUN,
        c.UPLOAD,
        c.BUNDLE_OF_RUN,
        c.MARK,
        c.ATTENTION,
        *c.LISTS,
        c.CLEAR,
        *c.EVERYWHERE,
    )
    BINDINGS = c.bindings(HERE)
    CSS_PATH: ClassVar[str] = "catalog.tcss"

    _detail = getters.query_one(Detail)

    def __init__(self) -> None:
        super().__init__()
        self._kind = Kind.PROCESS
        self._loaded = False
        self._is_live = self._is_fetching = False
        self._as_of: datetime | None = None
        """When the service listed the items; set only while an earlier session's list is shown."""
        self._has_greeted = False
        self._found_in: tuple[ModelRef, Kind] | None = None
        """The list in which the item opened last was looked up."""
        self._failed = ""
        self._items: tuple[CatalogItem, ...] = ()
        self._newest: dict[str, RunSnapshot] = {}
        """The newest run of each target, by target id, whoever started it."""
        self._night: Summary | None = None
        self._only_attention = False
        self._news_due: Timer | None = None
        self._unsubscribe: Callable[[], None] = lambda: None

    @override
    def make_table(self) -> KeyedTable[Row]:
        return KeyedTable(
            columns(self.tui.now()),
            key=lambda row: row.item.id,
            match=lambda row: f"{row.item.name} {row.item.id}",
            markable=True,
        )

    # -- opening -----------------------------------------------------------------------------------

    def show_opening(self, message: str) -> None:
        """Say that the desk is being opened."""
        self._failed = ""
        self.table.show_awaited(message)

    def show_opening_failed(self, message: str) -> None:
        """Say why the desk could not be opened, and what to do."""
        self._failed = message
        self.table.show(
            (),
            empty=f"✗ Not connected\n\n{message}\n\n{c.REFRESH.key} tries again   {c.QUIT.key} quits   "
            f"{c.LOG.key} shows the log",
        )

    @override
    def desk_opened(self) -> None:
        if self.desk.context is None:
            self.table.show((), empty=no_model())
        else:
            self.load()

    @override
    def contact_made(self) -> None:
        if not self._is_live and not self._is_fetching:
            self.load(refresh=True)
        elif self.tui.model_state is None or not self.tui.model_state.known:
            self.jobs.model.look()

    @override
    def header_note(self) -> str:
        return f"as of {text.ago(self._as_of, self.tui.now())}" if self._as_of is not None else ""

    @on(ContextChosen)
    def _other_model(self) -> None:
        self.clear_filter()
        self.load()

    @override
    def body(self) -> ComposeResult:
        yield from super().body()
        yield Detail()

    @on(KeyedTable.Moved)
    def _show_detail(self) -> None:
        row = self.table.current
        run = row.run if row is not None else None
        said = ""
        if row is not None and run is not None and run.reason and not run.live:
            said = f"{row.item.name}: {run.reason}"  # under its current name
        self._detail.show(Content.styled(said, MUTED))
        self.refresh_keys()

    # -- the list ----------------------------------------------------------------------------------

    def load(self, *, refresh: bool = False) -> None:
        """Fetch the list of the chosen kind; with ``refresh`` the old list stays until the answer comes."""
        if self.desk.context is None:
            self._loaded, self._as_of = False, None
            self.table.show((), empty=no_model())
            return
        if not refresh:
            self._loaded, self._as_of = False, None
            self.table.show_awaited(f"Loading {TITLES[self._kind].lower()} …")
        self._fetch(self._kind, refresh=refresh)
        self.jobs.model.look()

    @work(group="catalog", exclusive=True)
    async def _fetch(self, kind: Kind, *, refresh: bool) -> None:
        self._is_fetching, self._is_live = True, False
        try:
            if not self._loaded:
                await self._show_known(kind)
            items = await self.desk.catalog(kind, refresh=refresh)
        except Trouble as error:
            self._not_listed(str(error))
            return
        finally:
            self._is_fetching = False
        self._is_live = True
        await self._read_newest(kind)
        if not self._is_wanted:
            return
        self._show_items(kind, items)
        await self._find_opened(kind)
        await self._greet(items)
        self.tui.start_is_over()
        self._follow_history()

    async def _show_known(self, kind: Kind) -> None:
        """Show the list of an earlier session, with its age, until the service answers."""
        known = await self.desk.known_catalog(kind)
        if known is not None and not self.desk.is_listed(kind):
            await self._read_newest(kind)
            if self._is_wanted:
                self._show_items(kind, known.items, as_of=known.at)
                await self._find_opened(kind)

    async def _greet(self, items: Sequence[CatalogItem]) -> None:
        """Tell a newcomer which keys to press, for a minute or until another screen opens."""
        is_due = not self._has_greeted and bool(items) and await self.desk.remembered.is_new_here()
        if is_due and self.tui.fresh_message() is None:  # a fresh message goes first
            self.tui.stand(greeting())
            self.set_timer(_GREETED_S, self._stop_greeting)
        self._has_greeted = True

    def _stop_greeting(self) -> None:
        self.tui.stand_no_more(greeting())

    async def _find_opened(self, kind: Kind) -> None:
        """Put the cursor on the item opened last, even in an earlier session, when model or kind changed."""
        context = self.desk.context
        if context is None or self._found_in == (context.model.ref, kind):
            return
        self._found_in = (context.model.ref, kind)
        opened = await self.desk.chosen.last_opened(kind)
        if (
            opened is not None
            and self.is_standing
            and not (self.table.needle or self.table.moved_by_operator)
        ):
            self.table.move_to(opened)

    @property
    def _is_wanted(self) -> bool:
        """Whether a fetched list is still wanted: the screen is still up and a model is chosen."""
        return self.is_standing and self.desk.context is not None

    def _not_listed(self, problem: str) -> None:
        if self.tui.connected:
            self.tui.say(problem, "error")
        if not self._loaded:
            self.table.show(
                (), empty=f"✗ {problem}\n\n{c.REFRESH.key} tries again   {c.MODELS.key} shows other models"
            )

    def _show_items(self, kind: Kind, items: Sequence[CatalogItem], as_of: datetime | None = None) -> None:
        self._loaded, self._as_of = True, as_of
        self._items = tuple(items)
        self._arrange()
        self.refresh_header()
        self.refresh_title()
        self.refresh_keys()
        self.list_stands()

    @override
    def snapshot_arrived(self, snapshot: Snapshot) -> None:
        if not isinstance(snapshot, RunSnapshot):
            return
        row = next((r for r in self.table.items if r.item.ref == snapshot.target), None)
        if row is None:
            if self._only_attention:
                self._arrange()
            return
        if newest_runs(self.desk.store.runs).get(snapshot.target) != snapshot:
            return
        newer_row = self._row(row.item, snapshot, self.tui.now())
        if newer_row.run is not snapshot:
            return
        if newer_row.attention is row.attention:
            self.table.update(newer_row)
        else:
            self._arrange()

    # -- the night -----------------------------------------------------------------------------------

    def _follow_history(self) -> None:
        """Read everybody's runs in the background from the first list on, and show them as they come."""
        self._unsubscribe()
        self._unsubscribe = self.desk.history.subscribe(self._noticed)
        self.desk.keep_history()

    def on_unmount(self) -> None:
        """Stop listening to the model's history."""
        self._unsubscribe()

    @on(events.ScreenSuspend)
    def _was_left(self) -> None:
        self._stop_greeting()

    def _noticed(self, _noticed: Noticed) -> None:
        """Reorder the list at most twice a second: with hundreds of answers in one it must stay readable."""
        if self.is_current and self._news_due is None:
            self._news_due = self.set_timer(_NEWS_EVERY_S, self._show_news)

    def _show_news(self) -> None:
        self._news_due = None
        self._read_night()

    @on(events.ScreenResume)
    def _come_back(self) -> None:
        if self._loaded and self.tui.desk is not None and self.desk.context is not None:
            self._read_night()

    @work(group="night", exclusive=True)
    async def _read_night(self) -> None:
        """Show what the journal knows by now; repaint the rows only if something is new."""
        before = self._newest
        await self._read_newest(self._kind)
        if not self._is_wanted:
            return
        if self._newest != before or self._seen_of(self._newest) != self._seen_of(before):
            self._arrange()
            self.refresh_keys()
        self.refresh_title()

    async def _read_newest(self, kind: Kind) -> None:
        if self.desk.context is not None:
            history = self.desk.history
            self._newest, self._night = await history.newest(kind), await history.summary()

    @staticmethod
    def _seen_of(runs: dict[str, RunSnapshot]) -> set[str]:
        return {run.run_id for run in runs.values() if run.seen}

    def _arrange(self) -> None:
        """Order the rows: those that need attention first, the rest as the service lists them."""
        ours = newest_runs(self.desk.store.runs)
        now = self.tui.now()
        rows = [self._row(item, ours.get(item.ref), now) for item in self._items]
        nothing = nothing_of(self._kind)
        self.table.show(sorted(rows, key=lambda row: row.attention), empty=nothing)

    def _row(self, item: CatalogItem, ours: RunSnapshot | None, now: datetime) -> Row:
        known = self._newest.get(item.id)
        run = newest_of(newer(ours, None if known else item.last), known)
        was_opened = run is not None and self.tui.was_opened(run.run_id)
        return Row(item, run, now, unseen=is_unseen(run, was_opened=was_opened))

    def do_attention(self) -> None:
        """Show only what needs attention, or all again."""
        self._only_attention = not self._only_attention
        self.table.narrow(needs_attention if self._only_attention else None, NONE_NEEDS_ATTENTION)
        self.refresh_title()
        self.refresh_keys()

    @override
    def heading(self) -> Content | str:
        if not self._loaded:
            return bold(TITLES[self._kind])
        only = " that need attention" if self._only_attention else ""
        count = sum(map(needs_attention, self.table.items)) if only else len(self.table.items)
        title = bold(TITLES[self._kind]) + Content(f" {count:,}{only}")
        if self._night is None or self.table.needle:
            return title
        words = night_words(self._night, self.desk.history.progress, self.tui.now(), wide=self._is_wide)
        return title + Content.styled(f" · {words}", MUTED)

    @property
    def _is_wide(self) -> bool:
        return self.app.size.width >= 110

    @override
    def heading_right(self) -> Content | str:
        parts = []
        for number, kind in enumerate(Kind, 1):
            style = f"bold {ACCENT}" if kind is self._kind else MUTED
            named = f" {SHORT[kind]}" if self._is_wide and self._night is None else ""
            label = f"[{number}{named}]" if kind is self._kind else f"{number}{named}"
            parts.append(Content.styled(label, style))
        parts.append(Content.styled(f"{c.RUNBOOKS.key}{' Runbooks' if self._is_wide else ''}", MUTED))
        return Content("  ").join(parts) + " "

    # -- commands ----------------------------------------------------------------------------------

    @property
    def current(self) -> CatalogItem | None:
        """The highlighted item."""
        row = self.table.current
        return row.item if row is not None else None

    def why_not_back(self) -> str:
        """The home screen is the bottom one: Escape clears and never leaves."""
        is_clear = not self.table.needle and not self.table.marked
        leaves = f"There is no filter and no mark to clear. {c.QUIT.key} leaves the app."
        return leaves if is_clear else ""

    @override
    def row_name(self, row: Row) -> str:
        return f"'{row.item.name}'"

    @property
    @override
    def list_command(self) -> Command | None:
        return c.KINDS[tuple(TITLES).index(self._kind)]

    def why_not_open(self) -> str:
        """Needs a highlighted item."""
        return self.why_no_line()

    async def do_open(self) -> None:
        """Open the item with its actions and its history."""
        if self.current is not None:
            self._stop_greeting()
            await self.tui.open_process(self.current)

    def do_run(self, meant: Meant[Row]) -> None:
        """Ask, then start the item or queue the marked ones."""
        items = [row.item for row in meant.rows]
        self.jobs.several.run(items, meant.skipped, self.clear_marks)

    @property
    def _live_run(self) -> RunSnapshot | None:
        row = self.table.current
        return row.run if row is not None and row.run is not None and row.run.live else None

    def why_not_cancel_run(self) -> str:
        """Needs a live run that this app watches."""
        unwatched = "No run of it is watched from here; Enter shows its history."
        return self.why_no_line() or ("" if self._live_run is not None else unwatched)

    def do_cancel_run(self) -> None:
        """Ask, then cancel the item's live run."""
        from anaplan_tui.ui.screens.run.cancel import ask_to_cancel

        if self._live_run is not None:
            ask_to_cancel(self, self._live_run)

    def do_dumps(self, meant: Meant[Row]) -> None:
        """Fetch every dump of each item's newest run."""
        self.jobs.several.fetch(self._newest_runs(meant), meant.skipped)

    def why_not_triage(self) -> str:
        """Needs a highlighted item; pressing the key finds out whether its newest run has a dump."""
        return self.why_no_line()

    def do_triage(self) -> None:
        """Show the rejected rows of the item's newest run, after fetching its dump."""
        if self.current is not None:
            self.jobs.dumps.triage_of(self.jobs.lookup.newest_of(self.current))

    def do_bundle(self, meant: Meant[Row]) -> None:
        """Pack a bundle of each item's newest run."""
        self.jobs.several.hand_over(self._newest_runs(meant), meant.skipped)

    def _newest_runs(self, meant: Meant[Row]) -> Sequence[ListedRun]:
        return [self.jobs.lookup.newest_of(row.item) for row in meant.rows]

    def why_not_upload(self) -> str:
        """Needs an import that reads a file."""
        item = self.current
        if item is None:
            return self.why_no_line()
        return why_no_upload(item.ref.kind.value, item.data_source_id)

    def do_upload(self) -> None:
        """Ask for a file, then send it to the import's data source."""
        if self.current is not None:
            self.jobs.uploads.ask(asked_for_item(self.current))

    @override
    async def do_processes(self) -> None:
        self._show(Kind.PROCESS)

    @override
    async def do_imports(self) -> None:
        self._show(Kind.IMPORT)

    @override
    async def do_exports(self) -> None:
        self._show(Kind.EXPORT)

    @override
    async def do_actions(self) -> None:
        self._show(Kind.ACTION)

    def _show(self, kind: Kind) -> None:
        if kind is not self._kind:
            self._kind = kind
            self.load()
            self.refresh_title()

    @override
    async def do_refresh(self) -> None:
        if not self.tui.connected:
            self.tui.open()
        elif self.tui.login_refused:
            self.tui.sign_in_again()
        elif self.desk.context is None:
            await self.do_models()
        else:
            self.load(refresh=True)

    @override
    def copyable(self) -> Sequence[tuple[str, str]]:
        item = self.current
        return (("name", item.name), ("id", item.id)) if item is not None else ()
