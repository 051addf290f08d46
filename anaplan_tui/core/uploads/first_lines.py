"""Parse the beginning of a text as rows: detect the separator, read column names, count rows."""

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
"""Possible separators too, in files made for machines."""
_QUOTE = '"'
_LOOKED_AT = 5
"""Rows below the first line that decide between two separators."""
_NO_TEXT = re.compile("[\udc80-\udcff]")
"""Lone surrogates: Python's substitute for undecodable bytes."""


@dataclass(frozen=True, slots=True)
class OddCell:
    """A cell with undecodable bytes."""

    line: int
    """The row's number, counted from 1."""
    column: str
    value: str


@dataclass(frozen=True, slots=True)
class FirstLines:
    """The structure of a text, judged by its beginning."""

    separator: str | None
    """``None`` if there is only one column."""
    header: tuple[str, ...]
    """The cells of the header line, clean; empty if there is none."""
    columns: int
    rows: int
    """Data rows in the beginning, without blank ones; the last may be cut short."""
    passed_over: int
    """Rows between the header and the first one that the import reads, without blank ones."""
    odd: tuple[OddCell, ...]


def first_lines(
    text: str,
    header_row: int,
    *,
    expected: str | None = None,
    quote: str | None = None,
    first_data_row: int = 0,
) -> FirstLines:
    """Read ``text`` with the separator that explains it best.

    Args:
        header_row: counted from 1; 0 if the first line is data.
        expected: the import's separator; it wins unless another one explains more rows.
        quote: the import's text delimiter, or `NO_QUOTE`. Like ``expected``, it is ignored unless it is one
            character.
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
        """Rate how well a separator explains the first line and those below it."""
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
