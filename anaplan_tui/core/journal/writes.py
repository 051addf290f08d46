"""The journal's larger writes of runs and files, each inside a transaction of its caller."""

import getpass
import os
import sqlite3
from dataclasses import replace

from anaplan_tui.api.refs import DumpRef
from anaplan_tui.core.journal.records import (
    RunIntent,
    clean_text,
    dump_actions,
    dump_raw,
    now_text,
    to_json,
    to_text,
)
from anaplan_tui.core.liveness import ProcessId, this_process
from anaplan_tui.core.snapshots import DownloadSnapshot, Phase, RunSnapshot


class AlreadyIntended(Exception):
    """This run was already begun, perhaps by another instance of the app: it must not be sent again."""

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        super().__init__(run_id)

    def __str__(self) -> str:
        return "This run was started already, perhaps by another window of the app: it is not sent again."


def insert(sql: sqlite3.Connection, intent: RunIntent, phase: Phase) -> None:
    """Insert a row or replace a waiting one; any other row of this id raises :class:`AlreadyIntended`."""
    row = sql.execute("SELECT * FROM runs WHERE run_id = ?", (intent.run_id,)).fetchone()
    me = this_process()
    created_at = now_text()
    if row is not None:
        owner = ProcessId(row["owner_machine"], row["owner_pid"], row["owner_started"])
        if row["phase"] != Phase.WAITING or (owner != me and owner.alive):
            raise AlreadyIntended(intent.run_id)
        created_at = row["created_at"]
    values = {
        "run_id": intent.run_id,
        "profile": intent.profile,
        "host": intent.host,
        "workspace_id": intent.target.model.workspace_id,
        "model_id": intent.target.model.model_id,
        "kind": intent.target.kind.value,
        "target_id": intent.target.id,
        "name": clean_text(intent.name),
        "workspace_name": clean_text(intent.workspace_name),
        "model_name": clean_text(intent.model_name),
        "parameters": to_json(dict(intent.parameters)),
        "known_tasks": to_json(list(intent.known_tasks)),
        "server_time": to_text(intent.server_time),
        "user": _user(),
        "machine": me.machine,
        "pid": me.pid,
        "process_started": me.started,
        "owner_machine": me.machine,
        "owner_pid": me.pid,
        "owner_started": me.started,
        "created_at": created_at,
        "updated_at": now_text(),
        "phase": phase.value,
    }
    marks = ", ".join(f":{column}" for column in values)
    sql.execute(f"INSERT OR REPLACE INTO runs ({', '.join(values)}) VALUES ({marks})", values)  # noqa: S608


def observe(sql: sqlite3.Connection, snapshot: RunSnapshot) -> None:
    """Update the run's row from ``snapshot``, and add its state if that is new."""
    ended = snapshot.phase is Phase.ENDED
    values = {
        "phase": snapshot.phase.value,
        "task_id": snapshot.task_id,
        "state": snapshot.state,
        "verdict": None if snapshot.verdict is None else snapshot.verdict.value,
        "reason": snapshot.reason,
        "current_step": snapshot.current_step,
        "progress": snapshot.progress,
        "started_at": to_text(snapshot.started_at),
        "ended_at": to_text(snapshot.ended_at),
        "duration_s": snapshot.duration_s,
        "cancel_requested": snapshot.cancel_requested,
        "cancelled_by": snapshot.cancelled_by,
        "started_by": snapshot.started_by,
        "note": snapshot.note,
        "candidates": to_json(list(snapshot.candidates)),
        "actions": dump_actions(snapshot.actions) if ended else None,
        "raw": dump_raw(snapshot.raw) if ended else None,
    }
    cleaned = {key: clean_text(value) if isinstance(value, str) else value for key, value in values.items()}
    cleaned |= {"run_id": snapshot.run_id, "at": now_text()}
    # Facts that a later snapshot no longer has stay known; after a run's end only another end is news.
    kept = ("task_id", "started_at", "ended_at", "duration_s", "cancelled_by", "started_by")
    changes = ", ".join(f"{c} = COALESCE(:{c}, {c})" if c in kept else f"{c} = :{c}" for c in values)
    if ended and snapshot.task_id is not None:
        changes += ", known_tasks = '[]'"  # not needed now, and each run would keep the ids of all before it
    changed = sql.execute(
        f"UPDATE runs SET {changes}, updated_at = :at "  # noqa: S608  # our own column names
        "WHERE run_id = :run_id AND (phase <> 'ended' OR :phase = 'ended')",
        cleaned,
    ).rowcount
    if changed:
        sql.execute(
            "INSERT INTO states (run_id, at, phase, state, progress, current_step) "
            "SELECT :run_id, :at, :phase, :state, :progress, :current_step "
            "WHERE NOT EXISTS (SELECT 1 FROM states "
            "WHERE run_id = :run_id AND phase = :phase AND state IS :state)",
            cleaned,
        )


