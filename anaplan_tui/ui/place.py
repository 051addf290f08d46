"""The base of every screen: header, body, status line, footer, and the one gate for commands.

A screen declares its commands (``HERE``), how they work (``do_<id>``) and why they cannot (``why_not_<id>``).
It renders values and holds cursor, filter and sort, and nothing else.
"""

import inspect
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar, cast

from textual import events, getters, on
from textual.app import ComposeResult
from textual.content import Content
from typing_extensions import override

from anaplan_tui.core.snapshots import RunSnapshot
from anaplan_tui.core.store import Snapshot
from anaplan_tui.ui import commands as c
from anaplan_tui.ui.commands import Command
from anaplan_tui.ui.messages import ContactMade, ContextChosen, DeskOpened, SnapshotArrived
from anaplan_tui.ui.widgets.context_line import ContextLine
from anaplan_tui.ui.widgets.cursor_table import CursorTable
from anaplan_tui.ui.widgets.key_line import KeyLine
from anaplan_tui.ui.widgets.keyed_table import KeyedTable
from anaplan_tui.ui.widgets.painted import Painted
from anaplan_tui.ui.widgets.status_line import StatusLine
from anaplan_tui.ui.widgets.title_bar import ENTER, TitleBar
from anaplan_tui.ui.words import STRONG
from anaplan_tui.ui.workarounds import EndsItsWork

if TYPE_CHECKING:
    from anaplan_tui.core.desk import Desk
    from anaplan_tui.ui.jobs.jobs import Jobs
    from anaplan_tui.ui.shell import Shell


T = TypeVar("T")


_STILL_READ = "The list is still being read."


class KeepsJobs(Protocol):
    """The app with its jobs; the jobs themselves know it as a :class:`Shell`, which has none."""

    jobs: "Jobs | None"


