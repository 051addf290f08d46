"""The question where to put downloads whose directory is full, read-only, missing or not ours."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from anaplan_tui.core import text
from anaplan_tui.core.downloads.writable import why_not_here
from anaplan_tui.core.snapshots import DownloadSnapshot
from anaplan_tui.ui.screens.save_as import PathDialog


def another_place(refused: Sequence[DownloadSnapshot], folder: Path) -> PathDialog:
    """Ask for another directory; relative paths are taken from ``folder``."""
    what = f"'{text.middle(refused[0].name, 40)}'" if len(refused) == 1 else f"{len(refused)} files"
    sizes = [download.bytes_total for download in refused]
    needed = sum(size or 0 for size in sizes)
    return PathDialog(
        f"Put {what} into which directory?",
        folder,
        "",
        partial(why_not_here, needed=needed),
        note=refused[0].problem,
    )
