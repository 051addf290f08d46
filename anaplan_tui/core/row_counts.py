"""Counts of rows, as the service writes them into the details of a result, and whether they add up."""

from collections.abc import Iterable, Sequence

from anaplan_tui.api.schemas import Detail
from anaplan_tui.core.snapshots import Counts, Message
from anaplan_tui.core.text import middle

_COUNT_KEYS = {
    "successRowCount": "ok",
    "warningsRowCount": "warnings",
    "failedCount": "failed",
    "ignoredCount": "ignored",
    "totalRowCount": "total",
}
_NAMED = 3
_LONGEST_VALUE = 24

ODD_ROWS = "Rows do not add up"
"""How :func:`balance` begins when something is wrong with the counts."""


def count_rows(details: Iterable[Detail]) -> Counts:
    """Row counts from the ``values`` pairs, summed over details; what is not a whole number is left out."""
    sums: dict[str, int] = {}
    for detail in details:
        for key, value in detail.values:
            name, number = _COUNT_KEYS.get(key), whole_number(value)
            if name is not None and number is not None:
                sums[name] = sums.get(name, 0) + number
    return Counts(**sums)


def unread_counts(messages: Iterable[Message | Detail]) -> tuple[tuple[str, str], ...]:
    """The counts of rows that are no whole numbers, as they came: key and value."""
    return tuple(
        (key, value)
        for message in messages
        for key, value in message.values
        if key in _COUNT_KEYS and value is not None and whole_number(value) is None
    )


def balance(counts: Counts, unread: Sequence[tuple[str, str]] = ()) -> str:
    """The rows as a sum, or why there is none; empty when too little was said.

    ``totalRowCount`` counts ignored rows too (seeds/003: 95 = 90 ok + 5 ignored). ``unread`` are the counts
    that :func:`unread_counts` found: with one of them missing no sum can be right or wrong.
    """
    if unread:
        said = ", ".join(f"{key} is {middle(value, _LONGEST_VALUE)!r}" for key, value in unread[:_NAMED])
        return f"{ODD_ROWS}: {said}, which is no count"
    if counts.total is None:
        return ""
    parts = [
        (counts.ok, "ok"),
        (counts.warnings, "with warnings"),
        (counts.failed, "rejected"),
        (counts.ignored, "ignored"),
    ]
    said_of = [f"{number:,} {word}" for number, word in parts if number]
    if all(number is None for number, _ in parts):
        return f"Rows {counts.total:,}; what became of them is not said"
    if sum(number or 0 for number, _ in parts) == counts.total:
        return f"Rows {counts.total:,} = {' + '.join(said_of)}" if said_of else f"Rows {counts.total:,}"
    return f"{ODD_ROWS}: {' + '.join(said_of) or '0'} is not {counts.total:,}"


def whole_number(value: str | None) -> int | None:
    """A count as the service writes it (a string of digits), or ``None``."""
    text = (value or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 15 else None
