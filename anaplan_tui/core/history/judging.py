"""What a listed task came to, with one request; the names of its actions come from what is known already."""

import asyncio
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace

from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.api.errors import NotFound
from anaplan_tui.api.refs import Kind, ModelRef, TargetRef, TaskRef
from anaplan_tui.api.schemas import Task
from anaplan_tui.core.catalog import CatalogItem, ModelItem
from anaplan_tui.core.finding.finder import Finder
from anaplan_tui.core.history.agenda import Errand
from anaplan_tui.core.journal.journal import Journal
from anaplan_tui.core.runs.watching import named, observe
from anaplan_tui.core.snapshots import Action, Origin, Phase, RunSnapshot, Step, Verdict
from anaplan_tui.core.verdict.judge import is_named

FORGOTTEN = (
    "It ended; its result is no longer known: Anaplan forgets a model's tasks when it unloads the model."
)

_NAMES_AGAIN_S = 3600.0


class Judge:
    """Reads tasks of one model and judges them."""

    def __init__(self, client: AnaplanClient, finder: Finder, journal: Journal, model: ModelItem) -> None:
        self._client, self._finder, self._journal, self._model = client, finder, journal, model
        self._naming = asyncio.Lock()
        self._named_at = -_NAMES_AGAIN_S
        self._plans: dict[TargetRef, tuple[Action, ...]] = {}

    async def judge(self, item: CatalogItem, errand: Errand) -> RunSnapshot:
        """The run as one request shows it: ended, or still live where the list was ahead of it.

        A task that the service has forgotten since it was listed ends as unknown: a 404 does not mean that it
        failed (service.md §5.1).

        Raises:
            AnaplanError: the task could not be read.
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
        renamed = _renamed(task, plan)
        nameless = [a.id for a in seen.actions if not any(p.id == a.id and is_named(p) for p in plan)]
        if renamed or nameless:
            names = await self._names(item.ref.model, [*renamed, *nameless], again=bool(renamed))
            names = {**renamed, **names}
            seen = named(seen, [replace(a, name=names.get(a.id, a.name)) for a in plan], names)
        self._plans[item.ref] = _plan_after(seen)
        return seen

    async def _plan(self, target: TargetRef) -> tuple[Action, ...]:
        """The actions of a target without a request: from its detail, else from its last run."""
        known = self._finder.known_plan(target)
        if known or target.kind is not Kind.PROCESS:
            return known
        if target not in self._plans:
            last = await asyncio.to_thread(self._journal.last_result, target)
            self._plans[target] = _plan_after(last.snapshot()) if last is not None else ()
        return self._plans[target]

    async def _names(self, model: ModelRef, wanted: list[str], *, again: bool) -> Mapping[str, str]:
        """Names from the model's lists: three requests in all, for the first run that needs them.

        ``again`` reads lists anew that were read long ago.
        """
        async with self._naming:
            is_old = time.monotonic() - self._named_at > _NAMES_AGAIN_S
            if is_old:
                self._named_at = time.monotonic()
            return await self._finder.names(model, wanted, refresh=again and is_old)


def _renamed(task: Task, plan: Sequence[Action]) -> dict[str, str]:
    """The new names, by id, of actions that had another name when their names were read."""
    known = {action.id: action.name for action in plan if action.id and is_named(action)}
    entries = task.result.nested if task.result is not None else ()
    return {
        entry.object_id: entry.object_name
        for entry in entries
        if entry.object_name and entry.object_name != known.get(entry.object_id, entry.object_name)
        if is_named(Action(entry.object_id, entry.object_name, ""))
    }


def _plan_after(run: RunSnapshot) -> tuple[Action, ...]:
    """What a process consists of, as its last run shows.

    An action without a result, where nothing went wrong, is no longer part of it. An action without an id
    cannot be told from others in the next run.
    """
    is_whole = run.verdict is Verdict.COMPLETED and any(a.step is Step.ENDED for a in run.actions)
    return tuple(a for a in run.actions if a.id and not (is_whole and a.step is Step.NO_RESULT))
