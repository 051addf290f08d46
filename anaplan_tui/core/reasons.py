"""Why a task or an action came to its verdict, in one sentence from the evidence: pure functions.

The sentence of a task stands in narrow columns, too: what is worth knowing comes first.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from anaplan_tui.api.schemas import Detail, Task, TaskResult
from anaplan_tui.core.details import Class, explain
from anaplan_tui.core.row_counts import whole_number
from anaplan_tui.core.snapshots import Action, Counts, Step, Verdict
from anaplan_tui.core.text import count, middle, plural, size

_NAMED = 3
_LONGEST_NAME = 40
_CLAUSE = re.compile(r"[:;.](?: |$)")


def task_reason(verdict: Verdict, task: Task, actions: Sequence[Action], *, single: bool) -> str:
    """What to say of a task that ended: which actions went wrong and why, else what little is known."""
    if verdict is Verdict.CANCELLED:
        by = f" by {task.cancelled_by}" if task.cancelled_by else ""
        return f"cancelled{by}; earlier actions may stay applied"
    if task.result is None:
        return "Anaplan says the task is complete but gives no result"
    if single:
        return actions[0].reason
    judged = [a for a in actions if a.step is not Step.NO_RESULT]
    mishaps = _mishaps(judged)
    own = _own_texts(task.result.details) if verdict is Verdict.FAILED else ""
    if own and not any(own.casefold() in a.reason.casefold() for a in judged):
        return "; ".join((*mishaps, own))
    if mishaps:
        return "; ".join(mishaps)
    if verdict is Verdict.WARNINGS:
        if task.result.failure_dump_available:
            return "Anaplan says that there is a dump, but no action has one"
        return "Anaplan says it was not successful but gives no evidence"
    if verdict is Verdict.UNKNOWN:
        return "Anaplan does not say whether it was successful"
    return _all_well(len(judged))


def _all_well(actions: int) -> str:
    if not actions:
        return "completed"
    return "1 action completed" if actions == 1 else f"all {actions:,} actions completed"


@dataclass(frozen=True, slots=True)
class _Mishap:
    """Something that can go wrong with an action, and how it is said."""

    happened: Callable[[Action], bool]
    words: str
    """After a number of rows, or after the action's name."""
    rows: Callable[[Counts], int | None] | None = None
    """The rows that it concerns; ``None`` when it concerns the action as a whole."""


def _has_rejected(action: Action) -> bool:
    """Also where the dump alone tells of them, and the counts give no other reason for it."""
    counts = action.counts
    untold = counts.failed is None and not counts.warnings and not counts.ignored
    return bool(counts.failed) or (action.dump.available and untold)


def _has_warnings(action: Action) -> bool:
    untold = action.counts.warnings is None
    return bool(action.counts.warnings) or (
        untold and any(explain(m.type, m.text).cls is Class.ROWS for m in action.messages)
    )


_MISHAPS = (
    _Mishap(lambda a: a.verdict is Verdict.FAILED, "failed"),
    _Mishap(lambda a: a.verdict is Verdict.CANCELLED, "cancelled"),
    _Mishap(_has_rejected, "rejected", lambda counts: counts.failed),
    _Mishap(_has_warnings, "loaded with a warning", lambda counts: counts.warnings),
    _Mishap(lambda a: bool(a.counts.ignored), "ignored", lambda counts: counts.ignored),
    _Mishap(lambda _a: True, "not successful"),
)
"""The gravest first; an action is spoken of once, for the first that fits."""


def _mishaps(actions: Sequence[Action]) -> list[str]:
    """A clause for each kind of mishap, with the actions that it befell."""
    left = [a for a in actions if a.verdict in (Verdict.FAILED, Verdict.CANCELLED, Verdict.WARNINGS)]
    found: list[tuple[_Mishap, list[Action]]] = []
    for mishap in _MISHAPS:
        group = [a for a in left if mishap.happened(a)]
        if group:
            found.append((mishap, group))
            left = [a for a in left if a not in group]
    return [_clause(mishap, group, len(actions), alone=len(found) == 1) for mishap, group in found]


