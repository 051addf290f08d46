"""The question before a play: from the top, from a step, one step alone, or on from where it stopped."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto

from anaplan_tui.core import text
from anaplan_tui.core.play import Play
from anaplan_tui.core.runbooks.shelf import Book, to_go_on
from anaplan_tui.ui.screens.dialog import Answer, Question
from anaplan_tui.ui.screens.runbook_words import STOPS_WITH_THE_APP


class Way(Enum):
    """How a runbook is played."""

    NOT = auto()
    FROM_THE_TOP = auto()
    FROM_A_STEP = auto()
    ONE_STEP = auto()
    GO_ON = auto()


@dataclass(frozen=True, slots=True)
class PlayAnswer:
    """How to play, and the step to play from or alone."""

    way: Way
    step: int = 1
    values: Mapping[str, str] = field(default_factory=dict)
    """Values of placeholders, added to those of a resumed play."""


_NOT = Answer("Don't play", PlayAnswer(Way.NOT), "n")


def how_to_play(
    book: Book, play: Play | None, step: int | None, model: str, now: datetime
) -> Question[PlayAnswer]:
    """Ask how to play; the focus is on going on where the last play stopped, else on the whole.

    Args:
        step: the one under the cursor; ``None`` without one.
        model: the model for steps that name none.
    """
    answers = [_NOT]
    left = to_go_on(play)
    if left is not None:
        answers.append(Answer(f"Go on at step {left.number}", PlayAnswer(Way.GO_ON), "y"))
    answers.append(Answer("From the top", PlayAnswer(Way.FROM_THE_TOP), "" if left is not None else "y"))
    if step is not None:
        if step > 1:
            answers.append(Answer(f"From step {step}", PlayAnswer(Way.FROM_A_STEP, step)))
        if len(book.steps) > 1:
            answers.append(Answer(f"Only step {step}", PlayAnswer(Way.ONE_STEP, step)))
    lines = [
        f"{text.plural(len(book.steps), 'step')}, one after another"
        + (f"; on {model} where a step names no model." if model else "."),
        *(_stopped(play, now) if play is not None else ()),
        "All names and files are looked up before anything is sent.",
        STOPS_WITH_THE_APP,
    ]
    return Question(f"Play '{text.middle(book.name, 50)}'?", lines, answers, focus=1, changes_things=True)


def go_on_again(play: Play, more: int, now: datetime) -> Question[bool]:
    """Offer to go on with a play that was cut off; ``more`` others were, too."""
    left = to_go_on(play)
    lines = [
        *_stopped(play, now),
        "What was done is not done again; a task that was started is found and watched.",
    ]
    if more:
        lines.append(f"{text.plural(more, 'other play')} stopped as well: 5 lists them.")
    where = f"Go on at step {left.number}" if left is not None else "Go on"
    name = text.middle(play.name, 40)
    return Question(
        f"Go on with the play of '{name}'?",
        lines,
        (Answer("Not now", False, "n"), Answer(where, True, "y")),
        changes_things=True,
    )


def _stopped(play: Play, now: datetime) -> tuple[str, ...]:
    left = to_go_on(play)
    if left is None:
        return ()
    when = text.ago(play.ended or play.began, now)
    why = f": {left.reason}" if left.reason else ""
    return (f"The last play ({when}) stopped at {play.place_of(left)}, {left.label}{why}.",)
