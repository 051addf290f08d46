"""The app's own log: messages, warnings and errors of this session, kept for the log screen."""

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from typing_extensions import override

KEPT = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log, with its details."""

    at: datetime
    severity: str
    """``information``, ``warning`` or ``error``."""
    message: str
    detail: str = ""


class Log:
    """The last entries, oldest first."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._entries: deque[Entry] = deque(maxlen=KEPT)
        self._now = now

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The kept entries, oldest first."""
        return tuple(self._entries)

    def add(self, message: str, severity: str = "information", detail: str = "") -> Entry:
        """Keep a message; the oldest is dropped when there are more than :data:`KEPT`."""
        entry = Entry(self._now(), severity, message, detail)
        self._entries.append(entry)
        return entry


class LogHandler(logging.Handler):
    """Passes warnings of the other rooms on to the log screen; never a traceback, which could show values."""

    def __init__(self, log: Log) -> None:
        super().__init__(level=logging.WARNING)
        self._log = log

    @override
    def emit(self, record: logging.LogRecord) -> None:
        """Keep the message of a warning or an error, with the logger's name."""
        severity = "error" if record.levelno >= logging.ERROR else "warning"
        self._log.add(record.getMessage(), severity, record.name)
