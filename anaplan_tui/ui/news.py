"""The status line's message: the last one while it is fresh, else the one that holds until further notice."""

from collections.abc import Callable
from datetime import datetime, timedelta

from anaplan_tui.ui.log import Entry, Log

_FRESH = timedelta(seconds=10)
"""A message older than this is not shown again when a dialog over its screen is closed."""


class News:
    """Chooses the message to show. A message belongs to its screen and does not follow to another one."""

    def __init__(self, record: Log, now: Callable[[], datetime]) -> None:
        self._record = record
        self._now = now
        self._said_on: object = None
        self._hushed: Entry | None = None
        self._standing: Entry | None = None

    def say(self, entry: Entry, screen: object) -> None:
        """Treat ``entry`` as news on ``screen``; ``None`` while there is no screen."""
        if screen is not None:
            self._said_on = screen

    def stand(self, message: str) -> None:
        """Show a message for as long as it holds; an empty one takes it back."""
        self._standing = self._record.add(message, "warning") if message else None

    def stands(self, message: str) -> bool:
        """Return whether this message still stands."""
        return self._standing is not None and self._standing.message == message

    def hush(self, message: str, screen: object) -> bool:
        """Stop showing a message; return ``False`` if it was not shown anyway."""
        shown = self.shown_on(screen)
        if shown is None or shown.message != message:
            return False
        self._hushed = shown
        return True

    def shown_on(self, screen: object) -> Entry | None:
        """Return the message for the open screen; ``screen`` is ``None`` while no screen is open."""
        entries = self._record.entries
        if screen is None or screen is not self._said_on:
            self._said_on = None  # going back to its screen does not bring it back
        elif entries and entries[-1] is not self._hushed and self._now() - entries[-1].at < _FRESH:
            return entries[-1]
        return self._standing
