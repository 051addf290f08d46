"""The lease on reading a model's task lists: one process at a time sweeps them and records what it saw.

The holder asks the service; all other processes read its results here.
"""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from anaplan_tui.api.refs import Kind, ModelRef, TargetRef
from anaplan_tui.core.journal.database import Database
from anaplan_tui.core.journal.records import clean_text, now_text, service_key, to_json, to_moment, to_text
from anaplan_tui.core.liveness import ProcessId, this_process


@dataclass(frozen=True, slots=True)
class GoingOn:
    """A task from the task lists that has not ended and was not started from here."""

    target: TargetRef
    name: str
    task_id: str
    state: str
    started_at: datetime | None
    started_by: str | None = None


@dataclass(frozen=True, slots=True)
class SweepState:
    """The journal's record of the sweep of a model."""

    holder: str
    who: str
    """``app``, ``guard`` or ``command``."""
    process: ProcessId
    beat_at: datetime
    """When the holder last gave a sign of life."""
    looked_at: datetime | None = None
    """When all lists had last been read; ``None`` before the first time."""
    lists_read: int = 0
    lists: int = 0
    going_on: tuple[GoingOn, ...] = ()
    tokens: float = 0.0
    """Tokens left of the request budget at ``beat_at``."""
    problem: str = ""
    """Why the last sweep could not be finished."""
    asleep: bool = False
    """The model was closed at the last sweep."""

    def held(self, now: datetime, patience: timedelta) -> bool:
        """Whether the holder is alive and gave a sign of life within ``patience``."""
        return self.holder != "" and self.process.alive and abs(now - self.beat_at) < patience


def take(
    sql: sqlite3.Connection, service: str, model: ModelRef, holder: str, who: str, patience: timedelta
) -> bool:
    """Give ``holder`` the lease, or renew it; return ``False`` while another holder has it."""
    known = sql.execute(_SELECT, (service, model.model_id)).fetchone()
    if known is not None:
        state = state_of(known, model)
        if state.holder != holder and state.held(datetime.now(UTC), patience):
            return False
    me = this_process()
    sql.execute(
        "INSERT INTO sweeps (service, model_id, holder, who, owner_machine, owner_pid, owner_started, "
        "beat_at, tokens, tokens_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1e9, ?) "
        "ON CONFLICT (service, model_id) DO UPDATE SET holder = excluded.holder, who = excluded.who, "
        "owner_machine = excluded.owner_machine, "
        "owner_pid = excluded.owner_pid, owner_started = excluded.owner_started, beat_at = excluded.beat_at",
        (service, model.model_id, holder, who, me.machine, me.pid, me.started, now_text(), now_text()),
    )
    return True


def beat(sql: sqlite3.Connection, service: str, model: ModelRef, state: SweepState) -> bool:
    """Record the holder's progress; return ``False`` if another holder has taken over."""
    values = (
        now_text(),
        to_text(state.looked_at),
        state.lists_read,
        state.lists,
        _seen(state),
        state.tokens,
        now_text(),
        service,
        model.model_id,
        state.holder,
    )
    return (
        sql.execute(
            "UPDATE sweeps SET beat_at = ?, looked_at = COALESCE(?, looked_at), lists_read = ?, lists = ?, "
            "going_on = ?, tokens = ?, tokens_at = ? WHERE service = ? AND model_id = ? AND holder = ?",
            values,
        ).rowcount
        > 0
    )


def release(sql: sqlite3.Connection, service: str, model: ModelRef, holder: str) -> None:
    """End the holder's lease; what it saw stays."""
    sql.execute(
        "UPDATE sweeps SET holder = '' WHERE service = ? AND model_id = ? AND holder = ?",
        (service, model.model_id, holder),
    )


_SELECT = "SELECT * FROM sweeps WHERE service = ? AND model_id = ?"


def state_of(row: sqlite3.Row, model: ModelRef) -> SweepState:
    """Read a row of the table ``sweeps``."""
    return SweepState(
        holder=row["holder"],
        who=row["who"],
        process=ProcessId(row["owner_machine"], row["owner_pid"], row["owner_started"]),
        beat_at=datetime.fromisoformat(row["beat_at"]),
        looked_at=to_moment(row["looked_at"]),
        lists_read=row["lists_read"],
        lists=row["lists"],
        tokens=row["tokens"],
        **_read(row["going_on"], model),
    )


def _seen(state: SweepState) -> str:
    """The value of the column ``going_on``: the tasks, and problem and sleep only if there is either."""
    tasks = [_document(task) for task in state.going_on]
    if not state.problem and not state.asleep:
        return to_json(tasks)
    return to_json({"tasks": tasks, "problem": clean_text(state.problem), "asleep": state.asleep})


def _read(text: str, model: ModelRef) -> dict[str, Any]:
    """Read that value into fields of a state; none if it cannot be read."""
    try:
        seen = json.loads(text)
        more = seen if isinstance(seen, dict) else {"tasks": seen}
        return {
            "going_on": _going_on(more["tasks"], model),
            "problem": str(more.get("problem", "")),
            "asleep": more.get("asleep") is True,
        }
    except (ValueError, TypeError, KeyError):
        return {}


def _document(task: GoingOn) -> Sequence[str | None]:
    return (
        task.target.kind.value,
        task.target.id,
        clean_text(task.name),
        task.task_id,
        task.state,
        to_text(task.started_at),
        task.started_by,
    )


def _going_on(tasks: Any, model: ModelRef) -> tuple[GoingOn, ...]:
    return tuple(
        GoingOn(TargetRef(model, Kind(kind), id_), name, task_id, state, to_moment(started), who)
        for kind, id_, name, task_id, state, started, who in tasks
    )


class SweepTable:
    """The journal's sweeps, by service and model; see :class:`Journal` for what a write guarantees."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, service: str, model: ModelRef, holder: str, who: str, patience: timedelta) -> bool:
        """See :func:`take`."""
        key = service_key(service)
        return self._database.write(lambda sql: take(sql, key, model, holder, who, patience))

    def beat(self, service: str, model: ModelRef, state: SweepState) -> bool:
        """See :func:`beat`."""
        return self._database.write(lambda sql: beat(sql, service_key(service), model, state))

    def release(self, service: str, model: ModelRef, holder: str) -> None:
        """See :func:`release`."""
        self._database.write(lambda sql: release(sql, service_key(service), model, holder))

    def of(self, service: str, model: ModelRef) -> SweepState | None:
        """The record of the sweep of a model; ``None`` before the first."""
        rows = self._database.read(_SELECT, (service_key(service), model.model_id))
        return state_of(rows[0], model) if rows else None
