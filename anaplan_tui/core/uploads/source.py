"""What a file on disk is, judged by its beginning: may it be uploaded, and what does its header say?

Only the first :data:`HEAD_BYTES` are read, however large the file. Nothing here sends anything.
"""

import errno
import os
import stat
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from anaplan_tui.api.clean import clean
from anaplan_tui.core.text import plural
from anaplan_tui.core.uploads.encodings import guess
from anaplan_tui.core.uploads.errors import refused
from anaplan_tui.core.uploads.first_lines import FirstLines, first_lines

HEAD_BYTES = 64 * 1024

_CHOOSE = "Choose the text file that the import reads."
_SHOWN = 5
_EXACT_DIGITS = 2
"""Of a number of rows that is judged by the beginning of a file."""
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
class RowCount:
    """How many rows of data a file has, blank ones left out."""

    number: int
    exact: bool
    """False when it is judged by the beginning of a large file."""

    def __str__(self) -> str:
        return plural(self.number, "row") if self.exact else f"about {plural(self.number, 'row')}"


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
    """The cells of the header line, clean; empty when it could not be read, or the import reads none."""
    columns: int
    rows: RowCount | None
    """``None`` when the beginning does not tell."""
    obstacles: tuple[str, ...]
    """Why an import would load nothing of it, one plain sentence each."""
    problems: tuple[str, ...]
    """What looks odd but does not forbid an upload, one plain sentence each."""
    stamp: Stamp
    """The state that was looked at; :func:`~anaplan_tui.core.uploads.engine.upload` sends no other."""


def inspect(
    path: Path,
    *,
    header_row: int = 1,
    encoding: str | None = None,
    separator: str | None = None,
    quote: str | None = None,
) -> SourceFile:
    """Look at the start of ``path``. Blocks on the disk: call it in a thread.

    What the import says it reads decides where the file's beginning alone leaves it open; a file that is
    clearly something else is reported as what it is.

    Args:
        header_row: the line that holds the column names, counted from 1, as the import says; 0 for none.
        encoding: the import's, a name by the service; one that nobody knows says nothing.
        separator: the import's.
        quote: the import's text delimiter; like a separator, left aside unless it is one character.

    Raises:
        UploadRefused: it is missing, empty, not a plain file, not readable or not text.
    """
    head, stamp = _head(path)
    _refuse_binary(path, head)
    whole = stamp.bytes <= HEAD_BYTES
    codec = guess(head, whole=whole, expected=encoding)
    if codec is None:
        raise refused(path, "it is not text: its beginning is binary", _CHOOSE)
    text = head.decode(codec, errors="ignore")
    if not text.strip("\ufeff \t\r\n"):
        raise refused(path, "it holds nothing but blank lines", _CHOOSE)
    lines = first_lines(text, header_row, expected=separator, quote=quote)
    obstacle = _obstacle(lines, whole=whole) if header_row else ""
    return SourceFile(
        path=path,
        name=clean(path.name),
        bytes=stamp.bytes,
        encoding=codec,
        separator=lines.separator,
        header=lines.header,
        columns=lines.columns,
        rows=_row_count(lines.rows, stamp.bytes, whole=whole),
        obstacles=(obstacle,) if obstacle else (),
        problems=_problems(lines),
        stamp=stamp,
    )


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


def _row_count(seen: int, file_bytes: int, *, whole: bool) -> RowCount | None:
    if whole:
        return RowCount(seen, exact=True)
    likely = seen * file_bytes // HEAD_BYTES
    if not likely:
        return None
    return RowCount(round(likely, _EXACT_DIGITS - len(str(likely))), exact=False)


def _obstacle(lines: FirstLines, *, whole: bool) -> str:
    if not lines.header:
        return "The header line is missing: the file ends, or is blank, where it should stand."
    if not lines.rows:
        return "There are no rows below the header line." if whole else "The header line does not end."
    return ""


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
