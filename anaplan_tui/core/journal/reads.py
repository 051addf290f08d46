"""Read-only queries about the runs in the journal."""

import logging
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from anaplan_tui.api.refs import Kind, ModelRef, TargetRef
from anaplan_tui.core.journal.database import Database
from anaplan_tui.core.journal.records import (
    KNOWN_TASK,
    SUMMARY,
    JournalRun,
    KnownTask,
    SavedFile,
    file_of,
    known_task_of,
    run_of,
    to_text,
)
from anaplan_tui.core.journal.usual import LATEST
from anaplan_tui.core.liveness import ProcessId
from anaplan_tui.core.snapshots import RunSnapshot

_NEWEST = "COALESCE(started_at, server_time, created_at) DESC, created_at DESC"
"""Newest first, by when a run began: the service's time, else when its start was sent, else when its row was
made. Row times alone would mislead: an old task may be opened today."""
_IS_LIVE = "phase IN ('waiting', 'starting', 'running')"
_LATEST_IN = (
    "SELECT number FROM (SELECT rowid AS number, ROW_NUMBER() OVER "  # noqa: S608  # our own words only
    f"(PARTITION BY target_id ORDER BY {_NEWEST}) AS place FROM runs "
    "WHERE model_id = ? AND workspace_id = ? AND kind = ? AND {}) WHERE place <= ?"
)
"""For each target of one kind in a model, the newest runs that meet a condition."""
_TELLS_USUAL = "duration_s IS NOT NULL AND phase = 'ended' AND verdict IS NOT 'cancelled'"
_IS_TARGET = "target_id = ? AND model_id = ? AND workspace_id = ? AND kind = ?"

_log = logging.getLogger(__name__)


