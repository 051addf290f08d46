"""The app: one desk, the screens over it, and what outlives a screen.

It paints its frame first and opens the desk afterwards, passes every snapshot on to the open screens,
and leaves without touching anything that runs on the service.
"""

import asyncio
import gc
import logging
import os
import signal
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events, work
from textual.app import SuspendNotSupported
from textual.binding import Binding, BindingType
from textual.screen import Screen

from anaplan_tui.beginning import collect_garbage
from anaplan_tui.core.clock import now
from anaplan_tui.core.snapshots import RunSnapshot
from anaplan_tui.core.store import Snapshot
from anaplan_tui.trouble import Trouble
from anaplan_tui.ui import commands as c
from anaplan_tui.ui.commands import Command, use_keys
from anaplan_tui.ui.habits import NO_HABITS, Habits
from anaplan_tui.ui.log import Entry, Log, LogHandler
from anaplan_tui.ui.messages import ContactMade, ContextChosen, DeskOpened, SnapshotArrived
from anaplan_tui.ui.navigation import Navigation
from anaplan_tui.ui.news import News
from anaplan_tui.ui.palette import PlaceCommands, StillPalette
from anaplan_tui.ui.place import Place
from anaplan_tui.ui.screens.catalog import CatalogScreen
from anaplan_tui.ui.shell import Shell
from anaplan_tui.ui.stray_keys import StrayKeys
from anaplan_tui.ui.terminal import job_control
from anaplan_tui.ui.terminal.driver import terminal_driver
from anaplan_tui.ui.terminal.key_queue import KeyQueue
from anaplan_tui.ui.terminal.outside import Outside
from anaplan_tui.ui.themes import THEMES
from anaplan_tui.ui.where import where_of
from anaplan_tui.ui.widgets.context_line import Where
from anaplan_tui.ui.workarounds import (
    CalmCrash,
    CoversWhatIsBelow,
    EndsAllWork,
    HeldPaint,
    LeanPaint,
    let_widgets_go,
    plain_without_colour,
    write_to_terminal,
)

if TYPE_CHECKING:
    from anaplan_tui.core.catalog import CatalogItem
    from anaplan_tui.core.desk import Desk
    from anaplan_tui.core.dumps.files import DumpFile
    from anaplan_tui.core.sign_in.secret_command import TerminalLoan
    from anaplan_tui.ui.jobs.jobs import Jobs

_TERMINAL = 0
_ENDING = (
    signal.SIGINT,
    signal.SIGQUIT,
    signal.SIGABRT,
    signal.SIGALRM,
    signal.SIGUSR1,
    signal.SIGUSR2,
    signal.SIGVTALRM,
    signal.SIGXCPU,
)
"""What would end the app on the spot: a batch system, a limit of the shell, or somebody with ``kill``."""
OpenDesk = Callable[[], Awaitable["Desk"]]


