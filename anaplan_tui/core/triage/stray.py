"""Bytes of a dump that are no text in its encoding, on their way through DuckDB, which takes UTF-8 only.

Inside the engine each such byte is a character of a block that Unicode gives no meaning to. Characters of
that block that a dump does hold are taken apart into bytes too, so that none is mistaken for another.
Outside, the bytes are what Python makes of them everywhere (``surrogateescape``).
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

SEPARATOR = "\U0010f800"
"""Stands in no text of the engine, so it can part the cells of a row."""
_FIRST = ord(SEPARATOR)
_BLOCK = re.compile("[\U0010f800-\U0010f8ff]")
_INSIDE = {0xDC00 + byte: _FIRST + byte for byte in range(0x80, 0x100)}
_OUTSIDE = {inside: outside for outside, inside in _INSIDE.items()}
_PIECE = 64 * 1024
_LEAD = b"\xf4"
"""What the characters of the block begin with in UTF-8; hardly any others do, and one byte is found fast."""


def has_stray(text: str) -> bool:
    """Whether a text inside the engine holds bytes, or what had to be taken apart into bytes."""
    return not text.isascii() and _BLOCK.search(text) is not None


def is_plain(raw: bytes) -> bool:
    """Whether bytes are UTF-8 that is the same inside the engine as outside."""
    if raw.isascii():
        return True
    return _LEAD not in raw and _is_utf8(raw)


def _is_utf8(raw: bytes) -> bool:
    """Decode piece by piece: a text as long as a slice would need new memory, which costs the most."""
    view, at = memoryview(raw), 0
    while at < len(view):
        piece = view[at : at + _PIECE]
        try:
            _text, used = codecs.utf_8_decode(piece, "strict", at + len(piece) == len(view))
        except UnicodeDecodeError:
            return False
        at += used
    return True


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of a dump in its encoding: UTF-8, or one that extends ASCII with one byte a character."""

    encoding: str

    def inside(self, raw: bytes) -> str:
        """Bytes of the dump as text inside the engine."""
        text = raw.decode(self.encoding, "surrogateescape")
        if text.isascii():
            return text
        if _BLOCK.search(text):
            text = _BLOCK.sub(lambda found: self._in_bytes(found[0]), text)
        return text.translate(_INSIDE) if _is_escaped(text) else text

    def raw(self, text: str) -> bytes:
        """The bytes of the dump that a text inside the engine stands for."""
        return self._escaped(text).encode(self.encoding, "surrogateescape")

    def outside(self, text: str) -> str:
        """A text of the engine for the world, which sees what is no text as lone surrogates."""
        return self.raw(text).decode(self.encoding, "surrogateescape") if has_stray(text) else text

    def from_outside(self, text: str) -> str:
        """The reverse of ``outside``; what the encoding has no sign for stays as it is."""
        try:
            return self.inside(text.encode(self.encoding, "surrogateescape"))
        except UnicodeEncodeError:
            return text

    def is_text(self, text: str) -> bool:
        """Whether a text of the engine is text throughout, without a byte that is none."""
        return not has_stray(text) or not _is_escaped(self.outside(text))

    def _escaped(self, text: str) -> str:
        return text.translate(_OUTSIDE) if has_stray(text) else text

    def _in_bytes(self, sign: str) -> str:
        return sign.encode(self.encoding).decode("ascii", "surrogateescape")


def is_byte(sign: str) -> bool:
    """Whether a character, outside, stands for a byte that is no text."""
    return "\udc80" <= sign <= "\udcff"


_ESCAPED = re.compile("[\udc80-\udcff]")


def _is_escaped(text: str) -> bool:
    return _ESCAPED.search(text) is not None
