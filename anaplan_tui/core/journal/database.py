"""The journal's connection: one transaction per write, and recovery from a damaged file or a failing disk."""

import contextlib
import logging
import sqlite3
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from anaplan_tui.core.journal import copies as journal_copies
from anaplan_tui.core.journal import file as journal_file
from anaplan_tui.core.journal import going_back
from anaplan_tui.core.journal.records import now_text, to_text

_BATCH = 100
"""Rows deleted per pruning transaction, so that other instances never wait long."""
_ROUNDS = 10_000

_log = logging.getLogger(__name__)
_T = TypeVar("_T")


class Database:
    """A journal file that heals itself.

    A file that turns out to be damaged is set aside, as at opening. When the disk is full, gone or locked,
    the journal continues in memory with what could still be read. Both leave a ``notice``.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._one_at_a_time = threading.Lock()
        opened = journal_file.open_database(path)
        self._connection = opened.connection
        self.notice = opened.notice
        self._fell()

    def close(self) -> None:
        """Close the file. Nothing is pending: every write was finished when it returned."""
        with self._one_at_a_time:
            self._connection.close()

    def go_back(self) -> bool:
        """Move a journal that fell back to memory into its file again; return whether it is in its file.

        Whatever was written in memory meanwhile is merged into the file.
        """
        with self._one_at_a_time:
            if not journal_file.is_in_memory(self._connection):
                return True
            opened = going_back.go_back(self._connection, self._path, self._fell_at, self._before)
            if opened is None:
                return False
            self._connection.close()
            self._connection, self.notice = opened.connection, opened.notice
            return True

    def write(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        """Run ``work`` in one transaction; an exception undoes all of it."""
        # IMMEDIATE takes the write lock first, so that what ``work`` reads still holds when it writes.
        return self._transact(work, "BEGIN IMMEDIATE")

    def view(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        """Run ``work``, which only reads, on one consistent state of the journal. It waits for no writer."""
        return self._transact(work, "BEGIN")

    def read(self, query: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """Return the rows of ``query``."""
        with self._one_at_a_time:
            try:
                return self._connection.execute(query, values).fetchall()
            except sqlite3.DatabaseError as error:
                self._recover(error)
                return self._connection.execute(query, values).fetchall()

    def prune(self, *, keep_days: int, max_mb: int) -> None:
        """Delete the oldest runs beyond the limits, except live ones.

        Plays, backups and files without a run go after ``keep_days`` too.
        """
        journal_copies.forget_backups(self._path, keep_days)
        oldest = to_text(datetime.now(UTC) - timedelta(days=keep_days))
        pruned = self._delete_in_batches("updated_at < ?", (oldest,), lambda: True)
        self.write(
            lambda sql: sql.execute("DELETE FROM files WHERE run_id IS NULL AND saved_at < ?", (oldest,))
        )
        self.write(lambda sql: sql.execute("DELETE FROM plays WHERE updated_at < ?", (oldest,)))
        pruned |= self._delete_in_batches("1", (), lambda: self._used_bytes() > max_mb * 1_000_000)
        if pruned:
            # Another instance that is reading now keeps the file from shrinking; the next opening does it.
            with self._one_at_a_time, contextlib.suppress(sqlite3.OperationalError):
                # As a script: execute() would run only one step of it, which frees one page.
                self._connection.executescript("PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE)")

    def _delete_in_batches(self, which: str, values: tuple[Any, ...], needed: Callable[[], bool]) -> bool:
        statement = (
            "DELETE FROM runs WHERE run_id IN (SELECT run_id FROM runs "  # noqa: S608  # our own words only
            f"WHERE phase NOT IN ('waiting', 'starting', 'running') AND {which} "
            f"ORDER BY updated_at LIMIT {_BATCH})"
        )
        pruned = False
        for _ in range(_ROUNDS):
            if not needed() or self.write(lambda sql: sql.execute(statement, values).rowcount) == 0:
                break
            pruned = True
        return pruned

    def _used_bytes(self) -> int:
        pages, free, size = (
            self.read(f"PRAGMA {name}")[0][0] for name in ("page_count", "freelist_count", "page_size")
        )
        return int((pages - free) * size)

    def _fell(self) -> None:
        """Note the present state: all later changes are what the file lacks once it is usable again."""
        self._fell_at = now_text()
        self._before = going_back.choices_of(self._connection)

    def _transact(self, work: Callable[[sqlite3.Connection], _T], begin: str) -> _T:
        with self._one_at_a_time:
            try:
                return self._try(work, begin)
            except sqlite3.DatabaseError as error:
                self._recover(error)
                return self._try(work, begin)

    def _try(self, work: Callable[[sqlite3.Connection], _T], begin: str) -> _T:
        self._connection.execute(begin)
        try:
            result = work(self._connection)
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        return result

    def _recover(self, error: sqlite3.DatabaseError) -> None:
        """Make the connection usable after ``error``, or raise it if it points to a bug of ours."""
        if isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError | sqlite3.DataError):
            raise error
        broken = self._connection
        if journal_file.is_damage(error):
            broken.close()
            opened = journal_file.open_database(self._path)
            self._connection, self.notice = opened.connection, opened.notice
        else:
            self._connection = _copied(broken)
            self.notice = journal_file.memory_notice(self._path, str(error))
            broken.close()
            self._fell()
        _log.error("the journal failed (%s); %s", error, self.notice or "it was opened again")


def _copied(connection: sqlite3.Connection) -> sqlite3.Connection:
    """A journal in memory with everything still readable through ``connection``."""
    copy = journal_file.in_memory()
    try:
        with contextlib.suppress(sqlite3.Error):
            connection.execute("PRAGMA wal_checkpoint")
        journal_copies.copy_rows(connection, copy)
    except sqlite3.Error as error:
        _log.warning("part of the journal could not be read: %s", error)
    return copy
