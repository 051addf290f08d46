"""The journal's file: made private, checked, set aside when it is damaged or newer than this app.

Opening never fails. Where no file can be used the journal lives in memory, and a notice says so.
"""

import contextlib
import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from anaplan_tui.paths import UnsafePath, private_dir, private_file

SCHEMA_VERSION = 1
_LOCK_WAIT_S = 10.0
"""How long a writer waits for another process; every transaction takes milliseconds."""

BEGAN = "COALESCE(started_at, server_time, created_at)"
"""SQL for when a run began: as the service says, else when its start was sent, else when it was planned."""

_SCHEMA = """
CREATE TABLE runs (
    run_id TEXT PRIMARY KEY,
    profile TEXT NOT NULL,
    host TEXT NOT NULL,
    workspace_id TEXT NOT NULL,
    model_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    target_id TEXT NOT NULL,
    name TEXT NOT NULL,
    workspace_name TEXT NOT NULL,
    model_name TEXT NOT NULL,
    parameters TEXT NOT NULL,
    known_tasks TEXT NOT NULL,
    server_time TEXT,
    user TEXT NOT NULL,
    machine TEXT NOT NULL,
    pid INTEGER NOT NULL,
    process_started TEXT NOT NULL,
    owner_machine TEXT NOT NULL,
    owner_pid INTEGER NOT NULL,
    owner_started TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    phase TEXT NOT NULL,
    task_id TEXT,
    adopted INTEGER NOT NULL DEFAULT 0,
    state TEXT,
    verdict TEXT,
    reason TEXT NOT NULL DEFAULT '',
    current_step TEXT,
    progress REAL,
    started_at TEXT,
    ended_at TEXT,
    duration_s REAL,
    cancel_requested INTEGER NOT NULL DEFAULT 0,
    cancelled_by TEXT,
    note TEXT NOT NULL DEFAULT '',
    candidates TEXT NOT NULL DEFAULT '[]',
    actions TEXT,
    raw TEXT
);
CREATE INDEX runs_by_target ON runs (target_id, model_id, created_at);
CREATE INDEX runs_by_task ON runs (task_id);
CREATE TABLE states (
    run_id TEXT NOT NULL REFERENCES runs ON DELETE CASCADE,
    at TEXT NOT NULL,
    phase TEXT NOT NULL,
    state TEXT,
    progress REAL,
    current_step TEXT
);
CREATE INDEX states_by_run ON states (run_id);
CREATE TABLE files (
    run_id TEXT REFERENCES runs ON DELETE CASCADE,
    workspace_id TEXT NOT NULL,
    model_id TEXT NOT NULL,
    task_id TEXT,
    object_id TEXT NOT NULL,
    name TEXT NOT NULL,
    path TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    sha256 TEXT,
    chunks INTEGER,
    saved_at TEXT NOT NULL
);
CREATE INDEX files_by_run ON files (run_id);
CREATE INDEX files_by_task ON files (task_id);
CREATE TABLE choices (
    profile TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (profile, key)
);
"""
_BY_START = f"CREATE INDEX IF NOT EXISTS runs_by_start ON runs ({BEGAN}, created_at)"
_WANTED = """
CREATE TABLE IF NOT EXISTS wanted (
    run_id TEXT NOT NULL REFERENCES runs ON DELETE CASCADE,
    asked TEXT NOT NULL,
    object_id TEXT NOT NULL,
    target TEXT NOT NULL,
    base TEXT,
    name TEXT NOT NULL,
    paused INTEGER NOT NULL DEFAULT 0,
    owner_machine TEXT NOT NULL,
    owner_pid INTEGER NOT NULL,
    owner_started TEXT NOT NULL,
    wanted_at TEXT NOT NULL,
    PRIMARY KEY (run_id, asked, object_id, target)
)
"""
"""Came later. It changes nothing of what was there, so the version stays: an older app does without it."""
_TABLES = {"runs", "states", "files", "choices"}


@dataclass(frozen=True, slots=True)
class Opened:
    """A connection that is ready to use, and what the operator should know about how it came to be."""

    connection: sqlite3.Connection
    notice: str | None = None


class _Newer(Exception):
    """The file was written by a later version of the app."""


def open_database(path: Path) -> Opened:
    """The journal at ``path``: made if missing, replaced if unusable, in memory at the worst."""
    try:
        private_dir(path.parent)
        with _alone(path.with_name(f"{path.name}.lock")):
            return _open_or_replace(path)
    except UnsafePath as error:
        return Opened(in_memory(), memory_notice(path, error.problem))
    except (OSError, sqlite3.Error) as error:
        return Opened(in_memory(), memory_notice(path, str(error)))


def in_memory() -> sqlite3.Connection:
    """An empty journal that ends with the app."""
    return _prepared(_connect(":memory:"))


def memory_notice(path: Path, why: str) -> str:
    """What to tell the operator when runs are written down nowhere."""
    return f"The journal {path} cannot be used ({why}): runs are remembered only until the app ends."


def is_damage(error: sqlite3.Error) -> bool:
    """Whether ``error`` says that the file itself is not a sound database."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _open_or_replace(path: Path) -> Opened:
    try:
        return Opened(_open(path))
    except _Newer:
        label, why = "newer", "was written by a newer version of anaplan-tui"
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        label, why = "corrupt", "was damaged"
    aside = _set_aside(path, label)
    return Opened(_open(path), f"The journal {why} and was set aside as {aside}; a new one was begun.")


def _open(path: Path) -> sqlite3.Connection:
    if path.is_dir() and not path.is_symlink():
        raise _damage("a directory is in its place")
    private_file(path)
    connection = _connect(str(path))
    try:
        return _prepared(connection)
    except BaseException:
        connection.close()
        raise


def _connect(path: str) -> sqlite3.Connection:
    # One connection serves whichever thread asks; the Journal lets one in at a time.
    connection = sqlite3.connect(path, timeout=_LOCK_WAIT_S, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    connection.text_factory = _decoded
    return connection


def _decoded(content: bytes) -> str:
    return content.decode("utf-8", "replace")


def _prepared(connection: sqlite3.Connection) -> sqlite3.Connection:
    """``connection`` with its schema, checked; raises a database error that ``is_damage`` or ``_Newer``."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if version > SCHEMA_VERSION:
        raise _Newer
    if version == 0 and not tables:
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    connection.execute("PRAGMA journal_mode = WAL")
    # FULL: what was acknowledged is on the disk, also after a power cut. It costs a millisecond and is
    # paid a few times a run.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA journal_size_limit = 4000000")
    if version == 0 and not tables:
        connection.executescript(
            f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
        )
    elif version != SCHEMA_VERSION or not tables >= _TABLES:
        raise _damage("not a journal")
    elif connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        raise _damage("not sound")
    connection.execute(_BY_START)
    connection.execute(_WANTED)
    return connection


def _damage(why: str) -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError(why)
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error


def _set_aside(path: Path, label: str) -> Path:
    """Rename the database and its two companions, which only together are worth keeping."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    aside = path.with_name(f"{path.name}.{label}-{stamp}")
    number = 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.name}.{label}-{stamp}-{number}")
    path.rename(aside)
    for suffix in ("-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + suffix).rename(aside.with_name(aside.name + suffix))
    return aside


@contextlib.contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Keep other instances from opening, and so from setting aside what we have just begun."""
    handle = os.open(private_file(lock), os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        patience = time.monotonic() + _LOCK_WAIT_S
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
