"""The journal as everybody uses it: what was run and fetched, so that no end of this app can lose it.

The intent of a run is on disk before its start is sent, the task id right after; whoever opens the
journal next finds every run that was not seen to end. Every write is one transaction, safe against
``kill -9`` at any moment and against other instances of the app at work on the same file.

All methods block for milliseconds: call them through ``asyncio.to_thread``; any thread may. Secrets are
never stored.
"""

import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from anaplan_tui.core.journal import plays as journal_plays
from anaplan_tui.core.journal import sweeps as journal_sweeps
from anaplan_tui.core.journal import uploads as journal_uploads
from anaplan_tui.core.journal import wanted as journal_wanted
from anaplan_tui.core.journal import writes as journal_writes
from anaplan_tui.core.journal.database import Database
from anaplan_tui.core.journal.plays import AlreadyPlayed, PlayRecord
from anaplan_tui.core.journal.reads import RunReads
from anaplan_tui.core.journal.records import (
    JournalRun,
    RunIntent,
    SavedFile,
    Who,
    clean_text,
    file_of,
    now_text,
    to_json,
)
from anaplan_tui.core.journal.uploads import InForce, Owner
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

_LAST_SEEN = 100
"""Runs whose last word is remembered, so that saying it again costs no write."""


class Journal(RunReads):
    """The journal of one state directory; see the module for what it promises.

    ``notice`` is what the operator should be told about the file: that it was set aside, or that there
    is none and runs are remembered only until the app ends. It may come up while the app works.
    """

    def __init__(self, database: Database) -> None:
        super().__init__(database)
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

    def _not_running(self, run_id: str, phase: Phase, reason: str, candidates: Sequence[str]) -> None:
        values = (phase.value, clean_text(reason), to_json(list(candidates)), now_text(), run_id)
        self._database.write(
            lambda sql: sql.execute(
                "UPDATE runs SET phase = ?, reason = ?, candidates = ?, updated_at = ? "
                "WHERE run_id = ? AND task_id IS NULL",
                values,
            )
        )

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
