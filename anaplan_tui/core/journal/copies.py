"""Copies of the journal: the backup before a migration, and rows rescued from another file."""

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
    """Make a private copy beside the journal at ``path``, synced before it gets its name; return its path.

    The caller holds the write lock, so nothing is written in between.

    An identical copy from an earlier try is reused. Raises OSError, UnsafePath or a database error when the
    copy cannot be written; then the journal must not be migrated.
    """
    part = path.with_name(f"{path.name}.version-{version}.part")
    part.unlink(missing_ok=True)
    try:
        # A second connection: SQLite copies nothing through one that is inside a transaction of writes.
        with (
            contextlib.closing(read_only(path)) as source,
            contextlib.closing(connect(str(private_file(part)))) as copy,
        ):
            copy.execute("PRAGMA journal_mode = OFF")  # a partial copy is never used
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
    """Remove the backups of migrations once they are older than anything the journal keeps."""
    oldest = time.time() - keep_days * _DAY_S
    for backup in path.parent.glob(f"{glob.escape(path.name)}.version-*"):
        with contextlib.suppress(OSError):
            if backup.lstat().st_mtime < oldest:
                backup.unlink()


def copy_into(connection: sqlite3.Connection, path: Path) -> None:
    """Fill an empty journal from the file at ``path``, of any version, without changing that file.

    Rows of an older version are migrated on the way; of a newer version, only the columns that this version
    knows are copied. Raises OSError or a database error, with nothing copied.
    """
    with contextlib.closing(read_only(path)) as reader, contextlib.closing(connect(":memory:")) as copy:
        reader.backup(copy)
        if 0 < journal_migrations.version_of(copy) < journal_migrations.version():
            in_one(copy, lambda: journal_migrations.bring_up(copy))
        in_one(connection, lambda: copy_rows(copy, connection))


def copy_rows(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    """Copy all rows of the tables and columns that both have, as far as they can be read."""
    for table in _tables(target):
        columns = [name for name in _columns(target, table) if name in set(_columns(source, table))]
        if not columns:
            continue
        names, marks = ", ".join(columns), ", ".join("?" * len(columns))
        for row in source.execute(f"SELECT {names} FROM {table}"):  # noqa: S608  # our own tables
            target.execute(f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({marks})", tuple(row))  # noqa: S608


def _tables(connection: sqlite3.Connection) -> list[str]:
    """The tables in the order of creation: those that others refer to come first."""
    query = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rowid"
    return [row[0] for row in connection.execute(query)]


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [row["name"] for row in connection.execute(f"PRAGMA table_info({table})")]


def numbered(path: Path) -> Iterator[Path]:
    """Yield ``path``, then ``path-2``, ``path-3`` and so on, without end."""
    yield path
    for number in count(2):
        yield path.with_name(f"{path.name}-{number}")


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
