"""A run as a line of a list has it, looked up when a key needs it; and marked lines that are left out."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from typing_extensions import override

from anaplan_tui.core.snapshots import RunSnapshot

_NAMED = 2
"""How many skipped lines a sentence names."""


@dataclass(frozen=True, slots=True)
class ListedRun:
    """A run of a list."""

    name: str
    """What it is called where it is skipped."""
    id: str
    """Tells it apart from others of the list."""
    find: Callable[[], Awaitable[RunSnapshot | None]]
    """Looks it up, with its result; ``None`` where nobody knows one."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A line that a command does not work on, and why, as a sentence."""

    name: str
    why: str

    @override
    def __str__(self) -> str:
        return f"{self.name}: {self.why}"


def skipped_words(skipped: Sequence[Skipped]) -> str:
    """Which lines were left out: one with its reason, of several the first ones; the log has them all."""
    if len(skipped) == 1:
        return f"Skipped {skipped[0]}"
    names = ", ".join(one.name for one in skipped[:_NAMED])
    more = f" and {len(skipped) - _NAMED} more" if len(skipped) > _NAMED else ""
    return f"Skipped {names}{more}; L says why." if skipped else ""
