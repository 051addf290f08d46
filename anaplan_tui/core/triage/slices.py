"""A dump cut into slices of whole records, each in a form that DuckDB reads right.

DuckDB 2.0 was seen to lose rows silently, and to move bytes between cells, where a record crosses the border
of two of its buffers, in parallel and in serial mode; where line ends of several kinds meet; where blanks
stand between a quote and a delimiter; and where the last quote is not closed. So it is given one file in one
buffer, with line ends of one kind and quotes only around cells: that it reads as Python's csv module does, or
refuses (``tests/core/triage/test_against_csv.py``). A slice that cannot be had in this form is first
rewritten by the csv module.

The cut is a guess, by counting quotes. It is right by induction: a slice that starts on a record and is well
formed to its end ends on a record; any other is cut again by the csv module.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from anaplan_tui.api.clean import MARK
from anaplan_tui.core.delimited import read_joined_rows, read_rows, without_marks
from anaplan_tui.core.triage.disk import read_at
from anaplan_tui.core.triage.errors import NotADump
from anaplan_tui.core.triage.quoting import IllFormed, line_ends, may_have_blanks_at_quotes, well_formed
from anaplan_tui.core.triage.shape import DumpShape
from anaplan_tui.core.triage.stray import SEPARATOR, Texts, has_stray, is_plain

SLICE_BYTES = 8 << 20
MAX_GUESS_BYTES = 16 << 20
MAX_RECORD_BYTES = 64 << 20
WIDE_SLICE_BYTES = 1 << 20
"""The size of slices of packed rows: DuckDB holds 16 bytes beside each cell, and Python reads the rows."""
MAX_COLUMNS = 150
"""How many cells of a row are columns to DuckDB, which takes ever longer for more; wider rows are packed."""

_MARKED_ROW = re.compile(rb'(?:\A|[\r\n])(?:\xef\xbb\xbf)+"')
"""What begins a row where files were joined; found in the middle of a cell it costs time only."""
_ADVICE = "look at it in an editor, or fetch the dump again"
IN_A_CELL = "The file ends in the middle of a quoted cell"
IN_A_ROW = "The file ends in the middle of a row"


class Refused(Exception):
    """DuckDB does not take the bytes of a slice as a CSV."""


class WrongEncoding(Exception):
    """A slice is not all in the dump's encoding, which has to be judged by the whole dump."""


@dataclass(frozen=True, slots=True)
class Records:
    """The bytes of a slice as DuckDB gets them: UTF-8, with what stands between cells and ends lines."""

    raw: bytes
    delimiter: str
    line_end: str
    packed: bool = False
    """Each row is one cell, in which ``SEPARATOR`` stands between those of the dump."""
    has_stray: bool = False
    """The slice may hold bytes that are no text."""
    last: bytes = b""
    """A row that follows ``raw``, kept apart: a slice is long to copy."""

    @property
    def size(self) -> int:
        """In bytes."""
        return len(self.raw) + len(self.last)

    def followed_by(self, row: Sequence[str]) -> Records:
        """The same with one more row, of cells that need no quotes."""
        gap = "" if self.raw.endswith(b"\n") else self.line_end
        line = gap + (SEPARATOR if self.packed else self.delimiter).join(row) + self.line_end
        return replace(self, last=line.encode())


@dataclass(frozen=True, slots=True)
class Slice:
    """Whole records of the dump: ``size`` bytes from ``start``, read as rows of ``width`` cells."""

    start: int
    size: int
    width: int
    balanced: bool = False
    """It is known to hold an even number of quotes."""
    rewritten: bool = False
    """DuckDB refused the bytes as they are, so the csv module rewrites them at each reading."""

    @property
    def packed(self) -> bool:
        """Its rows are too wide to give each cell a column."""
        return self.width > MAX_COLUMNS

    @property
    def end(self) -> int:
        """Offset of the first byte behind the slice."""
        return self.start + self.size


