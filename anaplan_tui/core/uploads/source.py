"""What a file on disk is, judged by its beginning: may it be uploaded, and what does its header say?

Only the first :data:`HEAD_BYTES` are read, however large the file. Nothing here sends anything.
"""

import csv
import errno
import io
import os
import stat
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from anaplan_tui.api.clean import clean
from anaplan_tui.core.text import plural
from anaplan_tui.core.uploads.encodings import guess, words
from anaplan_tui.core.uploads.errors import refused

HEAD_BYTES = 64 * 1024
SEPARATORS = (",", ";", "\t", "|")

_CHOOSE = "Choose the text file that the import reads."
_SHOWN = 5
_LOOKED_AT = 5
"""Rows below the header that decide between two separators."""
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
    """What tells one state of a file on disk from another, short of reading it all."""

    device: int
    inode: int
    bytes: int
    mtime_ns: int

    @classmethod
    def of(cls, found: os.stat_result) -> "Stamp":
        return cls(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that can be uploaded, as its beginning shows it."""

    path: Path
    name: str
    """The file's name on disk, clean."""
    bytes: int
    encoding: str
    """A codec of Python; ``ascii`` while nothing but ASCII was seen."""
    separator: str | None
    """``None`` when the header line has one column only."""
    header: tuple[str, ...]
    """The cells of the header line, clean; empty when it could not be read."""
    problems: tuple[str, ...]
    """What looks odd but does not forbid an upload, one plain sentence each."""
    stamp: Stamp
    """The state that was looked at; :func:`~anaplan_tui.core.uploads.engine.upload` sends no other."""


def inspect(path: Path, *, header_row: int = 1) -> SourceFile:
    """Look at the start of ``path``. Blocks on the disk: call it in a thread.

    Args:
        header_row: the line that holds the column names, counted from 1, as the import says.

    Raises:
        UploadRefused: it is missing, empty, not a plain file, not readable or not text.
    """
    head, stamp = _head(path)
    _refuse_binary(path, head)
    whole = stamp.bytes <= HEAD_BYTES
    encoding = guess(head, whole=whole)
    if encoding is None:
        raise refused(path, "it is not text: its beginning is binary", _CHOOSE)
    text = head.decode(encoding, errors="ignore")
    if not text.strip("\ufeff \t\r\n"):
        raise refused(path, "it holds nothing but blank lines", _CHOOSE)
    separator, header, rows = _split(text, max(header_row, 1))
    problems = _problems(header, rows, separator, encoding, whole=whole)
    name = clean(path.name)
    return SourceFile(path, name, stamp.bytes, encoding, separator, header, problems, stamp)


def _head(path: Path) -> tuple[bytes, Stamp]:
    try:
        # Non-blocking: opening a pipe that nobody writes to would otherwise wait for ever.
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            found = os.fstat(fd)
            if stat.S_ISDIR(found.st_mode):
                raise refused(path, "it is a directory", _CHOOSE)
            if not stat.S_ISREG(found.st_mode):
                raise refused(path, "it is not a plain file", _CHOOSE)
            head = os.pread(fd, HEAD_BYTES, 0)
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


def _split(text: str, header_row: int) -> tuple[str | None, tuple[str, ...], int]:
    """Separator, header cells and how many of the rows below the header were seen."""
    ways = {separator: _rows(text, separator, header_row) for separator in SEPARATORS}

    def fitness(separator: str) -> tuple[bool, int, int]:
        header, below = ways[separator]
        return len(header) > 1, sum(len(row) == len(header) for row in below), len(header)

    best = max(SEPARATORS, key=fitness)
    header, below = ways[best]
    cells = tuple(clean(cell.strip()) for cell in header)
    return best if len(header) > 1 else None, cells, sum(map(bool, below))


def _rows(text: str, separator: str, header_row: int) -> tuple[list[str], list[list[str]]]:
    """The header's cells, and those of the first rows below it."""
    lines = io.StringIO(text.removeprefix("\ufeff"), newline="")
    reader = csv.reader(lines, delimiter=separator)
    header = next(islice(reader, header_row - 1, None), [])
    return header, list(islice(reader, _LOOKED_AT))


def _problems(
    header: tuple[str, ...], rows: int, separator: str | None, encoding: str, *, whole: bool
) -> tuple[str, ...]:
    found = []
    if not header:
        return ("The header line is missing: the file ends, or is blank, where it should stand.",)
    if separator is None:
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
    if not rows:
        found.append("There are no rows below the header line." if whole else "The header line does not end.")
    if encoding in ("latin-1", "cp1252"):
        found.append(f"The text is not UTF-8; it is read as {words(encoding)}.")
    return tuple(found)
