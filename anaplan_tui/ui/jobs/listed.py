"""Listed runs, which are looked up when a key needs them, and marked lines that a command skips."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from typing_extensions import override

from anaplan_tui.core.snapshots import RunSnapshot

_NAMED = 2
"""How many skipped lines a sentence names."""


@dataclass(frozen=True, slots=True)
class ListedRun:
    """A run as a line of a list."""

    name: str
    """Its name, for the message that it was skipped."""
    id: str
    """Distinguishes it from the others of the list."""
    find: Callable[[], Awaitable[RunSnapshot | None]]
    """Looks the run up, with its result; ``None`` if neither Anaplan nor the journal knows one."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A line that a command does not work on, and the reason as a sentence."""

    name: str
    why: str

    @override
    def __str__(self) -> str:
        return f"{self.name}: {self.why}"


def skipped_words(skipped: Sequence[Skipped]) -> str:
    """Say which lines were skipped: one with its reason, or the first of several; the log has them all."""
    if len(skipped) == 1:
        return f"Skipped {skipped[0]}"
    names = ", ".join(one.name for one in skipped[:_NAMED])
    more = f" and {len(skipped) - _NAMED} more" if len(skipped) > _NAMED else ""
    return f"Skipped {names}{more}; L says why." if skipped else ""
