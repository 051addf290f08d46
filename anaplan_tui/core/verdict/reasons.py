"""Write the reason for a verdict of a task or an action: one sentence from the evidence. Pure functions.

Narrow columns show a task's sentence too, so the most important part comes first.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from anaplan_tui.api.schemas import Detail, Task, TaskResult
from anaplan_tui.core.snapshots import Action, Counts, RunSnapshot, Step, Unit, Verdict
from anaplan_tui.core.text import count, middle, plural, size
from anaplan_tui.core.verdict.details import Class, explain
from anaplan_tui.core.verdict.row_counts import done, is_imperfect, words_alone
from anaplan_tui.core.verdict.whole_number import whole_number

_NAMED = 3
_LONGEST_NAME = 40
_HERALD = re.compile(r"^(?:warning|error):\s*", re.IGNORECASE)
_CLAUSE = re.compile(r"[:;.](?: |$)")


def blamed_parameters(run: RunSnapshot, parameters: Sequence[tuple[str, str]]) -> str:
    """Say that a run failed over an item that the operator gave as a parameter; else empty.

    The service's codes for that are general ones, whose usual cure is a repair in the model.
    """
    if run.verdict is not Verdict.FAILED:
        return ""
    said = [m.text.casefold() for a in run.actions if a.verdict is Verdict.FAILED for m in a.messages]
    blamed = [
        f'"{item}", chosen for {name}'
        for name, item in parameters
        if any(_names(text, item.casefold()) for text in said)
    ]
    if not blamed:
        return ""
    return f"Anaplan did not accept {' and '.join(blamed)}: correct the parameter and run it again."


def _names(text: str, item: str) -> bool:
    """Whether ``text`` contains ``item`` as whole words."""
    return re.search(rf"(?<!\w){re.escape(item)}(?!\w)", text) is not None


def task_reason(verdict: Verdict, task: Task, actions: Sequence[Action], *, single: bool) -> str:
    """Return the reason for a task's verdict: which actions went wrong and why, else what little is known."""
    if verdict is Verdict.CANCELLED:
        by = f" by {task.cancelled_by}" if task.cancelled_by else ""
        return f"cancelled{by}; earlier actions may stay applied"
    if task.result is None:
        return "Anaplan says the task is complete but gives no result"
    if single and actions[0].verdict is verdict:
        return actions[0].reason
    judged = [a for a in actions if a.step is not Step.NO_RESULT]
    mishaps = _mishaps(judged)
    own = "" if single else _own_text(verdict, task.result.details)
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
    """Something that can go wrong with an action, and the words for it."""

    happened: Callable[[Action], bool]
    words: str
    """The words after a number of rows, or after the action's name."""
    counted: Callable[[Counts], int | None] | None = None
    """How many rows, cells or users it concerns; ``None`` when it concerns the action as a whole."""
    several: str = ""
    """The words after several names, if they differ."""


def _rejected(counts: Counts) -> int | None:
    return counts.failed


def _invalid(counts: Counts) -> int | None:
    return counts.invalid_besides


def _warned(counts: Counts) -> int | None:
    return counts.warnings


def _ignored(counts: Counts) -> int | None:
    return counts.ignored


def _any(action: Action, counted: Callable[[Counts], int | None]) -> bool:
    return any(counted(counts) for counts in action.tallies)


def _has_rejected(action: Action) -> bool:
    """Whether rows were rejected: by the counts, or by a dump that the counts do not explain otherwise."""
    others = any(_any(action, counted) for counted in (_invalid, _warned, _ignored))
    told = others or any(counts.failed is not None for counts in action.tallies)
    return _any(action, _rejected) or (action.dump.available and not told)


_MISHAPS = (
    _Mishap(lambda a: a.verdict is Verdict.FAILED, "failed"),
    _Mishap(lambda a: a.verdict is Verdict.CANCELLED, "cancelled"),
    _Mishap(_has_rejected, "rejected", _rejected),
    _Mishap(lambda a: _any(a, _invalid), "invalid", _invalid),
    _Mishap(lambda a: _any(a, _warned), "loaded with a warning", _warned),
    _Mishap(lambda a: _any(a, _ignored), "ignored", _ignored),
    _Mishap(lambda _a: True, "has warnings", several="have warnings"),
)
"""The gravest first; an action is mentioned once, under the first that fits."""


