"""A login's codes and refusals, shown over the screens: the app as the login's :class:`Operator`."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from anaplan_tui.api.errors import NotAuthenticated
from anaplan_tui.ui.screens.sign_in import CodeDialog, RefusedDialog

if TYPE_CHECKING:
    from anaplan_tui.api.oauth import DeviceCode
    from anaplan_tui.ui.shell import Shell


class OnScreen:
    """Shows codes and refusals over the open screen."""

    def __init__(self, app: "Shell") -> None:
        self._app = app
        self._shown: CodeDialog | RefusedDialog | None = None

    def code_changed(self, code: "DeviceCode | None") -> None:
        """Show the code to type elsewhere; ``None``: no code is wanted any more."""
        self._take_away()
        if code is None:
            self._app.stand("")
            return
        # Also on the status line: the dialog can be hidden while the code is still needed.
        self._app.stand(f"Sign in: type {code.user_code} at {code.url or code.direct_url}")
        self._show(CodeDialog(code))

    def login_refused(self, error: NotAuthenticated) -> None:
        """Say that the service no longer accepts the login, and what to do."""
        self._take_away()
        if not self._app.connected:
            return  # the app is still connecting, and reports it itself
        self._app.say(str(error), "error")
        self._app.login_refused = True
        dialog = RefusedDialog(error)
        self._shown = dialog
        self._app.push_screen(dialog, self._answered)

    def _show(self, dialog: CodeDialog) -> None:
        self._shown = dialog
        self._app.push_screen(dialog)

    def _answered(self, again: bool | None) -> None:
        self._shown = None
        if again:
            self._app.sign_in_again()

    def _take_away(self) -> None:
        """Close the dialog if it is on top; under another screen it stays, and says nothing wrong."""
        shown, self._shown = self._shown, None
        if shown is not None and shown.is_current:
            shown.dismiss(None)


@contextmanager
def lent_terminal(app: "Shell", loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    """Lend the terminal, as it was before the app, to a command or a question in another thread.

    The app is suspended meanwhile: it must neither paint nor read keys. Threads continue.
    """
    lent, returned, back = threading.Event(), threading.Event(), threading.Event()

    def stand_still() -> None:
        try:
            with suppress(SuspendNotSupported), app.suspend():
                lent.set()
                returned.wait()
        finally:
            lent.set()
            back.set()
        app.refresh(layout=True)

    loop.call_soon_threadsafe(stand_still)
    while not lent.wait(0.5):
        if loop.is_closed():
            break
    try:
        yield
    finally:
        returned.set()
        # The borrower may set the terminal's modes again, but not while the app does.
        while not back.wait(0.5):
            if loop.is_closed():
                break
