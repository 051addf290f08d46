"""Shorter terminal output: colours and attributes are sent only where they change."""

import re
from functools import lru_cache
from typing import NamedTuple

_TOKEN = re.compile(r"\x1b\[([\d;]*)m|(\x1b\[\d*(?:;\d*)?H|\n)")
"""A choice of colours and attributes (SGR), or a cursor move, which looks the same under any of them."""
_PLAIN = ""


class _Look(NamedTuple):
    """The meaning of an SGR choice; empty parts are the terminal's own."""

    attributes: tuple[str, ...] = ()
    foreground: str = ""
    background: str = ""


def said_once(sequence: str) -> str:
    """Return a sequence for the same picture that never repeats the colours and attributes in force.

    ``sequence`` begins and ends with the terminal's own, as every update of Textual's does. Textual sets both
    colours before each piece of text and resets them after it: a third of all bytes of a screen.
    """
    sent: list[str] = []
    in_force = wanted = _PLAIN
    end = 0
    for token in _TOKEN.finditer(sequence):
        if text := sequence[end : token.start()]:
            sent += (_change(in_force, wanted), text)
            in_force = wanted
        end = token.end()
        if token[2] is not None:
            sent.append(token[2])
        else:
            wanted = _PLAIN if token[1] in ("", "0") else token[1]
    if text := sequence[end:]:
        sent += (_change(in_force, wanted), text)
        in_force = wanted
    sent.append(_change(in_force, _PLAIN))
    return "".join(sent)


@lru_cache(1024)
def _change(before: str, after: str) -> str:
    """Return the shortest choice that leads from one look to the other."""
    if before == after:
        return ""
    if after == _PLAIN:
        return "\x1b[0m"
    old, new = _look(before), _look(after)
    if old.attributes and old.attributes != new.attributes:
        return f"\x1b[0;{after}m"
    codes = new.attributes if old.attributes != new.attributes else ()
    if new.foreground != old.foreground:
        codes += (new.foreground or "39",)
    if new.background != old.background:
        codes += (new.background or "49",)
    return f"\x1b[{';'.join(codes)}m"


@lru_cache(1024)
def _look(parameters: str) -> _Look:
    """Read the parameters of a choice, starting from the terminal's own look (ECMA-48 8.3.117)."""
    attributes: list[str] = []
    foreground = background = ""
    codes = iter(parameters.split(";") if parameters else ())
    for code in codes:
        if code in ("38", "48"):
            kind = next(codes, "")
            value = ";".join([code, kind, *(next(codes, "") for _ in range(3 if kind == "2" else 1))])
            foreground, background = (value, background) if code == "38" else (foreground, value)
        elif len(code) > 1 and code[:-1] in ("3", "9"):
            foreground = code
        elif len(code) > 1 and code[:-1] in ("4", "10"):
            background = code
        else:
            attributes.append(code)
    return _Look(tuple(attributes), foreground, background)