class RunReads:
    """The runs of a journal, whoever started them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def live(self, profile: str) -> list[JournalRun]:
        """The profile's runs whose end was never seen, to be picked up again, in the order of creation.

        For waiting runs this is the order of their queue.
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
        """The run with this id of ours."""
        return _first(self._runs("run_id = ?", (run_id,)))

    def by_task(self, task_id: str) -> JournalRun | None:
        """The run with this task id; the newest if there are several."""
        return _first(self._runs("task_id = ? ORDER BY created_at DESC LIMIT 1", (task_id,)))

    def last_of_ours(self, target: TargetRef) -> JournalRun | None:
        """The newest run of ``target`` that was started from here and has a task.

        Only such a run is certain to replace the dumps of our earlier ones; runs from elsewhere may belong to
        another user.
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
        """Durations in seconds of the latest runs of ``target`` that ended by themselves, newest first.

        The verdict does not matter: a load that rejects rows every night still takes its usual time.
        ``besides`` is the id of a run to leave out.
        """
        rows = self._database.read(
            f"SELECT duration_s FROM runs WHERE {_IS_TARGET} AND {_TELLS_USUAL} AND run_id <> ? "  # noqa: S608
            f"ORDER BY {_NEWEST} LIMIT ?",
            (*_target_values(target), besides, limit),
        )
        return [float(row[0]) for row in rows]

    def durations_in(self, model: ModelRef, kind: Kind) -> dict[str, list[float]]:
        """The same for all targets of one kind in a model, by target id."""
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

    def settled_tasks(self, model: ModelRef) -> dict[str, str]:
        """The tasks of a model that need no polling, with the ids of their runs.

        Either their end was seen, or a living process watches them.
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
        """The newest run of each target of one kind that is or may be over, whoever started it, by target id.

        Runs of every profile count: a guard may use another profile than the app that reads its results.
        """
        over = f"NOT {_IS_LIVE} AND phase <> 'not_started'"
        condition = f"rowid IN ({_LATEST_IN.format(over)})"
        values = (model.model_id, model.workspace_id, kind.value, 1)
        return {run.intent.target.id: run for run in self._runs(condition, values, what=SUMMARY)}

    def runs_since(self, model: ModelRef, since: datetime, *, with_results: bool = False) -> list[JournalRun]:
        """The runs of a model that began at or after ``since``, whoever started them, newest first."""
        condition = f"model_id = ? AND COALESCE(started_at, server_time, created_at) >= ? ORDER BY {_NEWEST}"
        what = "*" if with_results else SUMMARY
        return self._runs(condition, (model.model_id, to_text(since)), what=what)

    def starts_of(self, model: ModelRef) -> dict[TargetRef, tuple[datetime, ...]]:
        """The start times of each target of a model, newest first; the target that ran last comes first."""
        query = (
            "SELECT kind, target_id, COALESCE(started_at, server_time, created_at) AS at FROM runs "  # noqa: S608
            f"WHERE model_id = ? AND phase <> 'not_started' ORDER BY {_NEWEST}"
        )
        found: dict[TargetRef, list[datetime]] = {}
        for row in self._database.read(query, (model.model_id,)):
            target = TargetRef(model, Kind(row["kind"]), row["target_id"])
            found.setdefault(target, []).append(datetime.fromisoformat(row["at"]))
        return {target: tuple(starts) for target, starts in found.items()}

    def mark_of(self, model: ModelRef) -> tuple[object, ...]:
        """A value that changes whenever a run of the model is added, changed or marked as seen.

        Times alone do not suffice: after a clock is set back, new rows are not the newest for a while.
        """
        query = (
            "SELECT COUNT(*), MAX(updated_at), TOTAL(phase = 'ended'), COUNT(seen_at) FROM runs "
            "WHERE model_id = ?"
        )
        return tuple(self._database.read(query, (model.model_id,))[0])

    def of_target(self, target: TargetRef, limit: int = 200) -> list[JournalRun]:
        """The latest runs of ``target`` in every profile, newest first, without their results."""
        values = (*_target_values(target), limit)
        return self._runs(f"{_IS_TARGET} ORDER BY {_NEWEST} LIMIT ?", values, what=SUMMARY)

    def known_tasks(self, target: TargetRef, wanted: Collection[str]) -> dict[str, KnownTask]:
        """The journal's knowledge of these tasks of ``target``, by task id; unknown tasks are left out."""
        query = f"SELECT {KNOWN_TASK} FROM runs WHERE {_IS_TARGET} AND task_id IS NOT NULL"  # noqa: S608
        known: dict[str, KnownTask] = {}
        for row in self._database.read(f"{query} ORDER BY created_at", _target_values(target)):
            if row["task_id"] in wanted:
                with suppress(ValueError):  # one edited row must not hide all others
                    known.setdefault(row["task_id"], known_task_of(row))
        return known

    def starting(self, target: TargetRef) -> list[JournalRun]:
        """Runs of ``target`` in every profile that were about to start and have no task, oldest first."""
        query = f"{_IS_TARGET} AND phase = 'starting' AND task_id IS NULL ORDER BY created_at"
        return self._runs(query, _target_values(target), what=SUMMARY)

    def tasks_of(self, target: TargetRef, *, besides: str) -> frozenset[str]:
        """Task ids of the runs of ``target``, except of the run ``besides``."""
        query = f"SELECT task_id FROM runs WHERE {_IS_TARGET} AND run_id <> ? AND task_id IS NOT NULL"  # noqa: S608
        return frozenset(row[0] for row in self._database.read(query, (*_target_values(target), besides)))

    def _runs(self, condition: str, values: tuple[Any, ...], *, what: str = "*") -> list[JournalRun]:
        rows = self._database.read(f"SELECT {what} FROM runs WHERE {condition}", values)  # noqa: S608
        files: dict[str, list[SavedFile]] = {}
        if rows:
            # No placeholder per id: Python's sqlite3 would cache a prepared statement for every length.
            ids = f"SELECT run_id FROM runs WHERE {condition}"  # noqa: S608
            query = f"SELECT * FROM files WHERE run_id IN ({ids}) ORDER BY rowid"  # noqa: S608
            for row in self._database.read(query, values):
                files.setdefault(row["run_id"], []).append(file_of(row))
        runs = []
        for row in rows:
            try:
                runs.append(run_of(row, files.get(row["run_id"], ())))
            except (ValueError, TypeError, AttributeError):
                # One edited row must not hide all others.
                _log.warning("a run of the journal cannot be read and is left out: %r", row["run_id"])
        return runs


def _first(runs: list[JournalRun]) -> JournalRun | None:
    return runs[0] if runs else None


def _target_values(target: TargetRef) -> tuple[str, str, str, str]:
    return (target.id, target.model.model_id, target.model.workspace_id, target.kind.value)
