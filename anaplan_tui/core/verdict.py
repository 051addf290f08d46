"""From a task's answer to a verdict with its evidence: pure functions, no clock, no network.

``successful`` and ``failureDumpAvailable`` at the top of a result are not trusted alone: a process is
``successful: false`` after any imperfect run, and its top dump flag is known to stay false although a
nested action has a dump (anaplan-api.md §5.4). The rules are those of the design, §1.3.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from anaplan_tui.api.schemas import Detail, Task, TaskResult
from anaplan_tui.core.details import Class, explain
from anaplan_tui.core.snapshots import Action, Counts, Dump, Message, Output, Step, Verdict
from anaplan_tui.core.text import count, plural

TERMINAL = frozenset({"COMPLETE", "CANCELLED"})
"""The states that end a task. CANCELLING and any state we do not know are not an end (§5.3)."""

_COUNT_KEYS = {
    "successRowCount": "ok",
    "warningsRowCount": "warnings",
    "failedCount": "failed",
    "ignoredCount": "ignored",
    "totalRowCount": "total",
}
_KINDS_BY_PREFIX = {"112": "import", "116": "export", "117": "action", "118": "process"}
_NAMED_REASONS = 3


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
    return Judgement(verdict, _task_reason(verdict, task, actions, single=single), actions)


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
    classes = {explain(d.type).cls for d in result.details}
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
    return verdict, _action_reason(verdict, result, counts)


def count_rows(details: Iterable[Detail]) -> Counts:
    """Row counts from the ``values`` pairs, summed over details; what is not a whole number is left out."""
    sums: dict[str, int] = {}
    for detail in details:
        for key, value in detail.values:
            name, number = _COUNT_KEYS.get(key), _whole(value)
            if name is not None and number is not None:
                sums[name] = sums.get(name, 0) + number
    return Counts(**sums)


def balance(counts: Counts) -> str:
    """The rows as a sum, or that it does not add up; empty when too little was said.

    ``totalRowCount`` counts ignored rows too (seeds/003: 95 = 90 ok + 5 ignored).
    """
    if counts.total is None:
        return ""
    parts = [
        (counts.ok, "ok"),
        (counts.warnings, "with warnings"),
        (counts.failed, "rejected"),
        (counts.ignored, "ignored"),
    ]
    said = [f"{number:,} {word}" for number, word in parts if number]
    if sum(number or 0 for number, _ in parts) == counts.total:
        return f"Rows {counts.total:,} = {' + '.join(said)}" if said else f"Rows {counts.total:,}"
    return f"Rows do not add up: {' + '.join(said) or 'nothing'} is not {counts.total:,}"


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
    sizes = [_whole(v) for d in entry.details for k, v in d.values if k == "fileSize"]
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


def _task_reason(verdict: Verdict, task: Task, actions: Sequence[Action], *, single: bool) -> str:
    if verdict is Verdict.CANCELLED:
        by = f" by {task.cancelled_by}" if task.cancelled_by else ""
        return f"cancelled{by}; earlier actions may stay applied"
    if task.result is None:
        return "Anaplan says the task is complete but gives no result"
    if single:
        return actions[0].reason
    judged = [a for a in actions if a.step is not Step.NO_RESULT]
    parts = _tally(judged)
    own = _own_texts(task.result.details)
    if own and verdict is Verdict.FAILED:
        return f"{', '.join(parts)}: {own}" if parts else own
    if parts:
        return ", ".join(parts)
    if verdict is Verdict.WARNINGS:
        if task.result.failure_dump_available:
            return "Anaplan says that there is a dump, but no action has one"
        return "Anaplan says it was not successful but gives no evidence"
    if verdict is Verdict.UNKNOWN:
        return "Anaplan does not say whether it was successful"
    return f"all {plural(len(judged), 'action')} completed" if judged else "completed"


def _tally(actions: Sequence[Action]) -> list[str]:
    """What went wrong, counted: ``1 of 5 actions failed``, ``2 rejected rows`` …"""
    groups: dict[str, int] = {}
    for action in actions:
        word = _tally_word(action)
        if word:
            groups[word] = groups.get(word, 0) + 1
    order = (
        "failed",
        "cancelled",
        "rejected rows",
        "had warnings",
        "ignored rows",
        "not successful, no reason given",
    )
    said = [(groups[word], word) for word in order if word in groups]
    return [
        f"{number} of {plural(len(actions), 'action')} {word}" if at == 0 else f"{number} more {word}"
        for at, (number, word) in enumerate(said)
    ]


def _tally_word(action: Action) -> str:
    match action.verdict:
        case Verdict.FAILED:
            return "failed"
        case Verdict.CANCELLED:
            return "cancelled"
        case Verdict.WARNINGS:
            if action.counts.failed or (action.dump.available and not action.counts.warnings):
                return "rejected rows"
            if action.counts.warnings or any(explain(m.type).cls is Class.ROWS for m in action.messages):
                return "had warnings"
            return "ignored rows" if action.counts.ignored else "not successful, no reason given"
        case _:
            return ""


def _action_reason(verdict: Verdict, result: TaskResult, counts: Counts) -> str:
    if verdict is Verdict.CANCELLED:
        return "cancelled while it ran"
    if verdict is Verdict.UNKNOWN:
        return "Anaplan does not say whether it was successful"
    rows = _rows_sentence(result.details, counts)
    if verdict is Verdict.FAILED:
        failure = _first_text(result.details, Class.FAILURE)
        if failure:
            return f"{failure}; {rows}" if rows else failure
        return rows or _other_text(result.details) or _unexplained(result)
    if verdict is Verdict.WARNINGS:
        if rows:
            return rows
        if result.failure_dump_available:
            return "rows were rejected or loaded with a warning; the dump holds them"
        return "Anaplan says it was not successful but gives no evidence"
    return f"{plural(counts.ok, 'row')} loaded" if counts.ok is not None else ""


def _rows_sentence(details: Sequence[Detail], counts: Counts) -> str:
    """``1,234 of 5,234 rows rejected, 5 ignored: Invalid number (134)``, or only the causes, or nothing."""
    of = f" of {plural(counts.total, 'row')}" if counts.total is not None else ""
    numbers = (
        (counts.failed, "rejected"),
        (counts.warnings, "loaded with a warning"),
        (counts.ignored, "ignored"),
    )
    said = [(number, word) for number, word in numbers if number]
    head = ", ".join(
        f"{number:,}{(of or ' rows') if at == 0 else ''} {word}" for at, (number, word) in enumerate(said)
    )
    causes = sorted(
        (d for d in details if explain(d.type).cls is Class.ROWS and not d.type.endswith("WithFailures")),
        key=lambda d: -d.occurrences,
    )
    listed = ", ".join(_cause(d) for d in causes[:_NAMED_REASONS])
    if len(causes) > _NAMED_REASONS:
        listed += f" and {plural(len(causes) - _NAMED_REASONS, 'more cause')}"
    return ": ".join(part for part in (head, listed) if part)


def _other_text(details: Sequence[Detail]) -> str:
    """What a failed action says besides that it was done: that of all codes is no reason for a failure."""
    return next((_text(d) for d in details if explain(d.type).cls is not Class.COMPLETION), "")


def _unexplained(result: TaskResult) -> str:
    if result.failure_dump_available:
        return "Anaplan says it failed; the dump holds the rows"
    empty = any(key == "fileSize" and value == "0" for d in result.details for key, value in d.values)
    return f"Anaplan lists it as not successful{'; its file is empty' if empty else ' and does not say why'}"


def _cause(detail: Detail) -> str:
    text = _text(detail)
    return f"{text} ({count(detail.occurrences)})" if detail.occurrences > 0 else text


def _own_texts(details: Sequence[Detail]) -> str:
    return _first_text(details, Class.FAILURE) or _first_text(details, None)


def _first_text(details: Sequence[Detail], cls: Class | None) -> str:
    return next((_text(d) for d in details if cls is None or explain(d.type).cls is cls), "")


def _text(detail: Detail) -> str:
    """What a detail says: its text, else its error message, else the code in plain words, else the code."""
    message = next((v for k, v in detail.values if k == "errorMessage" and v), None)
    return (detail.text or message or explain(detail.type).meaning or detail.type).strip().rstrip(".")


def _running_index(step: str, plan: Sequence[Action]) -> int | None:
    named = [(len(a.name), at) for at, a in enumerate(plan) if a.name and a.name in step]
    return max(named)[1] if named else None


def _whole(value: str | None) -> int | None:
    """A count as the service writes it (a string of digits), or ``None``."""
    text = (value or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 15 else None
