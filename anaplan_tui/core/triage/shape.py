"""How a dump is laid out: its delimiter and columns, judged by its first line alone, and its encoding.

Source values can hold commas, quotes and header words, so for the columns nothing below the first line counts
(service.md §7.5). The encoding is judged by the head of the file.
"""

from __future__ import annotations

import codecs
import io
import os
import re
from dataclasses import dataclass
from pathlib import Path

from anaplan_tui.api.clean import MARK, meant_by
from anaplan_tui.core.delimited import read_rows
from anaplan_tui.core.encodings import ANY_BYTES, Traces, guess, is_single, to_utf8
from anaplan_tui.core.triage.errors import NotADump, TriageError

HEAD_BYTES = 1 << 20
MAX_HEADER_BYTES = 64 << 20
DELIMITERS = (",", "\t", ";", "|")
_BEFORE_ERROR = re.compile(r'([^\w"\r\n\0])"?_Error_\d+_', re.IGNORECASE)
"""Whatever else separates the columns stands before one of the dump's own columns."""
_ERROR_COLUMN = re.compile(r"_error_\d+_", re.IGNORECASE)
_FETCH_AGAIN = "look at it in an editor, or fetch the dump again"
_CHOOSE_A_DUMP = "choose a failure dump: a CSV file with an _Error_1_ column"


@dataclass(frozen=True, slots=True)
class DumpShape:
    """Where everything stands in a dump. Positions count from 0."""

    encoding: str
    """A codec of Python, judged by the head of the file; ``Triage`` corrects it if later bytes differ. Some
    cells of a dump in UTF-8 may be no UTF-8."""
    delimiter: str
    newline: str
    """What ends the first line: LF, CRLF or CR; other records may end otherwise."""
    quoted: bool
    """Whether the header quotes its cells, as the service does."""
    header: tuple[str, ...]
    """Line 1, cell by cell, as it is in the file."""
    columns: tuple[str, ...]
    """``header`` with ``Column N`` for each blank name, N counted from 1 over the source's columns; the first
    of these has lost a byte order mark and the quotes behind it."""
    status: int | None
    line: int | None
    errors: tuple[int, ...]
    """The last run of neighbouring ``_Error_n_`` columns: a source may itself have columns named so."""
    source: tuple[int, ...]
    """The columns of the file that was imported."""
    data_start: int
    """Offset in bytes of the first byte behind the header line."""

    @property
    def read_as(self) -> str:
        """The encoding of the bytes that are worked on: UTF-8 for a dump that has to be copied into it."""
        return self.encoding if is_single(self.encoding) and self.encoding != "utf-8-sig" else "utf-8"

    @property
    def source_has_mark(self) -> bool:
        """The imported file begins with a byte order mark, which the service took for text."""
        return bool(self.source) and self.header[self.source[0]].lstrip().startswith(MARK)

    @property
    def source_columns(self) -> tuple[str, ...]:
        """The names of the source's own columns."""
        return tuple(self.columns[position] for position in self.source)


def sniff(path: Path, *, encoding: str | None = None) -> DumpShape:
    """Read the first line of a dump; ``encoding`` is the one that the import reads, where that is known.

    Raises ``NotADump`` for an empty, binary or cut off file and for one without an error column,
    ``TriageError`` for a file that cannot be read.
    """
    try:
        with path.open("rb") as file:
            return sniff_open(file.fileno(), expected=encoding)
    except OSError as error:
        raise TriageError(
            f"{path.name} cannot be read: {error.strerror}", "check the path and its rights"
        ) from error


def sniff_open(descriptor: int, *, expected: str | None = None, encoding: str | None = None) -> DumpShape:
    """``sniff`` on an open file; ``encoding`` overrules the guess. Raises ``OSError`` too."""
    size = HEAD_BYTES
    while True:
        head = os.pread(descriptor, size, 0)
        is_whole = len(head) < size
        if not _without_marks(head).strip():
            raise NotADump(
                "The file is empty", "the dump has no rows, or was not fetched: fetch it again", head
            )
        found = encoding or _encoding(head, is_whole=is_whole, expected=expected)
        shape = _sniff_head(head, found, is_whole=is_whole)
        if shape is not None:
            return shape
        if is_whole or size >= MAX_HEADER_BYTES:
            raise NotADump(
                "The file ends, or goes on without end, in the middle of its first line", _FETCH_AGAIN, head
            )
        size *= 2


