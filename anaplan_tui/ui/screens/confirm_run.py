"""The question before a run: what it would do, how long it takes, and what speaks against it."""

from collections import Counter
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from textual import work
from textual.content import Content

from anaplan_tui.core import text
from anaplan_tui.core.catalog import CatalogItem, Preflight
from anaplan_tui.ui.screens.dialog import Answer, Question
from anaplan_tui.ui.words import WARN

if TYPE_CHECKING:
    from anaplan_tui.core.desk import Desk


class Go(Enum):
    """What the operator decided."""

    NO = auto()
    NOW = auto()
    WHEN_FREE = auto()
    FETCH_FIRST = auto()


@dataclass(frozen=True, slots=True)
class RunAnswer:
    """The decision, and the run whose dumps are to be fetched first."""

    go: Go
    unsaved_run_id: str | None = None


NO = RunAnswer(Go.NO)


class ConfirmRun(Question[RunAnswer]):
    """Opens at once and looks at the model meanwhile; there is nothing to press before that is known."""

    def __init__(self, desk: "Desk", item: CatalogItem, model: str) -> None:
        title = f"Run '{item.name}' on {model}?"
        super().__init__(title, ("Looking at what runs in the model …",), (Answer("Leave it", NO, "n"),))
        self._desk = desk
        self._item = item

    def on_mount(self) -> None:
        self._look()

    @work(group="preflight")
    async def _look(self) -> None:
        from anaplan_tui.api.errors import AnaplanError

        try:
            preflight = await self._desk.preflight(self._item)
        except AnaplanError as error:
            preflight = Preflight(self._item, (), self._item.usual_s, warnings=(str(error),))
        answers, focus = answers_for(preflight)
        await self.ask(what_it_does(preflight), answers, focus=focus)


def what_it_does(preflight: Preflight) -> list[Content | str]:
    """The lines of the dialog: one about the run, one for each warning."""
    facts: list[str] = []
    if preflight.actions and preflight.item.ref.kind == "process":
        kinds = Counter(action.kind or "action" for action in preflight.actions)
        listed = ", ".join(text.plural(number, kind) for kind, number in kinds.items())
        facts.append(f"{text.plural(len(preflight.actions), 'action')}: {listed}.")
    if preflight.usual_s is not None:
        facts.append(f"Usually {text.duration(preflight.usual_s)}.")
    else:
        facts.append("Not run from here before, so nothing is known of its duration.")
    lines: list[Content | str] = [" ".join(facts)]
    lines += [Content.styled(f"! {warning}", WARN) for warning in preflight.warnings]
    return lines


def answers_for(preflight: Preflight) -> tuple[list[Answer[RunAnswer]], int]:
    """The buttons, and which one has the focus: Run for a plain run, the safe one after a warning."""
    decline = Answer("Don't run", NO, "n")
    if not preflight.warnings:
        return [Answer("Run", RunAnswer(Go.NOW), "y"), decline], 0
    answers = [decline]
    if preflight.busy:
        answers.append(Answer("Wait, then run", RunAnswer(Go.WHEN_FREE)))
    answers.append(Answer("Run now", RunAnswer(Go.NOW), "y"))
    if preflight.unsaved_run_id:
        fetch = RunAnswer(Go.FETCH_FIRST, preflight.unsaved_run_id)
        answers.append(Answer("Fetch the dumps first", fetch))
    return answers, 0
