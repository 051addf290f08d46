"""Merge errors: each says which lines are the problem and what to do. Nothing was written."""

from collections.abc import Sequence
from pathlib import Path

from anaplan_tui.api.clean import clean
from anaplan_tui.trouble import Exit, Trouble

_SHOWN = 5


class MergeRefused(Trouble):
    """The corrected rows cannot be merged into the source without guessing."""

    exit_code = Exit.USAGE

    def __init__(self, said: str, advice: str) -> None:
        super().__init__(f"Not merged: {said}. Nothing was written. {advice}")


def unreadable(path: Path, error: OSError) -> MergeRefused:
    """A file cannot be read or written."""
    return MergeRefused(
        f"{clean(path.name)}: {error.strerror or 'the file system refused'}", "Check the path and its rights."
    )


def numbers(found: Sequence[int]) -> str:
    """``line 7`` or ``lines 7, 9 and 3 more``."""
    more = f" and {len(found) - _SHOWN:,} more" if len(found) > _SHOWN else ""
    return f"line{'s' if len(found) > 1 else ''} {', '.join(f'{n:,}' for n in found[:_SHOWN])}{more}"