class SliceReader:
    """Cuts an open dump, and hands out the bytes of a slice in the form that DuckDB reads.

    ``width`` is the number of cells expected in a row, with room for some undeclared errors; ``size`` is that
    of the file in bytes when it was opened. Unless the encoding ``is_settled``, bytes that are no text in it
    raise ``WrongEncoding``. Several threads may read at once.
    """

    def __init__(
        self,
        descriptor: int,
        size: int,
        shape: DumpShape,
        *,
        width: int,
        slice_bytes: int,
        is_settled: bool = True,
    ) -> None:
        self._descriptor = descriptor
        self._size = size
        self._delimiter = shape.delimiter
        self._texts = Texts(shape.read_as)
        self._line_end = shape.newline[-1:].encode()
        self._width = width
        self._slice_bytes = min(slice_bytes, WIDE_SLICE_BYTES) if width > MAX_COLUMNS else slice_bytes
        self._is_settled = is_settled
        self._error_column = shape.errors[0]
        self._ends_on_line = read_at(descriptor, 1, max(size - 1, 0)) in (b"\n", b"\r")
        self.cut_off = ""
        """Says where the file ends, when that is in the middle of a row; the row is not read."""

    def cut(self, start: int) -> Iterator[Slice]:
        """Slices from ``start``, which must be the start of a record, to the end of the file."""
        while start < self._size:
            size, balanced = self._guess(start)
            if not size:
                return
            yield Slice(start, size, self._width, balanced)
            start += size

    def _guess(self, start: int) -> tuple[int, bool]:
        """How long the slice at ``start`` should be, and whether its quotes are even.

        The length is 0 when the file has shrunk.
        """
        want = self._slice_bytes
        while True:
            block = read_at(self._descriptor, want, start)
            if start + len(block) >= self._size or len(block) < want:
                return len(block), False
            if size := _last_record_end(block, self._line_end):
                return size, True
            # No line end outside quotes: a long record, or a stray quote that made even quotes odd. Then any
            # line end will do, for DuckDB refuses such a slice and the csv module finds its end.
            if want >= MAX_GUESS_BYTES and (size := block.rfind(self._line_end) + 1):
                return size, False
            want *= 2
            if want > MAX_RECORD_BYTES:
                raise self._endless()

    def records(self, piece: Slice) -> Records:
        """A slice for DuckDB. Raises ``IllFormed`` where the csv module has to rewrite it."""
        raw = read_at(self._descriptor, piece.size, piece.start)
        utf8, strange = self._utf8(raw)
        if piece.packed or piece.rewritten:
            rows = self._rows(utf8.decode())
            rewritten = _packed(rows) if piece.packed else _rewritten(rows)
            return Records(rewritten, ",", "\n", piece.packed, strange)
        # One byte is found ten times as fast as three, and few texts hold it.
        if codecs.BOM_UTF8[:1] in utf8 and codecs.BOM_UTF8 in utf8 and _MARKED_ROW.search(utf8):
            raise IllFormed
        if utf8.startswith(codecs.BOM_UTF8):
            # At the start of a file DuckDB would drop these bytes as a mark; here they belong to a cell.
            utf8 = self._line_end + utf8
        if not piece.balanced and utf8.count(b'"') % 2:
            raise IllFormed
        line_end, has_mixed = line_ends(utf8)
        if has_mixed or may_have_blanks_at_quotes(utf8, self._delimiter.encode()):
            utf8, line_end = well_formed(utf8, self._delimiter.encode()), "\n"
        return Records(utf8, self._delimiter, line_end, has_stray=strange)

    def rows(self, piece: Slice) -> Iterator[list[str]]:
        """The records of a slice as the csv module reads them, blank lines left out."""
        return self._rows(self._texts.inside(read_at(self._descriptor, piece.size, piece.start)))

    def _rows(self, text: str) -> Iterator[list[str]]:
        read = read_joined_rows if MARK in text else read_rows
        return filter(None, read(io.StringIO(text, newline=""), self._delimiter))

    def _utf8(self, raw: bytes) -> tuple[bytes, bool]:
        """Bytes of the dump for the engine, and whether some of them may be no text.

        DuckDB itself looks only at the cells that it is asked for.
        """
        if self._texts.encoding == "utf-8" and is_plain(raw):
            return raw, False
        text = self._texts.inside(raw)
        strange = has_stray(text)
        if strange and not self._is_settled:
            raise WrongEncoding
        return text.encode(), strange

    def recut(self, piece: Slice) -> Slice:
        """A refused slice as the csv module measures it: at least as long, and ending on a record.

        Slices to come are read as wide as the widest row in it, unless that would have them packed. Where the
        file ends in the middle of a row, the slice ends before that row, and the file with the slice. Raises
        ``NotADump`` for a quote that is closed nowhere.
        """
        want = piece.size
        while True:
            raw = read_at(self._descriptor, want, piece.start)
            at_end = piece.start + len(raw) >= self._size
            consumed, width = self._measure(raw, piece, at_end=at_end)
            if consumed is not None:
                width = max(width, self._width)
                self._width = self._width if width > MAX_COLUMNS else width
                if self.cut_off:
                    self._size = piece.start + consumed
                return Slice(piece.start, consumed, width)
            want += self._slice_bytes
            if want > piece.size + MAX_RECORD_BYTES:
                raise self._endless()

    def without_cut_row(self, piece: Slice) -> Slice:
        """The slice, or a shorter one when it ends with the file, and the file in the middle of a row."""
        if self._ends_on_line or self.cut_off or piece.end < self._size:
            return piece
        shortened = self.recut(piece)
        return piece if shortened.end == piece.end else shortened

    def _measure(self, raw: bytes, piece: Slice, *, at_end: bool) -> tuple[int | None, int]:
        """Bytes up to the end of the first record that ends at or behind the slice's end (None: not here)."""
        lines = _CountedLines(self._texts.inside(raw), self._texts)
        reader = read_rows(lines, self._delimiter)
        width = 0
        try:
            for row in reader:
                # A reader that ran out of lines may have been given half a record.
                if lines.exhausted and not at_end:
                    return None, width
                width = max(width, len(row))
                if lines.consumed >= piece.size:
                    break
                lines.end_record()
            else:
                if not at_end:
                    return None, width
        except csv.Error as error:
            raise NotADump(f"The file is not a CSV: {error}", _ADVICE, self.head()) from error
        if at_end and lines.consumed >= len(raw):
            self.cut_off = self._how_cut_off(lines.last_record)
        return (lines.record_start if self.cut_off else lines.consumed), width

    def _how_cut_off(self, last_record: list[str]) -> str:
        """What is missing of the last record of the file; empty when nothing seems to be."""
        if _ends_in_quotes(last_record, self._delimiter):
            return IN_A_CELL
        if self._ends_on_line:
            return ""
        row = next(read_rows(last_record, self._delimiter), [])
        return IN_A_ROW if row not in ([], [""]) and len(row) <= self._error_column else ""

    def head(self) -> bytes:
        """How the file begins, for showing it."""
        return read_at(self._descriptor, 256, 0)

    def _endless(self) -> NotADump:
        limit = MAX_RECORD_BYTES >> 20
        return NotADump(
            f"A record is longer than {limit} MB: a quote is opened and never closed", _ADVICE, self.head()
        )


