"""SQLite connections to the journal's file: for writing, and strictly read-only."""

import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from anaplan_tui.core.journal import migrations as journal_migrations

LOCK_WAIT_S = 10.0
"""How long a writer waits for another process; every transaction takes milliseconds."""


def connect(path: str, *, uri: bool = False) -> sqlite3.Connection:
    """Open a connection without implicit transactions; nothing is read yet."""
    # One connection serves all threads; ``Database`` lets in one at a time.
    connection = sqlite3.connect(
        path, timeout=LOCK_WAIT_S, isolation_level=None, check_same_thread=False, uri=uri
    )
    connection.row_factory = sqlite3.Row
    connection.text_factory = _decoded
    return connection


def _decoded(content: bytes) -> str:
    return content.decode("utf-8", "replace")


def read_only(path: Path) -> sqlite3.Connection:
    """Open a connection that changes nothing. Raises ``OSError`` or a database error if it cannot be read."""
    if not stat.S_ISREG(path.lstat().st_mode):
        raise sqlite3.OperationalError("not a plain file")
    place = f"file:{quote(str(path.absolute()))}"
    connection = connect(f"{place}?mode=ro", uri=True)
    try:
        journal_migrations.version_of(connection)
    except sqlite3.OperationalError as error:
        connection.close()
        if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise
        # SQLite makes its companion files even for reading, which a full disk or a read-only directory
        # refuses. Then nobody has it open. Only what a dead writer left in its log is missed.
        connection = connect(f"{place}?immutable=1", uri=True)
    except BaseException:
        connection.close()
        raise
    return connection


def in_one(connection: sqlite3.Connection, work: Callable[[], None]) -> None:
    """Run ``work`` in one transaction."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        work()
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
