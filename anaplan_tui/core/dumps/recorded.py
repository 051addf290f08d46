"""Verify files on disk offline, against the size and SHA-256 recorded in the journal and in ``run.json``.

It sends nothing and writes nothing, so it works on any host that the files were copied to. Everything here
blocks on the disk.
"""

import hashlib
import sqlite3
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from pathlib import Path

from anaplan_tui.core.dumps.told_files import NAME, told_in
from anaplan_tui.core.journal.connection import read_only

_BLOCK = 1 << 20


class Holds(StrEnum):
    """The result of checking a file against its records."""

    SAME = "same"
    CHANGED = "changed"
    MISSING = "missing"
    UNREADABLE = "unreadable"
    NOT_RECORDED = "not recorded"
    """Neither the journal nor a ``run.json`` knows the file, so there is nothing to compare it with."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """The size and SHA-256 of a file when it was whole, according to one source."""

    by: str
    """The source: ``journal`` or ``run.json``."""
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Checked:
    """A file, and whether it is still what was fetched."""

    path: Path
    holds: Holds
    bytes: int | None = None
    sha256: str | None = None
    """Its size and SHA-256 now; ``None`` if it was not read."""
    recorded: tuple[Recorded, ...] = ()
    problem: str = ""


def files_of(path: Path) -> tuple[Path, ...]:
    """The files meant by a path on the command line: a run's folder or ``run.json`` stands for its files."""
    folder = path if path.is_dir() else path.parent
    if path != folder and path.name != NAME:
        return (path,)
    named = sorted({name for name, _recorded in _told(folder)})
    return tuple(folder / name for name in named) or (path,)


def check(path: Path, journal: Path, on_progress: Callable[[int, int], None] | None = None) -> Checked:
    """Read the file at ``path`` and compare it with every record of it.

    Args:
        journal: path of the journal's file, which may be missing.
        on_progress: called with the bytes read so far and the file's size.
    """
    recorded = (*_in_journal(journal, path), *_beside(path))
    try:
        size, sha256 = _digest(path, on_progress)
    except FileNotFoundError:
        return Checked(path, Holds.MISSING, recorded=recorded, problem="there is no such file")
    except OSError as error:
        problem = f"cannot be read: {(error.strerror or type(error).__name__).lower()}"
        return Checked(path, Holds.UNREADABLE, recorded=recorded, problem=problem)
    if not recorded:
        problem = f"neither the journal nor a {NAME} beside it knows this file"
        return Checked(path, Holds.NOT_RECORDED, size, sha256, problem=problem)
    against = [known for known in recorded if (known.bytes, known.sha256) != (size, sha256)]
    if not against:
        return Checked(path, Holds.SAME, size, sha256, recorded)
    first = against[0]
    what = f"{first.bytes:,} bytes" if first.bytes != size else "another SHA-256"
    problem = f"it had {what} when it was fetched, says the {' and the '.join(a.by for a in against)}"
    return Checked(path, Holds.CHANGED, size, sha256, recorded, problem)


def _digest(path: Path, on_progress: Callable[[int, int], None] | None) -> tuple[int, str]:
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(None, "not a plain file")
    sha256, done = hashlib.sha256(), 0
    with path.open("rb") as file:
        total = path.stat().st_size
        while block := file.read(_BLOCK):
            sha256.update(block)
            done += len(block)
            if on_progress is not None:
                on_progress(done, max(total, done))
    return done, sha256.hexdigest()


def _in_journal(journal: Path, path: Path) -> Iterator[Recorded]:
    """The journal's record of the last file fetched to ``path``; nothing if it cannot be read."""
    try:
        connection = read_only(journal)
        try:
            row = connection.execute(
                "SELECT bytes, sha256 FROM files WHERE path IN (?, ?) AND sha256 IS NOT NULL "
                "ORDER BY saved_at DESC LIMIT 1",
                tuple(str(p).encode("utf-8", "replace").decode() for p in (path.absolute(), path.resolve())),
            ).fetchone()
        finally:
            connection.close()
    except (sqlite3.Error, OSError):
        return
    if row is not None:
        yield Recorded("journal", int(row["bytes"]), str(row["sha256"]))


def _beside(path: Path) -> Iterator[Recorded]:
    """The record in the ``run.json`` beside the file, found by name, as the folder may have been moved."""
    return islice((recorded for name, recorded in _told(path.parent) if name == path.name), 1)


def _told(folder: Path) -> Iterator[tuple[str, Recorded]]:
    """Yield name and record of each file that a folder's ``run.json`` lists with size and SHA-256."""
    run = told_in(folder)
    for action in run["actions"] if run is not None else ():
        for file in (action["dump"], action["output"]):
            if file is not None and "bytes" in file and "sha256" in file:
                yield Path(file["path"]).name, Recorded(NAME, file["bytes"], file["sha256"])