def judged(sql: sqlite3.Connection, intent: RunIntent, run: RunSnapshot) -> str | None:
    """See :meth:`Journal.judged`."""
    target = intent.target
    task_id = clean_text(run.task_id or "")
    row = sql.execute(
        "SELECT run_id, phase, origin FROM runs "
        "WHERE task_id = ? AND model_id = ? AND kind = ? AND target_id = ?",
        (task_id, target.model.model_id, target.kind.value, target.id),
    ).fetchone()
    if row is not None:
        if row["phase"] != Phase.ENDED:
            who = None if row["origin"] == "here" else run.started_by
            observe(sql, replace(run, run_id=row["run_id"], started_by=who))
        return str(row["run_id"])
    open_start = sql.execute(
        "SELECT 1 FROM runs WHERE model_id = ? AND kind = ? AND target_id = ? AND phase = 'starting' "
        "AND task_id IS NULL LIMIT 1",
        (target.model.model_id, target.kind.value, target.id),
    ).fetchone()
    if open_start is not None:
        return None
    insert(sql, intent, Phase.RUNNING)
    sql.execute("UPDATE runs SET origin = 'elsewhere' WHERE run_id = ?", (intent.run_id,))
    observe(sql, run)
    return intent.run_id


def save(sql: sqlite3.Connection, run_id: str | None, download: DownloadSnapshot) -> None:
    """Insert a row for a file that is whole on disk, with the run it belongs to if the journal knows that."""
    source, path = download.source, download.path or download.target
    dump = source if isinstance(source, DumpRef) else None
    model = source.task.target.model if isinstance(source, DumpRef) else source.model
    object_id = source.object_id if isinstance(source, DumpRef) else source.file_id
    values = {
        "run_id": run_id,
        "workspace_id": model.workspace_id,
        "model_id": model.model_id,
        "task_id": None if dump is None else dump.task.task_id,
        "object_id": object_id,
        "name": clean_text(download.name),
        "path": clean_text(str(path)),
        "bytes": download.bytes_done,
        "sha256": download.sha256,
        "chunks": download.chunks_total,
        "saved_at": now_text(),
        "mtime_ns": download.mtime_ns,
    }
    # One row per file: fetching it again only renews the row.
    sql.execute(
        "DELETE FROM files WHERE path = :path AND task_id IS :task_id AND object_id = :object_id", values
    )
    sql.execute(
        "INSERT INTO files (run_id, workspace_id, model_id, task_id, object_id, name, path, bytes, sha256, "
        "chunks, saved_at, mtime_ns) VALUES ((SELECT run_id FROM runs WHERE run_id = :run_id "
        "OR (task_id = :task_id AND model_id = :model_id) ORDER BY run_id = :run_id DESC LIMIT 1), "
        ":workspace_id, :model_id, :task_id, :object_id, :name, :path, :bytes, :sha256, :chunks, :saved_at, "
        ":mtime_ns)",
        values,
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number without a name
        return str(os.geteuid())