def _sniff_head(head: bytes, encoding: str, *, is_whole: bool) -> DumpShape | None:
    """None when the first line does not end here."""
    raw = head if is_single(encoding) else to_utf8(head, encoding)
    newline = b"\n" if b"\n" in raw or b"\r" not in raw else b"\r"
    end = _first_record_end(raw, newline, is_whole=is_whole)
    if end is None:
        return None
    read_as = encoding if is_single(encoding) else "utf-8"
    first_line = _without_marks(raw[:end]).decode(read_as, "surrogateescape")
    delimiter, header = _split_header(first_line)
    return _lay_out(first_line, encoding, delimiter, header, end, head)


def _without_marks(raw: bytes) -> bytes:
    """Without the byte order mark: a file put together of others may begin with several."""
    while raw.startswith(codecs.BOM_UTF8):
        raw = raw[len(codecs.BOM_UTF8) :]
    return raw


def _encoding(head: bytes, *, is_whole: bool, expected: str | None) -> str:
    """The encoding of a head. Whatever its bytes, a file whose first line reads as a dump's is a dump."""
    found = guess(head, whole=is_whole, expected=expected)
    if found in ANY_BYTES:
        return Traces.of(head).codec
    return Traces.of(head).encoding if found in (None, "ascii", "utf-8") else found


def _first_record_end(head: bytes, newline: bytes, *, is_whole: bool) -> int | None:
    """Where the first line ends, line ends inside quotes left aside; None when it does not."""
    end, quotes = 0, 0
    while (found := head.find(newline, end)) >= 0:
        quotes += head.count(b'"', end, found)
        end = found + 1
        if quotes % 2 == 0:
            return end
    quotes += head.count(b'"', end)
    return len(head) if is_whole and quotes % 2 == 0 else None


def _split_header(first_line: str) -> tuple[str, list[str]]:
    """The delimiter under which line 1 has an error column and the most cells, and those cells."""
    delimiters = dict.fromkeys((*DELIMITERS, *_BEFORE_ERROR.findall(first_line)))
    split = {
        delimiter: next(read_rows(io.StringIO(_unmarked(first_line, delimiter), newline=""), delimiter), [])
        for delimiter in delimiters
    }
    return max(split.items(), key=lambda item: (any(map(_is_error, item[1])), len(item[1])))


def _unmarked(line: str, delimiter: str) -> str:
    """A header line in which the quote behind a source's byte order mark stands before it."""
    return line.replace(f'{delimiter}{MARK}"', f'{delimiter}"{MARK}') if MARK in line else line


def _is_error(name: str) -> bool:
    return _ERROR_COLUMN.fullmatch(name.strip()) is not None


def _lay_out(
    first_line: str, encoding: str, delimiter: str, header: list[str], end: int, head: bytes
) -> DumpShape:
    last = max((position for position, name in enumerate(header) if _is_error(name)), default=None)
    if last is None:
        if guess(head, whole=False) is None:
            raise NotADump("The file is binary, not a CSV", _CHOOSE_A_DUMP, head)
        raise NotADump("The first line names no _Error_1_ column", _CHOOSE_A_DUMP, head)
    first = last
    while first > 0 and _is_error(header[first - 1]):
        first -= 1
    names = [name.strip().casefold() for name in header]
    status = names.index("_status_") if "_status_" in names else None
    line = max((position for position, name in enumerate(names) if name == "_line_"), default=None)
    errors = tuple(range(first, last + 1))
    own = {status, line, *errors}
    source = tuple(position for position in range(len(header)) if position not in own)
    columns = list(header)
    for number, position in enumerate(source, start=1):
        name = header[position].strip()
        columns[position] = (meant_by(name) if number == 1 else name) or f"Column {number}"
    ending = first_line[len(first_line.rstrip("\r\n")) :]
    return DumpShape(
        encoding=encoding,
        delimiter=delimiter,
        newline=ending or "\n",
        quoted=first_line.startswith('"'),
        header=tuple(header),
        columns=tuple(columns),
        status=status,
        line=line,
        errors=errors,
        source=source,
        data_start=end,
    )
