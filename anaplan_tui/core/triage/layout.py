"""How a file of saved rows is written: as the dump is, or as the import that will read it expects.

A dump is comma separated and quoted whatever its source was (`anaplan-api.md` §7.5), so rows that are to be
uploaded again have to be brought back into the form of the source.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from anaplan_tui.core.marks import is_mark
from anaplan_tui.core.triage.shape import DumpShape

_GENERATED = re.compile(r"Column \d+")
"""How the service names a column without a name."""


@dataclass(frozen=True, slots=True)
class SourceForm:
    """An import's source as the model describes it (`anaplan-api.md` §3.1); ``None`` and empty where it
    does not say."""

    separator: str | None = None
    quote: str | None = None
    """The text delimiter."""
    encoding: str | None = None
    header: tuple[str, ...] = ()
    header_row: int | None = None
    """Counted from 1; 0 when the source has no header line."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Everything about a file but its rows."""

    header: tuple[str, ...]
    delimiter: str
    quote: str
    quotes_all: bool
    encoding: str
    newline: str
    header_row: int = 1
    """Where the header stands, with empty rows above it; 0: nowhere."""

    @property
    def above_rows(self) -> list[tuple[str, ...]]:
        """What stands above the first row."""
        if not self.header_row:
            return []
        return [("",) * len(self.header)] * (self.header_row - 1) + [self.header]

    @property
    def quoting(self) -> Literal[0, 1]:
        """As the csv module names it."""
        return csv.QUOTE_ALL if self.quotes_all else csv.QUOTE_MINIMAL


def as_dump(shape: DumpShape) -> Layout:
    """For rows that are saved as they stand in the dump."""
    return Layout(
        header=shape.header,
        delimiter=shape.delimiter,
        quote='"',
        quotes_all=shape.quoted,
        encoding=shape.encoding,
        # Left to itself the csv module would quote a line end in a cell only when it is like its own.
        newline=shape.newline if shape.quoted else "\r\n",
    )


def as_source(shape: DumpShape, form: SourceForm | None = None) -> Layout:
    """For rows that are to be corrected and uploaded; what ``form`` leaves open is as in the dump."""
    form = form or SourceForm()
    dump = as_dump(shape)
    delimiter = form.separator if is_mark(form.separator) else dump.delimiter
    quote = form.quote if is_mark(form.quote) and form.quote != delimiter else dump.quote
    return Layout(
        header=header_of(shape, form.header),
        delimiter=delimiter,
        quote=quote,
        quotes_all=dump.quotes_all,
        encoding=_encoding(dump.encoding, form.encoding),
        newline=dump.newline,
        header_row=_row(form.header_row),
    )


def header_of(shape: DumpShape, expected: Sequence[str]) -> tuple[str, ...]:
    """The source's column names; those that only the dump made up are replaced by the import's own.

    The dump shows the columns in the order of the file that was imported, which the import's description
    need not be: it is asked only where all the other names agree.
    """
    names = shape.source_columns
    if len(expected) != len(names):
        return names
    pairs = list(zip(names, expected, strict=True))
    if all(_GENERATED.fullmatch(name) or name.strip() == other.strip() for name, other in pairs):
        return tuple(other if _GENERATED.fullmatch(name) else name for name, other in pairs)
    return names


@dataclass(frozen=True, slots=True)
class Saved:
    """What came of saving rows for correction."""

    rows: int
    headers_left_out: int = 0
    """Header lines of the source that stood among the rows."""
    encoding: str = ""
    """Set when the import's encoding has no sign for a cell: the one that was used instead."""


class HeaderTwin:
    """Knows the source's header line when it comes again as a row: files joined below each other have it."""

    def __init__(self, shape: DumpShape) -> None:
        self._wanted = [
            (name, "" if _GENERATED.fullmatch(name) else name)
            for name in (column.strip() for column in shape.source_columns)
        ]
        self._has_names = any(blank for _name, blank in self._wanted)

    def is_repeated(self, cells: Sequence[str]) -> bool:
        """Whether the source's own cells of a row are the names of the columns."""
        return self._has_names and all(
            cell.strip() in wanted for cell, wanted in zip(cells, self._wanted, strict=True)
        )


def _encoding(ours: str, wanted: str | None) -> str:
    """A codec for the encoding that the import reads; the dump's own where it is that, or nobody knows."""
    try:
        codec = codecs.lookup(wanted).name if wanted else ours
    except LookupError:
        return ours
    return ours if ours.removesuffix("-sig") == codec.removesuffix("-sig") else codec


def _row(wanted: int | None) -> int:
    """A header far down is no header, and not worth a file of empty rows."""
    return 1 if wanted is None or not 0 <= wanted <= 100 else wanted
