"""Wanted downloads in the journal: files that were asked for and are not whole yet.

A wish is recorded when its download is queued. It is removed when the file is whole, when the service no
longer has it, or when the operator drops it. Whatever ends the app in between, the next process finds the
wish and continues. It belongs to the process that works on it, so that two windows never fetch the same file.
"""

import logging
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from anaplan_tui.api.refs import Chunked, DumpRef, FileRef
from anaplan_tui.core.journal.records import clean_text, now_text
from anaplan_tui.core.liveness import ProcessId, this_process
from anaplan_tui.core.snapshots import RunSnapshot

_log = logging.getLogger(__name__)


class Asked(StrEnum):
    """The kind of file that is wanted."""

    DUMP = "dump"
    OUTPUT = "output"
    """The file that an export made."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file of a run that is wanted on disk; equal unless more than ``name`` and ``paused`` differ."""

    run_id: str
    asked: Asked
    object_id: str
    """The action's id."""
    target: Path
    base: Path | None
    """The directory below which the folders of ``target`` are made; ``None``: only its own folder is made."""
    name: str = field(default="", compare=False)
    paused: bool = field(default=False, compare=False)
    """The operator paused it."""

    def source(self, run: RunSnapshot) -> Chunked | None:
        """Where the service keeps the file; ``None`` for a run without a task."""
        if run.task is None:
            return None
        if self.asked is Asked.DUMP:
            return DumpRef(run.task, self.object_id)
        return FileRef(run.target.model, self.object_id)


def want(sql: sqlite3.Connection, wishes: Iterable[Wanted]) -> None:
    """Insert or replace rows for wishes; wishes of unknown runs are ignored."""
    me = this_process()
    for wish in wishes:
        sql.execute(
            "INSERT OR REPLACE INTO wanted (run_id, asked, object_id, target, base, name, paused, "
            "owner_machine, owner_pid, owner_started, wanted_at) "
            "SELECT run_id, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM runs WHERE run_id = ?",
            (
                wish.asked.value,
                wish.object_id,
                clean_text(str(wish.target)),
                None if wish.base is None else clean_text(str(wish.base)),
                clean_text(wish.name),
                wish.paused,
                me.machine,
                me.pid,
                me.started,
                now_text(),
                wish.run_id,
            ),
        )


def unwant(sql: sqlite3.Connection, wish: Wanted) -> None:
    """Delete a wish that came true or never will."""
    sql.execute(
        "DELETE FROM wanted WHERE run_id = ? AND asked = ? AND object_id = ? AND target = ?",
        (wish.run_id, wish.asked.value, wish.object_id, clean_text(str(wish.target))),
    )


def take(sql: sqlite3.Connection, profile: str) -> list[Wanted]:
    """Take over the profile's wishes that no other living process works on; return them, oldest first."""
    me = this_process()
    taken = []
    for row in sql.execute(
        "SELECT wanted.*, wanted.rowid AS number FROM wanted JOIN runs USING (run_id) "
        "WHERE runs.profile = ? ORDER BY wanted.rowid",
        (profile,),
    ).fetchall():
        owner = ProcessId(row["owner_machine"], row["owner_pid"], row["owner_started"])
        if owner != me and owner.alive:
            continue
        sql.execute(
            "UPDATE wanted SET owner_machine = ?, owner_pid = ?, owner_started = ? WHERE rowid = ?",
            (me.machine, me.pid, me.started, row["number"]),
        )
        taken += wishes_of([row])
    return taken


def wishes_of(rows: Iterable[sqlite3.Row]) -> list[Wanted]:
    """Read rows of the table ``wanted``; an unreadable row is left out."""
    wishes = []
    for row in rows:
        try:
            wishes.append(
                Wanted(
                    run_id=row["run_id"],
                    asked=Asked(row["asked"]),
                    object_id=row["object_id"],
                    target=Path(row["target"]),
                    base=None if row["base"] is None else Path(row["base"]),
                    name=row["name"],
                    paused=bool(row["paused"]),
                )
            )
        except (ValueError, TypeError):
            _log.warning("a wanted download of the journal cannot be read and is left out")
    return wishes
