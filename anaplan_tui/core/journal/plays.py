"""Plays of runbooks in the journal: each play, and each of its steps, is recorded before it begins.

A play belongs to the process that plays it. If that process is gone, the play counts as stopped.
"""

import json
import logging
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from anaplan_tui.core.journal.database import Database
from anaplan_tui.core.journal.records import clean_text, now_text, service_key, to_json, to_moment, to_text
from anaplan_tui.core.liveness import ProcessId, this_process
from anaplan_tui.core.play import Course, Play, PlayedFile, PlayStep, Stage
from anaplan_tui.core.snapshots import Verdict
from anaplan_tui.trouble import Exit

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PlayRecord:
    """A play as the journal knows it."""

    play: Play
    """Its course is stopped if it was playing and its process is gone."""
    who: ProcessId
    """The process that plays it, or did last."""
    values: tuple[tuple[str, str], ...] = ()
    at: str = ""
    """The instant that its date placeholders refer to, ISO 8601."""
    fingerprints: tuple[tuple[int, str], ...] = ()
    """For each step that was begun, its number and a fingerprint of what it does."""

    @property
    def alive(self) -> bool:
        """Whether it is being played now."""
        return self.play.live and self.who.alive


class AlreadyPlayed(Exception):
    """The same runbook is already being played, as ``record`` says; nothing was written."""

    def __init__(self, record: PlayRecord) -> None:
        super().__init__(record.play.play_id)
        self.record = record


def begin(sql: sqlite3.Connection, profile: str, service: str, record: PlayRecord, *, force: bool) -> None:
    """Insert a new play with its steps; raises :class:`AlreadyPlayed` unless ``force``."""
    play = record.play
    if not force:
        _refuse_second(sql, service, play.runbook, besides=play.play_id)
    me = this_process()
    sql.execute(
        "INSERT INTO plays (play_id, profile, service, runbook, name, given, at, course, began, updated_at, "
        "owner_machine, owner_pid, owner_started) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            play.play_id,
            profile,
            service_key(service),
            clean_text(play.runbook),
            clean_text(play.name),
            to_json(record.values),
            record.at,
            play.course.value,
            to_text(play.began),
            now_text(),
            me.machine,
            me.pid,
            me.started,
        ),
    )
    for step in play.steps:
        put_step(sql, play.play_id, step, "")


def take_over(sql: sqlite3.Connection, service: str, play: Play, given: tuple[tuple[str, str], ...]) -> None:
    """Make this process the player of ``play``, with its current steps; raises :class:`AlreadyPlayed`."""
    _refuse_second(sql, service, play.runbook, besides="")
    me = this_process()
    sql.execute(
        "UPDATE plays SET course = ?, given = ?, owner_machine = ?, owner_pid = ?, owner_started = ?, "
        "updated_at = ? WHERE play_id = ?",
        (play.course.value, to_json(given), me.machine, me.pid, me.started, now_text(), play.play_id),
    )
    kept = {
        row["number"]: row["fingerprint"]
        for row in sql.execute(
            "SELECT number, fingerprint FROM play_steps WHERE play_id = ?", (play.play_id,)
        )
    }
    sql.execute("DELETE FROM play_steps WHERE play_id = ?", (play.play_id,))
    for step in play.steps:
        put_step(sql, play.play_id, step, kept.get(step.number, ""))


def put_step(sql: sqlite3.Connection, play_id: str, step: PlayStep, fingerprint: str | None = None) -> None:
    """Write the state of a step; ``None`` keeps the stored ``fingerprint``."""
    values = {
        "play_id": play_id,
        "number": step.number,
        "does": step.does,
        "target": clean_text(step.target),
        "name": None if step.name is None else clean_text(step.name),
        "stage": step.stage.value,
        "verdict": None if step.verdict is None else step.verdict.value,
        "reason": clean_text(step.reason),
        "code": int(step.code),
        "stops": step.stops,
        "run_id": step.run_id,
        "file": None if step.file is None else to_json(_file_document(step.file)),
        "began": to_text(step.began),
        "ended": to_text(step.ended),
        "fingerprint": clean_text(fingerprint or ""),
    }
    kept = ("play_id", "number", *(("fingerprint",) if fingerprint is None else ()))
    changes = ", ".join(f"{column} = :{column}" for column in values if column not in kept)
    marks = ", ".join(f":{column}" for column in values)
    sql.execute(
        f"INSERT INTO play_steps ({', '.join(values)}) VALUES ({marks}) "  # noqa: S608  # our own columns
        f"ON CONFLICT (play_id, number) DO UPDATE SET {changes}",
        values,
    )
    sql.execute("UPDATE plays SET updated_at = ? WHERE play_id = ?", (now_text(), play_id))


def put_course(sql: sqlite3.Connection, play: Play) -> None:
    """Write the course of a play, and its end."""
    sql.execute(
        "UPDATE plays SET course = ?, ended = ?, updated_at = ? WHERE play_id = ?",
        (play.course.value, to_text(play.ended), now_text(), play.play_id),
    )


