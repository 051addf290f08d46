"""The beginning of a text as rows: what separates its columns, what they are called, how many rows follow."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from anaplan_tui.api.clean import clean

SEPARATORS = (",", ";", "\t", "|")
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


def first_lines(text: str, header_row: int) -> FirstLines:
    """Read ``text``; ``header_row`` is counted from 1, and 0 when the first line is a row of data."""
    skipped = max(header_row, 1) - 1
    separator = max(SEPARATORS, key=lambda one: _fitness(text, one, skipped))
    rows = islice(_rows(text, separator), skipped, None)
    first = next(rows, [])
    below = sum(any(row) for row in rows)
    return FirstLines(
        separator if len(first) > 1 else None,
        tuple(clean(cell.strip()) for cell in first) if header_row else (),
        len(first),
        below if header_row else below + any(first),
    )


def _fitness(text: str, separator: str, skipped: int) -> tuple[bool, int, int]:
    """How well a separator explains the first line and those below it."""
    first, *below = [*islice(_rows(text, separator), skipped, skipped + 1 + _LOOKED_AT)] or [[]]
    return len(first) > 1, sum(len(row) == len(first) for row in below), len(first)


def _rows(text: str, separator: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=separator)
