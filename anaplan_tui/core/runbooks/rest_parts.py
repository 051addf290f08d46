"""The actions of a process as they can be chosen from: which can be run alone, and what each did last."""

import asyncio
import logging

from anaplan_tui.api.errors import AnaplanError
from anaplan_tui.api.refs import Kind
from anaplan_tui.core.catalog import CatalogItem
from anaplan_tui.core.finding.finder import Finder
from anaplan_tui.core.journal.journal import Journal
from anaplan_tui.core.runbooks.rest import Part, parts_of
from anaplan_tui.core.runs.driver import Driver
from anaplan_tui.core.snapshots import RunSnapshot
from anaplan_tui.core.verdict.judge import TERMINAL

log = logging.getLogger(__name__)


class ProcessParts:
    """Asks the service for them: :attr:`Desk.process_parts`."""

    def __init__(self, finder: Finder, journal: Journal, driver: Driver) -> None:
        self._finder, self._journal, self._driver = finder, journal, driver

    async def of(self, item: CatalogItem, last: RunSnapshot | None = None) -> tuple[Part, ...]:
        """The actions of a process, in their order.

        ``last`` is the run that says what each did; without it, the newest that is known says so.

        Raises:
            AnaplanError: the service did not answer.
        """
        kinds = (Kind.IMPORT, Kind.EXPORT, Kind.ACTION)
        listed = {kind: await self._finder.catalog(item.ref.model, kind) for kind in kinds}
        ids = {kind: frozenset(one.id for one in items) for kind, items in listed.items()}
        return parts_of(await self._finder.plan(item), last or await self._newest_ended(item), ids)

    async def _newest_ended(self, item: CatalogItem) -> RunSnapshot | None:
        known = await asyncio.to_thread(self._journal.last_of_ours, item.ref)
        try:
            ended = next((task for task in await self._finder.tasks(item) if task.state in TERMINAL), None)
            if ended is not None and (known is None or known.summary.task_id != ended.task_id):
                return await self._driver.report(item, ended.task_id)
        except AnaplanError as error:
            log.info("what the actions of %s did last: %s", item.name, error)
        return known.snapshot() if known is not None else None
