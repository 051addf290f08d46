"""What screens and jobs may ask of the app: they know this, and only the way in knows the app itself."""

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
    """The app as its screens see it."""

    desk: "Desk | None" = None
    """The open desk; ``None`` until the login succeeded, or the journal knew which model to show."""
    connected: bool = False
    """The login succeeded; before that the desk knows what the journal does."""
    model_state: "ModelState | None" = None
    """What was last heard of the model, besides our own runs."""
    login_refused: bool = False
    """The service takes the login no longer, and nobody has signed in again yet."""
    last_list: Command | None = None
    """Opens the list before the one that is open."""
    record: Log
    navigation: Navigation

    @abstractmethod
    def now(self) -> datetime:
        """The time; tests freeze it."""

    # -- what happened -------------------------------------------------------------------------------

    @abstractmethod
    def say(self, message: str, severity: str = "information", detail: str = "") -> None:
        """The one funnel for what happened: the status line now, the log for later."""

    @abstractmethod
    def stand(self, message: str) -> None:
        """Say something for as long as it holds; empty takes it back."""

    @abstractmethod
    def stand_no_more(self, message: str) -> None:
        """Take that back, where it still stands."""

    @abstractmethod
    def hush(self, message: str) -> None:
        """Take a message off the status line, where it is still there: its screen was left."""

    @abstractmethod
    def fresh_message(self) -> Entry | None:
        """The last message, as long as it is news and belongs to the screen that is open."""

    # -- where we are --------------------------------------------------------------------------------

    @abstractmethod
    def where(self, place: str, note: str) -> Where:
        """What the header says."""

    @abstractmethod
    def context_chosen(self) -> None:
        """Another model is worked in."""

    @abstractmethod
    def refresh_headers(self) -> None:
        """What the headers say changed."""

    @abstractmethod
    def open(self) -> None:
        """Open the desk, or try again."""

    @property
    @abstractmethod
    def begun_desk(self) -> "Desk | None":
        """The desk from the moment that it is made, whether its login succeeds or not."""

    @abstractmethod
    def sign_in_again(self) -> object:
        """Log in once more, after a refusal."""

    @abstractmethod
    def start_is_over(self) -> None:
        """The first list stands."""

    # -- going places --------------------------------------------------------------------------------

    @abstractmethod
    async def go(self, name: str) -> None:
        """Open the screen of that name, or go back to it where it is open already."""

    @abstractmethod
    async def go_home(self) -> None:
        """Back to the catalog."""

    @abstractmethod
    async def do_at_home(self, command: Command) -> None:
        """Back to the catalog, and do something there."""

    @abstractmethod
    def note_opened(self, run_id: str) -> None:
        """The operator opened this run in this session: what the store has of it does not say so."""

    @abstractmethod
    def was_opened(self, run_id: str) -> bool:
        """Whether a run's result was opened since the app started."""

    @abstractmethod
    async def open_run(self, run_id: str) -> None:
        """Open the screen of a run."""

    @property
    @abstractmethod
    def open_list(self) -> Command | None:
        """Opens the list that is open, also behind what was opened out of it."""

    @abstractmethod
    async def open_process(self, item: "CatalogItem") -> None:
        """Open the screen of what can be run, with its history."""

    @abstractmethod
    async def open_runbook(self, path: Path) -> None:
        """Open the screen of a runbook."""

    @abstractmethod
    async def open_triage(self, dump: "DumpFile", earlier: "DumpFile | None") -> None:
        """Open the triage of a dump, beside an earlier one where there is one."""

    @abstractmethod
    async def copy(self, choices: Sequence[tuple[str, str]]) -> None:
        """Offer what can be copied here, and send what is chosen."""

    @abstractmethod
    async def ask_to_quit(self) -> None:
        """Leave; when something is going on, say first what becomes of it."""