def _clause(mishap: _Mishap, group: Sequence[Action], of: int, *, alone: bool) -> str:
    """``Load Sales failed: …``, ``1,311 rows rejected in 2 of 5 actions: Sales (1,234), Regions (77)``."""
    names = [middle(action.name, _LONGEST_NAME) for action in group]
    if mishap.rows is None:
        causes = [a.reason if alone and len(group) == 1 else _brief(a.reason) for a in group]
        if len(group) == 1:
            return f"{names[0]} {mishap.words}{f': {causes[0]}' if causes[0] else ''}"
        return f"{len(group)} of {of} actions {mishap.words}: {_listed(names, causes)}"
    numbers = [mishap.rows(action.counts) for action in group]
    known = [number for number in numbers if number is not None]
    rows = plural(sum(known), "row") if known else "rows"
    head = f"{rows} {mishap.words} in"
    if len(group) == 1:
        return f"{head} {names[0]}"
    causes = ["" if number is None else count(number) for number in numbers]
    return f"{head} {len(group)} of {of} actions: {_listed(names, causes)}"


def _listed(names: Sequence[str], remarks: Sequence[str]) -> str:
    said = [f"{name} ({remark})" if remark else name for name, remark in zip(names, remarks, strict=True)]
    more = f" and {len(said) - _NAMED} more" if len(said) > _NAMED else ""
    return ", ".join(said[:_NAMED]) + more


def _brief(reason: str) -> str:
    """The first clause of a reason."""
    return _CLAUSE.split(reason, maxsplit=1)[0]


def action_reason(verdict: Verdict, result: TaskResult, counts: Counts) -> str:
    """What to say of one action that ended; empty when there is nothing to add to its verdict."""
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
    return f"{plural(counts.ok, 'row')} loaded" if counts.ok is not None else _file_made(result.details)


def _file_made(details: Iterable[Detail]) -> str:
    made = [detail for detail in details if detail.type == "exportSucceeded"]
    sizes = [whole_number(v) for detail in made for k, v in detail.values if k == "fileSize"]
    if not made:
        return ""
    if not sizes or sizes[0] is None:
        return "made a file"
    return f"made a file of {size(sizes[0])}" if sizes[0] else "made an empty file"


def _rows_sentence(details: Sequence[Detail], counts: Counts) -> str:
    """``1,234 of 5,234 rows rejected, 5 ignored: Invalid number (134)``, or only the causes, or nothing."""
    of = f" of {plural(counts.total, 'row')}" if counts.total is not None else ""
    numbers = (
        (counts.failed, "rejected"),
        (counts.warnings, "loaded with a warning"),
        (counts.ignored, "ignored"),
    )
    said = [(number, word) for number, word in numbers if number]
    clauses = [f"{number:,} {word}" for number, word in said]
    if said:
        number, word = said[0]
        clauses[0] = f"{f'{number:,}{of}' if of else plural(number, 'row')} {word}"
    head = ", ".join(clauses)
    causes = sorted(
        (
            d
            for d in details
            if explain(d.type, d.text).cls is Class.ROWS and not d.type.endswith("WithFailures")
        ),
        key=lambda d: -d.occurrences,
    )
    listed = ", ".join(_cause(d) for d in causes[:_NAMED])
    if len(causes) > _NAMED:
        listed += f" and {plural(len(causes) - _NAMED, 'more cause')}"
    return ": ".join(part for part in (head, listed) if part)


def _other_text(details: Sequence[Detail]) -> str:
    """What a failed action says besides that it was done: that of all codes is no reason for a failure."""
    return next((_text(d) for d in details if explain(d.type, d.text).cls is not Class.COMPLETION), "")


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
    return next((_text(d) for d in details if cls is None or explain(d.type, d.text).cls is cls), "")


def _text(detail: Detail) -> str:
    """What a detail says: its text, else its error message, else the code in plain words, else the code."""
    message = next((v for k, v in detail.values if k == "errorMessage" and v), None)
    return (
        (detail.text or message or explain(detail.type, detail.text).meaning or detail.type)
        .strip()
        .rstrip(".")
    )
