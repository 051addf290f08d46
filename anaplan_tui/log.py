"""The log: a rotating file in the state directory that only its owner can read, never the terminal."""

import logging
import sys
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

from anaplan_tui.config.paths import private_file, state_dir

_BYTES = 2_000_000
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class _PrivateLog(RotatingFileHandler):
    """A log whose files are for their owner alone, even after a rollover."""

    def _open(self) -> TextIOWrapper:
        private_file(Path(self.baseFilename))
        return super()._open()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Drop a record that cannot be written, without a word on the terminal."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handleError(record)


def start_logging(level: str) -> None:
    """Send the package's log records of ``level`` and above to the log file.

    Raises:
        UnsafePath: the state directory cannot be used.
    """
    handler = _PrivateLog(
        private_file(state_dir().log), maxBytes=_BYTES, backupCount=2, encoding="utf-8", delay=True
    )
    handler.setFormatter(logging.Formatter(_FORMAT))
    root = logging.getLogger("anaplan_tui")
    for old in root.handlers[:]:
        root.removeHandler(old)
        old.close()
    root.addHandler(handler)
    root.setLevel(level.upper())
    root.propagate = False
