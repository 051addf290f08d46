"""Check whether a directory can take files, before anything is fetched into it."""

import os
from contextlib import suppress
from pathlib import Path

from anaplan_tui.core.downloads.errors import DownloadFailed
from anaplan_tui.core.downloads.publish import check_folder
from anaplan_tui.core.text import size

SPARE_ROOM = 1 << 20
"""Bytes of a disk to leave free: a full disk harms more than this download."""


def free_room(folder: Path) -> int:
    """Bytes that this user can still write to ``folder``. Raises ``OSError``."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


def why_not_here(folder: Path, needed: int | None) -> str:
    """Why files of ``needed`` bytes cannot go into ``folder``, as a sentence; empty if they can.

    ``folder`` may be missing if it can be made. Blocks on the disk.
    """
    try:
        with suppress(FileNotFoundError, NotADirectoryError):
            folder.lstat()
        there = folder
        while not os.path.lexists(there) and there != there.parent:
            there = there.parent
        check_folder(there)
        free = free_room(there)
    except DownloadFailed as error:
        return f"{error.said[:1].upper()}{error.said[1:]}."
    except (OSError, ValueError) as error:
        return f"This cannot be used: {error}."
    if (needed or 0) + SPARE_ROOM > free:
        return f"{size(free)} are free there: not enough."
    return ""
