"""Migrates a journal and is killed at one line of it after another; run by test_journal_migrations.

``FILE DIRECTORY``: for n from 1, a process opens a copy of FILE in DIRECTORY/n and is killed at its n-th line
in the journal's modules, until one finishes. Prints how many were killed.
"""

import os
import shutil
import signal
import sys
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any

from anaplan_tui.core.journal.file import open_database


def kill_at(nth: int) -> None:
    lines = count(1)

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        if "/core/journal/" not in frame.f_code.co_filename:
            return None
        if event == "line" and next(lines) == nth:
            os.kill(os.getpid(), signal.SIGKILL)
        return trace

    sys.settrace(trace)


def main(file: Path, directory: Path) -> None:
    for nth in count(1):
        place = directory / str(nth)
        place.mkdir()
        shutil.copyfile(file, place / "journal.db")
        child = os.fork()
        if child == 0:
            kill_at(nth)
            open_database(place / "journal.db")
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status == 0:
            sys.stdout.write(f"{nth - 1}\n")
            return
        assert os.WTERMSIG(status) == signal.SIGKILL


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
