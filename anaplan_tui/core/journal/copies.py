"""Copies of the journal: the backup before its tables are changed, and what another file still gives."""

import contextlib
import filecmp
import glob
import os
import sqlite3
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from anaplan_tui.config.paths import private_file
from anaplan_tui.core.journal import migrations as journal_migrations
from anaplan_tui.core.journal.connection import connect, in_one, read_only

_DAY_S = 86_400


def back_up(path: Path, version: int) -> Path:
    """A private copy beside the journal at ``path``, synced before it gets its name.

    The caller holds the write lock, so nothing is written in between.

    What an earlier try left there is taken when it is the same. Raises OSError, UnsafePath or a database
    error when it cannot be written; then nothing is brought up.
    """
    part = path.with_name(f"{path.name}.version-{version}.part")
    part.unlink(missing_ok=True)
    try:
        # A second connection: SQLite copies nothing through one that is inside a transaction of writes.
        with (
            contextlib.closing(read_only(path)) as source,
            contextlib.closing(connect(str(private_file(part)))) as copy,
        ):
            copy.execute("PRAGMA journal_mode = OFF")  # a half copy is never used
            copy.execute("PRAGMA synchronous = OFF")
            source.backup(copy)
        _sync(part)
        wanted = path.with_name(f"{path.name}.version-{version}")
        name = next(n for n in numbered(wanted) if not n.exists() or filecmp.cmp(part, n, shallow=False))
        if not name.exists():
            part.rename(name)
            _sync(path.parent)
        return name
    finally:
        part.unlink(missing_ok=True)


def forget_backups(path: Path, keep_days: int) -> None:
    """Remove what a change of the tables left beside the journal, once the journal keeps nothing so old."""
    oldest = time.time() - keep_days * _DAY_S
    for backup in path.parent.glob(f"{glob.escape(path.name)}.version-*"):
        with contextlib.suppress(OSError):
            if backup.lstat().st_mtime < oldest:
                backup.unlink()


def copy_into(connection: sqlite3.Connection, path: Path) -> None:
    """Fill an empty journal from the file at ``path`` of whatever version, without changing that.

    An older one is brought up on the way; of a later one goes what this version has a column for.
    Raises OSError or a database error, with nothing copied.
    """
    with contextlib.closing(read_only(path)) as reader, contextlib.closing(connect(":memory:")) as copy:
        reader.backup(copy)
        if 0 < journal_migrations.version_of(copy) < journal_migrations.version():
            in_one(copy, lambda: journal_migrations.bring_up(copy))
        in_one(connection, lambda: copy_rows(copy, connection))


def copy_rows(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    """All rows of the tables and columns that both have, as far as they can be read."""
    for table in _tables(target):
        columns = [name for name in _columns(target, table) if name in set(_columns(source, table))]
        if not columns:
            continue
        names, marks = ", ".join(columns), ", ".join("?" * len(columns))
        for row in source.execute(f"SELECT {names} FROM {table}"):  # noqa: S608  # our own tables
            target.execute(f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({marks})", tuple(row))  # noqa: S608


def _tables(connection: sqlite3.Connection) -> list[str]:
    """The tables, those that others refer to first, as they were made."""
    query = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rowid"
    return [row[0] for row in connection.execute(query)]


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [row["name"] for row in connection.execute(f"PRAGMA table_info({table})")]


def numbered(path: Path) -> Iterator[Path]:
    """``path``, and as many others like it as are wanted."""
    yield path
    for number in count(2):
        yield path.with_name(f"{path.name}-{number}")


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
