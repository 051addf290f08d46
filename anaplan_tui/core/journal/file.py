"""Open the journal's file: make it private, check and migrate it, set it aside if it is damaged.

Opening never fails. If no file can be used, the journal lives in memory, and a notice says so.
"""

import contextlib
import fcntl
import logging
import os
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from anaplan_tui.config.paths import UnsafePath, private_dir, private_file
from anaplan_tui.core.journal import migrations as journal_migrations
from anaplan_tui.core.journal.connection import LOCK_WAIT_S, connect, in_one, read_only
from anaplan_tui.core.journal.copies import back_up, copy_into, numbered

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Opened:
    """A connection ready for use, and a notice for the operator if the file could not simply be opened."""

    connection: sqlite3.Connection
    notice: str | None = None


class _Newer(Exception):
    """The file was written by a later version of the app."""


def open_database(path: Path) -> Opened:
    """Open the journal at ``path``: make it if missing, migrate it if older, replace it if damaged.

    A file of a newer version is left alone; this version works in its own file beside it. If no file can be
    used, the journal is in memory.
    """
    try:
        private_dir(path.parent)
        with _alone(path.with_name(f"{path.name}.lock")):
            return _open_or_replace(path)
    except UnsafePath as error:
        return _in_memory_with(path, error.problem)
    except (OSError, sqlite3.Error) as error:
        return _in_memory_with(path, str(error))


def in_memory() -> sqlite3.Connection:
    """An empty journal that ends with the app."""
    return _prepared(connect(":memory:"), None)


def is_in_memory(connection: sqlite3.Connection) -> bool:
    """Whether the journal has no file."""
    return not connection.execute("PRAGMA database_list").fetchone()["file"]


def memory_notice(path: Path, why: str) -> str:
    """The notice for the operator when the journal is in memory only."""
    return f"The journal {path} cannot be used ({why}): runs are remembered only until the app ends."


def is_damage(error: sqlite3.Error) -> bool:
    """Whether ``error`` says that the file itself is not a sound database."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _in_memory_with(path: Path, why: str) -> Opened:
    """A journal in memory with everything still readable in the file at ``path``."""
    connection = in_memory()
    _copy_if_readable(connection, path)
    return Opened(connection, memory_notice(path, why))


def _copy_if_readable(connection: sqlite3.Connection, path: Path) -> None:
    try:
        copy_into(connection, path)
    except (OSError, sqlite3.Error) as error:
        _log.warning("the journal %s could not be read: %s", path, error)


def _open_or_replace(path: Path) -> Opened:
    try:
        return Opened(_open(path))
    except _Newer:
        return _beside(path)
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
    aside = _set_aside(path, "corrupt")
    return Opened(_open(path), f"The journal was damaged and was set aside as {aside}; a new one was begun.")


def _beside(path: Path) -> Opened:
    """Open this version's own journal; a new one starts with what it understands of the newer version's."""
    own = path.with_name(f"{path.stem}.version-{journal_migrations.version()}{path.suffix}")
    begun = own.exists()
    opened = _open_or_replace(own)
    if not begun:
        _copy_if_readable(opened.connection, path)
    notice = (
        f"The journal {path} was written by a newer version of anaplan-tui and is left as it is. "
        f"This version keeps its own, {own.name}: the newer one does not see the runs in it."
    )
    return Opened(opened.connection, notice)


def _open(path: Path) -> sqlite3.Connection:
    if path.is_dir() and not path.is_symlink():
        raise _damage("a directory is in its place")
    private_file(path)
    if _is_newer(path):
        raise _Newer
    connection = connect(str(path))
    try:
        return _prepared(connection, path)
    except BaseException:
        connection.close()
        raise


def _is_newer(path: Path) -> bool:
    """Whether a newer version wrote the file. Read-only, because closing a writer changes the file."""
    try:
        with contextlib.closing(read_only(path)) as reader:
            return journal_migrations.version_of(reader) > journal_migrations.version()
    except sqlite3.Error:
        return False


def _prepared(connection: sqlite3.Connection, path: Path | None) -> sqlite3.Connection:
    """Return ``connection`` with its tables made or checked, and migrated.

    Raises ``_Newer``, or a database error: for damage (see ``is_damage``) or trouble with the disk.

    Args:
        path: the file, which a backup goes beside; ``None`` in memory.
    """
    version = journal_migrations.version_of(connection)
    if version > journal_migrations.version():
        raise _Newer
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    empty = version == 0 and not tables
    if empty:
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    connection.execute("PRAGMA journal_mode = WAL")
    # FULL: what was acknowledged is on the disk, even after a power cut. It costs a millisecond, a few times
    # a run.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA journal_size_limit = 4000000")
    # In KiB. SQLite would cache 2 MB of what a session wrote; the operating system caches it anyway.
    connection.execute("PRAGMA cache_size = -512")
    if empty:
        in_one(connection, lambda: journal_migrations.make(connection))
    elif version == 0 or not tables >= journal_migrations.FIRST_TABLES:
        raise _damage("not a journal")
    elif connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        raise _damage("not sound")
    elif version < journal_migrations.version():
        in_one(connection, lambda: _bring_up(connection, path))
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def _bring_up(connection: sqlite3.Connection, path: Path | None) -> None:
    """Back the file up, then run every migration step it lacks; inside a transaction."""
    version = journal_migrations.version_of(connection)
    backup = None if path is None else back_up(path, version)
    journal_migrations.bring_up(connection)
    _log.info(
        "the journal was brought from version %d to %d; as it was before: %s",
        version,
        journal_migrations.version(),
        backup,
    )


def _damage(why: str) -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError(why)
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error


def _set_aside(path: Path, label: str) -> Path:
    """Rename the database and its two companions, which are only worth keeping together."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    wanted = path.with_name(f"{path.name}.{label}-{stamp}")
    aside = next(name for name in numbered(wanted) if not name.exists())
    path.rename(aside)
    for suffix in ("-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + suffix).rename(aside.with_name(aside.name + suffix))
    return aside


@contextlib.contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Keep other instances from opening the file, and so from setting aside what we have just begun."""
    handle = os.open(private_file(lock), os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        patience = time.monotonic() + LOCK_WAIT_S
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > patience:
                    raise
                time.sleep(0.02)
        yield
    finally:
        os.close(handle)
