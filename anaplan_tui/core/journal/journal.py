"""What was run and fetched, so that no end of this app can lose it.

The intent of a run is on disk before its start is sent, the task id right after; whoever opens the
journal next finds every run that was not seen to end. Every write is one transaction, safe against
``kill -9`` at any moment and against other instances of the app at work on the same file.

All methods block for milliseconds: call them through ``asyncio.to_thread``; any thread may. Secrets are
never stored.
"""

import json
import logging
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from anaplan_tui.api.refs import Kind, ModelRef, TargetRef
from anaplan_tui.core.journal import plays as journal_plays
from anaplan_tui.core.journal import sweeps as journal_sweeps
from anaplan_tui.core.journal import uploads as journal_uploads
from anaplan_tui.core.journal import wanted as journal_wanted
from anaplan_tui.core.journal import writes as journal_writes
from anaplan_tui.core.journal.database import Database
from anaplan_tui.core.journal.plays import AlreadyPlayed, PlayRecord
from anaplan_tui.core.journal.records import (
    KNOWN_TASK,
    SUMMARY,
    JournalRun,
    KnownTask,
    RunIntent,
    SavedFile,
    Who,
    clean_text,
    file_of,
    known_task_of,
    now_text,
    run_of,
    to_json,
    to_text,
)
from anaplan_tui.core.journal.uploads import InForce, Owner
from anaplan_tui.core.journal.usual import LATEST
from anaplan_tui.core.journal.wanted import Wanted
from anaplan_tui.core.journal.writes import AlreadyIntended
from anaplan_tui.core.liveness import ProcessId, this_process
from anaplan_tui.core.snapshots import DownloadSnapshot, Phase, RunSnapshot

__all__ = [
    "AlreadyIntended",
    "AlreadyPlayed",
    "InForce",
    "Journal",
    "JournalRun",
    "Owner",
    "PlayRecord",
    "RunIntent",
    "SavedFile",
    "Wanted",
    "Who",
]

_NEWEST = "COALESCE(started_at, server_time, created_at) DESC, created_at DESC"
"""Newest first: by when a run began, as the service says, else when its start was sent, else when it was
planned. Not by when it was written down: an old task may be looked at today."""
_LAST_SEEN = 100
"""Runs whose last word is remembered, so that saying it again costs no write."""
_IS_LIVE = "phase IN ('waiting', 'starting', 'running')"
_LATEST_IN = (
    "SELECT number FROM (SELECT rowid AS number, ROW_NUMBER() OVER "  # noqa: S608  # our own words only
    f"(PARTITION BY target_id ORDER BY {_NEWEST}) AS place FROM runs "
    "WHERE model_id = ? AND workspace_id = ? AND kind = ? AND {}) WHERE place <= ?"
)
"""The newest runs of each target of one kind in a model that meet a condition."""
_TELLS_USUAL = "duration_s IS NOT NULL AND phase = 'ended' AND verdict IS NOT 'cancelled'"
_IS_TARGET = "target_id = ? AND model_id = ? AND workspace_id = ? AND kind = ?"

_log = logging.getLogger(__name__)


