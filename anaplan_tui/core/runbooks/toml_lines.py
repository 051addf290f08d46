"""Finds the line of a key in a TOML text, which the parser that reads the values does not tell."""

import re
from collections.abc import Sequence

_HEADER = re.compile(r"\s*\[\[?\s*(?P<path>[^\]#]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"""\s*(?P<key>(?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")
_PART = re.compile(r"""[\w-]+|"[^"]*"|'[^']*'""")
_STRING = re.compile(r'"""|\'\'\'|"(?:\\.|[^"\\])*"|\'[^\']*\'|#.*')


def line_of(text: str, step: int | None, key: Sequence[str] = ()) -> int | None:
    """The line of a key, counted from 1, or of its table where the key is not seen; ``None`` for neither.

    Args:
        step: index of a step, from 0; ``None`` for what stands above the steps.
        key: the key's parts within the step or the top.
    """
    place: int | None = None if step is not None else 1
    best = 0
    table: tuple[str, ...] = ()
    at_step = -1
    for number, line in _statements(text):
        header = _HEADER.match(line)
        if header is not None:
            path = _parts(header["path"])
            if line.lstrip().startswith("[[") and path == ("step",):
                at_step += 1
            table = path[1:] if path[0] == "step" else path
            found = table
        else:
            match = _KEY.match(line)
            if match is None:
                continue
            found = (*table, *_parts(match["key"]))
        inside = at_step == step if step is not None else at_step < 0
        if step is not None and at_step < 0 and found[:1] == ("step",) and place is None:
            place = number  # all steps in one list
        if not inside:
            continue
        if header is not None and not table:
            place = number
        same = _common(found, key)
        if same > best:
            place, best = number, same
    return place


def _statements(text: str) -> list[tuple[int, str]]:
    """The lines that do not begin inside a text of several lines."""
    statements: list[tuple[int, str]] = []
    inside = ""
    for number, line in enumerate(text.split("\n"), 1):
        rest = line
        if inside:
            _, closed, rest = line.partition(inside)
            if not closed:
                continue
            inside = ""
        else:
            statements.append((number, line))
        while match := _STRING.search(rest):
            rest = rest[match.end() :]
            if match[0] in ('"""', "'''"):
                _, closed, rest = rest.partition(match[0])
                if not closed:
                    inside = match[0]
                    break
    return statements


def _parts(path: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(path)) or (path,)


def _common(found: Sequence[str], key: Sequence[str]) -> int:
    """How many parts ``found`` has, if ``key`` begins with all of them."""
    return (
        len(found) if len(found) <= len(key) and all(a == b for a, b in zip(found, key, strict=False)) else 0
    )
