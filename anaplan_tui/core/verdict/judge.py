"""Judge a task's answer: its verdict, and each action's verdict, reason and counts. No clock, no network.

``successful`` and ``failureDumpAvailable`` at the top of a result are not trusted alone: a process is
``successful: false`` after any imperfect run, and its top dump flag is known to stay false although a
nested action has a dump (service.md §5.4).
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from anaplan_tui.api.schemas import Task, TaskResult
from anaplan_tui.core.snapshots import Action, Counts, Dump, Message, Output, Step, Verdict
from anaplan_tui.core.verdict.details import Class, explain
from anaplan_tui.core.verdict.reasons import action_reason, task_reason
from anaplan_tui.core.verdict.row_counts import is_imperfect, tallies
from anaplan_tui.core.verdict.whole_number import whole_number

TERMINAL = frozenset({"COMPLETE", "CANCELLED"})
"""The states that end a task. CANCELLING and any unknown state are not an end (service.md §5.3)."""

_DUMP_NAME = re.compile(r"Failures for\b", re.IGNORECASE)
_KINDS_BY_PREFIX = {"112": "import", "116": "export", "117": "action", "118": "process"}


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict and reason of a task, and its judged actions."""

    verdict: Verdict
    reason: str
    actions: tuple[Action, ...]


def judge(
    task: Task, plan: Sequence[Action], *, single: bool, names: Mapping[str, str] | None = None
) -> Judgement:
    """Judge a task that ended.

    Args:
        task: the answer, in state COMPLETE or CANCELLED.
        plan: the process's actions in their order (or the one action of a single task), with names.
        single: the task is an import, export or other action: its result itself is the one action's.
        names: names by id from the model's lists, for entries that the plan does not name (service.md §3.2).
    """
    result = task.result
    entries: list[TaskResult] = []
    if result is not None:
        own = [_as_planned(result, plan)] if single else []
        entries = [*own, *_flatten(result.nested)]
    actions = _place(entries, plan, names or {}, ended=True)
    verdict = _task_verdict(task, actions, single=single)
    return Judgement(verdict, task_reason(verdict, task, actions, single=single), actions)


def progress(
    task: Task, plan: Sequence[Action], names: Mapping[str, str] | None = None
) -> tuple[Action, ...]:
    """Return the actions of a running task, as far as their state can be known.

    Nested entries of a running task are undocumented, but read if they come. Otherwise the action whose name
    is in ``currentStep`` is the running one, and those before it have passed.
    """
    entries = list(_flatten(task.result.nested)) if task.result is not None else []
    if entries:
        # The answer's names are used only at the end, after the model's lists.
        bare = [entry.model_copy(update={"object_name": None}) for entry in entries]
        return _place(bare, plan, names or {}, ended=False)
    at = _running_index(task.current_step or "", plan)
    if at is None:
        return tuple(plan)
    steps = [Step.PASSED] * at + [Step.RUNNING] + [Step.WAITING] * (len(plan) - at - 1)
    return tuple(replace(a, step=s) for a, s in zip(plan, steps, strict=True))


def judge_action(result: TaskResult) -> tuple[Verdict, str]:
    """Return verdict and reason of one entry of a result."""
    verdict = _action_verdict(result)
    return verdict, action_reason(verdict, result, tallies(result.details))


def _action_verdict(result: TaskResult) -> Verdict:
    """Judge one entry; ``successful`` of a single action is reliable where it says that it failed."""
    classes = {explain(d.type, d.text).cls for d in result.details}
    if Class.CANCELLED in classes:
        return Verdict.CANCELLED
    if result.successful is False or (result.successful is None and Class.FAILURE in classes):
        return Verdict.FAILED
    if result.failure_dump_available or any(map(is_imperfect, result.details)):
        return Verdict.WARNINGS
    if result.successful is None and Class.COMPLETION not in classes:
        return Verdict.UNKNOWN
    return Verdict.COMPLETED


def kind_of(action_type: str, object_id: str) -> str:
    """Return the kind of an action: from the service's actionType, else from the id's prefix.

    Source: service.md §1.3, §3.1.
    """
    word = action_type.casefold()
    if word.startswith(("delete", "bulk_delete")):
        return "delete"
    return word.replace("_", " ") or _KINDS_BY_PREFIX.get(object_id[:3], "action")


def _flatten(entries: Iterable[TaskResult]) -> Iterator[TaskResult]:
    """Yield entries in order, each followed by its nested ones; processes do not nest, but none may be lost.

    Source: service.md §3.1.
    """
    for entry in entries:
        yield entry
        yield from _flatten(entry.nested)


