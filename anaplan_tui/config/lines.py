"""The line number of each key in a TOML file."""

import tomllib
from collections.abc import Iterator
from typing import Any

Key = tuple[str, ...]


def lines_of(text: str) -> dict[Key, int]:
    """The keys of valid TOML with the line, from 1, on which the statement that gives them begins.

    A table's own key has the line of its first header. ``tomllib`` gives no line numbers, but it shows where
    a statement ends: a statement is as many lines as it takes to be valid.
    """
    found: dict[Key, int] = {}
    table: Key = ()
    for number, statement in _statements(text):
        content = tomllib.loads(statement)
        keys = list(_keys(content))
        if statement.lstrip(" \t").startswith("["):
            table = keys[-1] if keys else ()
            found.setdefault(table, number)
            continue
        for key in keys:
            found.setdefault(table + key, number)
    return found


def _statements(text: str) -> Iterator[tuple[int, str]]:
    first, held = 1, ""
    # Not splitlines, which also splits where TOML does not.
    for number, line in enumerate(text.split("\n"), 1):
        held += f"{line}\n"
        try:
            content = tomllib.loads(held)
        except tomllib.TOMLDecodeError:
            continue
        if content:
            yield first, held
        first, held = number + 1, ""


def _keys(table: dict[str, Any], above: Key = ()) -> Iterator[Key]:
    for name, value in table.items():
        yield (*above, name)
        inner = value[-1] if isinstance(value, list) and value else value
        if isinstance(inner, dict):
            yield from _keys(inner, (*above, name))
