"""ASCII in place of characters that a stream or terminal cannot carry: never an error, never another width.

One mechanism serves commands and app alike: an error handler of Python's codecs. A character that the
stream's encoding has goes out as it is; one that it lacks goes out as its ASCII face, cell for cell, so that
tables and screens keep their columns.
"""

import codecs
import io
import os
import sys
import unicodedata

NAME = "anaplan-tui-face"
"""The name of the error handler."""

_FACES = {
    "✓": "+",
    "✗": "x",
    "⊘": "-",
    "▶": ">",
    "▸": ">",
    "●": "*",
    "■": "#",
    "·": ".",
    "…": "~",
    "–": "-",
    "—": "-",
    "×": "x",
    "→": ">",
    "←": "<",
    "↑": "^",
    "↓": "v",
    "↵": "<",
    "»": ">",
    "«": "<",
    "›": ">",
    "‹": "<",
    "“": '"',
    "”": '"',
    "„": '"',
    "’": "'",
    "‘": "'",
    "§": "S",
    "█": "#",
    "▓": "#",
    "▒": ":",
    "░": ".",
    "▏": "|",
    "▕": "|",
    "▔": "-",
    "▁": "_",
    "≥": ">",
    "≤": "<",
    "▀": '"',
    "▄": "_",
    "␠": "_",
    "␊": "$",
    "�": "?",
    "\xa0": " ",
    "\u202f": " ",
}


def face(character: str) -> str:
    """ASCII in place of one character, in as many cells as that takes on a terminal.

    Symbols of this app have a face of their own, box drawing its strokes, letters their base letter; the rest
    is question marks.
    """
    if character in _FACES:
        return _FACES[character]
    code = ord(character)
    if 0x2500 <= code <= 0x257F:
        return _stroke(character)
    if 0x2580 <= code <= 0x259F:
        return "#"  # a block, as scrollbars and meters have it
    if 0x2400 <= code <= 0x243F:
        return "^"  # stands for a control character
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return ""
    wide = unicodedata.east_asian_width(character) in ("W", "F")
    plain = "".join(c for c in unicodedata.normalize("NFKD", character) if c.isascii() and c.isprintable())
    cells = 2 if wide else 1
    return plain if len(plain) == cells else "?" * cells


def _stroke(character: str) -> str:
    """A character of the block *Box Drawing* as one of ``- | +``."""
    name = unicodedata.name(character)
    words = set(name.replace("-", " ").split())
    if words & {"UP", "DOWN", "VERTICAL"} and words & {"LEFT", "RIGHT", "HORIZONTAL"}:
        return "+"
    return "|" if words & {"UP", "DOWN", "VERTICAL"} else "-"


def _replace(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(face(character) for character in error.object[error.start : error.end]), error.end


codecs.register_error(NAME, _replace)


def _plain_ascii(name: str) -> codecs.CodecInfo | None:
    """ASCII under a name of our own: click takes a stream in "ascii" for a mistake and writes UTF-8 to it."""
    if name.replace("-", "_") != _ASCII.replace("-", "_"):
        return None
    known = codecs.lookup("ascii")
    return codecs.CodecInfo(
        known.encode,
        known.decode,
        incrementalencoder=known.incrementalencoder,
        incrementaldecoder=known.incrementaldecoder,
        streamwriter=known.streamwriter,
        streamreader=known.streamreader,
        name=_ASCII,
    )


_ASCII = "anaplan-tui-ascii"
codecs.register(_plain_ascii)


def speak(*, ascii_only: bool = False) -> None:
    """Make standard output and error take every character, whatever their encoding.

    Args:
        ascii_only: write nothing but ASCII, also where the stream could carry more.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            plain = stream.isatty() and locale_is_plain()
            ascii_wanted = ascii_only or plain or codecs.lookup(stream.encoding).name == "ascii"
            stream.reconfigure(encoding=_ASCII if ascii_wanted else None, errors=NAME)


def locale_is_plain() -> bool:
    """Whether the locale is C or POSIX, or none is set: a terminal there need not know more than ASCII.

    Python itself takes such a locale for UTF-8 and says so by its UTF-8 mode, which can also be asked for.
    """
    is_asked_for = "utf8" in sys._xoptions or bool(os.environ.get("PYTHONUTF8"))
    return bool(sys.flags.utf8_mode) and not is_asked_for and not os.environ.get("PYTHONIOENCODING")


def is_unicode(stream: object) -> bool:
    """Whether a stream carries every character in UTF-8."""
    return codecs.lookup(getattr(stream, "encoding", None) or "ascii").name == "utf-8"
