"""Split a delimited text file into records with their raw bytes, so that untouched ones are copied exactly.

Records are split the way the csv module reads them: a quote opens a cell only at its beginning, and lines end
in LF, CR LF or CR.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from anaplan_tui.api.clean import MARK
from anaplan_tui.core.delimited import read_rows
from anaplan_tui.core.encodings import codec_of, is_wide
from anaplan_tui.core.merging.errors import MergeRefused

_BLOCK = 1 << 20
_LONGEST = 64 << 20
"""Most bytes of a record; a longer one has an unclosed quote or is not text in lines."""
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


@dataclass(frozen=True, slots=True)
class Form:
    """The form of a delimited text: Python codec, separator and quote character (None: no quoting)."""

    encoding: str
    separator: str
    quote: str | None = '"'

    @property
    def codec(self) -> str:
        """The codec that keeps a byte order mark in the text."""
        return (codec_of(self.encoding) or "utf-8").removesuffix("-sig")

    def decode(self, raw: bytes) -> str:
        """Decode bytes. Undecodable ones become lone surrogates; in UTF-16 and UTF-32 they may also raise."""
        return raw.decode(self.codec, self._errors)

    def encode(self, text: str) -> bytes:
        """Encode text. Raises ``UnicodeEncodeError`` for a character that the encoding lacks."""
        return text.encode(self.codec, self._errors)

    @property
    def _errors(self) -> str:
        return "surrogatepass" if is_wide(self.codec) else "surrogateescape"

    def cells(self, text: str) -> tuple[str, ...]:
        """The cells of one record, without byte order marks before it."""
        lines = io.StringIO(text.lstrip(MARK), newline="")
        return tuple(next(read_rows(lines, self.separator, quote=self.quote), ()))


@dataclass(frozen=True, slots=True)
class CsvRecord:
    """One record: its position by every way of counting, and its bytes including the line end.

    It is not documented whether ``_Line_`` counts records or lines, and whether blank ones count. It makes a
    difference where cells hold line ends or lines are blank.
    """

    offset: int
    raw: bytes
    number: int
    """The record's number from 1, counting blank ones."""
    line: int
    """The line in which it begins, from 1."""
    filled: int
    """The record's number from 1, not counting blank ones; 0 for a blank one."""


def split_end(text: str) -> tuple[str, str]:
    """Split a record into its text and its line end, which may be empty at the end of the file."""
    body = text.rstrip("\r\n") if not text.endswith(("\r\n", "\n", "\r")) else text[: -_end(text)]
    return body, text[len(body) :]


def _end(text: str) -> int:
    return 2 if text.endswith("\r\n") else 1


def records(file: IO[bytes], form: Form) -> Iterator[CsvRecord]:
    """Yield the records of a file, one at a time.

    Raises:
        MergeRefused: a record does not end, or the bytes are not in this encoding.
    """
    lines = _lines(file, form)
    quote = form.encode(form.quote) if form.quote else b""
    offset, line, filled = 0, 1, 0
    for number, raw in enumerate(lines, 1):
        taken = 1
        if quote and quote in raw:
            raw, taken = _whole(raw, lines, form)
        is_blank = not raw.strip(b"\r\n\0") if len(raw) < 9 else False
        filled += not is_blank
        yield CsvRecord(offset, raw, number, line, 0 if is_blank else filled)
        offset += len(raw)
        line += taken


def _whole(first: bytes, lines: Iterator[bytes], form: Form) -> tuple[bytes, int]:
    """Read a whole record from its first line on; return it and its number of lines."""
    parts: list[bytes] = []
    size = 0

    def read() -> Iterator[str]:
        nonlocal size
        raw: bytes | None = first
        while raw is not None:
            size += len(raw)
            if size > _LONGEST:
                raise MergeRefused("a quote in the source is not closed", "Look at the source in an editor.")
            parts.append(raw)
            text = form.decode(raw)
            yield text.lstrip(MARK) if len(parts) == 1 else text
            raw = next(lines, None)

    try:
        next(read_rows(read(), form.separator, quote=form.quote), None)
    except csv.Error as error:
        raise MergeRefused(
            f"the source is no delimited text ({error})", "Look at it in an editor."
        ) from error
    return b"".join(parts), len(parts)


def _lines(file: IO[bytes], form: Form) -> Iterator[bytes]:
    """Yield the lines with their ends, as bytes."""
    if is_wide(form.codec):
        yield from _wide_lines(file, form)
        return
    rest = b""
    while block := file.read(_BLOCK):
        rest += block
        _refuse_endless(len(rest))
        lines = rest.splitlines(keepends=True)
        # A CR at the end may be half of a CR LF.
        rest = lines.pop() if not rest.endswith(b"\n") else b""
        yield from lines
    if rest:
        yield rest


def _wide_lines(file: IO[bytes], form: Form) -> Iterator[bytes]:
    rest = b""
    while block := file.read(_BLOCK):
        rest += block
        _refuse_endless(len(rest))
        try:
            text = form.decode(rest[: len(rest) // 4 * 4])
        except UnicodeDecodeError:
            # A surrogate pair may be cut in half; the next block has the rest.
            continue
        found = _LINE.findall(text)
        kept = "" if text.endswith("\n") or not found else found.pop()
        tail = rest[len(rest) // 4 * 4 :]
        rest = form.encode(kept) + tail
        yield from map(form.encode, found)
    try:
        found = _LINE.findall(form.decode(rest))
    except UnicodeDecodeError as error:
        raise MergeRefused("the source is not all in its encoding", "Look at it in an editor.") from error
    yield from map(form.encode, found)


def _refuse_endless(size: int) -> None:
    if size > _LONGEST:
        raise MergeRefused("a line of the source does not end", "Look at it in an editor.")
