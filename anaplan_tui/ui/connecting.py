"""Connecting the desk: after the first paint, on a retry, and after a refused login.

The screen shows what the journal knows before the service has answered; the service then confirms it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING

from textual.worker import Worker

from anaplan_tui.trouble import Trouble
from anaplan_tui.ui import commands as c
from anaplan_tui.ui.messages import ContactMade, DeskOpened
from anaplan_tui.ui.place import Place
from anaplan_tui.ui.screens.catalog import CatalogScreen
from anaplan_tui.ui.shell import Shell

if TYPE_CHECKING:
    from anaplan_tui.core.desk import Desk
    from anaplan_tui.ui.jobs.jobs import Jobs

OpenDesk = Callable[[], Awaitable["Desk"]]
_GROUP = "open"
"""The worker group: one worker at a time connects, and a newer one replaces it."""


class Connecting:
    """Makes the desk once, and connects it as often as needed."""

    def __init__(
        self,
        app: Shell,
        open_desk: OpenDesk,
        *,
        profile: str,
        places: Callable[[], tuple[Place, ...]],
        take: "Callable[[Desk], None]",
        tell: Callable[[type[DeskOpened | ContactMade]], None],
    ) -> None:
        """Send nothing before :meth:`start`.

        Args:
            app: shows the progress.
            open_desk: makes a desk that has sent nothing yet.
            profile: the profile's name, if one was given.
            places: returns the open screens, the home first.
            take: makes the app work with a desk from now on.
            tell: tells every open screen.
        """
        self._app = app
        self._open_desk = open_desk
        self._profile = profile
        self._places = places
        self._take = take
        self._tell = tell
        self._is_under_way = False
        self.desk: Desk | None = None
        """The desk as soon as it is made, whether or not its login succeeds."""

    @property
    def word(self) -> str:
        """The header's word for the connection; empty once it is made."""
        if self._app.connected:
            return ""
        return "connecting" if self._is_under_way else "not connected"

    def start(self) -> None:
        """Connect, or try again."""
        if not self._app.connected:
            self._run(self._connect)

    def sign_in_again(self) -> None:
        """Try to log in once more, after a refusal with the desk open."""
        self._run(self._sign_in_again)

    def _run(self, work: Callable[[], Coroutine[None, None, None]]) -> None:
        _worker: Worker[None] = self._app.run_worker(work, group=_GROUP, exclusive=True)

    async def aclose(self) -> None:
        """Close the desk, if it was made; never cancel a task of the service."""
        if self.desk is not None:
            await self.desk.aclose()

    async def _connect(self) -> None:
        app = self._app
        message = f"Connecting to Anaplan{f' as {self._profile}' if self._profile else ''} …"
        if app.desk is None:
            self._home.show_opening(message)
        else:
            app.stand(message)
        self._is_under_way = True
        try:
            desk = await self._made()
            if app.desk is None and await desk.chosen.recall():
                self._work_with(desk)  # show what the journal knows before anything is answered
            if app.desk is None:
                await desk.connect()
            else:
                await self._connect_to_the_known(desk)
        except Trouble as error:
            self._is_under_way = False
            self._failed(str(error))
            return
        self._is_under_way = False
        app.connected = True
        app.stand("")
        if app.desk is None:
            self._work_with(desk)
            await self._jobs.model.choose_first()
            self._tell(DeskOpened)
        else:
            self._tell(ContactMade)
        self._jobs.resume_unfinished()

    async def _made(self) -> "Desk":
        """Return the desk; a newly made one has sent nothing yet."""
        if self.desk is None:
            from anaplan_tui.ui.jobs.sign_in import OnScreen

            self.desk = await self._open_desk()
            self.desk.sign_in.attend(OnScreen(self._app))
        return self.desk

    def _work_with(self, desk: "Desk") -> None:
        self._take(desk)
        if desk.context is not None:
            self._tell(DeskOpened)

    async def _connect_to_the_known(self, desk: "Desk") -> None:
        """Log in, and check at the same time that the model shown is still there.

        Raises:
            AnaplanError: the service cannot be reached or the login is refused.
        """
        contact, moved = await asyncio.gather(desk.connect(), desk.chosen.check(), return_exceptions=True)
        if isinstance(contact, BaseException):
            raise contact
        if moved is True or desk.context is None:
            await self._jobs.model.choose_first()
            self._app.context_chosen()
        elif isinstance(moved, BaseException) and not isinstance(moved, Trouble):
            raise moved

    def _failed(self, problem: str) -> None:
        """Report the failure: in place of the list, or in a line if a list from before is shown."""
        self._app.say(problem, "error")
        if self._app.desk is None:
            self._home.show_opening_failed(problem)
            return
        self._app.stand(f"Not connected: {problem} {c.REFRESH.key} tries again.")
        self._app.refresh_headers()
        for place in self._places():
            place.refresh_keys()

    async def _sign_in_again(self) -> None:
        from anaplan_tui.api.errors import AnaplanError, NotAuthenticated

        app, desk = self._app, self._app.desk
        if desk is None:
            return
        app.say("Signing in …")
        try:
            await desk.connect()
        except NotAuthenticated:
            return  # its dialog is open again
        except AnaplanError as error:
            app.say(str(error), "error")
            return
        app.login_refused = False
        app.say(f"Signed in again as {desk.user}.")
        self._jobs.resume_unfinished()

    @property
    def _jobs(self) -> "Jobs":
        """The app's, which it has as soon as it works with a desk."""
        return self._home.jobs

    @property
    def _home(self) -> CatalogScreen:
        home = self._places()[0]
        assert isinstance(home, CatalogScreen)  # noqa: S101  # get_default_screen made it
        return home
