"""The rest of a process: chosen actions of it as single tasks in their order, in a runbook made on the spot.

The model's lists tell which actions can be started alone: the service starts imports, exports and other
actions under their ids (service.md §4), and an action that is in none of those lists has no such address.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from anaplan_tui.api.refs import Kind, TargetRef
from anaplan_tui.core import snapshots
from anaplan_tui.core.catalog import CatalogItem
from anaplan_tui.core.finding.matching import find
from anaplan_tui.core.journal.plays import PlayRecord
from anaplan_tui.core.play import Play, PlayStep, Stage
from anaplan_tui.core.runbooks.placeholders import escape
from anaplan_tui.core.runbooks.plan import Score
from anaplan_tui.core.runbooks.rest_record import RestRecord
from anaplan_tui.core.runbooks.steps import RunAction, Runbook, RunExport, RunImport, Step, Wait
from anaplan_tui.core.runs.parameters import refuse_unasked
from anaplan_tui.core.snapshots import Action, Phase, RunSnapshot, Verdict
from anaplan_tui.core.text import plural
from anaplan_tui.trouble import Exit, Trouble

NOT_ONE_PROCESS = (
    "Each action is a task of its own: this is not one process, others can run in between, "
    "and nothing is undone."
)
NO_ADDRESS = "cannot be run alone: it is in none of the model's lists of imports, exports and actions"


class NotAlone(Trouble):
    """The service cannot start some chosen actions outside their process; nothing was sent."""

    exit_code = Exit.USAGE

    def __init__(self, parts: Sequence["Part"]) -> None:
        self.parts = tuple(parts)
        named = ", ".join(f'"{part.action.name}"' for part in parts)
        super().__init__(f"{named} {NO_ADDRESS}. Leave it out with --skip. Nothing was sent.")


class NothingChosen(Trouble):
    """No action is left to run."""

    exit_code = Exit.USAGE


class NotTheSame(Trouble):
    """An earlier part of a process cannot go on; nothing was sent."""

    exit_code = Exit.USAGE

    def __init__(self, process: str) -> None:
        super().__init__(
            f'The actions of "{process}" are no longer those of which a part was run. Nothing was sent. '
            "Choose again with --from, --only or --skip."
        )


Parameters = Sequence[tuple[str, str]]
"""Dimension and item; ``IMPORT/Dimension`` is for one import, by its name or id."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which actions of a process to run, and the parameters of its imports."""

    numbers: frozenset[int]
    parameters: Parameters = ()
    when_free: bool = False
    """Nothing is started before the model is idle."""


@dataclass(frozen=True, slots=True)
class Part:
    """One action of a process, and what is known of it alone."""

    number: int
    """From 1, in the order of the process."""
    action: Action
    kind: Kind | None
    """The list that it is started from; ``None``: it cannot be run alone."""
    last: Action | None = None
    """What it did in the last run of the process."""


def parts_of(
    plan: Sequence[Action], last: RunSnapshot | None, ids: Mapping[Kind, frozenset[str]]
) -> tuple[Part, ...]:
    """The actions of a process in their order; ``ids`` are those of the model's lists."""
    known = {action.id: action for action in last.actions} if last is not None else {}
    return tuple(
        Part(
            number,
            action,
            next((kind for kind, of in ids.items() if action.id in of), None),
            known.get(action.id),
        )
        for number, action in enumerate(plan, 1)
    )


def failed_and_after(parts: Sequence[Part]) -> frozenset[int]:
    """Numbers of the first action that did not end well last time and of all after it; empty without one."""
    bad = (Verdict.FAILED, Verdict.CANCELLED, Verdict.UNKNOWN)
    for part in parts:
        last = part.last
        if last is not None and (last.verdict in bad or last.step is snapshots.Step.NO_RESULT):
            return frozenset(range(part.number, len(parts) + 1))
    return frozenset()


def choose(
    parts: Sequence[Part], *, first: str | None = None, only: Sequence[str] = (), skip: Sequence[str] = ()
) -> frozenset[int]:
    """Numbers of the actions that names, ids or numbers mean.

    Raises:
        NoMatch: no action, or more than one, goes by a name.
        NotAlone: one of those that are meant cannot be run alone.
        NothingChosen: none is left.
    """
    if first is not None:
        chosen = set(range(_number(parts, first), len(parts) + 1))
    else:
        chosen = {_number(parts, wanted) for wanted in only} or {part.number for part in parts}
    chosen -= {_number(parts, wanted) for wanted in skip}
    if not chosen:
        raise NothingChosen("No action is left to be run. Nothing was sent.")
    alone = [part for part in parts if part.number in chosen and part.kind is None]
    if alone:
        raise NotAlone(alone)
    return frozenset(chosen)


def _number(parts: Sequence[Part], wanted: str) -> int:
    if wanted.isascii() and wanted.isdigit() and 1 <= int(wanted) <= len(parts):
        return int(wanted)
    action = find("action of the process", wanted, [part.action for part in parts])
    return next(part.number for part in parts if part.action is action)


_KEY = "rest of "


def key_of_rest(process: TargetRef) -> str:
    """What the journal calls a part of a process."""
    return f"{_KEY}{process.path}"


def process_of(record: PlayRecord) -> TargetRef | None:
    """The process that a play was a part of; ``None`` for a play of a runbook."""
    if not record.play.runbook.startswith(_KEY):
        return None
    known = RestRecord.of(record.values)
    return known.process if known is not None else None


