"""How a dump is laid out: encoding, delimiter and columns, judged by its first line alone.

Source values can hold commas, quotes and header words, so nothing below the first line is asked
(`anaplan-api.md` §7.5).
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

from anaplan_tui.core.triage.errors import NotADump, TriageError

HEAD_BYTES = 1 << 20
DELIMITERS = (",", "\t", ";")
_BOM = b"\xef\xbb\xbf"
_ERROR_COLUMN = re.compile(r"_error_\d+_", re.IGNORECASE)
_FETCH_AGAIN = "look at it in an editor, or fetch the dump again"
_CHOOSE_A_DUMP = "choose a failure dump: a CSV file with an _Error_1_ column"


@dataclass(frozen=True, slots=True)
class DumpShape:
    """Where everything stands in a dump. Positions count from 0."""

    encoding: str
    """`utf-8`, `utf-8-sig`, `cp1252` or `latin-1`; by the head of the file, `Triage` corrects it if
    later bytes differ."""
    delimiter: str
    newline: str
    """What ends the first line: LF, CRLF or CR; other records may end otherwise."""
    quoted: bool
    """Whether the header quotes its cells, as the service does."""
    header: tuple[str, ...]
    """Line 1, cell by cell, as it is in the file."""
    columns: tuple[str, ...]
    """`header` with each blank name replaced by `Column N`, N counted from 1 over the source's columns."""
    status: int | None
    line: int | None
    errors: tuple[int, ...]
    """The last run of neighbouring `_Error_n_` columns: a source may have columns so named itself."""
    source: tuple[int, ...]
    """The columns of the file that was imported."""
    data_start: int
    """Offset in bytes of the first byte behind the header line."""

    @property
    def source_columns(self) -> tuple[str, ...]:
        """The names of the source's own columns."""
        return tuple(self.columns[position] for position in self.source)


def sniff(path: Path) -> DumpShape:
    """Read the first line of a dump.

    Raises `NotADump` for an empty, binary or cut off file and for one without an error column, `TriageError`
    for a file that cannot be read.
    """
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise TriageError(
            f"{path.name} cannot be read: {error.strerror}", "check the path and its rights"
        ) from error
    return sniff_head(head)


def sniff_head(head: bytes, encoding: str | None = None) -> DumpShape:
    """`sniff` on the first `HEAD_BYTES` of a file; `encoding` overrules the guess."""
    if not head.removeprefix(_BOM).strip():
        raise NotADump("The file is empty", "the dump has no rows, or was not fetched: fetch it again", head)
    if b"\0" in head:
        raise NotADump("The file is binary, not a CSV", _CHOOSE_A_DUMP, head)
    encoding = encoding or _encoding(head)
    newline = b"\n" if b"\n" in head or b"\r" not in head else b"\r"
    end = _first_record_end(head, newline)
    if end is None:
        raise NotADump(
            "The file ends, or goes on without end, in the middle of its first line", _FETCH_AGAIN, head
        )
    try:
        first_line = head[:end].removeprefix(_BOM).decode(encoding)
    except UnicodeDecodeError:
        return sniff_head(head, next_encoding(encoding))
    delimiter, header = _split_header(first_line)
    return _lay_out(first_line, encoding, delimiter, header, end, head)


def _encoding(head: bytes) -> str:
    # The head may end inside a character: up to three bytes of one can be missing.
    for cut in range(4):
        try:
            head[: len(head) - cut].decode("utf-8")
        except UnicodeDecodeError:
            if len(head) < HEAD_BYTES:
                break
        else:
            return "utf-8-sig" if head.startswith(_BOM) else "utf-8"
    return next_encoding("utf-8")


def next_encoding(encoding: str) -> str:
    """In which encoding to read what is none of this one; Latin-1 takes any bytes."""
    return "latin-1" if encoding == "cp1252" else "cp1252"


def _first_record_end(head: bytes, newline: bytes) -> int | None:
    """Where the first line ends, line ends inside quotes left aside; None when it does not."""
    end, quotes = 0, 0
    while (found := head.find(newline, end)) >= 0:
        quotes += head.count(b'"', end, found)
        end = found + 1
        if quotes % 2 == 0:
            return end
    quotes += head.count(b'"', end)
    is_whole_file = len(head) < HEAD_BYTES
    return len(head) if is_whole_file and quotes % 2 == 0 else None


def _split_header(first_line: str) -> tuple[str, list[str]]:
    """The delimiter under which line 1 shows most of a dump's own columns, and its cells."""
    split = {
        delimiter: next(csv.reader(io.StringIO(first_line, newline=""), delimiter=delimiter), [])
        for delimiter in DELIMITERS
    }
    return max(split.items(), key=lambda item: (any(map(_is_error, item[1])), len(item[1])))


def _is_error(name: str) -> bool:
    return _ERROR_COLUMN.fullmatch(name.strip()) is not None


def _lay_out(
    first_line: str, encoding: str, delimiter: str, header: list[str], end: int, head: bytes
) -> DumpShape:
    last = max((position for position, name in enumerate(header) if _is_error(name)), default=None)
    if last is None:
        raise NotADump("The first line names no _Error_1_ column", _CHOOSE_A_DUMP, head)
    first = last
    while first > 0 and _is_error(header[first - 1]):
        first -= 1
    names = [name.strip().casefold() for name in header]
    status = names.index("_status_") if "_status_" in names else None
    line = max((position for position, name in enumerate(names) if name == "_line_"), default=None)
    errors = tuple(range(first, last + 1))
    source = tuple(position for position in range(len(header)) if position not in (status, line, *errors))
    columns = list(header)
    for number, position in enumerate(source, start=1):
        columns[position] = header[position].strip() or f"Column {number}"
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
