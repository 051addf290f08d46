"""Uploads in force, in the journal: files that the service still reads in place of a model's file.

An upload is the user's own copy: its key is service, user, model and file. It replaces the whole file until
48 h after it was last read (service.md §8.2). A later upload of the same file takes its place.
"""

import logging
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from anaplan_tui.api.refs import FileRef, ModelRef
from anaplan_tui.core.journal.database import Database
from anaplan_tui.core.journal.records import clean_text, service_key, to_text

KEPT_FOR = timedelta(hours=48)
"""How long the service keeps an uploaded file after its last use (service.md §8.2)."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Owner:
    """The user whose uploads they are: nobody else's imports read them."""

    service: str
    """The API's base URL."""
    user: str
    """The service's name for the logged-in user."""


@dataclass(frozen=True, slots=True)
class InForce:
    """An upload that the service reads in place of a model's file."""

    file: FileRef
    name: str
    """The file's name in the model."""
    model_name: str
    source: Path
    """The local file that was sent."""
    bytes: int
    rows: int | None
    """Data rows; ``None`` if they were not counted."""
    rows_exact: bool
    sent_at: datetime
    used_at: datetime | None = None
    """When a run from here last read it; runs from elsewhere may have read it later."""

    @property
    def until(self) -> datetime:
        """It is in force at least until this time."""
        return max(self.sent_at, self.used_at or self.sent_at) + KEPT_FOR


def put(sql: sqlite3.Connection, owner: Owner, upload: InForce) -> None:
    """Record an upload that the service has whole; it replaces an earlier one of the same file."""
    sql.execute(
        "INSERT OR REPLACE INTO uploads (service, user, workspace_id, model_id, file_id, name, model_name, "
        "source, bytes, rows, rows_exact, sent_at, used_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            service_key(owner.service),
            owner.user,
            upload.file.model.workspace_id,
            upload.file.model.model_id,
            upload.file.file_id,
            clean_text(upload.name),
            clean_text(upload.model_name),
            clean_text(str(upload.source)),
            upload.bytes,
            upload.rows,
            upload.rows_exact,
            to_text(upload.sent_at),
            to_text(upload.used_at),
        ),
    )


def used(sql: sqlite3.Connection, owner: Owner, model_id: str, file_ids: Iterable[str], at: datetime) -> None:
    """Record that a run of this user reads these files; files without an upload are ignored."""
    for file_id in file_ids:
        sql.execute(
            "UPDATE uploads SET used_at = MAX(COALESCE(used_at, ''), ?) WHERE service = ? AND user = ? "
            "AND model_id = ? AND file_id = ?",
            (to_text(at), service_key(owner.service), owner.user, model_id, file_id),
        )


def forget(sql: sqlite3.Connection, owner: Owner, model_id: str, file_ids: Iterable[str]) -> None:
    """Remove uploads that the service no longer has."""
    for file_id in file_ids:
        sql.execute(
            "DELETE FROM uploads WHERE service = ? AND user = ? AND model_id = ? AND file_id = ?",
            (service_key(owner.service), owner.user, model_id, file_id),
        )


def expire(sql: sqlite3.Connection, now: datetime) -> None:
    """Remove uploads that the service has dropped by now."""
    limit = to_text(now - KEPT_FOR)
    sql.execute("DELETE FROM uploads WHERE MAX(sent_at, COALESCE(used_at, '')) < ?", (limit,))


IN_FORCE = "SELECT * FROM uploads WHERE service = ? AND user = ? ORDER BY sent_at"


def of_rows(rows: Iterable[sqlite3.Row], now: datetime) -> list[InForce]:
    """The uploads of these rows that are in force; an unreadable row is left out."""
    found = []
    for row in rows:
        try:
            upload = InForce(
                FileRef(ModelRef(row["workspace_id"], row["model_id"]), row["file_id"]),
                row["name"],
                row["model_name"],
                Path(row["source"]),
                int(row["bytes"]),
                None if row["rows"] is None else int(row["rows"]),
                bool(row["rows_exact"]),
                datetime.fromisoformat(row["sent_at"]),
                None if row["used_at"] is None else datetime.fromisoformat(row["used_at"]),
            )
        except (ValueError, TypeError):
            _log.warning("an upload of the journal cannot be read and is left out")
            continue
        if upload.until > now:
            found.append(upload)
    return found


class UploadTable:
    """The journal's uploads; see :class:`Journal` for what a write guarantees."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, owner: Owner, upload: InForce) -> None:
        """Record an upload that the service has whole; from now on it replaces the model's file."""
        self._database.write(lambda sql: put(sql, owner, upload))

    def used(self, owner: Owner, model_id: str, file_ids: Sequence[str], at: datetime) -> None:
        """Record that a run of the owner reads these files: the service keeps their uploads longer."""
        self._database.write(lambda sql: used(sql, owner, model_id, file_ids, at))

    def lost(self, owner: Owner, model_id: str, file_ids: Sequence[str]) -> None:
        """Remove the uploads of these files, which the service no longer has."""
        self._database.write(lambda sql: forget(sql, owner, model_id, file_ids))

    def in_force(self, owner: Owner, now: datetime) -> list[InForce]:
        """The owner's uploads that the service still reads, oldest first."""
        self._database.write(lambda sql: expire(sql, now))
        values = (service_key(owner.service), owner.user)
        return of_rows(self._database.read(IN_FORCE, values), now)