def _mishaps(actions: Sequence[Action]) -> list[str]:
    """Return a clause for each kind of mishap, with the actions that it concerns."""
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
    if mishap.counted is None:
        causes = [a.reason if alone and len(group) == 1 else _brief(a.reason) for a in group]
        if len(group) == 1:
            return f"{names[0]} {mishap.words}{f': {causes[0]}' if causes[0] else ''}"
        words = mishap.several or mishap.words
        return f"{len(group)} of {of} actions {words}: {_listed(names, causes)}"
    sums = [_by_unit(action, mishap.counted) for action in group]
    units = [unit for unit in Unit if any(unit in found for found in sums)]
    totals = [plural(sum(found.get(unit, 0) for found in sums), unit.one) for unit in units]
    head = f"{_and(totals) or 'rows'} {mishap.words} in"
    if len(group) == 1:
        return f"{head} {names[0]}"
    causes = [_remark(found, of_several_units=len(units) > 1) for found in sums]
    return f"{head} {len(group)} of {of} actions: {_listed(names, causes)}"


def _by_unit(action: Action, counted: Callable[[Counts], int | None]) -> dict[Unit, int]:
    return {counts.unit: number for counts in action.tallies if (number := counted(counts))}


def _and(parts: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join(part for part in (", ".join(parts[:-1]), *parts[-1:]) if part)


def _remark(found: Mapping[Unit, int], *, of_several_units: bool) -> str:
    """``1,234``, or ``1,234 rows and 134 cells`` where units must be distinguished."""
    return " and ".join(
        plural(number, unit.one) if of_several_units else count(number) for unit, number in found.items()
    )


def _listed(names: Sequence[str], remarks: Sequence[str]) -> str:
    said = [f"{name} ({remark})" if remark else name for name, remark in zip(names, remarks, strict=True)]
    more = f" and {len(said) - _NAMED} more" if len(said) > _NAMED else ""
    return ", ".join(said[:_NAMED]) + more


def _brief(reason: str) -> str:
    """Return the first clause of a reason, without a leading ``Warning:`` or ``Error:``."""
    return _CLAUSE.split(_HERALD.sub("", reason), maxsplit=1)[0]


def action_reason(verdict: Verdict, result: TaskResult, tallies: Sequence[Counts]) -> str:
    """Return the reason for an action's verdict; empty when there is nothing to add to it."""
    if verdict is Verdict.CANCELLED:
        return "cancelled while it ran"
    if verdict is Verdict.UNKNOWN:
        return "Anaplan does not say whether it was successful"
    rows = _rows_sentence(result.details, tallies)
    if verdict is Verdict.FAILED:
        failure = _first_text(result.details, Class.FAILURE)
        if failure:
            return f"{failure}; {rows}" if rows else failure
        return rows or _other_text(result.details) or _unexplained(result, _loaded(result.details, tallies))
    if verdict is Verdict.WARNINGS:
        return rows or _other_trouble(result)
    return _loaded(result.details, tallies) or _file_made(result.details)


def _other_trouble(result: TaskResult) -> str:
    """Say why an action has warnings when no rows were counted and no cause was given."""
    if words_alone(result.details):
        name, number = words_alone(result.details)[0]
        return f"Anaplan's message says {number:,} {_SAID.get(name, name)}, its figures say none"
    failure = _first_text(result.details, Class.FAILURE)
    if failure:
        return failure
    if result.failure_dump_available:
        return "rows were rejected or loaded with a warning; the dump holds them"
    return next((_text(detail) for detail in result.details if is_imperfect(detail)), "not all went well")


_SAID = {"failed": "rejected", "warnings": "loaded with a warning"}


def _loaded(details: Sequence[Detail], tallies: Sequence[Counts]) -> str:
    """``3,866 cells loaded``, ``12 users created, 5 updated``, ``40 items deleted``; empty when not told.

    Created and updated ones may be the same, so they are listed apart.
    """
    said = [f"{plural(c.ok, c.unit.one)} loaded" for c in tallies if c.ok is not None and c.unit in _LOADED]
    other = next((c.unit for c in tallies if c.ok is not None and c.unit not in _LOADED), None)
    if other is not None:
        words = [f"{number:,} {name}" for name, number in done(details).items() if number]
        first, _, rest = (words or ["0 created or updated"])[0].partition(" ")
        said.append(", ".join((f"{first} {other.one if first == '1' else other.value} {rest}", *words[1:])))
    return " and ".join(said)


_LOADED = (Unit.ROWS, Unit.CELLS)


def _file_made(details: Iterable[Detail]) -> str:
    made = [detail for detail in details if detail.type == "exportSucceeded"]
    sizes = [whole_number(v) for detail in made for k, v in detail.values if k == "fileSize"]
    if not made:
        return ""
    if not sizes or sizes[0] is None:
        return "made a file"
    return f"made a file of {size(sizes[0])}" if sizes[0] else "made an empty file"


def _rows_sentence(details: Sequence[Detail], tallies: Sequence[Counts]) -> str:
    """``1,234 of 5,234 rows rejected, 5 ignored: Invalid number (134)``, or only the causes, or empty."""
    head = " and ".join(filter(None, map(_troubles, tallies)))
    causes = sorted(
        (d for d in details if explain(d.type, d.text).cls is Class.ROWS), key=lambda d: -d.occurrences
    )
    listed = ", ".join(_cause(d) for d in causes[:_NAMED])
    if len(causes) > _NAMED:
        listed += f" and {plural(len(causes) - _NAMED, 'more cause')}"
    return ": ".join(part for part in (head, listed) if part)


def _troubles(counts: Counts) -> str:
    """``1,234 of 5,234 rows rejected, 5 ignored``; empty when all went well."""
    numbers = (
        (counts.failed, "rejected"),
        (counts.invalid_besides, "invalid"),
        (counts.warnings, "loaded with a warning"),
        (counts.ignored, "ignored"),
    )
    said = [(number, word) for number, word in numbers if number]
    clauses = [f"{number:,} {word}" for number, word in said]
    if said:
        number, word = said[0]
        units = (
            plural(number, counts.unit.one)
            if counts.total is None
            else f"{number:,} of {plural(counts.total, counts.unit.one)}"
        )
        clauses[0] = f"{units} {word}"
    return ", ".join(clauses)


def _other_text(details: Sequence[Detail]) -> str:
    """Return a failed action's first text that is not of a completion, which is no reason for a failure."""
    return next((_text(d) for d in details if explain(d.type, d.text).cls is not Class.COMPLETION), "")


def _unexplained(result: TaskResult, loaded: str) -> str:
    if result.failure_dump_available:
        return "Anaplan says it failed; the dump holds the rows"
    if any(key == "fileSize" and value == "0" for d in result.details for key, value in d.values):
        return "Anaplan lists it as not successful; its file is empty"
    loaded = f" ({loaded})" if loaded else ""
    return f"Anaplan says it failed{loaded}, but gave no evidence"


def _cause(detail: Detail) -> str:
    text = _text(detail)
    return f"{text} ({count(detail.occurrences)})" if detail.occurrences > 0 else text


def _own_text(verdict: Verdict, details: Sequence[Detail]) -> str:
    """Return the text of the process's own result that supports its verdict."""
    failure = _first_text(details, Class.FAILURE)
    if verdict is Verdict.FAILED:
        return failure or next(map(_text, details), "")
    if verdict is Verdict.WARNINGS:
        return failure or next((_text(detail) for detail in details if is_imperfect(detail)), "")
    return ""


def _first_text(details: Sequence[Detail], cls: Class) -> str:
    return next((_text(d) for d in details if explain(d.type, d.text).cls is cls), "")


def _text(detail: Detail) -> str:
    """Return a detail's text, else its error message, else its code in plain words, else the code."""
    message = next((v for k, v in detail.values if k == "errorMessage" and v), None)
    return (
        (detail.text or message or explain(detail.type, detail.text).meaning or detail.type)
        .strip()
        .rstrip(".")
    )