def _as_planned(result: TaskResult, plan: Sequence[Action]) -> TaskResult:
    """Return a single task's result under the id that it was started by, whatever its ``objectId`` says."""
    return result.model_copy(update={"object_id": plan[0].id}) if plan else result


def _place(
    entries: Sequence[TaskResult], plan: Sequence[Action], names: Mapping[str, str], *, ended: bool
) -> tuple[Action, ...]:
    """Return the plan with each entry filled in at its action; entries that the plan lacks follow."""
    left = list(entries)
    actions = []
    for planned in plan:
        entry = next((e for e in left if e.object_id == planned.id), None)
        if entry is not None:
            left.remove(entry)
            actions.append(_filled(planned, entry, names))
        elif ended:
            actions.append(
                replace(
                    planned,
                    step=Step.NO_RESULT,
                    verdict=Verdict.UNKNOWN,
                    reason="Anaplan gave no result for it",
                )
            )
        else:
            actions.append(planned)
    known = {planned.id: planned for planned in plan}
    for entry in left:
        bare = Action(id=entry.object_id, name="", kind=kind_of("", entry.object_id))
        actions.append(_filled(known.get(entry.object_id, bare), entry, names))
    return tuple(actions)


def is_named(action: Action) -> bool:
    """Whether an action's name needs no second source: it is neither an id nor like a dump's name."""
    return action.name not in ("", action.id) and not _DUMP_NAME.match(action.name)


def _name(planned: Action, entry: TaskResult, names: Mapping[str, str]) -> str:
    """Return the plan's name, else the one from the model's lists, else the answer's.

    A captured answer has "Failures for Import 22" there, which is the dump's name (service.md §3.2). Older
    versions recorded it. But a plan may hold an action that is really called so.
    """
    if is_named(planned):
        return planned.name
    own = planned.name if planned.name != planned.id else ""
    said = entry.object_name or ""
    last = "" if _DUMP_NAME.match(said) else said
    return names.get(planned.id, "") or own or last or planned.id or "(unnamed)"


def _filled(planned: Action, entry: TaskResult, names: Mapping[str, str]) -> Action:
    verdict, reason = judge_action(entry)
    counts, *more_counts = tallies(entry.details) or (Counts(),)
    return replace(
        planned,
        name=_name(planned, entry, names),
        step=Step.ENDED,
        verdict=verdict,
        reason=reason,
        counts=counts,
        more_counts=tuple(more_counts),
        messages=tuple(Message(d.type, d.text, d.occurrences, d.values) for d in entry.details),
        dump=Dump(available=entry.failure_dump_available),
        output=_output(planned.kind, entry),
        started_at=entry.start_time,
        duration_s=None if entry.duration_ms is None else entry.duration_ms / 1000,
    )


def _output(kind: str, entry: TaskResult) -> Output:
    """Return an export's file to fetch: none when it was not successful, or says that its file is empty."""
    if kind != "export" or entry.successful is not True:
        return Output()
    sizes = [whole_number(v) for d in entry.details for k, v in d.values if k == "fileSize"]
    announced = sizes[0] if sizes else None
    return Output(available=announced != 0, bytes=announced)


def _task_verdict(task: Task, actions: Sequence[Action], *, single: bool) -> Verdict:
    result = task.result
    if task.state == "CANCELLED":
        return Verdict.CANCELLED
    if result is None:
        return Verdict.UNKNOWN
    verdicts = {a.verdict for a in actions if a.step is not Step.NO_RESULT}
    if single and actions[0].verdict is Verdict.CANCELLED:
        return Verdict.CANCELLED
    if Verdict.FAILED in verdicts or _says_failed(result, single=single):
        return Verdict.FAILED
    if verdicts & {Verdict.WARNINGS, Verdict.CANCELLED} or result.successful is False:
        return Verdict.WARNINGS
    if result.failure_dump_available or any(map(is_imperfect, result.details)):
        return Verdict.WARNINGS
    if result.successful is None and verdicts <= {Verdict.UNKNOWN}:
        return Verdict.UNKNOWN
    return Verdict.COMPLETED


def _says_failed(result: TaskResult, *, single: bool) -> bool:
    """Whether a process's own result says that it failed; a single action's is judged with the actions."""
    if single:
        return False
    failures = any(explain(d.type, d.text).cls is Class.FAILURE for d in result.details)
    return bool(result.details) if result.successful is False else result.successful is None and failures


def _running_index(step: str, plan: Sequence[Action]) -> int | None:
    named = [(len(a.name), at) for at, a in enumerate(plan) if a.name and a.name in step]
    return max(named)[1] if named else None
