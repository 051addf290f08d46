"""Makes text from the service safe to show: one line, nothing invisible, bounded.

Names and messages come from other people's models and may hold terminal escapes, line breaks or
characters that reorder or hide text. They are made harmless once, here, when an answer is parsed.
Ids are sent back to the service, so bad ones are refused rather than altered.
"""

import json
import re
from typing import Annotated, Any

from pydantic import BeforeValidator

LIMIT = 2000
"""Longest text kept, in characters; a message of the service is a line or two."""

ID_LIMIT = 256
"""Longest id accepted; the service's own have at most 32 characters (service.md §1.3)."""

HIDDEN = "\N{REPLACEMENT CHARACTER}"
"""Replaces a character that has no picture of its own."""

MARK = "\ufeff"
"""The byte order mark as text. Joined files have one in the middle, and may begin with two."""

# Not the Arabic and Kaithi number signs, which Unicode calls format characters but which are visible,
# and not the two variation selectors that choose between text and emoji.
_LYING = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f"  # C0, DEL, C1
    "\u2028\u2029"  # line and paragraph separators
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidi marks, embeddings, overrides, isolates
    "\u00ad\u034f\u180b-\u180f\u200b-\u200d\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb"  # zero width
    "\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufe00-\ufe0d"  # fillers and blanks that take no ink
    "\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"  # layout controls
    "\U000e0000-\U000e0fff"  # tags and supplementary selectors: whole hidden messages
    "\ud800-\udfff"  # lone surrogates cannot be encoded
    "\ufffe\uffff"
    "]"
)


_CHOICE = re.compile("[\ufe0e\ufe0f]")
"""Variation selectors: they choose between text and emoji for the character before them."""


def _mark(match: re.Match[str]) -> str:
    code = ord(match[0])
    if 0xDC80 <= code < 0xDD00:
        return _spelled(match)
    if code < 0x20:
        return chr(0x2400 + code)
    return "\N{SYMBOL FOR DELETE}" if code == 0x7F else HIDDEN


_BYTES = re.compile("[\udc80-\udcff]")
"""The lone surrogates by which Python represents bytes that are not text."""


def _spelled(match: re.Match[str]) -> str:
    return f"\\x{ord(match[0]) - 0xDC00:02X}"


def spell_bytes(text: str) -> str:
    """Spell out the bytes that are not text, and leave the rest as it is."""
    return _BYTES.sub(_spelled, text)


def clean(text: str, *, limit: int = LIMIT) -> str:
    r"""Return the text, cut to ``limit`` characters, as one line that hides nothing.

    Control characters become their pictures (``␛``, ``␊``), bytes that are not text (Python's lone
    surrogates) are spelled out (``\xE9``), other invisible characters become ``�``; ``…`` marks a cut.
    Spelled-out bytes may exceed the limit; other text does not change when it is cleaned again.
    """
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    return _LYING.sub(_mark, text)


def without_hidden(text: str) -> str:
    """Remove what :func:`clean` makes visible, and variation selectors; white space becomes a blank."""
    return _LYING.sub(lambda sign: " " if sign[0].isspace() else "", _CHOICE.sub("", text))


def text_of(value: Any) -> str:
    """Any JSON value as clean text; ``null`` is empty, an object or list is its JSON."""
    match value:
        case None:
            return ""
        case str():
            return clean(value)
        case bool():
            return "true" if value else "false"
        case int() | float():
            return clean(str(value))
        case _:
            return clean(json.dumps(value, ensure_ascii=False, default=str))


def _text_or_none(value: Any) -> str | None:
    return None if value is None else text_of(value)


def raw_id(value: Any) -> str:
    """An id exactly as the service gave it.

    Raises ``ValueError`` for anything that cannot be an id: not a string or integer, empty, too long,
    not showable, or a path step (``..``) that would change the address.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise ValueError("an id is a string")
    if not value or len(value) > ID_LIMIT or value in {".", ".."} or _LYING.search(value):
        raise ValueError("not an id")
    return value


def id_or_none(value: Any) -> str | None:
    """As :func:`raw_id`, but ``None`` for what cannot be an id."""
    try:
        return raw_id(value)
    except ValueError:
        return None


CleanStr = Annotated[str, BeforeValidator(text_of)]
"""Foreign text, safe to show; a missing or null value is ``""``."""

MaybeText = Annotated[str | None, BeforeValidator(_text_or_none)]
"""Foreign text, or ``None`` when the service said nothing."""

RawId = Annotated[str, BeforeValidator(raw_id)]
"""An id as the service gave it. An object without a usable id is of no use: its validation fails."""

MaybeId = Annotated[str | None, BeforeValidator(id_or_none)]
"""An id as the service gave it, or ``None``."""


def meant_by(cell: str) -> str:
    """The first cell of a text as it is meant, without a byte order mark that was read as part of it.

    A reader that takes the mark for text also takes the quotes after it for text: they go, too.
    """
    if not cell.lstrip().startswith(MARK):
        return cell
    plain = cell.strip().lstrip(MARK)
    is_quoted = len(plain) > 1 and plain[0] == plain[-1] == '"'
    return plain[1:-1].replace('""', '"') if is_quoted else plain
