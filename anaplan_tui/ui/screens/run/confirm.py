"""The question before a run: what it would do, how long it usually takes, and what speaks against it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.content import Content
from typing_extensions import override

from anaplan_tui.api.refs import Kind
from anaplan_tui.core import text
from anaplan_tui.core.catalog import CatalogItem
from anaplan_tui.core.runs.parameters import Parameters, can_ask, words
from anaplan_tui.core.runs.preflight import Preflight
from anaplan_tui.core.snapshots import Origin, Phase, RunSnapshot
from anaplan_tui.ui.screens.dialog import Answer, Question
from anaplan_tui.ui.screens.run.parameters import ParametersDialog
from anaplan_tui.ui.words import WARN

if TYPE_CHECKING:
    from anaplan_tui.core.desk import Desk


class Go(Enum):
    """What the operator decided."""

    NO = auto()
    NOW = auto()
    WHEN_FREE = auto()
    FETCH_FIRST = auto()
    PARAMETERS = auto()
    """Not decided yet: change the parameters first."""


@dataclass(frozen=True, slots=True)
class RunAnswer:
    """The decision, the task whose dumps to fetch first, and the run's parameters."""

    go: Go
    unsaved_task_id: str | None = None
    parameters: Parameters = ()


NO = RunAnswer(Go.NO)


class ConfirmRun(Question[RunAnswer]):
    """Opens at once and checks the model meanwhile; until then it can only be declined."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("p", "parameters", show=False)]

    def __init__(
        self,
        desk: "Desk",
        item: CatalogItem,
        model: str,
        *,
        came: str = "",
        parameters: Parameters | None = None,
    ) -> None:
        """``came`` says how fetching the dumps went; ``parameters`` were chosen before that."""
        title = f"Run '{item.name}' on {model}?"
        looking = ("Looking at what runs in the model …",)
        super().__init__(title, looking, (Answer("Leave it", NO, "n"),), changes_things=True)
        self._desk = desk
        self._item = item
        self._preflight: Preflight | None = None
        self._came = came
        self._chosen = parameters
        self._parameters: Parameters = ()

    @override
    def on_mount(self) -> None:
        self._look()

    @work(group="preflight")
    async def _look(self) -> None:
        from anaplan_tui.api.errors import AnaplanError

        try:
            preflight = await self._desk.before.preflight(self._item)
        except AnaplanError as error:
            preflight = Preflight(self._item, (), self._item.usual_s, warnings=(str(error),))
        self._preflight = beside_ours(preflight, self._desk.store.runs)
        self._parameters = preflight.parameters if self._chosen is None else self._chosen
        await self._put()

    async def _put(self) -> None:
        """Ask the question, once the preflight is known."""
        if self._preflight is not None:
            queued = len(self._desk.queue.run_ids)
            answers, focus = answers_for(self._preflight, queued, by_itself=bool(self._came))
            lines = what_it_does(self._preflight, self._parameters, queued)
            await self.ask([self._came, *lines] if self._came else lines, answers, focus=focus)

    @override
    def decide(self, value: RunAnswer) -> None:
        if value.go is Go.PARAMETERS:
            self.action_parameters()
        else:
            self.dismiss(replace(value, parameters=self._parameters))

    def action_parameters(self) -> None:
        """Change the run's parameters, and come back to the question."""
        if self._preflight is not None:
            asks = can_ask(self._preflight.actions) or self._item.ref.kind is not Kind.PROCESS
            refusal = "" if asks else "Only imports ask for parameters: it runs none."
            dialog = ParametersDialog(self._item.name, self._parameters, refusal=refusal)
            self.app.push_screen(dialog, self._changed)

    async def _changed(self, parameters: Parameters | None) -> None:
        if parameters is not None:
            self._parameters = parameters
            await self._put()


def beside_ours(preflight: Preflight, runs: Sequence[RunSnapshot]) -> Preflight:
    """Add a warning about a run in the model that we watch and the service does not report yet."""
    going_on = (Phase.STARTING, Phase.RUNNING)
    model = preflight.item.ref.model
    known = next((run for run in runs if run.phase in going_on and run.target.model == model), None)
    if known is None or preflight.busy:
        return preflight
    whose = "was started from here and runs" if known.origin is Origin.HERE else "runs, started elsewhere"
    warning = f'"{known.name}" {whose}; Anaplan will queue this run behind it.'
    return replace(preflight, busy=True, warnings=(warning, *preflight.warnings))


def what_it_does(preflight: Preflight, parameters: Parameters = (), queued: int = 0) -> list[Content | str]:
    """The lines of the dialog: about the run, its parameters, each upload in force and each warning."""
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
    if parameters:
        lines.append(f"With {words(parameters)}.")
    lines += [f"↑ {upload}" for upload in preflight.uploads]
    warnings = list(preflight.warnings)
    if queued:
        waits = "waits" if queued == 1 else "wait"
        warnings.append(f"{text.plural(queued, 'run')} {waits} in the queue; run now, this one goes first.")
    lines += [Content.styled(f"! {warning}", WARN) for warning in warnings]
    return lines


def answers_for(
    preflight: Preflight, queued: int = 0, *, by_itself: bool = False
) -> tuple[list[Answer[RunAnswer]], int]:
    """The buttons, and which one has the focus: Run for a plain run, the safe one after a warning.

    A question that opens by itself, in the middle of something else, focuses the safe answer, too, and no
    letter starts anything.
    """
    decline = Answer("Don't run", NO, "n")
    parameters = Answer("Parameters (p)", RunAnswer(Go.PARAMETERS))
    if by_itself and not preflight.warnings and not queued:
        return [decline, Answer("Run", RunAnswer(Go.NOW)), parameters], 0
    if not preflight.warnings and not queued:
        return [Answer("Run", RunAnswer(Go.NOW), "y"), decline, parameters], 0
    answers = [decline]
    if queued:
        answers.append(Answer("Queue it", RunAnswer(Go.WHEN_FREE)))
    elif preflight.busy:
        answers.append(Answer("Wait, then run", RunAnswer(Go.WHEN_FREE)))
    answers.append(Answer("Run now", RunAnswer(Go.NOW), "" if by_itself else "y"))
    if preflight.unsaved_task_id:
        fetch = RunAnswer(Go.FETCH_FIRST, preflight.unsaved_task_id)
        answers.append(Answer("Fetch the dumps first", fetch))
    return [*answers, parameters], 0
