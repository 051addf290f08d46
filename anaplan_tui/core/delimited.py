"""Delimited text by the csv module, without its limit.

The module refuses cells of more than 128 KB, by a setting of the whole process. A header line that is read by
another separator than its own is one such cell, so the limit is lifted for good wherever text is read.
"""

import csv
import sys
from collections.abc import Iterable, Iterator

from anaplan_tui.api.clean import MARK


def read_rows(
    lines: Iterable[str], delimiter: str, *, quote: str | None = '"', strict: bool = False
) -> Iterator[list[str]]:
    """The rows of a text, given line by line with their ends.

    Args:
        quote: what stands around cells; ``None``: nothing does, and quotes are like any other character.
        strict: a quote that is not closed, or closed too early, raises ``csv.Error``.
    """
    csv.field_size_limit(sys.maxsize)
    if quote is None:
        return csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE, strict=strict)
    return csv.reader(lines, delimiter=delimiter, quotechar=quote, strict=strict)


def read_joined_rows(lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    """The same for files that were put behind each other, each with its byte order mark.

    A mark before a quote would make it a sign like others, and the cell end at the next separator.
    """
    unmarked = _Unmarked(lines)
    for row in read_rows(unmarked, delimiter):
        yield row
        unmarked.begins_row = True


class _Unmarked:
    """Lines without the marks that stand before a quote where a row begins; whoever reads rows says where."""

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
    """A row, or its first line, without the marks that stand before a quote."""
    plain = row.lstrip(MARK)
    return plain if plain.startswith('"') else row