def last(
    sql: sqlite3.Connection, profile: str | None, service: str, runbook: str | None, limit: int = 1
) -> list[PlayRecord]:
    """The newest plays at a service, newest first; ``None`` stands for any profile or any runbook."""
    rows = sql.execute(
        "SELECT * FROM plays WHERE service = ? AND (? IS NULL OR profile = ?) AND (? IS NULL OR runbook = ?) "
        "ORDER BY began DESC, rowid DESC LIMIT ?",
        (service_key(service), profile, profile, runbook, runbook and clean_text(runbook), limit),
    ).fetchall()
    records = []
    for row in rows:
        steps = sql.execute(
            "SELECT * FROM play_steps WHERE play_id = ? ORDER BY number", (row["play_id"],)
        ).fetchall()
        try:
            records.append(_record(row, steps))
        except (ValueError, TypeError, KeyError):
            _log.warning("a play of the journal cannot be read and is left out: %r", row["play_id"])
    return records


def _refuse_second(sql: sqlite3.Connection, service: str, runbook: str, *, besides: str) -> None:
    rows = sql.execute(
        "SELECT * FROM plays WHERE service = ? AND runbook = ? AND course = ? AND play_id <> ?",
        (service_key(service), clean_text(runbook), Course.PLAYING.value, besides),
    ).fetchall()
    for row in rows:
        owner = ProcessId(row["owner_machine"], row["owner_pid"], row["owner_started"])
        if owner.alive:
            steps = sql.execute("SELECT * FROM play_steps WHERE play_id = ?", (row["play_id"],)).fetchall()
            raise AlreadyPlayed(_record(row, steps))


def _record(row: sqlite3.Row, steps: list[sqlite3.Row]) -> PlayRecord:
    owner = ProcessId(row["owner_machine"], row["owner_pid"], row["owner_started"])
    play = Play(
        play_id=row["play_id"],
        runbook=row["runbook"],
        name=row["name"],
        steps=tuple(_step(step) for step in steps),
        course=Course(row["course"]),
        began=to_moment(row["began"]),
        ended=to_moment(row["ended"]),
    )
    if play.live and not owner.alive:
        play = replace(play, course=Course.STOPPED)
    values = tuple((str(name), str(value)) for name, value in json.loads(row["given"]))
    prints = tuple((step["number"], step["fingerprint"]) for step in steps if step["fingerprint"])
    return PlayRecord(play, owner, values, row["at"], prints)


def _step(row: sqlite3.Row) -> PlayStep:
    return PlayStep(
        number=row["number"],
        does=row["does"],
        target=row["target"],
        name=row["name"],
        stage=Stage(row["stage"]),
        verdict=None if row["verdict"] is None else Verdict(row["verdict"]),
        reason=row["reason"],
        code=Exit(row["code"]),
        stops=bool(row["stops"]),
        run_id=row["run_id"],
        file=None if row["file"] is None else _file(json.loads(row["file"])),
        began=to_moment(row["began"]),
        ended=to_moment(row["ended"]),
    )


def _file_document(file: PlayedFile) -> dict[str, Any]:
    return {"path": str(file.path), "bytes": file.bytes, "sha256": file.sha256}


def _file(document: dict[str, Any]) -> PlayedFile:
    return PlayedFile(Path(document["path"]), int(document["bytes"]), str(document["sha256"]))


class PlayTables:
    """The journal's plays; see :class:`Journal` for what a write guarantees."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, profile: str, service: str, record: PlayRecord, *, force: bool = False) -> None:
        """Record a play before its first step; it belongs to this process.

        Raises :class:`AlreadyPlayed` if a living process plays the same runbook at the same service, unless
        ``force``: of two that begin at once, one gets through.
        """
        self._database.write(lambda sql: begin(sql, profile, service, record, force=force))

    def take_over(self, service: str, play: Play, given: Sequence[tuple[str, str]]) -> None:
        """Take a play over to continue it, with its current steps and the values ``given`` by ``--set``.

        Raises :class:`AlreadyPlayed` while a living process plays the same runbook.
        """
        self._database.write(lambda sql: take_over(sql, service, play, tuple(given)))

    def put_step(self, play_id: str, step: PlayStep, fingerprint: str | None = None) -> None:
        """Record the state of a step; ``fingerprint`` identifies what the step is about to do."""
        self._database.write(lambda sql: put_step(sql, play_id, step, fingerprint))

    def put_course(self, play: Play) -> None:
        """Record the course of a play: it ended, stopped or continues."""
        self._database.write(lambda sql: put_course(sql, play))

    def last(self, profile: str, service: str, runbook: str) -> PlayRecord | None:
        """The newest play of a runbook under this profile."""
        found = self._database.view(lambda sql: last(sql, profile, service, runbook))
        return found[0] if found else None

    def recent(self, profile: str, service: str, limit: int = 100) -> list[PlayRecord]:
        """The newest plays of all runbooks under this profile, newest first."""
        return self._database.view(lambda sql: last(sql, profile, service, None, limit))