class Place(EndsItsWork[None]):
    """A full screen of the app."""

    HERE: ClassVar[tuple[Command, ...]] = ()
    """The commands that work here."""
    missed_something = False
    """Runs, plays or transfers changed while the screen was covered."""
    NAME: ClassVar[str] = ""
    """The name of this screen in the help."""

    _key_line = getters.query_one(KeyLine)

    @property
    def tui(self) -> "Shell":
        """The app, as far as a screen may know it."""
        return cast("Shell", self.app)

    @property
    def desk(self) -> "Desk":
        """The open desk; the gate keeps commands that need it from running without."""
        desk = self.tui.desk
        if desk is None:
            raise RuntimeError("asked the desk before it was open")
        return desk

    @property
    def jobs(self) -> "Jobs":
        """The jobs of the open desk; the gate keeps commands that need it from running without."""
        jobs = cast("KeepsJobs", self.app).jobs
        if jobs is None:
            raise RuntimeError("asked the jobs before the desk was open")
        return jobs

    # -- for a screen to override ----------------------------------------------------------------

    def body(self) -> ComposeResult:
        """Yield the widgets between header and status line."""
        yield from ()

    def place_name(self) -> str:
        """Return the name of the open item, for the header's path."""
        return ""

    def header_note(self) -> str:
        """Return the text that replaces the model's state at the header's right end."""
        return ""

    def snapshot_arrived(self, snapshot: Snapshot) -> None:
        """Show a changed run, play, download or upload."""

    def desk_opened(self) -> None:
        """Read from the desk, which is open now; also called when the screen opens after the desk."""

    def contact_made(self) -> None:
        """Ask the service again, now that it can be reached: earlier requests failed."""
        self.desk_opened()

    def copyable(self) -> Sequence[tuple[str, str]]:
        """Return what ``y`` offers: pairs of a label and the text."""
        return ()

    @property
    def list_command(self) -> Command | None:
        """The command that opens this screen, if it is one of the named lists."""
        return next((command for command in c.LISTS_BY_NAME if command.label == self.NAME), None)

    # -- the frame -------------------------------------------------------------------------------

    @override
    def compose(self) -> ComposeResult:
        yield ContextLine()
        yield from self.body()
        yield StatusLine()
        yield KeyLine(self.HERE, self.obstacle, lambda: self.marked_count)

    def on_mount(self) -> None:
        """Fill the frame; a screen that opens after the desk gets :meth:`desk_opened` here."""
        self.refresh_header()
        if self.tui.desk is not None:
            self.desk_opened()

    @on(events.ScreenResume)
    def _resume(self) -> None:
        for widget in self.query(Painted):
            widget.catch_up()
        if self.missed_something:
            self.missed_something = False
            store = self.desk.store
            known: tuple[Snapshot, ...] = (*store.runs, *store.downloads, *store.uploads, *store.plays)
            for snapshot in known:
                self.snapshot_arrived(snapshot)
        self.refresh_header()
        self.refresh_status()
        self.tui.navigation.go_on()

    def refresh_header(self) -> None:
        """Show profile, model, place and state in the header."""
        # The app tells every open screen, even one that is not composed yet.
        for line in self.query(ContextLine):
            line.show(self.tui.where(self.place_name(), self.header_note()))

    def refresh_status(self) -> None:
        """Show transfers and the last message in the status line."""
        entry = self.tui.fresh_message()
        for status in self.query(StatusLine):
            status.say(entry.message if entry else "", entry.severity if entry else "information")
        if self.tui.desk is not None:
            self._refresh_transfers()

    def _refresh_transfers(self) -> None:
        store = self.desk.store
        for status in self.query(StatusLine):
            status.transfers(store.downloads, store.uploads)

    def refresh_keys(self) -> None:
        """Repaint the footer: other commands work now."""
        self._key_line.repaint()

    @on(SnapshotArrived)
    def _snapshot(self, message: SnapshotArrived) -> None:
        if isinstance(message.snapshot, RunSnapshot):
            self.refresh_header()
        else:
            self._refresh_transfers()
        self.snapshot_arrived(message.snapshot)

    @on(DeskOpened)
    def _opened(self) -> None:
        self.refresh_header()
        self.refresh_keys()
        self.desk_opened()

    @on(ContactMade)
    def _connected(self) -> None:
        self.refresh_header()
        self.refresh_keys()
        self.contact_made()

    @on(ContextChosen)
    def _chosen(self) -> None:
        self.refresh_header()

    # -- commands --------------------------------------------------------------------------------

    @property
    def marked_count(self) -> int:
        """How many lines are marked (:mod:`anaplan_tui.ui.marking`)."""
        return 0

    def obstacle(self, command: Command) -> str:
        """Say why a command does not work right now, in one sentence; empty if it does.

        Footer, help, palette and the key itself ask here. The gate for all screens comes first, then the
        screen's own condition, ``why_not_<id>``.
        """
        condition: Callable[[], str] | None = getattr(self, command.condition, None)
        return self.gate(command) or (condition() if condition is not None else "")

    def gate(self, command: Command) -> str:
        """Say why a command works on no screen right now; empty if it may work."""
        if command.needs_desk and self.tui.desk is None:
            return "Not connected to Anaplan yet."
        if command.changes_things and not self.tui.connected:
            return "Not connected to Anaplan yet."
        if command.changes_things and self.desk.profile.read_only:
            return f"Profile '{self.desk.profile.name}' is read-only: no run, cancel or upload from here."
        return ""

    async def action_invoke(self, command_id: str) -> None:
        """Do what a key is bound to, by the same path as a click and the palette."""
        await self.invoke(next(command for command in self.HERE if command.id == command_id))

    @on(KeyLine.Clicked)
    async def _key_clicked(self, message: KeyLine.Clicked) -> None:
        await self.invoke(message.command)

    @on(CursorTable.Opened)
    async def _row_clicked(self) -> None:
        command = next((command for command in self.HERE if command.id == c.OPEN.id), None)
        if command is not None:
            await self.invoke(command)

    async def invoke(self, command: Command) -> None:
        """Run a command, or say why it does not work."""
        obstacle = self.obstacle(command)
        if obstacle:
            self.tui.say(obstacle, "warning")
            return
        if command in c.LISTS_BY_NAME:
            self._leave_list(command)
        done: Any = getattr(self, command.doer)()
        if inspect.isawaitable(done):
            await done

    def _leave_list(self, wanted: Command) -> None:
        """Remember the list being left, also when a run or a process opened from it is on top."""
        here = self.tui.open_list
        if here is not None and here is not wanted:
            self.tui.last_list = here

    async def do_back(self) -> None:
        """Leave this screen for the one below it; the lowest stays."""
        if len(self.app.screen_stack) > 1 and self.app.screen is self:
            if self.list_command is not None:
                self.tui.last_list = self.list_command
            await self.app.pop_screen()

    def why_not_last_list(self) -> str:
        """Say that no other list was opened yet; empty if one was."""
        return "" if self.tui.last_list is not None else "There was no other list yet."

    async def do_last_list(self) -> None:
        """Open the list before this one."""
        if self.tui.last_list is not None:
            await self.invoke(self.tui.last_list)

    def do_help(self) -> None:
        """Show the keys of this screen, and which of them do not work now."""
        from anaplan_tui.ui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self.NAME, self.HERE, self.obstacle))

    def do_palette(self) -> None:
        """Search the commands by name."""
        self.app.action_command_palette()

    async def do_quit(self) -> None:
        """Leave the app, after a question if anything is still under way."""
        await self.tui.ask_to_quit()

    async def do_refresh(self) -> None:
        """Say that nothing needs refreshing; screens that show the service's answers ask it again."""
        self.tui.say("This screen is always up to date.")

    async def do_log(self) -> None:
        """Open the app's log."""
        await self.tui.go("log")

    async def do_doctor(self) -> None:
        """Open the checks of the connection to Anaplan and of this machine."""
        await self.tui.go("doctor")

    def why_not_log_out(self) -> str:
        """Say why the profile's login leaves nothing that a logout would end; empty if it does."""
        from anaplan_tui.core.sign_in.logout import why_nothing

        return why_nothing(self.desk.profile)

    def do_log_out(self) -> None:
        """End the sign-in and remove its files, after a question."""
        from anaplan_tui.ui.jobs.log_out import ask

        ask(self.tui, self.desk.profile)

    async def do_processes(self) -> None:
        """List the processes, on the home screen."""
        await self.tui.do_at_home(c.PROCESSES)

    async def do_imports(self) -> None:
        """List the imports, on the home screen."""
        await self.tui.do_at_home(c.IMPORTS)

    async def do_exports(self) -> None:
        """List the exports, on the home screen."""
        await self.tui.do_at_home(c.EXPORTS)

    async def do_actions(self) -> None:
        """List the other actions, on the home screen."""
        await self.tui.do_at_home(c.ACTIONS)

    async def do_runbooks(self) -> None:
        """List the runbooks."""
        await self.tui.go("runbooks")

    async def do_runs(self) -> None:
        """List the runs of every model."""
        await self.tui.go("runs")

    async def do_downloads(self) -> None:
        """List downloads and uploads."""
        await self.tui.go("downloads")

    async def do_models(self) -> None:
        """List the models to choose from."""
        await self.tui.go("models")

    async def do_copy(self) -> None:
        """Offer the texts of :meth:`copyable` for the clipboard."""
        await self.tui.copy(self.copyable())


