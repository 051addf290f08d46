"""The Textual app: one desk, the screens over it, and the state that outlives a screen.

It paints its frame first, then opens the desk. It passes every snapshot on to the screen on top; covered ones
catch up later. It leaves without touching anything that runs on the service.
"""

import asyncio
import gc
import logging
import os
import signal
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.app import SuspendNotSupported
from textual.binding import Binding, BindingType
from textual.screen import Screen
from typing_extensions import override

from anaplan_tui.beginning import resume_gc
from anaplan_tui.core.clock import now
from anaplan_tui.core.snapshots import RunSnapshot
from anaplan_tui.core.store import Snapshot
from anaplan_tui.ui.commands import Command, use_keys
from anaplan_tui.ui.connecting import Connecting, OpenDesk
from anaplan_tui.ui.going import GoesPlaces
from anaplan_tui.ui.habits import NO_HABITS, Habits
from anaplan_tui.ui.log import Entry, Log, LogHandler
from anaplan_tui.ui.messages import ContactMade, ContextChosen, DeskOpened, SnapshotArrived
from anaplan_tui.ui.navigation import Navigation
from anaplan_tui.ui.news import News
from anaplan_tui.ui.palette import PlaceCommands, StillPalette
from anaplan_tui.ui.place import Place
from anaplan_tui.ui.screens.catalog import CatalogScreen
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
    from anaplan_tui.core.desk import Desk
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
"""Signals that would end the app on the spot, sent by a batch system, a shell's limit or ``kill``."""
LONGEST_START_S = 30.0
"""Seconds until the start is over even without a list: the service is down, or a sign-in is pending."""


