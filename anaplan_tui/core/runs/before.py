"""Look up what an operator should know before a run; ``preflight`` puts it into words."""

import asyncio

from anaplan_tui.api.errors import AnaplanError
from anaplan_tui.core.catalog import CatalogItem
from anaplan_tui.core.clock import now
from anaplan_tui.core.finding.finder import Finder
from anaplan_tui.core.journal.journal import Journal
from anaplan_tui.core.journal.usual import usual_s
from anaplan_tui.core.runs.last_dumps import LastDumps
from anaplan_tui.core.runs.preflight import Preflight, warnings_before
from anaplan_tui.core.uploads.in_force import UploadsInForce, in_force_words


class BeforeRuns:
    """Looks up what the model is busy with, and what a run would overwrite: :attr:`Desk.before`."""

    def __init__(
        self, finder: Finder, journal: Journal, last_dumps: LastDumps, in_force: UploadsInForce
    ) -> None:
        self._finder, self._journal = finder, journal
        self._last_dumps, self._in_force = last_dumps, in_force

    async def preflight(self, item: CatalogItem, *, waits: bool = False) -> Preflight:
        """Return what to tell the operator before ``item`` is run.

        ``waits``: the run is not sent before the model is free.

        Raises:
            AnaplanError: the service did not answer.
        """
        model = self._finder.model_of(item.ref.model)
        plan, state = await asyncio.gather(
            self._finder.plan_if_known(item), self._finder.model_state(item.ref.model)
        )
        try:
            history = await self._finder.tasks(item)
        except AnaplanError:
            history = ()
        at_risk = await self._last_dumps.run_at_risk(item, history, now())
        found = await asyncio.to_thread(warnings_before, state, history, at_risk, model, now(), waits=waits)
        parameters = await asyncio.to_thread(self._journal.last_parameters, item.ref)
        took = await asyncio.to_thread(self._journal.durations, item.ref)
        in_force = await self._in_force.read_by(item.ref.model, plan)
        return Preflight(
            item=item,
            actions=plan,
            # The item's list may be older than its last run.
            usual_s=usual_s(took) or item.usual_s,
            parameters=tuple(parameters.items()),
            warnings=found.sentences,
            busy=found.busy,
            unsaved_task_id=found.unsaved_task_id,
            uploads=tuple(in_force_words(upload, now()) for upload in in_force),
        )
