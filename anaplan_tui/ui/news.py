"""What the status line says: what happened last, as long as it is news, else what stands."""

from collections.abc import Callable
from datetime import datetime, timedelta

from anaplan_tui.ui.log import Entry, Log

_FRESH = timedelta(seconds=10)
"""A message older than this is not shown again when a dialog over its screen is closed."""


class News:
    """A message belongs to the screen on which it was said, and does not follow to another one."""

    def __init__(self, record: Log, now: Callable[[], datetime]) -> None:
        self._record = record
        self._now = now
        self._said_on: object = None
        self._hushed: Entry | None = None
        self._standing: Entry | None = None

    def say(self, entry: Entry, screen: object) -> None:
        """``entry`` is news on ``screen``; ``None`` while there is no screen."""
        if screen is not None:
            self._said_on = screen

    def stand(self, message: str) -> None:
        """Say something for as long as it holds; empty takes it back."""
        self._standing = self._record.add(message, "warning") if message else None

    def stands(self, message: str) -> bool:
        """Whether this message still stands."""
        return self._standing is not None and self._standing.message == message

    def hush(self, message: str, screen: object) -> bool:
        """Show a message no more; ``False`` where it is not shown anyway."""
        shown = self.shown_on(screen)
        if shown is None or shown.message != message:
            return False
        self._hushed = shown
        return True

    def shown_on(self, screen: object) -> Entry | None:
        """What is shown on the screen that is open; ``None`` while there is none."""
        entries = self._record.entries
        if screen is None or screen is not self._said_on:
            self._said_on = None  # it does not come back with its screen either
        elif entries and entries[-1] is not self._hushed and self._now() - entries[-1].at < _FRESH:
            return entries[-1]
        return self._standing
