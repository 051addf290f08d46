"""Inspect a source file on disk by its beginning: format, encoding, header, rows, and obstacles to an upload.

Only the first :data:`HEAD_BYTES` are read, however large the file, unless its first rows are longer. Nothing
is sent.
"""

import errno
import os
import stat
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from anaplan_tui.api.clean import clean
from anaplan_tui.core.encodings import guess
from anaplan_tui.core.text import middle, plural
from anaplan_tui.core.uploads.errors import refused
from anaplan_tui.core.uploads.first_lines import FirstLines, OddCell, first_lines

HEAD_BYTES = 64 * 1024
MOST_HEAD_BYTES = 64 << 20
"""Most bytes read if the header line and a row below it are longer."""

_CHOOSE = "Choose the text file that the import reads."
_SHOWN = 5
_NAME_WIDTH = 40
_EXACT_DIGITS = 2
"""Significant digits of a row count that is estimated from the beginning of a file."""
_FORMATS = (
    (b"PK\x03\x04", "a zip archive or an Office workbook", "Save the sheet as CSV, or unpack the archive."),
    (b"\xd0\xcf\x11\xe0", "an Office workbook", "Save the sheet as CSV."),
    (
        b"\x1f\x8b",
        "compressed with gzip",
        "Unpack it first; chunks are compressed on their way by themselves.",
    ),
    (b"%PDF", "a PDF document", _CHOOSE),
)
_ERRORS = {
    errno.ENOENT: "there is no such file",
    errno.EACCES: "this user may not read it",
    errno.EPERM: "this user may not read it",
    errno.ENOTDIR: "a part of the path is not a directory",
    errno.ELOOP: "its symbolic links lead in a circle",
    errno.ENAMETOOLONG: "the path is too long for this file system",
}


