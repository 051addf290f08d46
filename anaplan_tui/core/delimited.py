"""Read CSV and other delimited text with the csv module, without its limit on the size of a cell.

The module refuses cells of more than 128 KB; the limit is a setting of the whole process. A header line that
is read with the wrong separator is one such cell, so reading any text here lifts the limit for good.
"""

import csv
import sys
from collections.abc import Iterable, Iterator

from anaplan_tui.api.clean import MARK


def read_rows(
    lines: Iterable[str], delimiter: str, *, quote: str | None = '"', strict: bool = False
) -> Iterator[list[str]]:
    """Return the rows of a text, which is given line by line, line ends included.

    Args:
        quote: the character around cells; with ``None`` cells are unquoted, and quotes are like any other
            character.
        strict: raise ``csv.Error`` for a quote that is never closed, or closed too early.
    """
    csv.field_size_limit(sys.maxsize)
    if quote is None:
        return csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE, strict=strict)
    return csv.reader(lines, delimiter=delimiter, quotechar=quote, strict=strict)


def read_joined_rows(lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    """Yield the rows of concatenated files, each with its own byte order mark.

    A mark before a quote would make the quote an ordinary character and end the cell at the next separator.
    """
    unmarked = _Unmarked(lines)
    for row in read_rows(unmarked, delimiter):
        yield row
        unmarked.begins_row = True


class _Unmarked:
    """Lines without the marks before a quote at a row's beginning; the reader says where a row begins."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self.begins_row = True

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        if self.begins_row:
            line = without_marks(line)
            self.begins_row = False
        return line


def without_marks(row: str) -> str:
    """Return a row, or its first line, without byte order marks before a quote."""
    plain = row.lstrip(MARK)
    return plain if plain.startswith('"') else row
