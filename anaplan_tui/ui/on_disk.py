"""What is on disk already and need not be fetched again."""

from collections.abc import Sequence
from pathlib import Path

from anaplan_tui.core import text
from anaplan_tui.core.snapshots import Dump, Output


def saved_at(file: Dump | Output) -> Path | None:
    """Where a dump or an export's file is on disk in its full length. Blocks on the disk."""
    try:
        there = file.path is not None and file.path.stat().st_size == file.bytes
    except OSError:
        return None
    return file.path if there else None


def already_there(paths: Sequence[Path]) -> str:
    """That there is nothing to fetch, and where it is."""
    if len(paths) == 1:
        return f"The dump is on disk already: {text.home(paths[0])}"
    which = "Both" if len(paths) == 2 else f"All {len(paths)}"
    return f"{which} dumps are on disk already, in {text.home(paths[0].parent)}"
