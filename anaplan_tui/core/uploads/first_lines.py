"""The beginning of a text as rows: what separates its columns, what they are called, how many rows follow."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from anaplan_tui.api.clean import clean
from anaplan_tui.core.marks import is_mark

SEPARATORS = (",", ";", "\t", "|")
_QUOTE = '"'
_LOOKED_AT = 5
"""Rows below the first line that decide between two separators."""


@dataclass(frozen=True, slots=True)
class FirstLines:
    """What the beginning of a text says of the whole."""

    separator: str | None
    """``None`` when there is one column only."""
    header: tuple[str, ...]
    """The cells of the header line, clean; empty when there is none."""
    columns: int
    rows: int
    """Rows of data in the beginning, blank ones left out; the last may be cut."""


def first_lines(
    text: str, header_row: int, *, expected: str | None = None, quote: str | None = None
) -> FirstLines:
    """Read ``text`` by the separator that explains it best.

    Args:
        header_row: counted from 1, and 0 when the first line is a row of data.
        expected: the separator that the import reads by; it is taken where others explain no more rows.
        quote: the text delimiter that the import reads by. Both are left aside unless one character each.
    """
    skipped = max(header_row, 1) - 1
    candidates: tuple[str, ...] = SEPARATORS
    if is_mark(expected) and expected not in candidates:
        candidates = (*SEPARATORS, expected)
    if not is_mark(quote) or quote in candidates:
        quote = _QUOTE
    candidates = tuple(one for one in candidates if one != quote)

    def fitness(separator: str) -> tuple[bool, int, bool, int]:
        """How well a separator explains the first line and those below it."""
        read = islice(_rows(text, separator, quote), skipped, skipped + 1 + _LOOKED_AT)
        first, *below = [*read] or [[]]
        alike = sum(len(row) == len(first) for row in below)
        return len(first) > 1, alike, separator == expected, len(first)

    separator = max(candidates, key=fitness)
    rows = islice(_rows(text, separator, quote), skipped, None)
    first = next(rows, [])
    below = sum(any(row) for row in rows)
    return FirstLines(
        separator if len(first) > 1 else None,
        tuple(clean(cell.strip()) for cell in first) if header_row else (),
        len(first),
        below if header_row else below + any(first),
    )


def _rows(text: str, separator: str, quote: str) -> Iterator[list[str]]:
    lines = io.StringIO(text.removeprefix("\ufeff"), newline="")
    return csv.reader(lines, delimiter=separator, quotechar=quote)
