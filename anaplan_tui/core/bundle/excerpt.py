"""The part of a dump that goes into a bundle: all of it, or its first rows, cut at the end of a row."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_LINE = 1 << 20
"""Most bytes of a line, or of a block, that are read at once."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The first ``bytes`` of a dump; all of it when ``rows`` is ``None``."""

    bytes: int
    total: int
    """Bytes of the dump on disk."""
    rows: int | None = None
    """Whole rows below the header line, when the dump is cut."""


def measure(path: Path, *, row_limit: int, bytes_limit: int) -> Excerpt | None:
    """Measure how much of ``path`` to take. At most ``bytes_limit`` bytes are taken whole, however many rows.

    Return ``None`` when it is gone or not a plain file. Reads at most ``bytes_limit``, twice; raises
    :class:`OSError`.
    """
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    if found.st_size <= bytes_limit:
        return Excerpt(found.st_size, found.st_size)
    with path.open("rb") as file:
        taken, rows = _whole_rows(file, row_limit, bytes_limit)
    return Excerpt(taken, found.st_size, rows)


def copy(path: Path, excerpt: Excerpt, target: IO[bytes]) -> int:
    """Write the excerpt to ``target`` and return the bytes written: fewer if the dump shrank.

    Raises ``OSError``.
    """
    left = excerpt.bytes
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(fd, "rb") as file:
        while left and (block := file.read(min(_LINE, left))):
            target.write(block)
            left -= len(block)
    return excerpt.bytes - left


def _whole_rows(file: IO[bytes], row_limit: int, bytes_limit: int) -> tuple[int, int]:
    """Return the bytes up to the last row that fits, header included, and the rows below the header.

    A line end inside quotes does not end a row, unless an unclosed quote would leave no row at all.
    """
    at = quoted_end = plain_end = quoted = plain = 0
    open_quote = False
    for line in _lines(file, bytes_limit):
        if quoted > row_limit:
            break
        at += len(line)
        open_quote ^= line.count(b'"') % 2 == 1
        if line.endswith((b"\n", b"\r")):
            plain, plain_end = (plain + 1, at) if plain <= row_limit else (plain, plain_end)
            if not open_quote:
                quoted, quoted_end = quoted + 1, at
    end, lines = (quoted_end, quoted) if quoted else (plain_end, plain)
    # The first line is the header.
    return end, max(lines - 1, 0)


def _lines(file: IO[bytes], bytes_limit: int) -> Iterator[bytes]:
    """Yield the lines in the first ``bytes_limit`` bytes; very long ones, and the last, in pieces."""
    has_line_feed = any(b"\n" in block for block in _blocks(file, bytes_limit))
    file.seek(0)
    left = bytes_limit
    while left and (piece := file.readline(min(_LINE, left))):
        left -= len(piece)
        # Where lines end in CR alone, readline sees the whole file as one line.
        yield from [piece] if has_line_feed else piece.splitlines(keepends=True)


def _blocks(file: IO[bytes], bytes_limit: int) -> Iterator[bytes]:
    left = bytes_limit
    while left and (block := file.read(min(_LINE, left))):
        left -= len(block)
        yield block
