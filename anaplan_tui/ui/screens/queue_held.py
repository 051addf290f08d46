"""The queue stands still: go on with what waits, or drop it."""

from collections.abc import Sequence
from enum import Enum, auto

from anaplan_tui.core import text
from anaplan_tui.core.snapshots import RunSnapshot
from anaplan_tui.ui.screens.dialog import Answer, Question

_NAMED = 6


class Held(Enum):
    """What the operator decided."""

    WAIT = auto()
    GO_ON = auto()
    DROP = auto()


def queue_held(waiting: Sequence[RunSnapshot], why: str) -> Question[Held]:
    """Ask what becomes of the runs that wait; the focus is on leaving them as they are."""
    lines = [f"{number}  {text.middle(run.name, 60)}" for number, run in enumerate(waiting[:_NAMED], 1)]
    if len(waiting) > _NAMED:
        lines.append(f"and {len(waiting) - _NAMED} more")
    why = f"{why[:1].upper()}{why[1:]}" if why else "It waits for the model to be free"
    return Question(
        f"Go on with {text.plural(len(waiting), 'queued run')}?",
        [f"{why}. Nothing was sent for:", *lines],
        (
            Answer("Keep waiting", Held.WAIT, "n"),
            Answer("Go on", Held.GO_ON, "y"),
            Answer("Drop them" if len(waiting) > 1 else "Drop it", Held.DROP),
        ),
    )
