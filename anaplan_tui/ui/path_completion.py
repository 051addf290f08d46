"""Typed paths: completes them on Tab, and says what is wrong with one.

Everything here reads the file system and blocks: call it from a thread.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice, takewhile
from pathlib import Path

from anaplan_tui.api.clean import clean

_LOOKED_AT = 20_000
"""Directory entries that are read; with more, Tab would feel slow."""
_OFFERED = 200


@dataclass(frozen=True, slots=True)
class Completion:
    """The typed path, completed as far as it is unambiguous, and the names that it could become."""

    typed: str
    names: tuple[str, ...] = ()


def complete(typed: str, base: Path) -> Completion:
    """Complete the last part of a path, as a shell does; directories end in a separator.

    Names that cannot be shown, and so cannot be typed, are left out. An unreadable directory completes
    nothing.
    """
    head, _slash, tail = typed.rpartition("/")
    if typed.startswith("~") and "/" not in typed:
        return Completion(typed + "/") if typed == "~" else Completion(typed)
    folder = resolve(head + "/" if _slash else "", base)
    names = sorted(islice(_names(folder, tail), _OFFERED))
    if not names:
        return Completion(typed)
    # The names are sorted: what the first and the last have in common, all have.
    same = takewhile(lambda pair: pair[0] == pair[1], zip(names[0], names[-1], strict=False))
    common = "".join(character for character, _ in same)
    return Completion(f"{head}{_slash}{common}", tuple(names))


def _names(folder: Path, start: str) -> Iterator[str]:
    try:
        with os.scandir(folder) as entries:
            for entry in islice(entries, _LOOKED_AT):
                name = entry.name
                is_wanted = name.startswith(start) and (start.startswith(".") or not name.startswith("."))
                if is_wanted and clean(name) == name:
                    yield f"{name}/" if entry.is_dir() else name
    except OSError:
        return


def resolve(typed: str, base: Path) -> Path:
    """Return the path that is meant: ``~`` is the home directory, relative paths start at ``base``."""
    try:
        return base / Path(typed).expanduser()
    except RuntimeError:
        return base / typed


def why_not_new(path: Path) -> str:
    """Say why no file can be made there, in one sentence; empty if it can."""
    try:
        if path.is_dir():
            return "This is a directory; add a file name."
        with suppress(FileNotFoundError, NotADirectoryError):
            path.lstat()
            return "There is a file of this name already; nothing is overwritten."
        if not path.parent.is_dir():
            return "There is no such directory."
        if not os.access(path.parent, os.W_OK | os.X_OK):
            return "You may not write in this directory."
    except (OSError, ValueError) as error:
        return f"This cannot be a path: {error}."
    return ""


def why_not_there(path: Path) -> str:
    """Say why no file can be read there, in one sentence; empty if it can."""
    try:
        if path.is_dir():
            return "This is a directory; Tab shows what is in it."
        if not path.is_file():
            return "There is no such file."
        if not os.access(path, os.R_OK):
            return "You may not read this file."
    except (OSError, ValueError) as error:
        return f"This cannot be a path: {error}."
    return ""


def free_name(path: Path) -> Path:
    """Return ``path``, or the first of ``name (2).csv``, ``name (3).csv`` … that is not taken."""
    number, free = 1, path
    while os.path.lexists(free):
        number += 1
        free = path.with_stem(f"{path.stem} ({number})")
    return free
