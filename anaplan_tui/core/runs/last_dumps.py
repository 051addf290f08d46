"""Find the run whose unsaved dumps a new run of the same target would replace.

The service keeps only the dumps of a user's latest task of a target (service.md §7.4). The end of that task
may never have been seen here: it may run unwatched (``--detach``), or another tool or user started it.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.api.errors import AnaplanError, NotFound
from anaplan_tui.api.refs import DumpRef, TaskRef
from anaplan_tui.core.catalog import CatalogItem, TaskItem
from anaplan_tui.core.downloads.retention import KEPT_FOR
from anaplan_tui.core.journal.journal import Journal, JournalRun
from anaplan_tui.core.runs.driver import Driver
from anaplan_tui.core.runs.preflight import unsaved_dumps
from anaplan_tui.core.runs.watching import observe
from anaplan_tui.core.snapshots import Phase, RunSnapshot
from anaplan_tui.core.verdict.judge import TERMINAL

_WORTH_A_LOOK = KEPT_FOR + timedelta(days=1)
"""``KEPT_FOR`` plus a day for the task itself: the task list says only when it began."""


class LastDumps:
    """Finds dumps that would be lost, with at most three requests."""

    def __init__(self, client: AnaplanClient, journal: Journal, driver: Driver) -> None:
        self._client, self._journal, self._driver = client, journal, driver

    async def run_at_risk(
        self, item: CatalogItem, history: Sequence[TaskItem], now: datetime
    ) -> RunSnapshot | None:
        """Return the run of ``item`` with dumps that can be fetched and are not on disk.

        The service is asked for runs whose end the journal does not know.

        Args:
            history: the item's tasks in the service's list, newest first.
        """
        newest = next((task for task in history if task.state in TERMINAL), None)
        if newest is not None and newest.created_at is not None and now - newest.created_at > _WORTH_A_LOOK:
            newest = None
        if newest is not None:
            known = await self._known(item, newest.task_id)
            run = await self._seen(item, newest.task_id, known)
            ours = known is not None and known.surely_ours
            if run is not None and await self._has_unsaved(run, now, ours=ours):
                return run
        last = await asyncio.to_thread(self._journal.last_of_ours, item.ref)
        if last is None or (newest is not None and last.summary.task_id == newest.task_id):
            return None
        # A newer task may be another user's and replace no dump of ours: only the service can tell.
        run = last.snapshot()
        return run if await self._has_unsaved(run, now, ours=False) else None

    async def _known(self, item: CatalogItem, task_id: str) -> JournalRun | None:
        known = await asyncio.to_thread(self._journal.by_task, task_id)
        return known if known is not None and known.intent.target == item.ref else None

    async def _seen(self, item: CatalogItem, task_id: str, known: JournalRun | None) -> RunSnapshot | None:
        """Return an ended task's run, from the journal or else by one poll."""
        try:
            if known is None:
                bare = RunSnapshot("", item.ref, item.name, phase=Phase.RUNNING, task_id=task_id)
                task = await self._client.task(TaskRef(item.ref, task_id), once=True)
                return observe(bare, task, {}, self._client.server_offset_s)
            run = known.snapshot()
            return run if run.actions and not run.live else await self._driver.report(item, task_id)
        except AnaplanError:
            # The warning is optional; the run does not depend on it.
            return None

    async def _has_unsaved(self, run: RunSnapshot, now: datetime, *, ours: bool) -> bool:
        """Whether dumps can be lost. Other users' dumps cannot be read, so they do not count."""
        unsaved = await asyncio.to_thread(unsaved_dumps, run, now)
        if not unsaved or run.task is None or run.no_dumps:
            return False
        if ours:
            return True
        try:
            return bool(await self._client.chunks(DumpRef(run.task, unsaved[0].id)))
        except NotFound:
            return False
        except AnaplanError:
            return True
