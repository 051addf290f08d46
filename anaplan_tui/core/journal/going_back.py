"""Move the journal from memory back to its file once the disk works again, with all changes since.

Other processes may have written to the file in between. Of a run that both changed, the later version wins. A
task that both know keeps the run that the file has.
"""

import sqlite3
from collections.abc import Mapping
from pathlib import Path

from anaplan_tui.core.journal import file as journal_file
from anaplan_tui.core.journal.connection import in_one

Choices = Mapping[tuple[str, str], str]

_CHANGED_AT = {
    "runs": "updated_at",
    "states": "at",
    "files": "saved_at",
    "wanted": "wanted_at",
    "uploads": "COALESCE(used_at, sent_at)",
    "sweeps": "beat_at",
    "plays": "updated_at",
    "play_steps": "(SELECT updated_at FROM plays WHERE plays.play_id = play_steps.play_id)",
}
"""By table, the expression for when a row was written; tables that others refer to come first."""


def choices_of(connection: sqlite3.Connection) -> Choices:
    """The remembered choices, by profile and key."""
    rows = connection.execute("SELECT profile, key, value FROM choices")
    return {(row["profile"], row["key"]): row["value"] for row in rows}


def go_back(
    memory: sqlite3.Connection, path: Path, fell_at: str, before: Choices
) -> journal_file.Opened | None:
    """Reopen the journal's file and merge what was written to ``memory`` since ``fell_at``.

    Return ``None`` while the file cannot be used; then nothing was written. ``before`` holds the choices at
    ``fell_at``.
    """
    opened = journal_file.open_database(path)
    file = opened.connection
    try:
        if journal_file.is_in_memory(file):
            raise sqlite3.OperationalError("still no file")
        # Replacing a row would delete the rows that refer to it.
        file.execute("PRAGMA foreign_keys = OFF")
        in_one(file, lambda: _bring(memory, file, fell_at, before))
        file.execute("PRAGMA foreign_keys = ON")
    except sqlite3.Error:
        file.close()
        return None
    return opened


def _bring(memory: sqlite3.Connection, file: sqlite3.Connection, fell_at: str, before: Choices) -> None:
    theirs = _runs_of_the_same_tasks(memory, file, fell_at)
    for table, changed_at in _CHANGED_AT.items():
        query = f"SELECT * FROM {table} WHERE {changed_at} >= ?"  # noqa: S608  # our own tables
        for row in memory.execute(query, (fell_at,)):
            values = dict(row)
            run_id = str(values.get("run_id"))
            if run_id in theirs:
                if table in ("runs", "states"):
                    continue
                values["run_id"] = theirs[run_id]
            if table != "runs" or not _is_later_there(file, values):
                _put(file, table, values)
    for (profile, key), value in choices_of(memory).items():
        if before.get((profile, key)) != value:
            _put(file, "choices", {"profile": profile, "key": key, "value": value})


def _runs_of_the_same_tasks(
    memory: sqlite3.Connection, file: sqlite3.Connection, fell_at: str
) -> Mapping[str, str]:
    """Runs that memory and file have under different ids, because both saw the task end: our id to theirs."""
    query = (
        "SELECT run_id, task_id, model_id, kind, target_id FROM runs WHERE updated_at >= ? AND task_id <> ''"
    )
    found = {}
    for run_id, *task in memory.execute(query, (fell_at,)):
        there = file.execute(
            "SELECT run_id FROM runs WHERE task_id = ? AND model_id = ? AND kind = ? AND target_id = ? "
            "AND run_id <> ?",
            (*task, run_id),
        ).fetchone()
        if there is not None:
            found[run_id] = there["run_id"]
    return found


def _is_later_there(file: sqlite3.Connection, run: Mapping[str, str]) -> bool:
    row = file.execute("SELECT updated_at FROM runs WHERE run_id = ?", (run["run_id"],)).fetchone()
    return row is not None and row["updated_at"] > run["updated_at"]


def _put(file: sqlite3.Connection, table: str, values: Mapping[str, object]) -> None:
    names, marks = ", ".join(values), ", ".join("?" * len(values))
    statement = f"INSERT OR REPLACE INTO {table} ({names}) VALUES ({marks})"  # noqa: S608  # our own tables
    file.execute(statement, tuple(values.values()))