class _CountedLines:
    """The lines of a text, for a csv reader.

    Knows how many bytes the reader took, and the last record's lines.
    """

    def __init__(self, text: str, texts: Texts) -> None:
        self._lines = io.StringIO(text, newline="")
        self._texts = texts
        self.consumed = 0
        self.exhausted = False
        self.record_start = 0
        """Bytes before the last record."""
        self.last_record: list[str] = []

    def __iter__(self) -> _CountedLines:
        return self

    def __next__(self) -> str:
        line = self._lines.readline()
        if not line:
            self.exhausted = True
            raise StopIteration
        self.consumed += len(self._texts.raw(line))
        self.last_record.append(line if self.last_record else without_marks(line))
        return self.last_record[-1]

    def end_record(self) -> None:
        """The record is whole; the next line begins another."""
        self.record_start = self.consumed
        self.last_record.clear()


def _last_record_end(block: bytes, line_end: bytes) -> int:
    """The last line end outside quotes, as a length; 0 when there is none."""
    quotes = block.count(b'"')
    end = len(block)
    while (found := block.rfind(line_end, 0, end)) >= 0:
        quotes -= block.count(b'"', found, end)
        if quotes % 2 == 0:
            return found + 1
        end = found
    return 0


def _rewritten(rows: Iterable[Sequence[str]]) -> bytes:
    """The same cells, every one quoted and every line ended alike; comma separated."""
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()


def _packed(rows: Iterable[Sequence[str]]) -> bytes:
    """Each row as one cell."""
    return _rewritten((SEPARATOR.join(row),) for row in rows)


def _ends_in_quotes(record: list[str], delimiter: str) -> bool:
    try:
        list(read_rows(record, delimiter, strict=True))
    except csv.Error as error:
        return "unexpected end of data" in str(error)
    return False