def chosen_before(record: PlayRecord, item: CatalogItem, parts: Sequence[Part]) -> Choice:
    """What an earlier play ran of a process, to go on with it.

    Raises:
        NotTheSame: the process no longer has all of those actions, or has them in another order.
    """
    known = RestRecord.of(record.values)
    if known is None or not known.actions:
        raise NotTheSame(item.name)
    chosen = [part for part in parts if part.action.id in known.actions]
    is_same = tuple(part.action.id for part in chosen) == known.actions
    if not is_same or any(part.kind is None for part in chosen):
        raise NotTheSame(item.name)
    return Choice(frozenset(part.number for part in chosen), list(known.parameters), known.when_free)


def refuse_unasked_of(item: CatalogItem, parts: Sequence[Part], choice: Choice) -> None:
    """Refuse parameters that none of the chosen actions can ask for.

    Raises:
        NothingAsks: a parameter is not asked for.
    """
    chosen = [part.action for part in parts if part.number in choice.numbers]
    refuse_unasked(item.name, chosen, [dimension for dimension, _ in choice.parameters])


def score_of_rest(item: CatalogItem, parts: Sequence[Part], choice: Choice, *, folder: Path) -> Score:
    """The runbook: a step for each chosen action, in their order; parameters go to the imports."""
    chosen = [part for part in parts if part.number in choice.numbers]
    model = item.ref.model
    steps: list[Step] = [Wait(wait="idle")] if choice.when_free else []
    steps += [_step(part, _for_import(part, parts, choice.parameters)) for part in chosen]
    runbook = Runbook(
        workspace=escape(model.workspace_id) if model.workspace_id else None,
        model=escape(model.model_id),
        step=tuple(steps),
    )
    record = RestRecord(
        item.ref, tuple(part.action.id for part in chosen), tuple(choice.parameters), choice.when_free
    )
    return Score(key_of_rest(item.ref), f"Part of {item.name}", runbook, folder, values=record.pairs())


def _for_import(part: Part, parts: Sequence[Part], parameters: Parameters) -> dict[str, str]:
    """The parameters of one import: those for all of them, and its own, which go first."""
    for_all, own = {}, {}
    for dimension, value in parameters:
        meant = _import_of(dimension, parts)
        if meant is None:
            for_all[dimension] = escape(value)
        elif meant[0] is part:
            own[meant[1]] = escape(value)
    return for_all | own


def _import_of(dimension: str, parts: Sequence[Part]) -> tuple[Part, str] | None:
    """The import and dimension that ``IMPORT/Dimension`` means; both names may themselves have a slash."""
    for part in parts:
        for called in (part.action.name, part.action.id):
            name = dimension.removeprefix(f"{called}/")
            if part.kind is Kind.IMPORT and name not in (dimension, ""):
                return part, name
    return None


def _step(part: Part, parameters: Mapping[str, str]) -> Step:
    wanted = escape(part.action.id)
    if part.kind is Kind.IMPORT:
        return RunImport.model_validate({"import": wanted, "parameters": parameters})
    return RunExport(export=wanted) if part.kind is Kind.EXPORT else RunAction(action=wanted)


def as_run(
    item: CatalogItem,
    parts: Sequence[Part],
    chosen: frozenset[int],
    play: Play,
    runs: Mapping[str, RunSnapshot],
) -> RunSnapshot:
    """The play as if it were a run of the process: one verdict, with its actions; also while it is under way.

    ``runs`` are the runs of its steps, by id.
    """
    steps = iter([step for step in play.steps if step.does != "wait"])
    actions, bad = [], []
    for part in parts:
        if part.number not in chosen:
            actions.append(replace(part.action, step=snapshots.Step.NOT_RUN, reason="left out"))
            continue
        step = next(steps)
        actions.append(_as_action(part.action, step, runs.get(step.run_id or ""), live=play.live))
        if step.stage is Stage.ENDED and step.verdict is not Verdict.COMPLETED:
            bad.append(f"{part.action.name}: {step.reason}" if step.reason else part.action.name)
    took = (play.ended - play.began).total_seconds() if play.began and play.ended else None
    said = f"{plural(len(chosen), 'action')} of {len(parts)} as single tasks"
    under_way = play.current
    return RunSnapshot(
        run_id=play.play_id,
        target=item.ref,
        name=item.name,
        phase=Phase.RUNNING if play.live else Phase.ENDED,
        verdict=None if play.live else play.verdict or Verdict.UNKNOWN,
        reason="" if play.live else "; ".join([said, *bad]),
        note=f"{said}. {NOT_ONE_PROCESS}" if play.live else "",
        in_parts=True,
        current_step=under_way.label if under_way is not None else None,
        progress=sum(step.stage is Stage.ENDED for step in play.chosen) / max(len(play.chosen), 1),
        started_at=play.began,
        began=play.began,
        ended_at=play.ended,
        duration_s=took,
        actions=tuple(actions),
    )


def _as_action(planned: Action, step: PlayStep, run: RunSnapshot | None, *, live: bool) -> Action:
    """One action, as its own task shows it."""
    found = next(iter(run.actions), None) if run is not None and run.phase is Phase.ENDED else None
    if found is not None:
        return replace(found, name=planned.name, duration_s=found.duration_s or run_seconds(run))
    if step.stage is Stage.ENDED:
        return replace(planned, step=snapshots.Step.ENDED, verdict=step.verdict, reason=step.reason)
    if step.stage is Stage.PLAYING and live:
        return replace(planned, step=snapshots.Step.RUNNING, reason=step.reason)
    if live:
        return replace(planned, step=snapshots.Step.WAITING)
    if step.stage is Stage.PLAYING:
        return replace(planned, step=snapshots.Step.NO_RESULT, reason="interrupted; its task may go on")
    return replace(planned, step=snapshots.Step.NOT_RUN, reason="the play stopped before it")


def run_seconds(run: RunSnapshot | None) -> float | None:
    """How long the task of one action took."""
    return run.duration_s if run is not None else None
