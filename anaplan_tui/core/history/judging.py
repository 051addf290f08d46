"""What a task of the lists came to, by one request; names of its actions from what is known already."""

import asyncio
import uuid
from collections.abc import Mapping
from dataclasses import replace

from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.api.errors import NotFound
from anaplan_tui.api.refs import Kind, ModelRef, TargetRef, TaskRef
from anaplan_tui.core.catalog import CatalogItem, ModelItem
from anaplan_tui.core.finding.finder import Finder
from anaplan_tui.core.history.agenda import Errand
from anaplan_tui.core.journal.journal import Journal
from anaplan_tui.core.runs.watching import named, observe
from anaplan_tui.core.snapshots import Action, Origin, Phase, RunSnapshot, Verdict
from anaplan_tui.core.verdict.judge import is_named

FORGOTTEN = (
    "It ended; its result is no longer known: Anaplan forgets a model's tasks when it unloads the model."
)


class Judge:
    """Reads tasks of one model and judges them."""

    def __init__(self, client: AnaplanClient, finder: Finder, journal: Journal, model: ModelItem) -> None:
        self._client, self._finder, self._journal, self._model = client, finder, journal, model
        self._naming = asyncio.Lock()
        self._plans: dict[TargetRef, tuple[Action, ...]] = {}

    async def judge(self, item: CatalogItem, errand: Errand) -> RunSnapshot:
        """The run as one look has it: ended, or still live where the list was ahead of it.

        A task that the service forgot since it was listed has ended as unknown: a 404 does not mean that it
        failed (service.md §5.1).

        Raises:
            AnaplanError: it could not be read; nothing is known.
        """
        assert errand.task_id is not None  # noqa: S101  # a list is nothing to judge
        run = RunSnapshot(
            run_id=uuid.uuid4().hex,
            target=item.ref,
            name=item.name,
            workspace_name=self._model.workspace_name,
            model_name=self._model.name,
            phase=Phase.RUNNING,
            origin=Origin.ELSEWHERE,
            started_by=errand.created_by,
            task_id=errand.task_id,
            state=errand.state,
            started_at=errand.created_at,
        )
        try:
            task = await self._client.task(TaskRef(item.ref, errand.task_id), once=True)
        except NotFound:
            return replace(run, phase=Phase.ENDED, verdict=Verdict.UNKNOWN, reason=FORGOTTEN)
        plan = await self._plan(item.ref)
        seen = observe(replace(run, actions=plan), task, {}, self._client.server_offset_s)
        if seen.live:
            return seen
        nameless = [a.id for a in seen.actions if not any(p.id == a.id and is_named(p) for p in plan)]
        if nameless:
            seen = named(seen, plan, await self._names(item.ref.model, nameless))
        self._plans[item.ref] = seen.actions
        return seen

    async def _plan(self, target: TargetRef) -> tuple[Action, ...]:
        """The actions of a target without a request: from its detail, else from its last run."""
        known = self._finder.known_plan(target)
        if known or target.kind is not Kind.PROCESS:
            return known
        if target not in self._plans:
            last = await asyncio.to_thread(self._journal.last_result, target)
            self._plans[target] = last.snapshot().actions if last is not None else ()
        return self._plans[target]

    async def _names(self, model: ModelRef, wanted: list[str]) -> Mapping[str, str]:
        """Names from the model's lists: three requests in all, for the first run that needs them."""
        async with self._naming:
            return await self._finder.names(model, wanted)