class AnaplanApp(EndsAllWork, CalmCrash, LeanPaint, CoversWhatIsBelow, GoesPlaces, inherit_bindings=False):
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
        self.connected = False
        self.jobs: Jobs | None = None
        self._opened_runs: set[str] = set()
        self.model_state = None
        self.record = Log(self.now)
        self._news = News(self.record, self.now)
        self._stray = StrayKeys(self.say)
        self._keys = KeyQueue(self.call_later, super().on_event)
        self.navigation = Navigation(self, self._keys)
        self._connecting = Connecting(
            self, open_desk, profile=profile, places=lambda: self.places, take=self._take, tell=self._tell
        )
        self._profile = profile
        self._demo = demo
        self._paint = HeldPaint(self)
        self._log_handler = LogHandler(self.record)
        self._froze = False

    @override
    def now(self) -> datetime:
        """The time; tests freeze it."""
        return now()

    # -- start and end -----------------------------------------------------------------------------

    @override
    def get_default_screen(self) -> Screen[Any]:
        return CatalogScreen()

    def on_mount(self) -> None:
        """Attach the log; the desk opens only after the first paint."""
        logging.getLogger("anaplan_tui").addHandler(self._log_handler)
        self.set_timer(0.02, self._first_paint)
        if not self.is_headless:
            self._lend_the_terminal()
            self._leave_on_signals()

    async def on_unmount(self) -> None:
        """Remove the log's handler and undo :meth:`start_is_over`: both would outlive the app."""
        logging.getLogger("anaplan_tui").removeHandler(self._log_handler)
        gc.unfreeze()

    def _first_paint(self) -> None:
        if self.screen_stack:  # the app may have ended already
            self._paint.release()
            self.open()
            self.set_timer(LONGEST_START_S, self.start_is_over)

    def _lend_the_terminal(self) -> None:
        if self._loan is not None:
            from anaplan_tui.ui.jobs.sign_in import lent_terminal

            self._loan.owner = partial(lent_terminal, self, asyncio.get_running_loop())

    def _leave_on_signals(self) -> None:
        """Leave on signals that Textual does not handle: each would leave the terminal raw."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, self.terminal_gone)
        loop.add_signal_handler(signal.SIGTERM, self._leave, 0)
        for number in _ENDING:
            loop.add_signal_handler(number, self._leave, 128 + number)

    def _leave(self, code: int) -> None:
        self.exit(return_code=code)

    # -- the terminal --------------------------------------------------------------------------------

    def terminal_gone(self) -> None:
        """Leave without a question: nobody is there to answer it."""
        self._leave(0)
        job_control.end_without(_TERMINAL, 0)

    def paint_whole(self) -> None:
        """Repaint the whole screen, unchanged cells included."""
        if self.is_running:
            self.refresh()

    def taken_back(self) -> str:
        """Return the sequence that removes the title and the progress."""
        return self._outside.taken_back()

    def stop_job(self) -> None:
        """Give the terminal back to the shell until the shell continues the job."""
        self._away(job_control.stop)

    def job_continued(self) -> None:
        """Take the terminal back; the shell has used it meanwhile."""
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
        """Stop the job on Ctrl+Z; a terminal in raw mode sends no signal for it."""
        self.stop_job()

    @override
    def open(self) -> None:
        """Open the desk, or try again."""
        self._connecting.start()

    @override
    def sign_in_again(self) -> None:
        self._connecting.sign_in_again()

    def _take(self, desk: "Desk") -> None:
        """Work with this desk from now on."""
        from anaplan_tui.ui.jobs.jobs import Jobs

        self.desk = desk
        desk.store.subscribe(self._forward)
        self.jobs = Jobs(self, desk)
        self._tell_terminal()

    def _tell(self, news: type[DeskOpened | ContactMade]) -> None:
        self._tell_terminal()
        for place in self.places:
            place.post_message(news())

    @override
    def start_is_over(self) -> None:
        """Spare everything that the start made from garbage collection: it stays.

        With 5,000 processes listed, a collection would hold up a key for 60 ms now and then.
        """
        if not self._froze:
            self._froze = True
            resume_gc()

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
        # A signal that arrives before our handlers are set cancels us; any other end without exit() is a bug.
        return 130 if task is not None and task.cancelling() else 1

    async def aclose(self) -> None:
        """Close the desk, if it was opened; never cancel a task of the service."""
        await self._connecting.aclose()

    # -- what the screens share --------------------------------------------------------------------

    @property
    @override
    def open_list(self) -> Command | None:
        """The command of the open list, or of the list from which the open screen was reached."""
        commands = (place.list_command for place in reversed(self.places))
        return next((command for command in commands if command is not None), None)

    def _forward(self, snapshot: Snapshot) -> None:
        # A message to a covered screen makes Textual 8.2.8 repaint all of the top one: it catches up later.
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
    @override
    def begun_desk(self) -> "Desk | None":
        """The desk as soon as it is made, whether or not its login succeeds."""
        return self._connecting.desk

    @override
    def where(self, place: str, note: str) -> Where:
        """Return the content of the header."""
        if self.desk is None:
            return Where(profile=self._profile or "anaplan-tui", demo=self._demo)
        return where_of(self.desk, place, (self._connecting.word, note), self.model_state, demo=self._demo)

    @override
    def context_chosen(self) -> None:
        """Tell every screen that the operator works in another model now."""
        self.model_state = None
        self._tell_terminal()
        for place in self.places:
            place.post_message(ContextChosen())

    @override
    def say(self, message: str, severity: str = "information", detail: str = "") -> None:
        """Report what happened: in the status line now, in the log for later."""
        self._news.say(self.record.add(message, severity, detail), self._top)
        if self._top is not None:
            self._top.refresh_status()

    @override
    def stand(self, message: str) -> None:
        """Show a message for as long as it holds; an empty one takes it back."""
        self._news.stand(message)
        for place in self.places:
            place.refresh_status()

    @override
    def stand_no_more(self, message: str) -> None:
        """Take this standing message back, unless another has replaced it."""
        if self._news.stands(message):
            self.stand("")

    @override
    def hush(self, message: str) -> None:
        """Take a message that no longer matters off the status line, if it is still shown."""
        if self._news.hush(message, self._top) and self._top is not None:
            self._top.refresh_status()

    @override
    def fresh_message(self) -> Entry | None:
        """The last message while it is news on the open screen, else the one that stands."""
        return self._news.shown_on(self._top)

    @property
    def _top(self) -> Place | None:
        """The open place, under any dialog."""
        return self.places[-1] if self.places else None

    @override
    async def on_event(self, event: events.Event) -> None:
        """Queue keys and pastes; handle any other event at once."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            self._keys.put(event)
        else:
            await super().on_event(event)

    def on_key(self, event: events.Key) -> None:
        """Drop a key that was not meant for the open screen, before its bindings are tried."""
        if self.screen_stack and self._stray.drops(event, self.screen):
            event.prevent_default()
        elif self.screen_stack:
            self._stray.tell_if_unanswered(event, self.screen)

    # -- headers, opened runs, clipboard -----------------------------------------------------------

    @override
    def refresh_headers(self) -> None:
        for place in self.places:
            place.refresh_header()

    @override
    def was_opened(self, run_id: str) -> bool:
        return run_id in self._opened_runs

    @override
    def note_opened(self, run_id: str) -> None:
        self._opened_runs.add(run_id)

    @override
    async def copy(self, choices: Sequence[tuple[str, str]]) -> None:
        """Copy one of these labelled texts; ask which if there are several."""
        from anaplan_tui.ui.screens.copying import CopyDialog

        known = [(label, value) for label, value in choices if value]
        if not known:
            self.say("There is nothing to copy here.", "warning")
        elif len(known) == 1:
            await self._send_to_clipboard(known[0][1])
        else:
            self.push_screen(CopyDialog(known), self._send_to_clipboard)

    async def _send_to_clipboard(self, value: str | None) -> None:
        """Copy a text through the terminal, which may be on another machine; ``None``: nothing was chosen."""
        from anaplan_tui.ui import clipboard

        if value is not None:
            self.say(await clipboard.send(value, self.copy_to_clipboard))

    @override
    def action_command_palette(self) -> None:
        if not StillPalette.is_open(self):
            self.push_screen(StillPalette())

    @override
    async def ask_to_quit(self) -> None:
        """Leave; if anything is still under way, ask first and say what becomes of it."""
        from anaplan_tui.ui.screens.quitting import QuitDialog, what_goes_on
        from anaplan_tui.ui.screens.too_small import TooSmall

        going_on = what_goes_on(self.desk.store) if self.desk is not None else ()
        if not going_on or isinstance(self.screen, QuitDialog | TooSmall):
            self.exit()
            return
        self.push_screen(QuitDialog(going_on), lambda leave: self.exit() if leave else None)

    async def action_interrupt(self) -> None:
        """Ask on Ctrl+C, as the quit key does, so that a slip of the hand ends nothing."""
        await self.ask_to_quit()

    async def on_resize(self, event: events.Resize) -> None:
        """Cover everything while the terminal is too small to show any screen."""
        from anaplan_tui.ui.screens.too_small import TooSmall, too_small

        small = too_small(event.size)
        if small and not isinstance(self.screen, TooSmall):
            self.push_screen(TooSmall())
        elif not small and isinstance(self.screen, TooSmall):
            self.screen.leave()


def run(
    open_desk: OpenDesk,
    *,
    profile: str = "",
    demo: bool = False,
    loan: "TerminalLoan | None" = None,
    habits: Habits = NO_HABITS,
) -> int:
    """Run the app to its end and return the exit code.

    0 when the operator left it, on SIGTERM, and when its terminal is gone; 130 for SIGINT, 131 for SIGQUIT;
    70 (``Exit.BUG``) after a crash; 1 if it ended without being told to.
    """
    app = AnaplanApp(open_desk, profile=profile, demo=demo, loan=loan, habits=habits)
    return asyncio.run(app.run_to_the_end())
