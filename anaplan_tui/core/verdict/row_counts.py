"""Row counts of an action: read from the details of a result, summed by unit, and checked against the total.

Counts come from the ``values`` pairs of a detail, else from the text of its message (service.md §5.5).
Imports into lists count rows, into modules the cells of each line item, into users and versions those
created and updated.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from anaplan_tui.api.schemas import Detail
from anaplan_tui.core.snapshots import Action, Counts, Message, Unit
from anaplan_tui.core.text import middle, plural
from anaplan_tui.core.verdict.count_words import counts_in_words
from anaplan_tui.core.verdict.details import Class, explain
from anaplan_tui.core.verdict.whole_number import whole_number

_NAMES = {
    "successRowCount": "ok",
    "rowCount": "cells",
    "warningsRowCount": "warnings",
    "failedCount": "failed",
    "failureCount": "failed",
    "invalidCount": "invalid",
    "ignoredCount": "ignored",
    "totalRowCount": "total",
    "createdCount": "created",
    "updatedCount": "updated",
    "affectedItems": "deleted",
}
"""The keys of ``values``, and what they count."""
_TROUBLE = ("failed", "invalid", "warnings", "ignored")
"""The counts of trouble, the gravest first."""
_IMPERFECT = frozenset((Class.PARTLY, Class.ROWS, Class.FAILURE, Class.CANCELLED))
_OF = r"(?:rows?|cells?|items?|records?|lines?|users?|values?)?"
_TROUBLED_KEY = re.compile(
    rf"(?:fail|reject|invalid|ignor|warn|error|skip)\w*count$"
    rf"|^{_OF}(?:failed|failures?|rejected|rejections?|invalid|ignored|warnings?|errors?|skipped){_OF}$",
    re.IGNORECASE,
)
"""Undocumented keys whose names tell of trouble."""
_UNITS_BY_CODE = (("lineItem", Unit.CELLS), ("users", Unit.USERS), ("version", Unit.VERSIONS))
_NAMED = 3
_LONGEST_VALUE = 24


@dataclass(frozen=True, slots=True)
class Balance:
    """Counts as a sum, in words."""

    words: str = ""
    """Empty when the service said too little."""
    odd: bool = False
    """The counts do not add up."""


def tallies(details: Iterable[Detail]) -> tuple[Counts, ...]:
    """Return an action's counts, summed over its details, one for each unit; the gravest comes first.

    Values that are not whole numbers are left out.
    """
    sums: dict[Unit, Counts] = {}
    for detail in details:
        counts = _counts(detail.type, _numbers(detail))
        if counts.said:
            sums[counts.unit] = _added(sums.get(counts.unit, Counts(unit=counts.unit)), counts)
    order = list(Unit)
    return tuple(sorted(sums.values(), key=lambda counts: (_gravity(counts), order.index(counts.unit))))


def is_imperfect(detail: Detail) -> bool:
    """Whether a detail says that not all went well: by its code, or by a count in its values or its text."""
    if explain(detail.type, detail.text).cls in _IMPERFECT:
        return True
    figures, words = _figures(detail), _words(detail)
    if any(said.get(name) for said in (figures, words) for name in _TROUBLE):
        return True
    return any(_TROUBLED_KEY.search(key) and _above_zero(value) for key, value in detail.values)


def done(details: Iterable[Detail]) -> Mapping[str, int]:
    """Return how many were created, updated and deleted, for an action that counts those instead of rows."""
    found: dict[str, int] = {}
    for detail in details:
        numbers = _numbers(detail)
        if _counts(detail.type, numbers).unit not in (Unit.ROWS, Unit.CELLS):
            for name in ("created", "updated", "deleted"):
                if name in numbers:
                    found[name] = found.get(name, 0) + numbers[name]
    return found


def words_alone(details: Iterable[Detail]) -> tuple[tuple[str, int], ...]:
    """Return the trouble that a message's text counts while its figures say that there was none."""
    return tuple(
        (name, words[name])
        for detail in details
        for words, figures in ((_words(detail), _figures(detail)),)
        for name in _TROUBLE
        if words.get(name) and figures.get(name) == 0
    )


def unread_counts(messages: Iterable[Message | Detail]) -> tuple[tuple[str, str], ...]:
    """Return the counts that are not whole numbers, as pairs of key and unchanged value."""
    return tuple(
        (key, value)
        for message in messages
        for key, value in message.values
        if key in _NAMES and value is not None and whole_number(value) is None
    )


def balances(action: Action) -> tuple[Balance, ...]:
    """Return an action's counts as sums, one for each unit; empty ones are left out."""
    unread = unread_counts(action.messages)
    first, *others = action.tallies or (action.counts,)
    found = (balance(first, unread), *map(balance, others))
    return tuple(sum_ for sum_ in found if sum_.words)


