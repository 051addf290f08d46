"""The beginning of a text as rows: what separates its columns, what they are called, how many rows follow."""

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from anaplan_tui.api.clean import MARK, clean, meant_by
from anaplan_tui.core.delimited import read_rows
from anaplan_tui.core.source_form import is_mark, is_no_quote

SEPARATORS = (",", ";", "\t", "|")
_CONTROLS = "".join(map(chr, (*range(1, 9), 0x0B, *range(0x0E, 0x20))))
"""Separators too, in files that were meant for machines."""
_QUOTE = '"'
_LOOKED_AT = 5
"""Rows below the first line that decide between two separators."""
_NO_TEXT = re.compile("[\udc80-\udcff]")
"""What Python makes of bytes that are no text."""


@dataclass(frozen=True, slots=True)
class OddCell:
    """A cell that holds bytes which are no text: its line, counted from 1, and what it is."""

    line: int
    column: str
    value: str


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
    passed_over: int
    """Rows below the header and above the first that the import reads, blank ones left out."""
    odd: tuple[OddCell, ...]


def first_lines(
    text: str,
    header_row: int,
    *,
    expected: str | None = None,
    quote: str | None = None,
    first_data_row: int = 0,
) -> FirstLines:
    """Read ``text`` by the separator that explains it best.

    Args:
        header_row: counted from 1, and 0 when the first line is a row of data.
        expected: the separator that the import reads by; it is taken where others explain no more rows.
        quote: the text delimiter that the import reads by, or `NO_QUOTE`. Both are left aside unless one
            character each.
        first_data_row: the first line that the import reads as data, counted from 1; 0: below the header.
    """
    skipped = max(header_row, 1) - 1
    candidates = (*SEPARATORS, *(sign for sign in _CONTROLS if sign in text))
    if is_mark(expected) and expected not in candidates:
        candidates = (*candidates, expected)
    if is_no_quote(quote):
        quote = None
    elif not is_mark(quote) or quote in candidates:
        quote = _QUOTE
    candidates = tuple(one for one in candidates if one != quote)

    def fitness(separator: str) -> tuple[bool, int, bool, int]:
        """How well a separator explains the first line and those below it."""
        read = islice(_rows(text, separator, quote), skipped, skipped + 1 + _LOOKED_AT)
        first, *below = [*read] or [[]]
        alike = sum(len(row) == len(first) for row in below)
        return len(first) > 1, alike, separator == expected, len(first)

    separator = max(candidates, key=fitness)
    numbered = islice(enumerate(_rows(text, separator, quote), 1), skipped, None)
    _number, first = next(numbered, (0, []))
    names = (*map(meant_by, first[:1]), *first[1:])
    header = tuple(clean(name.strip()) for name in names) if header_row else ()
    begins = max(first_data_row, header_row + 1)
    rows, passed_over, odd = 0, 0, list[OddCell]()
    for number, row in numbered if header_row else chain([(1, first)], numbered):
        odd += _odd_cells(number, row, header)
        if any(row):
            rows += number >= begins
            passed_over += number < begins
    return FirstLines(
        separator if len(first) > 1 else None, header, len(first), rows, passed_over, tuple(odd)
    )


def _odd_cells(number: int, row: Sequence[str], header: Sequence[str]) -> Iterator[OddCell]:
    for place, cell in enumerate(row):
        if _NO_TEXT.search(cell):
            name = header[place] if place < len(header) else f"column {place + 1}"
            yield OddCell(number, name, clean(cell))


def _rows(text: str, separator: str, quote: str | None) -> Iterator[list[str]]:
    lines = io.StringIO(text.lstrip(MARK), newline="")
    return read_rows(lines, separator, quote=quote)
