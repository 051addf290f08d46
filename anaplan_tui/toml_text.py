"""Writes keys and values as TOML, for files that are made line by line, each with its comment.

Invisible characters are written as escapes, so that a file shows what it says.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SHORT = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def key(name: str) -> str:
    """A key, bare if it may be."""
    return name if _BARE.fullmatch(name) else _text(name)


def dotted(location: Sequence[str]) -> str:
    """A dotted key, for a key within tables."""
    return ".".join(map(key, location))


def value(of: Any) -> str:
    """A text, a boolean, or a list or table of them, on one line.

    Raises:
        TypeError: for a value of any other type.
    """
    if isinstance(of, bool):
        return "true" if of else "false"
    if isinstance(of, str):
        return _text(of)
    if isinstance(of, Mapping):
        inside = ", ".join(f"{key(name)} = {value(inner)}" for name, inner in of.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(of, Sequence):
        return f"[{', '.join(value(inner) for inner in of)}]"
    raise TypeError(f"nothing is written of {type(of).__name__}")


def _text(text: str) -> str:
    if ("\\" in text or '"' in text) and "'" not in text and text.isprintable():
        return f"'{text}'"
    return '"' + "".join(_escaped(c) for c in text) + '"'


def _escaped(character: str) -> str:
    if character in _SHORT:
        return _SHORT[character]
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"
