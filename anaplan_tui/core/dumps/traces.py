"""Find out why the service no longer has a dump: which retention rule may have removed it.

Times of tasks are by the service's clock, which may be minutes off ours; they are compared with each other,
or converted to our clock first.

Source: service.md §7.4.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

from anaplan_tui.api.client import TaskList
from anaplan_tui.api.errors import AnaplanError
from anaplan_tui.api.refs import TargetRef
from anaplan_tui.core.downloads import Traces
from anaplan_tui.core.downloads.retention import KEPT_FOR
from anaplan_tui.core.journal.journal import Journal
from anaplan_tui.core.snapshots import RunSnapshot

_MOST_LOOKED_UP = 50
"""How many later tasks are looked up in the journal; one of ours among them is enough."""


class Clocked(Protocol):
    """The parts of the API client that this module uses."""

    @property
    def server_offset_s(self) -> float | None:
        """The service's clock minus ours."""

    async def tasks(self, target: TargetRef) -> TaskList:
        """The target's tasks, of all users."""


async def traces_of(client: Clocked, journal: Journal, run: RunSnapshot) -> Traces:
    """Search journal and task list (one request) for what may have removed the dumps of ``run``."""
    known = await asyncio.to_thread(journal.run, run.run_id)
    own = known is not None and known.surely_ours
    try:
        later = _later(run, await client.tasks(run.target))
    except AnaplanError:
        later = None
    offset = timedelta(seconds=client.server_offset_s or 0.0)
    ended_at = None if run.ended_at is None else run.ended_at - offset
    fresh = ended_at is not None and datetime.now(UTC) - ended_at <= KEPT_FOR
    if await asyncio.to_thread(_ours, journal, run, later):
        replaced: bool | None = True
    elif later:
        # The list does not say whose tasks they are. But if our own run is too young to have expired, only a
        # later run of ours can have removed its dumps.
        replaced = True if own and fresh else None
    else:
        replaced = None if later is None else False
    return Traces(ended_at=ended_at, later_run=replaced, own_run=True if own else None)


def _later(run: RunSnapshot, listed: TaskList) -> list[str] | None:
    """Ids of the tasks created after the run's, newest first; ``None`` if its start is unknown."""
    own = next((task for task in listed.items if task.task_id == run.task_id), None)
    began = own.created_at if own is not None and own.created_at is not None else run.started_at
    if began is None:
        return None
    return [
        task.task_id
        for task in listed.items
        if task.task_id != run.task_id and task.created_at is not None and task.created_at > began
    ]


def _ours(journal: Journal, run: RunSnapshot, later: Sequence[str] | None) -> bool:
    """Whether this user started a later run of the same target from here. Blocks on the journal."""
    if later is None:
        last = journal.last_of_ours(run.target)
        return last is not None and last.run_id != run.run_id and last.surely_ours
    found = (journal.by_task(task_id) for task_id in later[:_MOST_LOOKED_UP])
    return any(other is not None and other.surely_ours for other in found)
