"""The app's interface for screens and jobs: they know this class, and only the entry point knows the app."""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import App

from anaplan_tui.ui.commands import Command
from anaplan_tui.ui.log import Entry, Log
from anaplan_tui.ui.navigation import Navigation
from anaplan_tui.ui.widgets.context_line import Where

if TYPE_CHECKING:
    from anaplan_tui.core.catalog import CatalogItem, ModelState
    from anaplan_tui.core.desk import Desk
    from anaplan_tui.core.dumps.files import DumpFile


class Shell(App[None], inherit_bindings=False):
    """The app as screens and jobs see it."""

    desk: "Desk | None" = None
    """The open desk; ``None`` until the login succeeds, or the journal knows which model to show."""
    connected: bool = False
    """The login succeeded; until then the desk knows only what the journal does."""
    model_state: "ModelState | None" = None
    """The last known state of the model, apart from our own runs."""
    login_refused: bool = False
    """The service no longer accepts the login, and nobody has signed in again yet."""
    last_list: Command | None = None
    """The command that opens the list before the open one."""
    record: Log
    navigation: Navigation

    @abstractmethod
    def now(self) -> datetime:
        """The time; tests freeze it."""

    # -- what happened -------------------------------------------------------------------------------

    @abstractmethod
    def say(self, message: str, severity: str = "information", detail: str = "") -> None:
        """Report what happened: in the status line now, in the log for later."""

    @abstractmethod
    def stand(self, message: str) -> None:
        """Show a message for as long as it holds; an empty one takes it back."""

    @abstractmethod
    def stand_no_more(self, message: str) -> None:
        """Take this standing message back, unless another has replaced it."""

    @abstractmethod
    def hush(self, message: str) -> None:
        """Take a message that no longer matters off the status line, if it is still shown."""

    @abstractmethod
    def fresh_message(self) -> Entry | None:
        """Return the last message while it is news on the open screen, else the one that stands."""

    # -- context -------------------------------------------------------------------------------------

    @abstractmethod
    def where(self, place: str, note: str) -> Where:
        """Return the content of the header."""

    @abstractmethod
    def context_chosen(self) -> None:
        """Tell every screen that the operator works in another model now."""

    @abstractmethod
    def refresh_headers(self) -> None:
        """Repaint the headers of all open screens: their content changed."""

    @abstractmethod
    def open(self) -> None:
        """Open the desk, or try again."""

    @property
    @abstractmethod
    def begun_desk(self) -> "Desk | None":
        """The desk as soon as it is made, whether or not its login succeeds."""

    @abstractmethod
    def sign_in_again(self) -> object:
        """Log in once more, after a refusal."""

    @abstractmethod
    def start_is_over(self) -> None:
        """Note that the start is over: the first list is shown."""

    # -- going places --------------------------------------------------------------------------------

    @abstractmethod
    async def go(self, name: str) -> None:
        """Open the screen of that name, or go back to it if it is open already."""

    @abstractmethod
    async def go_home(self) -> None:
        """Go back to the catalog."""

    @abstractmethod
    async def do_at_home(self, command: Command) -> None:
        """Go back to the catalog and run a command there."""

    @abstractmethod
    def note_opened(self, run_id: str) -> None:
        """Remember that the operator opened this run in this session; the store does not know."""

    @abstractmethod
    def was_opened(self, run_id: str) -> bool:
        """Return whether the operator has opened a run since the app started."""

    @abstractmethod
    async def open_run(self, run_id: str) -> None:
        """Open the screen of a run."""

    @property
    @abstractmethod
    def open_list(self) -> Command | None:
        """The command of the open list, or of the list from which the open screen was reached."""

    @abstractmethod
    async def open_process(self, item: "CatalogItem") -> None:
        """Open the screen of a process or action, with its history."""

    @abstractmethod
    async def open_runbook(self, path: Path) -> None:
        """Open the screen of a runbook."""

    @abstractmethod
    async def open_triage(self, dump: "DumpFile", earlier: "DumpFile | None") -> None:
        """Open the triage of a dump, compared with an earlier one if there is one."""

    @abstractmethod
    async def copy(self, choices: Sequence[tuple[str, str]]) -> None:
        """Copy one of these labelled texts; ask which if there are several."""

    @abstractmethod
    async def ask_to_quit(self) -> None:
        """Leave; if anything is still under way, ask first and say what becomes of it."""