class Journal:
    """The journal of one state directory; see the module for what it promises.

    ``notice`` is what the operator should be told about the file: that it was set aside, or that there
    is none and runs are remembered only until the app ends. It may come up while the app works.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._last_seen: dict[str, tuple[object, ...]] = {}
        self.uploads = journal_uploads.UploadTable(database)
        self.sweeps = journal_sweeps.SweepTable(database)
        self.plays = journal_plays.PlayTables(database)

    @classmethod
    def open(cls, path: Path, *, keep_days: int = 90, max_mb: int = 64) -> Self:
        """The journal at ``path``, begun if it is missing, without what is older or more than allowed.

        Never fails: a database that cannot be used is set aside, and without a usable file the journal is
        kept in memory.
        """
        database = Database(path)
        database.prune(keep_days=keep_days, max_mb=max_mb)
        return cls(database)

    @property
    def notice(self) -> str | None:
        """What there is to say of the journal's file, a sentence."""
        return self._database.notice

    def go_back(self) -> bool:
        """See :meth:`Database.go_back`; for a process that stays when the disk was full for a while."""
        return self._database.go_back()

    def close(self) -> None:
        """Let go of the file. Nothing is pending: every write was finished when it returned."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def plan(self, intent: RunIntent) -> None:
        """Write down a run that waits for its turn: nothing is sent for it before ``intend``."""
        self._database.write(lambda sql: journal_writes.insert(sql, intent, Phase.WAITING))

    def intend(self, intent: RunIntent) -> None:
        """Write down that this run is about to be started; call it before the start is sent.

        The run belongs to this process from here on. Raises :class:`AlreadyIntended` when the run was
        begun before, whoever did so: of two instances that would start it, one gets through.
        """
        self._database.write(lambda sql: journal_writes.insert(sql, intent, Phase.STARTING))

    def started(self, run_id: str, task_id: str, adopted: bool) -> None:
        """The task id is known: from the answer to the start, or ``adopted`` from the task list."""
        self._database.write(
            lambda sql: sql.execute(
                "UPDATE runs SET task_id = ?, adopted = ?, phase = 'running', candidates = '[]', "
                "updated_at = ? WHERE run_id = ? AND phase <> 'ended'",
                (clean_text(task_id), adopted, now_text(), run_id),
            )
        )

    def attached(self, intent: RunIntent, task_id: str) -> None:
        """Write down a task that was started elsewhere and is looked at from here."""

        def work(sql: sqlite3.Connection) -> None:
            journal_writes.insert(sql, intent, Phase.RUNNING)
            sql.execute(
                "UPDATE runs SET task_id = ?, origin = 'elsewhere' WHERE run_id = ?",
                (clean_text(task_id), intent.run_id),
            )

        self._database.write(work)

    def named(self, run: RunSnapshot) -> None:
        """The names of a run became known after it was written down by its ids."""
        values = (run.name, run.model_name, run.workspace_name)
        self._database.write(
            lambda sql: sql.execute(
                "UPDATE runs SET name = ?, model_name = ?, workspace_name = ? WHERE run_id = ?",
                (*map(clean_text, values), run.run_id),
            )
        )

    def refused(self, run_id: str, reason: str) -> None:
        """Nothing was started: the service refused, or the operator left the queue."""
        self._not_running(run_id, Phase.NOT_STARTED, reason, ())

    def unknown_start(self, run_id: str, candidates: Sequence[str], reason: str = "") -> None:
        """Whether it started could not be found out; one of ``candidates`` may be its task."""
        self._not_running(run_id, Phase.UNKNOWN_START, reason, candidates)

    def observed(self, snapshot: RunSnapshot) -> None:
        """Write down what a run has come to: nothing for mere progress, everything when it has ended.

        A run that ended stays ended, whatever a late look of another instance still saw.
        """
        key = (
            snapshot.phase,
            snapshot.state,
            snapshot.verdict,
            snapshot.reason,
            snapshot.task_id,
            snapshot.cancel_requested,
            snapshot.cancelled_by,
            snapshot.note,
        )
        if self._last_seen.get(snapshot.run_id) == key:
            return
        self._database.write(lambda sql: journal_writes.observe(sql, snapshot))
        self._last_seen.pop(snapshot.run_id, None)
        self._last_seen[snapshot.run_id] = key
        if len(self._last_seen) > _LAST_SEEN:
            del self._last_seen[next(iter(self._last_seen))]

    def dump_saved(self, run_id: str | None, download: DownloadSnapshot) -> None:
        """A dump is whole on disk; ``run_id`` is ``None`` for a task that the journal does not know."""
        self._database.write(lambda sql: journal_writes.save(sql, run_id, download))

    def file_saved(self, download: DownloadSnapshot) -> None:
        """An export's output, or another file of the model, is whole on disk."""
        self._database.write(lambda sql: journal_writes.save(sql, download.run_id, download))

    def file_at(self, path: Path) -> SavedFile | None:
        """What was fetched to ``path`` last, if anything was."""
        query = "SELECT * FROM files WHERE path = ? ORDER BY saved_at DESC LIMIT 1"
        rows = self._database.read(query, (clean_text(str(path)),))
        return file_of(rows[0]) if rows else None

    def want(self, wishes: Sequence[Wanted]) -> None:
        """Write down downloads that are queued or paused; they belong to this process."""
        self._database.write(lambda sql: journal_wanted.want(sql, wishes))

    def unwant(self, wish: Wanted) -> None:
        """A download is done, or will never be, or is not wanted any more."""
        self._database.write(lambda sql: journal_wanted.unwant(sql, wish))

    def take_wanted(self, profile: str) -> list[Wanted]:
        """The profile's unfinished downloads that no living process works on; this one does from now on."""
        return self._database.write(lambda sql: journal_wanted.take(sql, profile))

    def wanted(self, profile: str) -> list[Wanted]:
        """All unfinished downloads of the profile, oldest first."""
        query = "SELECT wanted.* FROM wanted JOIN runs USING (run_id) WHERE profile = ? ORDER BY wanted.rowid"
        return journal_wanted.wishes_of(self._database.read(query, (profile,)))

    def claim(self, run_id: str) -> bool:
        """Make this process the one that continues a run, unless another that is alive does so already.

        ``False`` also for a run that the journal does not know.
        """

        def work(sql: sqlite3.Connection) -> bool:
            row = sql.execute(
                "SELECT owner_machine, owner_pid, owner_started FROM runs WHERE run_id = ?", (run_id,)
            ).fetchone()
            if row is None:
                return False
            me, owner = this_process(), ProcessId(*row)
            if owner != me and owner.alive:
                return False
            sql.execute(
                "UPDATE runs SET owner_machine = ?, owner_pid = ?, owner_started = ? WHERE run_id = ?",
                (me.machine, me.pid, me.started, run_id),
            )
            return True

        return self._database.write(work)

    def live(self, profile: str) -> list[JournalRun]:
        """The profile's runs that were not seen to end, in the order in which they were written down.

        Those are to be picked up again; the ones that wait stand in the order of their queue.
        """
        return self._runs(f"profile = ? AND {_IS_LIVE} ORDER BY created_at", (profile,))

    def recent(
        self, profile: str | None, limit: int = 200, *, with_results: bool = False
    ) -> list[JournalRun]:
        """The latest runs, newest first; of all profiles with ``None``.

        ``with_results``: with their actions and the service's answers, which may be megabytes a run.
        """
        what = "*" if with_results else SUMMARY
        if profile is None:
            return self._runs(f"1 ORDER BY {_NEWEST} LIMIT ?", (limit,), what=what)
        return self._runs(f"profile = ? ORDER BY {_NEWEST} LIMIT ?", (profile, limit), what=what)

    def run(self, run_id: str) -> JournalRun | None:
        """The run with our own id."""
        return _first(self._runs("run_id = ?", (run_id,)))

    def by_task(self, task_id: str) -> JournalRun | None:
        """The run with the service's id, the newest if there are several."""
        return _first(self._runs("task_id = ? ORDER BY created_at DESC LIMIT 1", (task_id,)))

    def last_of_ours(self, target: TargetRef) -> JournalRun | None:
        """The newest run of ``target`` that was started from here and has a task.

        Only that surely takes the dumps of our earlier ones; of others' runs nobody knows whose they are.
        """
        query = f"{_IS_TARGET} AND task_id IS NOT NULL AND origin = 'here' ORDER BY {_NEWEST} LIMIT 1"
        return _first(self._runs(query, _target_values(target)))

    def run_before(self, run: RunSnapshot) -> JournalRun | None:
        """The newest ended run of the same target that began before ``run``."""
        if run.started_at is None:
            return None
        query = (
            f"{_IS_TARGET} AND phase = 'ended' AND run_id <> ? AND started_at < ? ORDER BY {_NEWEST} LIMIT 1"
        )
        values = (*_target_values(run.target), run.run_id, to_text(run.started_at))
        return _first(self._runs(query, values))

    def durations(self, target: TargetRef, *, besides: str = "", limit: int = LATEST) -> list[float]:
        """Seconds that the latest runs of ``target`` took which ended by themselves, newest first.

        What came of them does not matter: a load that rejects rows every night takes its usual time.
        ``besides`` is the id of a run that does not count.
        """
        rows = self._database.read(
            f"SELECT duration_s FROM runs WHERE {_IS_TARGET} AND {_TELLS_USUAL} AND run_id <> ? "  # noqa: S608
            f"ORDER BY {_NEWEST} LIMIT ?",
            (*_target_values(target), besides, limit),
        )
        return [float(row[0]) for row in rows]

    def durations_in(self, model: ModelRef, kind: Kind) -> dict[str, list[float]]:
        """The same for all targets of one kind in a model, by id."""
        found: dict[str, list[float]] = {}
        for target_id, duration_s in self._database.read(
            f"SELECT target_id, duration_s FROM runs WHERE rowid IN ({_LATEST_IN.format(_TELLS_USUAL)}) "  # noqa: S608
            f"ORDER BY {_NEWEST}",
            (model.model_id, model.workspace_id, kind.value, LATEST),
        ):
            found.setdefault(target_id, []).append(float(duration_s))
        return found

    def last_parameters(self, target: TargetRef) -> Mapping[str, str]:
        """The mapping parameters of the newest run of ``target`` that had any."""
        query = f"{_IS_TARGET} AND parameters <> '{{}}' ORDER BY {_NEWEST} LIMIT 1"
        run = _first(self._runs(query, _target_values(target)))
        return {} if run is None else run.intent.parameters

    def choice(self, profile: str, key: str) -> Any:
        """What was remembered under ``key``; ``None`` when nothing was."""
        rows = self._database.read("SELECT value FROM choices WHERE profile = ? AND key = ?", (profile, key))
        try:
            return json.loads(rows[0][0]) if rows else None
        except ValueError:
            return None

    def remember(self, profile: str, key: str, value: Any) -> None:
        """Keep a choice of the operator's, any JSON value: the last model, a sort order, a queue."""
        text = to_json(value)
        self._database.write(
            lambda sql: sql.execute(
                "INSERT OR REPLACE INTO choices (profile, key, value) VALUES (?, ?, ?)", (profile, key, text)
            )
        )

    # -- what others ran ---------------------------------------------------------------------------

    def judged(self, intent: RunIntent, run: RunSnapshot) -> str | None:
        """Write down what a task of the lists came to, once; returns the id of its run.

        A task that the journal knows keeps its run: one that is still open there ends with this result, one
        that ended stays as it is. ``None``, and nothing is written, while a start of the same target waits
        for its answer: the task may be that one's.
        """
        return self._database.write(lambda sql: journal_writes.judged(sql, intent, run))

    def settled_tasks(self, model: ModelRef) -> dict[str, str]:
        """The tasks of a model that need no look, with the id of their runs.

        They were seen to end, or a process that is alive watches them.
        """
        query = (
            "SELECT task_id, run_id, phase, owner_machine, owner_pid, owner_started FROM runs "
            "WHERE model_id = ? AND task_id IS NOT NULL"
        )
        return {
            row["task_id"]: row["run_id"]
            for row in self._database.read(query, (model.model_id,))
            if row["phase"] == "ended"
            or ProcessId(row["owner_machine"], row["owner_pid"], row["owner_started"]).alive
        }

    def last_result(self, target: TargetRef) -> JournalRun | None:
        """The newest run of ``target`` whose actions are known."""
        query = f"{_IS_TARGET} AND actions IS NOT NULL ORDER BY {_NEWEST} LIMIT 1"
        return _first(self._runs(query, _target_values(target)))

    def newest_in(self, model: ModelRef, kind: Kind) -> dict[str, JournalRun]:
        """The newest run of each target of one kind that is over or may be, whoever started it, by target id.

        Of every profile: a guard may have another one than the app that reads what it saw.
        """
        over = f"NOT {_IS_LIVE} AND phase <> 'not_started'"
        condition = f"rowid IN ({_LATEST_IN.format(over)})"
        values = (model.model_id, model.workspace_id, kind.value, 1)
        return {run.intent.target.id: run for run in self._runs(condition, values, what=SUMMARY)}

    def runs_since(self, model: ModelRef, since: datetime, *, with_results: bool = False) -> list[JournalRun]:
        """The runs of a model that began at or after ``since``, of everybody, newest first."""
        condition = f"model_id = ? AND COALESCE(started_at, server_time, created_at) >= ? ORDER BY {_NEWEST}"
        what = "*" if with_results else SUMMARY
        return self._runs(condition, (model.model_id, to_text(since)), what=what)

    def starts_of(self, model: ModelRef) -> dict[TargetRef, tuple[datetime, ...]]:
        """When the targets of a model ran, newest first: the target that ran last is the first."""
        query = (
            "SELECT kind, target_id, COALESCE(started_at, server_time, created_at) AS at FROM runs "  # noqa: S608
            f"WHERE model_id = ? AND phase <> 'not_started' ORDER BY {_NEWEST}"
        )
        found: dict[TargetRef, list[datetime]] = {}
        for row in self._database.read(query, (model.model_id,)):
            target = TargetRef(model, Kind(row["kind"]), row["target_id"])
            found.setdefault(target, []).append(datetime.fromisoformat(row["at"]))
        return {target: tuple(starts) for target, starts in found.items()}

    def mark_seen(self, run_ids: Sequence[str]) -> None:
        """The operator has opened these runs."""
        self._database.write(
            lambda sql: sql.executemany(
                "UPDATE runs SET seen_at = ? WHERE run_id = ? AND seen_at IS NULL",
                [(now_text(), run_id) for run_id in run_ids],
            )
        )

    def no_dumps(self, run_id: str, why: str) -> None:
        """The dumps of this run cannot be had, which was found by trying; ``why`` in one sentence."""
        self._database.write(
            lambda sql: sql.execute(
                "UPDATE runs SET no_dumps = ? WHERE run_id = ?", (clean_text(why), run_id)
            )
        )

    def mark_of(self, model: ModelRef) -> tuple[int, str]:
        """Something that is another one after a run of the model was written down or has changed."""
        query = "SELECT COUNT(*), COALESCE(MAX(updated_at), '') FROM runs WHERE model_id = ?"
        count, newest = self._database.read(query, (model.model_id,))[0]
        return int(count), str(newest)

    def _not_running(self, run_id: str, phase: Phase, reason: str, candidates: Sequence[str]) -> None:
        values = (phase.value, clean_text(reason), to_json(list(candidates)), now_text(), run_id)
        self._database.write(
            lambda sql: sql.execute(
                "UPDATE runs SET phase = ?, reason = ?, candidates = ?, updated_at = ? "
                "WHERE run_id = ? AND task_id IS NULL",
                values,
            )
        )

    def _runs(self, condition: str, values: tuple[Any, ...], *, what: str = "*") -> list[JournalRun]:
        rows = self._database.read(f"SELECT {what} FROM runs WHERE {condition}", values)  # noqa: S608
        files: dict[str, list[SavedFile]] = {}
        if rows:
            # Not a mark for each id: SQLite's module keeps every such statement, of every length, prepared.
            ids = f"SELECT run_id FROM runs WHERE {condition}"  # noqa: S608
            query = f"SELECT * FROM files WHERE run_id IN ({ids}) ORDER BY rowid"  # noqa: S608
            for row in self._database.read(query, values):
                files.setdefault(row["run_id"], []).append(file_of(row))
        runs = []
        for row in rows:
            try:
                runs.append(run_of(row, files.get(row["run_id"], ())))
            except (ValueError, TypeError, AttributeError):
                # One row that somebody edited must not hide all others.
                _log.warning("a run of the journal cannot be read and is left out: %r", row["run_id"])
        return runs

    def of_target(self, target: TargetRef, limit: int = 200) -> list[JournalRun]:
        """The latest runs of ``target``, of every profile, newest first; without their results."""
        values = (*_target_values(target), limit)
        return self._runs(f"{_IS_TARGET} ORDER BY created_at DESC LIMIT ?", values, what=SUMMARY)

    def known_tasks(self, target: TargetRef, wanted: Collection[str]) -> dict[str, KnownTask]:
        """What is known of these tasks of ``target``, by id; those that nobody wrote down are not in it."""
        query = f"SELECT {KNOWN_TASK} FROM runs WHERE {_IS_TARGET} AND task_id IS NOT NULL"  # noqa: S608
        known: dict[str, KnownTask] = {}
        for row in self._database.read(f"{query} ORDER BY created_at", _target_values(target)):
            if row["task_id"] in wanted:
                with suppress(ValueError):  # one row that somebody edited must not hide all others
                    known.setdefault(row["task_id"], known_task_of(row))
        return known

    def starting(self, target: TargetRef) -> list[JournalRun]:
        """Runs of ``target``, of every profile, that were to be sent and have no task; oldest first."""
        query = f"{_IS_TARGET} AND phase = 'starting' AND task_id IS NULL ORDER BY created_at"
        return self._runs(query, _target_values(target), what=SUMMARY)

    def tasks_of(self, target: TargetRef, *, besides: str) -> frozenset[str]:
        """Ids of the tasks of ``target`` that are known to be of runs ``besides`` one."""
        query = f"SELECT task_id FROM runs WHERE {_IS_TARGET} AND run_id <> ? AND task_id IS NOT NULL"  # noqa: S608
        return frozenset(row[0] for row in self._database.read(query, (*_target_values(target), besides)))

    def adopt(self, run_id: str, task_id: str) -> bool:
        """Take a task of the task list for this run's, unless another run has it: of two, one gets it."""
        found = clean_text(task_id)
        return self._database.write(
            lambda sql: (
                sql.execute(
                    "UPDATE runs SET task_id = ?, adopted = 1, phase = 'running', candidates = '[]', "
                    "updated_at = ? WHERE run_id = ? AND phase <> 'ended' AND NOT EXISTS "
                    "(SELECT 1 FROM runs AS other WHERE other.task_id = ? AND other.run_id <> runs.run_id)",
                    (found, now_text(), run_id, found),
                ).rowcount
                > 0
            )
        )

    def postponed(self, run_id: str) -> None:
        """A run whose start could not be sent waits again; nothing runs for it."""
        self._database.write(
            lambda sql: sql.execute(
                "UPDATE runs SET phase = 'waiting', updated_at = ? WHERE run_id = ? AND task_id IS NULL",
                (now_text(), run_id),
            )
        )


def _first(runs: list[JournalRun]) -> JournalRun | None:
    return runs[0] if runs else None


def _target_values(target: TargetRef) -> tuple[str, str, str, str]:
    return (target.id, target.model.model_id, target.model.workspace_id, target.kind.value)