class ListPlace(Place, Generic[T]):
    """A screen that is one table, of rows of one kind, under a title with a filter."""

    NO_LINE: ClassVar[str] = "There is nothing in the list."
    """Why a key has no line to work on, once the list was read and has none."""

    _enter_waits = False
    """The last key was an Enter after a filter, typed before the list had arrived."""

    _title_bar = getters.query_one(TitleBar)

    @property
    def table(self) -> KeyedTable[T]:
        """The list; there is exactly one."""
        return self.query_one(KeyedTable)

    @property
    def is_standing(self) -> bool:
        """Whether its table is mounted: when the app ends, widgets go before the screen's last messages."""
        return bool(self.query(KeyedTable))

    def heading(self) -> Content | str:
        """Return the left end of the title line, without filter and order."""
        return ""

    def before_heading(self) -> Content | str:
        """Return the text before the heading, which no narrow screen cuts."""
        return ""

    def heading_right(self) -> Content | str:
        """Return the right end of the title line."""
        return ""

    def make_table(self) -> KeyedTable[T]:
        """Make the empty list with its columns; called once."""
        raise NotImplementedError

    @override
    def body(self) -> ComposeResult:
        yield TitleBar()
        yield self.make_table()

    @override
    def on_mount(self) -> None:
        self.table.key_taker = self._take_key
        self.table.focus()
        self.refresh_title()

    def on_key(self, event: events.Key) -> None:
        """Take a key typed before the list had the focus: operators type ahead while the app starts."""
        if self.focused in (None, self.table) and self._take_key(event):
            event.stop()
            event.prevent_default()

    def _take_key(self, event: events.Key) -> bool:
        taken = self._title_bar.take_key(event)
        self._enter_waits = taken and event.key in ENTER and not self.table.items
        return taken

    def on_paste(self, event: events.Paste) -> None:
        """Put pasted text into the filter while it is open."""
        self._enter_waits = False
        self._title_bar.take_paste(event.text)

    def refresh_title(self) -> None:
        """Show title, filter and order as they are now."""
        table = self.table
        title = Content.assemble(self.before_heading(), self.heading())
        if table.needle:
            title += Content(f", {len(table.shown)} shown")
        if table.sorted_by:
            title += Content(f" · by {table.sorted_by.lower()}")
        self._title_bar.show(title, Content.assemble(self.heading_right()))

    def why_no_line(self) -> str:
        """Say why a key has no line to work on; empty if one is highlighted."""
        if self.table.current is not None:
            return ""
        return _STILL_READ if self.table.is_awaited else self.NO_LINE

    def do_filter(self) -> None:
        """Open the filter in the title line."""
        self._title_bar.open()

    def do_sort(self) -> None:
        """Sort by the next column; after the last one, restore the list's own order."""
        self.table.sort_next()
        self.refresh_title()

    def do_reverse(self) -> None:
        """Reverse the order."""
        self.table.sort_reverse()
        self.refresh_title()

    @override
    async def do_back(self) -> None:
        if self.table.needle:
            self.clear_filter()
        else:
            await super().do_back()

    def clear_filter(self) -> None:
        """Show all lines again."""
        self._title_bar.clear()
        self.table.filter("")
        self.refresh_title()
        self.refresh_keys()

    @on(TitleBar.Typed)
    def _typed(self, event: TitleBar.Typed) -> None:
        self.table.filter(event.text)
        self.refresh_title()
        self.refresh_keys()

    @on(TitleBar.Left)
    def _left_filter(self, event: TitleBar.Left) -> None:
        if not event.keep:
            self.clear_filter()
        self.table.focus()
        if event.entered and event.keep:
            self._open_only_match()

    def list_stands(self) -> None:
        """Let an Enter that was typed ahead of the list take effect, if no key followed it."""
        if self._enter_waits and self.app.screen is self:
            self._open_only_match()
        self._enter_waits = False

    def _open_only_match(self) -> None:
        if self.table.needle and len(self.table.shown) == 1:
            # In the app's turn, as for a key: opening may close this screen, which must not be busy then.
            self.app.call_later(self.open_only_match)

    async def open_only_match(self) -> None:
        """Open the one line that the filter left when Enter was pressed."""
        await self.action_invoke(c.OPEN.id)


def bold(text: str) -> Content:
    """Return a title in bold."""
    return Content.styled(text, STRONG)
