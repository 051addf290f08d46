"""Placeholders in a runbook: ``{date:%Y%m%d}``, ``{time}``, and ``{NAME}`` for ``--set NAME=VALUE``.

``{{`` and ``}}`` are plain braces.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

_FORMATS = {"date": "%Y-%m-%d", "time": "%H%M%S"}
"""The placeholders that the clock fills in, and their formats where a runbook gives none."""
_PART = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]|[^{}]+")
PATTERN = (
    r"^(\{\{|\}\}|\{(date|time):[^{}\u0000-\u001f]*%[^{}\u0000-\u001f]*\}|\{[A-Za-z_][A-Za-z0-9_]{0,63}\}"
    r"|[^{}\u0000-\u001f\u007f-\u009f])*$"
)
"""A line whose placeholders are well formed, for a JSON schema: the directives of a format are left out."""
_NAME = re.compile(r"[^\W\d]\w{0,63}", re.ASCII)
_DIRECTIVE = re.compile(r"%(.?)", re.DOTALL)
_DIRECTIVES = "aAbBdeFGHIjmMpRSTuUVwWyY%"


@dataclass(frozen=True, slots=True)
class Placeholder:
    """One placeholder; ``format`` is ``strftime``'s, and only of ``date`` and ``time``."""

    name: str
    format: str | None = None

    @property
    def is_clock(self) -> bool:
        """Whether the clock fills it in; otherwise ``--set`` does."""
        return self.name in _FORMATS

    def __str__(self) -> str:
        return f"{{{self.name}}}" if self.format is None else f"{{{self.name}:{self.format}}}"


class NoValue(Exception):
    """The placeholder called ``name`` has no value."""

    def __init__(self, name: str) -> None:
        super().__init__(f'"{name}" has no value')
        self.name = name


def escape(text: str) -> str:
    """``text`` with its braces written so that they are plain ones."""
    return text.replace("{", "{{").replace("}", "}}")


def plain(text: str) -> str:
    """What a filled text says: the opposite of :func:`escape`."""
    return text.replace("{{", "{").replace("}}", "}")


def is_name(text: str) -> bool:
    """Whether ``--set`` can give a value to a placeholder of this name."""
    return _NAME.fullmatch(text) is not None and text not in _FORMATS


def is_format(text: str) -> bool:
    """Whether ``text`` is a format of dates that every host understands alike, and that has no brace."""
    directives = [match[1] for match in _DIRECTIVE.finditer(text)]
    plain = text.isprintable() and not set(text) & {"{", "}"}
    return bool(directives) and plain and all(d and d in _DIRECTIVES for d in directives)


def parts(text: str) -> Iterator[str | Placeholder]:
    """The plain pieces and placeholders of ``text``, in order.

    Raises ``ValueError`` for a stray brace or a malformed placeholder; its message goes on from "It …".
    """
    for match in _PART.finditer(text):
        piece = match[0]
        if piece in ("{{", "}}"):
            yield piece[0]
        elif match[1] is not None:
            yield _placeholder(match[1])
        elif piece in "{}":
            raise ValueError("must write a plain brace twice: {{ or }}")
        else:
            yield piece


def checked(text: str) -> str:
    """``text`` itself, if all its placeholders are well formed; else ``ValueError`` as in :func:`parts`."""
    for _ in parts(text):
        pass
    return text


def names(text: str) -> list[str]:
    """What ``--set`` has to give for ``text``."""
    return [part.name for part in parts(text) if isinstance(part, Placeholder) and not part.is_clock]


def fill(text: str, values: Mapping[str, str], now: datetime) -> str:
    """``text`` with every placeholder replaced, once: a value's own braces are plain.

    Args:
        values: what ``--set`` gave.
        now: local time of the play; one instant for all of its steps.

    Raises:
        NoValue: ``values`` lacks a name.
    """
    return "".join(part if isinstance(part, str) else _value(part, values, now) for part in parts(text))


def _value(placeholder: Placeholder, values: Mapping[str, str], now: datetime) -> str:
    if placeholder.is_clock:
        return now.strftime(placeholder.format or _FORMATS[placeholder.name])
    try:
        return values[placeholder.name]
    except KeyError:
        raise NoValue(placeholder.name) from None


def _placeholder(inside: str) -> Placeholder:
    name, colon, form = inside.partition(":")
    if name in _FORMATS:
        if colon and not is_format(form):
            raise ValueError(f"must give {name} a format such as {{{name}:%Y%m%d}}")
        return Placeholder(name, form if colon else None)
    if colon or not is_name(name):
        raise ValueError(
            "must have placeholders such as {date:%Y%m%d}, {time} or {NAME}, and plain braces twice: {{"
        )
    return Placeholder(name)
