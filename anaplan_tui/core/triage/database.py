"""DuckDB, bounded in memory, threads and disk, and asked one slice of a dump at a time.

Loading DuckDB takes a tenth of a second, so the modules that import it are themselves imported only when a
dump is opened.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from anaplan_tui.core.triage.disk import room
from anaplan_tui.core.triage.errors import TriageCancelled, TriageError
from anaplan_tui.core.triage.query import read_slice
from anaplan_tui.core.triage.scratch import Scratch
from anaplan_tui.core.triage.slices import Records, Refused

THREADS = 2
"""How many slices are worth reading side by side."""
MAX_TEMPORARY_DISK = "8GB"

Row = tuple[Any, ...]


class Database:
    """A database in memory that spills into a private directory under ``work_dir``, gone after ``close``.

    Several threads may use it. ``interrupt`` makes every question that runs, and every one that is asked
    before ``resume``, raise ``TriageCancelled``.
    """

    def __init__(self, work_dir: Path, memory_mb: int) -> None:
        with room():
            self._scratch = Scratch(work_dir)
        self._path = self._scratch.root
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._live: set[duckdb.DuckDBPyConnection] = set()
        self._interrupted = False
        self._connection = duckdb.connect(
            config={
                "memory_limit": f"{memory_mb}MB",
                # Each question runs on the thread that asks; two threads ask about two slices.
                "threads": 1,
                "temp_directory": str(self._path / "spill"),
                "max_temp_directory_size": MAX_TEMPORARY_DISK,
                # A jump host has no way out, and a dump is no reason to fetch code.
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            }
        )

    def ask(self, sql: str) -> list[Row]:
        """All rows of an answer."""
        with self.cursor() as cursor:
            return run(cursor, sql)

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection for one thread, with temporary tables of its own."""
        with self._lock:
            if self._interrupted:
                raise TriageCancelled
            cursor = self._connection.cursor()
            self._live.add(cursor)
        try:
            yield cursor
        except duckdb.InterruptException as error:
            raise TriageCancelled from error
        except duckdb.OutOfMemoryException as error:
            raise TriageError(
                "The dump needs more memory or temporary disk than it may take",
                "make room where the state directory is, or allow more memory",
            ) from error
        except duckdb.IOException as error:
            raise TriageError(
                f"The disk failed while the dump was read: {error}", "check the disk"
            ) from error
        finally:
            with self._lock:
                self._live.discard(cursor)
            cursor.close()

    @contextmanager
    def slice(self, records: Records, width: int) -> Iterator[str]:
        """The records of a slice as a table expression for queries inside the ``with``."""
        path = self._path / f"slice-{next(self._numbers)}.csv"
        try:
            with room(), path.open("wb") as file:
                file.writelines((records.raw, records.last))
            yield read_slice(path, records, width)
        finally:
            path.unlink(missing_ok=True)

    def interrupt(self) -> None:
        """Stop whatever runs; from any thread."""
        with self._lock:
            self._interrupted = True
            for cursor in self._live:
                cursor.interrupt()

    def resume(self) -> None:
        """Take questions again after an ``interrupt``."""
        with self._lock:
            self._interrupted = False

    def close(self) -> None:
        """Give back memory and disk."""
        self._connection.close()
        self._scratch.close()


def run(cursor: duckdb.DuckDBPyConnection, sql: str) -> list[Row]:
    """All rows of an answer. Raises ``Refused`` when DuckDB does not take a slice in it for a CSV."""
    try:
        return cursor.execute(sql).fetchall()
    except (
        duckdb.InvalidInputException,
        duckdb.NotImplementedException,
        duckdb.ConversionException,
    ) as error:
        raise Refused(str(error)) from error
