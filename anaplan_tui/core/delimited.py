"""Delimited text by the csv module, without its limit.

The module refuses cells of more than 128 KB, by a setting of the whole process. A header line that is read by
another separator than its own is one such cell, so the limit is lifted for good wherever text is read.
"""

import csv
import sys
from collections.abc import Iterable, Iterator


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