class AnaplanApp(EndsAllWork, CalmCrash, LeanPaint, CoversWhatIsBelow, Shell, inherit_bindings=False):
    """See the module's docstring. ``open_desk`` makes the desk; it is called again on a retry."""

    TITLE = "anaplan-tui"
    CSS_PATH = Path(__file__).with_name("app.tcss")
    COMMANDS: ClassVar[set[Any]] = {PlaceCommands}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "interrupt", show=False, priority=True),
        Binding("ctrl+z", "stop_job", show=False, priority=True),
    ]

    def __init__(
        self,
        open_desk: OpenDesk,
        *,
        profile: str = "",
        demo: bool = False,
        loan: "TerminalLoan | None" = None,
        habits: Habits = NO_HABITS,
    ) -> None:
        super().__init__(driver_class=terminal_driver())
        self._habits = habits
        use_keys(habits.keys)
        self.set_keymap(habits.keys)
        let_widgets_go()
        self._loan = loan
        self.animation_level = "none"
        for theme in THEMES.values():
            self.register_theme(theme)
        self.theme = habits.theme
        plain_without_colour(self)
        self._outside = Outside(
            partial(write_to_terminal, self),
            title=habits.title,
            progress=habits.progress,
            tmux=bool(os.environ.get("TMUX")),
        )
        self.desk = None
        self.connected = self._is_opening = False
        self.jobs: Jobs | None = None
        self._opened_runs: set[str] = set()
        self.model_state = None
        self.record = Log(self.now)
        self._news = News(self.record, self.now)
        self._stray = StrayKeys(self.say)
        self._keys = KeyQueue(self.call_later, super().on_event)
        self.navigation = Navigation(self, self._keys)
        self._open_desk = open_desk
        self._begun_desk: Desk | None = None
        self._profile = profile
        self._demo = demo
        self._paint = HeldPaint(self)
        self._log_handler = LogHandler(self.record)
        self._froze = False

    def now(self) -> datetime:
        """The time; tests freeze it."""
        return now()

    # -- start and end -----------------------------------------------------------------------------

    def get_default_screen(self) -> Screen[Any]:
        return CatalogScreen()

    def on_mount(self) -> None:
        logging.getLogger("anaplan_tui").addHandler(self._log_handler)
        self.set_timer(0.02, self._first_paint)
        if not self.is_headless:
            self._lend_the_terminal()
            self._leave_on_signals()

    async def on_unmount(self) -> None:
        logging.getLogger("anaplan_tui").removeHandler(self._log_handler)
        gc.unfreeze()

    def _first_paint(self) -> None:
        if self.screen_stack:  # it may be left already
            self._paint.release()
            self.open()

    def _lend_the_terminal(self) -> None:
        if self._loan is not None:
            from anaplan_tui.ui.jobs.sign_in import lent_terminal

            self._loan.owner = partial(lent_terminal, self, asyncio.get_running_loop())

    def _leave_on_signals(self) -> None:
        """Textual handles none of these: each would leave the terminal raw."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, self.terminal_gone)
        loop.add_signal_handler(signal.SIGTERM, self._leave, 0)
        for number in _ENDING:
            loop.add_signal_handler(number, self._leave, 128 + number)

    def _leave(self, code: int) -> None:
        self.exit(return_code=code)

    # -- what the terminal does ----------------------------------------------------------------------

    def terminal_gone(self) -> None:
        """Leave; nobody can be asked any more."""
        self._leave(0)
        job_control.end_without(_TERMINAL, 0)

    def paint_whole(self) -> None:
        """Paint what stands on the screen already, too."""
        if self.is_running:
            self.refresh()

    def taken_back(self) -> str:
        """Title and progress go with the app."""
        return self._outside.taken_back()

    def stop_job(self) -> None:
        """Give the terminal back to the shell until it continues us."""
        self._away(job_control.stop)

    def job_continued(self) -> None:
        """Take the terminal again, which the shell has used meanwhile."""
        self._away(job_control.wait_for_foreground)

    def _away(self, wait: Callable[[int], None]) -> None:
        if self.is_running:
            try:
                with self.suspend():
                    wait(_TERMINAL)
            except SuspendNotSupported:
                self.say("This terminal cannot be given back to a shell.", "warning")
            else:
                self.paint_whole()
                self._outside.again()

    def action_stop_job(self) -> None:
        self.stop_job()

    def open(self) -> None:
        """Open the desk, or try again."""
        if not self.connected:
            self._opening()

    @work(group="open", exclusive=True)
    async def _opening(self) -> None:
        home, message = (
            self._home(),
            f"Connecting to Anaplan{f' as {self._profile}' if self._profile else ''} …",
        )
        if self.desk is None:
            home.show_opening(message)
        else:
            self.stand(message)
        self._is_opening = True
        try:
            desk = await self._begin_desk()
            if self.desk is None and await desk.chosen.recall():
                self._take(desk)  # what the journal knows stands before anything was answered
            if self.desk is None:
                await desk.connect()
            else:
                await self._connect_to_the_known(desk)
        except Trouble as error:
            self._is_opening = False
            self._not_connected(str(error))
            return
        self._is_opening = False
        self.connected = True
        self.stand("")
        if self.desk is None:
            await self._take(desk).model.choose_first()
            self._tell_terminal()
            self._tell_places(DeskOpened)
        else:
            self._tell_places(ContactMade)
        if self.jobs is not None:
            self.jobs.resume_unfinished()

    async def _begin_desk(self) -> "Desk":
        """The desk, which has not sent anything when it is made."""
        if self._begun_desk is None:
            from anaplan_tui.ui.jobs.sign_in import OnScreen

            self._begun_desk = await self._open_desk()
            self._begun_desk.sign_in.attend(OnScreen(self))
        return self._begun_desk

    def _take(self, desk: "Desk") -> "Jobs":
        """Work with this desk from now on."""
        from anaplan_tui.ui.jobs.jobs import Jobs

        self.desk = desk
        desk.store.subscribe(self._forward)
        self.jobs = Jobs(self, desk)
        self._tell_terminal()
        if desk.context is not None:
            self._tell_places(DeskOpened)
        return self.jobs

    async def _connect_to_the_known(self, desk: "Desk") -> None:
        """Log in; who we are and whether the model is still there are asked for beside its list.

        Raises:
            AnaplanError: the service cannot be reached or the login is refused.
        """
        contact, moved = await asyncio.gather(desk.connect(), desk.chosen.check(), return_exceptions=True)
        if isinstance(contact, BaseException):
            raise contact
        if moved is True or desk.context is None:
            if self.jobs is not None:
                await self.jobs.model.choose_first()
            self.context_chosen()
        elif isinstance(moved, BaseException) and not isinstance(moved, Trouble):
            raise moved

    def _not_connected(self, problem: str) -> None:
        """Say so: instead of a list, or in a line where there is one from before."""
        self.say(problem, "error")
        if self.desk is None:
            self._home().show_opening_failed(problem)
            return
        self.stand(f"Not connected: {problem} {c.REFRESH.key} tries again.")
        self.refresh_headers()
        for place in self.places:
            place.refresh_keys()

    def _tell_places(self, news: type[DeskOpened | ContactMade]) -> None:
        for place in self.places:
            place.post_message(news())

    @work(group="open", exclusive=True)
    async def sign_in_again(self) -> None:
        """Let the login try once more, after it was refused with the desk open."""
        from anaplan_tui.api.errors import AnaplanError, NotAuthenticated

        if self.desk is None:
            return
        self.say("Signing in …")
        try:
            await self.desk.connect()
        except NotAuthenticated:
            return  # its dialog is open again
        except AnaplanError as error:
            self.say(str(error), "error")
            return
        self.login_refused = False
        self.say(f"Signed in again as {self.desk.user}.")
        if self.jobs is not None:
            self.jobs.resume_unfinished()

    def first_list_stands(self) -> None:
        """The start is over, and what it made stays: garbage need not be looked for among that again.

        With 5,000 processes listed it would hold up a key for 60 ms now and then.
        """
        if not self._froze:
            self._froze = True
            collect_garbage()

    def _home(self) -> CatalogScreen:
        home = self.screen_stack[0]
        assert isinstance(home, CatalogScreen)  # noqa: S101  # get_default_screen made it
        return home

    async def run_to_the_end(self) -> int:
        """Run on the terminal; see :func:`run`."""
        try:
            # Without the mouse the terminal's own selection works, which is how text leaves a jump host.
            await self.run_async(mouse=self._habits.mouse)
        finally:
            await self.aclose()
        if self.return_code is not None:
            return self.return_code
        task = asyncio.current_task()
        # A signal before we listen to any cancels us; whatever else ends the app without exit() is a fault.
        return 130 if task is not None and task.cancelling() else 1

    async def aclose(self) -> None:
        """Close the desk, if it was opened; never cancels a task of the service."""
        if self._begun_desk is not None:
            await self._begun_desk.aclose()

    # -- what the screens share --------------------------------------------------------------------

    @property
    def places(self) -> tuple[Place, ...]:
        """The open screens, the home first."""
        return tuple(screen for screen in self.screen_stack if isinstance(screen, Place))

    @property
    def open_list(self) -> Command | None:
        """Opens the list that is open, also behind what was opened out of it."""
        commands = (place.list_command for place in reversed(self.places))
        return next((command for command in commands if command is not None), None)

    def _forward(self, snapshot: Snapshot) -> None:
        # A message to a covered screen makes Textual 8.2.8 paint all of the one on top: it catches up later.
        for place in self.places:
            if place is self.screen:
                place.post_message(SnapshotArrived(snapshot))
            else:
                place.missed_something = True
        if isinstance(snapshot, RunSnapshot) and self.jobs is not None:
            self.jobs.noticed(snapshot)
            self._tell_terminal()

    def _tell_terminal(self) -> None:
        if self.desk is not None:
            context = self.desk.context
            self._outside.show(context.model.name if context else "", self.desk.store.runs)

    @property
    def begun_desk(self) -> "Desk | None":
        """The desk from the moment that it is made, whether its login succeeds or not."""
        return self._begun_desk

    def where(self, place: str, note: str) -> Where:
        """What the header says."""
        if self.desk is None:
            return Where(profile=self._profile or "anaplan-tui", demo=self._demo)
        return where_of(self.desk, place, (self._contact_word(), note), self.model_state, demo=self._demo)

    def _contact_word(self) -> str:
        if self.connected:
            return ""
        return "connecting" if self._is_opening else "not connected"

    def context_chosen(self) -> None:
        """Another model is worked in."""
        self.model_state = None
        self._tell_terminal()
        for place in self.places:
            place.post_message(ContextChosen())

    def say(self, message: str, severity: str = "information", detail: str = "") -> None:
        """The one funnel for what happened: the status line now, the log for later."""
        self._news.say(self.record.add(message, severity, detail), self._top)
        if self._top is not None:
            self._top.refresh_status()

    def stand(self, message: str) -> None:
        """Say something for as long as it holds; empty takes it back."""
        self._news.stand(message)
        for place in self.places:
            place.refresh_status()

    def stand_no_more(self, message: str) -> None:
        """Take that back, where it still stands."""
        if self._news.stands(message):
            self.stand("")

    def hush(self, message: str) -> None:
        """Take a message off the status line, where it is still there: its screen was left."""
        if self._news.hush(message, self._top) and self._top is not None:
            self._top.refresh_status()

    def fresh_message(self) -> Entry | None:
        """The last message, as long as it is news and belongs to the screen that is open."""
        return self._news.shown_on(self._top)

    @property
    def _top(self) -> Place | None:
        """The place that is open, under whatever asks a question over it."""
        return self.places[-1] if self.places else None

    async def on_event(self, event: events.Event) -> None:
        """What is typed waits for its turn."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            self._keys.put(event)
        else:
            await super().on_event(event)

    def on_key(self, event: events.Key) -> None:
        """Before bindings are looked for: some keys were not meant for what is open now."""
        if self.screen_stack and self._stray.drops(event, self.screen):
            event.prevent_default()
        elif self.screen_stack:
            self._stray.tell_if_unanswered(event, self.screen)

    # -- going places ------------------------------------------------------------------------------

    def refresh_headers(self) -> None:
        for place in self.places:
            place.refresh_header()

    async def go(self, name: str) -> None:
        kind = _screen(name)
        if not await self._back_to(lambda place: type(place) is kind):
            await self.push_screen(kind())

    def was_opened(self, run_id: str) -> bool:
        return run_id in self._opened_runs

    def note_opened(self, run_id: str) -> None:
        self._opened_runs.add(run_id)

    async def open_run(self, run_id: str) -> None:
        """Open the screen of a run; on that of an earlier run of the same target it takes its place."""
        from anaplan_tui.ui.screens.run.screen import RunScreen

        if self.jobs is not None:
            self.jobs.runs.mark_seen(run_id)
        if await self._back_to(lambda p: isinstance(p, RunScreen) and p.run_id == run_id):
            return
        run = self.desk.store.run(run_id) if self.desk is not None else None
        here = self.screen
        if run is not None and isinstance(here, RunScreen) and here.snapshot.target == run.target:
            await self.switch_screen(RunScreen(run_id))
        else:
            await self.push_screen(RunScreen(run_id))

    async def open_process(self, item: "CatalogItem") -> None:
        """Open the screen of what can be run; the next start of the app has the cursor on it."""
        from anaplan_tui.ui.screens.process import ProcessScreen

        if self.desk is not None and self.jobs is not None:
            self.jobs.spawner.spawn(partial(self.desk.chosen.remember_opened, item), "opened")
        await self.push_screen(ProcessScreen(item))

    async def open_runbook(self, path: Path) -> None:
        """Open the screen of a runbook."""
        from anaplan_tui.ui.screens.runbook import RunbookScreen

        if not await self._back_to(lambda p: isinstance(p, RunbookScreen) and p.path == path):
            await self.push_screen(RunbookScreen(path))

    async def open_triage(self, dump: "DumpFile", earlier: "DumpFile | None") -> None:
        """Open the triage of a dump, beside an earlier one where there is one."""
        from anaplan_tui.ui.screens.triage.screen import TriageScreen

        if not await self._back_to(lambda p: isinstance(p, TriageScreen) and p.dump.path == dump.path):
            await self.push_screen(TriageScreen(dump, earlier))

    async def do_at_home(self, command: Command) -> None:
        await self.go_home()
        await self._home().invoke(command)

    async def go_home(self) -> None:
        await self._back_to(lambda place: isinstance(place, CatalogScreen))

    async def _back_to(self, wanted: Callable[[Place], bool]) -> bool:
        if not any(wanted(place) for place in self.places):
            return False
        while not (isinstance(self.screen, Place) and wanted(self.screen)):
            await self.pop_screen()
        return True

    async def copy(self, choices: Sequence[tuple[str, str]]) -> None:
        """Offer what can be copied here, and send what is chosen."""
        from anaplan_tui.ui.screens.copying import CopyDialog

        known = [(label, value) for label, value in choices if value]
        if not known:
            self.say("There is nothing to copy here.", "warning")
        elif len(known) == 1:
            await self.send_to_clipboard(known[0][1])
        else:
            self.push_screen(CopyDialog(known), self.send_to_clipboard)

    async def send_to_clipboard(self, value: str | None) -> None:
        from anaplan_tui.ui import clipboard

        if value is not None:
            self.say(await clipboard.send(value, self.copy_to_clipboard))

    def action_command_palette(self) -> None:
        if not StillPalette.is_open(self):
            self.push_screen(StillPalette())

    async def ask_to_quit(self) -> None:
        """Leave; when something is going on, say first what becomes of it."""
        from anaplan_tui.ui.screens.quitting import QuitDialog, what_goes_on
        from anaplan_tui.ui.screens.too_small import TooSmall

        going_on = what_goes_on(self.desk.store) if self.desk is not None else ()
        if not going_on or isinstance(self.screen, QuitDialog | TooSmall):
            self.exit()
            return
        self.push_screen(QuitDialog(going_on), lambda leave: self.exit() if leave else None)

    async def action_interrupt(self) -> None:
        await self.ask_to_quit()

    async def on_resize(self, event: events.Resize) -> None:
        from anaplan_tui.ui.screens.too_small import TooSmall, too_small

        small = too_small(event.size)
        if small and not isinstance(self.screen, TooSmall):
            self.push_screen(TooSmall())
        elif not small and isinstance(self.screen, TooSmall):
            self.screen.leave()


_SCREENS = {
    "runbooks": "RunbooksScreen",
    "runs": "RunsScreen",
    "downloads": "DownloadsScreen",
    "models": "ModelsScreen",
    "log": "LogScreen",
    "doctor": "DoctorScreen",
}
"""The screens that have a name, by the module that declares them; none is imported before it is opened."""


def _screen(name: str) -> type[Place]:
    kind: type[Place] = getattr(import_module(f"anaplan_tui.ui.screens.{name}"), _SCREENS[name])
    return kind


def run(
    open_desk: OpenDesk,
    *,
    profile: str = "",
    demo: bool = False,
    loan: "TerminalLoan | None" = None,
    habits: Habits = NO_HABITS,
) -> int:
    """Run the app to its end; returns the exit code.

    0 when it was left, also for SIGTERM and with its terminal gone; 130 for SIGINT, 131 for SIGQUIT; 70
    (``Exit.BUG``) after a crash; 1 where it ended without being told to.
    """
    app = AnaplanApp(open_desk, profile=profile, demo=demo, loan=loan, habits=habits)
    return asyncio.run(app.run_to_the_end())