@dataclass(frozen=True, slots=True)
class Stamp:
    """Identifies one state of a file on disk without reading all of it."""

    device: int
    inode: int
    bytes: int
    mtime_ns: int

    @classmethod
    def of(cls, found: os.stat_result) -> "Stamp":
        """The stamp of a file from its ``stat`` result."""
        return cls(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


@dataclass(frozen=True, slots=True)
class RowCount:
    """The number of data rows in a file, without blank ones."""

    number: int
    exact: bool
    """False if it is estimated from the beginning of a large file."""

    def __str__(self) -> str:
        return plural(self.number, "row") if self.exact else f"about {plural(self.number, 'row')}"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that can be uploaded, judged by its beginning."""

    path: Path
    name: str
    """The file's name on disk, clean."""
    bytes: int
    encoding: str
    """A Python codec; ``ascii`` if nothing but ASCII was seen."""
    separator: str | None
    """``None`` if the header line has only one column."""
    header: tuple[str, ...]
    """The cells of the header line, clean; empty if it could not be read or the import reads none."""
    columns: int
    rows: RowCount | None
    """``None`` if the beginning gives no estimate."""
    obstacles: tuple[str, ...]
    """Plain sentences saying why an import would load nothing of it."""
    problems: tuple[str, ...]
    """Plain sentences about oddities that do not prevent an upload."""
    stamp: Stamp
    """The state that was inspected; :func:`~anaplan_tui.core.uploads.engine.upload` sends no other."""


def inspect(
    path: Path,
    *,
    header_row: int = 1,
    encoding: str | None = None,
    separator: str | None = None,
    quote: str | None = None,
    first_data_row: int | None = None,
) -> SourceFile:
    """Inspect the beginning of ``path``. Blocks on the disk: call it in a thread.

    If the beginning is ambiguous, the import's expectations decide; a file that is clearly something else is
    reported as what it is.

    Args:
        header_row: the import's header line, counted from 1; 0 for none.
        encoding: the import's encoding, as the service names it; an unknown name is ignored.
        separator: the import's separator; ignored unless it is one character.
        quote: the import's text delimiter; ignored unless it is one character or `NO_QUOTE`.
        first_data_row: the first line that the import reads as data, counted from 1.

    Raises:
        UploadRefused: it is missing, empty, not a plain file, not readable or not text.
    """
    size = HEAD_BYTES
    while True:
        beginning = _beginning(path, size, encoding)
        lines = first_lines(
            beginning.text, header_row, expected=separator, quote=quote, first_data_row=first_data_row or 0
        )
        if lines.rows or beginning.whole or size >= MOST_HEAD_BYTES:
            break
        size *= 4
    begins = first_data_row if first_data_row and first_data_row > header_row + 1 else None
    # A line of such a length is not a one-line file, but a line that does not end.
    endless = not lines.rows and beginning.bytes > HEAD_BYTES and not beginning.text.endswith(("\n", "\r"))
    obstacle = _obstacle(lines, begins, endless=endless) if header_row or begins else ""
    return SourceFile(
        path=path,
        name=clean(path.name),
        bytes=beginning.stamp.bytes,
        encoding=beginning.encoding,
        separator=lines.separator,
        header=lines.header,
        columns=lines.columns,
        rows=None if endless else _row_count(lines.rows, beginning),
        obstacles=(obstacle,) if obstacle else (),
        problems=(*_problems(lines), *_row_problems(lines, begins, whole=beginning.whole)),
        stamp=beginning.stamp,
    )


@dataclass(frozen=True, slots=True)
class _Beginning:
    """The beginning of a file."""

    text: str
    """Bytes that are not UTF-8 appear as lone surrogates."""
    encoding: str
    bytes: int
    stamp: Stamp

    @property
    def whole(self) -> bool:
        return self.stamp.bytes <= self.bytes


def _beginning(path: Path, size: int, expected: str | None) -> _Beginning:
    head, stamp = _head(path, size)
    _refuse_binary(path, head)
    codec = guess(head, whole=stamp.bytes <= len(head), expected=expected)
    if codec is None:
        raise refused(path, "it is not text: its beginning is binary", _CHOOSE)
    text = head.decode(codec, errors="surrogateescape" if codec.startswith("utf-8") else "ignore")
    if not text.strip("\ufeff \t\r\n"):
        raise refused(path, "it holds nothing but blank lines", _CHOOSE)
    return _Beginning(text, codec, len(head), stamp)


def _head(path: Path, size: int) -> tuple[bytes, Stamp]:
    try:
        # Non-blocking: otherwise opening a pipe without a writer would wait forever.
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            found = os.fstat(fd)
            if stat.S_ISDIR(found.st_mode):
                raise refused(path, "it is a directory", _CHOOSE)
            if not stat.S_ISREG(found.st_mode):
                raise refused(path, "it is not a plain file", _CHOOSE)
            head = os.pread(fd, size, 0)
        finally:
            os.close(fd)
    except OSError as error:
        said = _ERRORS.get(error.errno or 0, error.strerror or "the file system refused")
        raise refused(path, said, "Check the path and its rights.") from error
    if not head:
        raise refused(path, "it is empty", "Check what should have written it.")
    return head, Stamp.of(found)


def _refuse_binary(path: Path, head: bytes) -> None:
    for magic, what, advice in _FORMATS:
        if head.startswith(magic):
            raise refused(path, f"it is {what}, not text", advice)


def _row_count(seen: int, beginning: _Beginning) -> RowCount | None:
    if beginning.whole:
        return RowCount(seen, exact=True)
    likely = seen * beginning.stamp.bytes // beginning.bytes
    if not likely:
        return None
    return RowCount(round(likely, _EXACT_DIGITS - len(str(likely))), exact=False)


def _obstacle(lines: FirstLines, begins: int | None, *, endless: bool) -> str:
    if endless:
        return "The header line does not end."
    if not lines.columns:
        return "The header line is missing: the file ends, or is blank, where it should stand."
    if lines.rows:
        return ""
    if begins and lines.passed_over:
        return f"There are no rows from line {begins:,} on, where the import begins to read them."
    return "There are no rows below the header line."


def _row_problems(lines: FirstLines, begins: int | None, *, whole: bool) -> Iterator[str]:
    if lines.rows and lines.passed_over:
        rows = f"{plural(lines.passed_over, 'row')} above {'is' if lines.passed_over == 1 else 'are'}"
        yield f"The import reads rows from line {begins:,} on: {rows} not loaded."
    # The last cell of an incomplete beginning may end in the middle of a character.
    odd = lines.odd if whole else lines.odd[:-1]
    if odd:
        holds = f"{plural(len(odd), 'cell')} {'holds' if len(odd) == 1 else 'hold'}"
        where = "" if whole else " in the beginning of the file"
        said = ", ".join(map(_place, odd[:_SHOWN]))
        more = f" and {len(odd) - _SHOWN} more" if len(odd) > _SHOWN else ""
        yield f"{holds} bytes that are no UTF-8{where}: {said}{more}."


def _place(cell: OddCell) -> str:
    return f"line {cell.line:,}, {middle(cell.column, _NAME_WIDTH)} ({middle(cell.value, _NAME_WIDTH)})"


def _problems(lines: FirstLines) -> tuple[str, ...]:
    found, header = [], lines.header
    if header and lines.separator is None:
        found.append("The header line has one column only: no comma, semicolon, tab or bar separates it.")
    blanks = sum(1 for name in header if not name)
    if blanks:
        found.append(
            f"{plural(blanks, 'column')} in the header line {'has' if blanks == 1 else 'have'} no name."
        )
    twice = [name for name, times in Counter(header).items() if name and times > 1]
    if twice:
        more = f" and {len(twice) - _SHOWN} more" if len(twice) > _SHOWN else ""
        found.append(f"Column names stand more than once: {', '.join(twice[:_SHOWN])}{more}.")
    return tuple(found)
