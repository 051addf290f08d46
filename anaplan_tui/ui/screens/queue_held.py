"""The question about queued runs: go on with a stopped queue, or drop the runs that wait."""

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
    """Ask what to do with the waiting runs; the focus is on leaving them as they are.

    ``why`` is the reason why the queue has stopped; empty while it goes on by itself.
    """
    runs = text.plural(len(waiting), "queued run")
    lines = [f"{number}  {text.middle(run.name, 60)}" for number, run in enumerate(waiting[:_NAMED], 1)]
    if len(waiting) > _NAMED:
        lines.append(f"and {len(waiting) - _NAMED} more")
    answers = [Answer("Keep waiting", Held.WAIT, "n")]
    drop = "Drop them" if len(waiting) > 1 else "Drop it"
    if why:
        title, said = f"Go on with {runs}?", f"{why[:1].upper()}{why[1:]}."
        answers += [Answer("Go on", Held.GO_ON, "y"), Answer(drop, Held.DROP)]
    else:
        title, said = f"Drop {runs}?", "The queue goes on by itself as soon as the model is free."
        answers.append(Answer(drop, Held.DROP, "y"))
    return Question(title, [said, "Nothing was sent for:", *lines], answers, changes_things=True)
