"""How a file of saved rows is written: as the dump is, or as the import that will read it expects.

A dump is comma separated and quoted whatever its source was (service.md §7.5), so rows that are to be
uploaded again have to be brought back into the form of the source.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from anaplan_tui.api.clean import clean, meant_by
from anaplan_tui.core.encodings import codec_of
from anaplan_tui.core.merging.lines import SavedForm
from anaplan_tui.core.source_form import SourceForm, is_mark, is_no_quote
from anaplan_tui.core.triage.odd_cells import CellPlaces
from anaplan_tui.core.triage.shape import DumpShape

_LOWEST_ROW = 10_000
_GENERATED = re.compile(r"Column \d+")
"""How the service names a column without a name."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Everything about a file but its rows."""

    header: tuple[str, ...]
    delimiter: str
    quote: str | None
    """None: no cell is quoted, whatever it holds."""
    quotes_all: bool
    encoding: str
    newline: str
    keeps_bytes: bool = True
    """Bytes that are no text in the dump are written as they came: the encoding is the dump's."""
    header_row: int = 1
    """The row of the header, with empty rows above it; 0 leaves the header out."""
    first_row: int = 0
    """The row in which the data begins, with empty rows above it; 0: right below the header."""

    @property
    def above_rows(self) -> list[tuple[str, ...]]:
        """What stands above the first row."""
        blank = ("",) * len(self.header)
        rows = [blank] * (self.header_row - 1) + [self.header] if self.header_row else []
        return rows + [blank] * (self.first_row - 1 - len(rows))

    @property
    def quoting(self) -> Literal[0, 1, 3]:
        """The csv module's constant for it."""
        if self.quote is None:
            return csv.QUOTE_NONE
        return csv.QUOTE_ALL if self.quotes_all else csv.QUOTE_MINIMAL

    @property
    def errors(self) -> str:
        """What to do with bytes that are no text, as codecs name it."""
        return "surrogateescape" if self.keeps_bytes else "strict"

    def needs_quotes(self, cell: str) -> bool:
        """Whether a cell would be read as several where nothing is quoted."""
        if self.quote is not None:
            return False
        is_blank_line = not cell and len(self.header) == 1
        return is_blank_line or any(mark in cell for mark in (self.delimiter, "\r", "\n"))

    def has_signs_for(self, cell: str) -> bool:
        """Whether the encoding can write a cell."""
        try:
            cell.encode(self.encoding, self.errors)
        except UnicodeEncodeError:
            return False
        return True


def as_dump(shape: DumpShape) -> Layout:
    """The layout of rows that are saved as they stand in the dump."""
    return Layout(
        header=shape.header,
        delimiter=shape.delimiter,
        quote='"',
        quotes_all=shape.quoted,
        encoding=shape.encoding,
        # By itself, the csv module quotes a line end in a cell only when it is the one that it writes.
        newline=shape.newline if shape.quoted else "\r\n",
    )


def as_source(shape: DumpShape, form: SourceForm | None = None) -> Layout:
    """The layout of rows to correct and upload; what ``form`` leaves open is as in the dump."""
    form = form or SourceForm()
    dump = as_dump(shape)
    delimiter = form.separator if is_mark(form.separator) else dump.delimiter
    encoding = _encoding(dump.encoding, form.encoding)
    return Layout(
        header=header_of(shape, form.header),
        delimiter=delimiter,
        quote=_quote(form.quote, delimiter),
        quotes_all=dump.quotes_all,
        encoding="utf-8-sig" if shape.source_has_mark and encoding == "utf-8" else encoding,
        newline=dump.newline,
        keeps_bytes=encoding == dump.encoding,
        header_row=_row(form.header_row, 1),
        first_row=_row(form.first_data_row, 0),
    )


def saved_form(layout: Layout) -> SavedForm:
    """The same layout, for whoever reads the corrected rows again."""
    return SavedForm(
        layout.header,
        layout.delimiter,
        layout.quote,
        layout.encoding,
        layout.header_row,
        len(layout.above_rows) + 1,
    )


def _quote(wanted: str | None, delimiter: str) -> str | None:
    if wanted == "" or is_no_quote(wanted):
        return None
    return wanted if is_mark(wanted) and wanted != delimiter else '"'


def header_of(shape: DumpShape, expected: Sequence[str]) -> tuple[str, ...]:
    """The source's column names, with the import's own in place of those that only the dump made up.

    The dump has the columns in the order of the imported file. The import's description may have another
    order, so it counts only where all the other names agree.
    """
    names = shape.source_columns
    if len(expected) != len(names):
        return names
    pairs = list(zip(names, expected, strict=True))
    # The model's names are cleaned already.
    if all(_GENERATED.fullmatch(name) or clean(name.strip()) == other.strip() for name, other in pairs):
        return tuple(other if _GENERATED.fullmatch(name) else name for name, other in pairs)
    return names


@dataclass(frozen=True, slots=True)
class Saved:
    """What came of saving rows for correction."""

    rows: int
    headers_left_out: int = 0
    """Header lines of the source that stood among the rows."""
    without_text: CellPlaces = field(default_factory=CellPlaces)
    """Cells that are no text, written with the bytes that they have in the dump."""


class HeaderTwin:
    """Knows the source's header line when it comes again as a row, as where files were joined."""

    def __init__(self, shape: DumpShape) -> None:
        self._wanted = [
            (name, "" if _GENERATED.fullmatch(name) else name)
            for name in (column.strip() for column in shape.source_columns)
        ]
        self._has_names = any(blank for _name, blank in self._wanted)

    def is_repeated(self, cells: Sequence[str]) -> bool:
        """Whether the source's own cells of a row are the names of the columns."""
        meant = (*map(meant_by, cells[:1]), *cells[1:])
        return self._has_names and all(
            cell.strip() in wanted for cell, wanted in zip(meant, self._wanted, strict=True)
        )


def _encoding(ours: str, wanted: str | None) -> str:
    """A codec for the encoding that the import reads; the dump's own where that is the same, or unknown."""
    codec = codec_of(wanted) if wanted else None
    if codec is None:
        return ours
    is_ours = codecs.lookup(ours.removesuffix("-sig")).name == codec.removesuffix("-sig")
    return ours if is_ours else codec


def _row(wanted: int | None, otherwise: int) -> int:
    """The wanted row, unless it is so far down that it must be a mistake: not worth a file of empty rows."""
    return otherwise if wanted is None or not 0 <= wanted <= _LOWEST_ROW else wanted
