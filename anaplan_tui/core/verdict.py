"""From a task's answer to a verdict with its evidence: pure functions, no clock, no network.

``successful`` and ``failureDumpAvailable`` at the top of a result are not trusted alone: a process is
``successful: false`` after any imperfect run, and its top dump flag is known to stay false although a
nested action has a dump (anaplan-api.md §5.4). The rules are those of the design, §1.3.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from anaplan_tui.api.schemas import Task, TaskResult
from anaplan_tui.core.details import Class, explain
from anaplan_tui.core.reasons import action_reason, task_reason
from anaplan_tui.core.row_counts import count_rows, whole_number
from anaplan_tui.core.snapshots import Action, Dump, Message, Output, Step, Verdict

TERMINAL = frozenset({"COMPLETE", "CANCELLED"})
"""The states that end a task. CANCELLING and any state we do not know are not an end (§5.3)."""

_KINDS_BY_PREFIX = {"112": "import", "116": "export", "117": "action", "118": "process"}


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a task came to, and every action of it."""

    verdict: Verdict
    reason: str
    actions: tuple[Action, ...]


def judge(
    task: Task, plan: Sequence[Action], *, single: bool, names: Mapping[str, str] | None = None
) -> Judgement:
    """The verdict of a task that ended.

    Args:
        task: the answer, in state COMPLETE or CANCELLED.
        plan: the process's actions in their order (or the one action of a single task), with names.
        single: the task is an import, export or other action: its result itself is the one action.
        names: names by id from the model's lists, for entries that nothing else names (§3.2).
    """
    result = task.result
    entries: list[TaskResult] = []
    if result is not None:
        entries = [_as_planned(result, plan)] if single else list(_flatten(result.nested))
    actions = _place(entries, plan, names or {}, ended=True)
    verdict = _task_verdict(task, actions, single=single)
    return Judgement(verdict, task_reason(verdict, task, actions, single=single), actions)


def progress(
    task: Task, plan: Sequence[Action], names: Mapping[str, str] | None = None
) -> tuple[Action, ...]:
    """The actions of a task that still runs, as far as their state can be known.

    Nested entries of a running task are undocumented but read where they come. Otherwise the action whose
    name stands in ``currentStep`` is the one that runs, and those before it have passed.
    """
    entries = list(_flatten(task.result.nested)) if task.result is not None else []
    if entries:
        return _place(entries, plan, names or {}, ended=False)
    at = _running_index(task.current_step or "", plan)
    if at is None:
        return tuple(plan)
    steps = [Step.PASSED] * at + [Step.RUNNING] + [Step.WAITING] * (len(plan) - at - 1)
    return tuple(replace(a, step=s) for a, s in zip(plan, steps, strict=True))


def judge_action(result: TaskResult) -> tuple[Verdict, str]:
    """Verdict and reason of one entry of a result (design §1.3, "An action")."""
    counts = count_rows(result.details)
    classes = {explain(d.type, d.text).cls for d in result.details}
    dump = result.failure_dump_available
    verdict = Verdict.COMPLETED
    if Class.CANCELLED in classes:
        verdict = Verdict.CANCELLED
    elif result.successful is False:
        verdict = Verdict.FAILED if result.details or dump else Verdict.WARNINGS
    elif result.successful is None and Class.FAILURE in classes:
        verdict = Verdict.FAILED
    elif dump or Class.ROWS in classes or any((counts.warnings, counts.failed, counts.ignored)):
        verdict = Verdict.WARNINGS
    elif result.successful is None and not classes:
        verdict = Verdict.UNKNOWN
    return verdict, action_reason(verdict, result, counts)


def kind_of(action_type: str, object_id: str) -> str:
    """The kind of an action: from the service's actionType, else from the id's prefix (§1.3, §3.1)."""
    word = action_type.casefold()
    if word.startswith(("delete", "bulk_delete")):
        return "delete"
    return word.replace("_", " ") or _KINDS_BY_PREFIX.get(object_id[:3], "action")


def _flatten(entries: Iterable[TaskResult]) -> Iterator[TaskResult]:
    """Entries in order, each followed by its own: processes do not nest (§3.1), but nothing may be hidden."""
    for entry in entries:
        yield entry
        yield from _flatten(entry.nested)


def _as_planned(result: TaskResult, plan: Sequence[Action]) -> TaskResult:
    """A single task's result under the id it was started by, whatever its ``objectId`` says."""
    return result.model_copy(update={"object_id": plan[0].id}) if plan else result


def _place(
    entries: Sequence[TaskResult], plan: Sequence[Action], names: Mapping[str, str], *, ended: bool
) -> tuple[Action, ...]:
    """The plan with each entry at its action; entries that the plan lacks follow at the end."""
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
    for entry in left:
        bare = Action(id=entry.object_id, name="", kind=kind_of("", entry.object_id))
        actions.append(_filled(bare, entry, names))
    return tuple(actions)


def _filled(planned: Action, entry: TaskResult, names: Mapping[str, str]) -> Action:
    verdict, reason = judge_action(entry)
    return replace(
        planned,
        name=entry.object_name or planned.name or names.get(planned.id, "") or planned.id or "(unnamed)",
        step=Step.ENDED,
        verdict=verdict,
        reason=reason,
        counts=count_rows(entry.details),
        messages=tuple(Message(d.type, d.text, d.occurrences, d.values) for d in entry.details),
        dump=Dump(available=entry.failure_dump_available),
        output=_output(planned.kind, entry),
        started_at=entry.start_time,
        duration_s=None if entry.duration_ms is None else entry.duration_ms / 1000,
    )


def _output(kind: str, entry: TaskResult) -> Output:
    """What an export left to fetch: nothing when it was not successful, or says that its file is empty."""
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
    if single:
        return actions[0].verdict or Verdict.UNKNOWN
    verdicts = {a.verdict for a in actions if a.step is not Step.NO_RESULT}
    if Verdict.FAILED in verdicts or (result.successful is False and result.details):
        return Verdict.FAILED
    if verdicts & {Verdict.WARNINGS, Verdict.CANCELLED} or result.successful is False:
        return Verdict.WARNINGS
    if result.failure_dump_available:
        return Verdict.WARNINGS
    if result.successful is None and not verdicts:
        return Verdict.UNKNOWN
    return Verdict.COMPLETED


def _running_index(step: str, plan: Sequence[Action]) -> int | None:
    named = [(len(a.name), at) for at, a in enumerate(plan) if a.name and a.name in step]
    return max(named)[1] if named else None