def balance(counts: Counts, unread: Sequence[tuple[str, str]] = ()) -> Balance:
    """Return the rows (cells, users …) as a sum, or say why there is none.

    ``totalRowCount`` includes ignored rows (service.md §5.7: 95 = 90 ok + 5 ignored). ``unread`` are the
    counts that :func:`unread_counts` found: without them, no sum can be checked.
    """
    units = counts.unit.value.capitalize()
    if unread:
        said = ", ".join(f"{key} is {middle(value, _LONGEST_VALUE)!r}" for key, value in unread[:_NAMED])
        return Balance(f"{units} do not add up: {said}, which is no count", odd=True)
    parts = _parts(counts)
    said_of = [f"{number:,} {word}" for number, word in parts if number]
    if counts.total is None:
        return Balance(f"{units}: {', '.join(said_of)}" if said_of else "")
    if all(number is None for number, _ in parts):
        return Balance(f"{units} {counts.total:,}; what became of them is not said")
    if counts.balanced:
        summed = f" = {' + '.join(said_of)}" if said_of else ""
        return Balance(f"{units} {counts.total:,}{summed}")
    return Balance(f"{units} do not add up: {' + '.join(said_of) or '0'} is not {counts.total:,}", odd=True)


def brief(counts: Counts) -> str:
    """``4,980 rows ok, 3 ignored``; empty when there is nothing but zeros."""
    said = [(number, word) for number, word in _parts(counts) if number]
    units = [plural(number, counts.unit.one) for number, _ in said[:1]] + [f"{n:,}" for n, _ in said[1:]]
    return ", ".join(f"{number} {word}" for number, (_, word) in zip(units, said, strict=True))


def _parts(counts: Counts) -> tuple[tuple[int | None, str], ...]:
    """Return the parts of the total, with their words."""
    return (
        (counts.ok, "ok"),
        (counts.warnings, "with warnings"),
        (counts.failed, "rejected"),
        (counts.invalid_besides, "invalid"),
        (counts.ignored, "ignored"),
    )


def _numbers(detail: Detail) -> dict[str, int]:
    """Return a detail's counts: from its figures, and from its text what they leave out."""
    return {**_words(detail), **_figures(detail)}


def _figures(detail: Detail) -> dict[str, int]:
    return {
        _NAMES[key]: number
        for key, value in detail.values
        if key in _NAMES and (number := whole_number(value)) is not None
    }


def _words(detail: Detail) -> dict[str, int]:
    """Return the counts in the text of a summary; the text of a cause or a failure may hold any number."""
    cls = explain(detail.type, detail.text).cls
    sums_up = cls in (Class.COMPLETION, Class.PARTLY, Class.OTHER)
    return counts_in_words(detail.type, detail.text) if sums_up else {}


def _counts(code: str, numbers: Mapping[str, int]) -> Counts:
    """Return the counts of one detail, in the unit that it counts.

    A list import reports its rows and also the items that these created: they are the same and count once.
    """
    created = [numbers[name] for name in ("created", "updated") if name in numbers]
    rows = [numbers[name] for name in ("ok", "total") if name in numbers]
    family = next((unit for start, unit in _UNITS_BY_CODE if code.startswith(start)), None)
    if rows and (any(rows) or any(numbers.get(name) for name in _TROUBLE) or not any(created)):
        return _tally(numbers, numbers.get("ok"), Unit.ROWS)
    if "cells" in numbers:
        return _tally(numbers, numbers["cells"], Unit.CELLS)
    if created:
        return _tally(numbers, sum(created), family or Unit.ITEMS)
    if "deleted" in numbers:
        return _tally(numbers, numbers["deleted"], Unit.ITEMS)
    return _tally(numbers, None, family or Unit.ROWS)


def _tally(numbers: Mapping[str, int], ok: int | None, unit: Unit) -> Counts:
    return Counts(
        ok=ok,
        warnings=numbers.get("warnings"),
        failed=numbers.get("failed"),
        ignored=numbers.get("ignored"),
        total=numbers.get("total"),
        invalid=numbers.get("invalid"),
        unit=unit,
    )


def _added(one: Counts, other: Counts) -> Counts:
    """Add two counts of one unit."""
    return Counts(
        ok=_plus(one.ok, other.ok),
        warnings=_plus(one.warnings, other.warnings),
        failed=_plus(one.failed, other.failed),
        ignored=_plus(one.ignored, other.ignored),
        total=_plus(one.total, other.total),
        invalid=_plus(one.invalid, other.invalid),
        unit=one.unit,
    )


def _plus(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else one + other


def _gravity(counts: Counts) -> int:
    """Rank counts by their trouble: 0 is the gravest, counts without any come last."""
    return next((at for at, name in enumerate(_TROUBLE) if getattr(counts, name)), len(_TROUBLE))


def _above_zero(value: str | None) -> bool:
    """Whether a value is a number above zero, even one too long to be a count."""
    try:
        return float((value or "").strip()) > 0
    except ValueError:
        return False
