"""Find what can be run: workspaces, models, processes and the rest, and how they stand.

Lists are fetched once and kept until a refresh is asked for, so that going back and forth costs nothing.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.api.errors import AnaplanError, Broken, Unreachable
from anaplan_tui.api.refs import Kind, ModelRef, TargetRef
from anaplan_tui.api.schemas import Model, ModelStatus, ProcessAction, Target, Task
from anaplan_tui.core.catalog import (
    CatalogItem,
    LastRun,
    ModelItem,
    ModelState,
    TaskItem,
    WorkspaceItem,
    find,
)
from anaplan_tui.core.journal.journal import Journal
from anaplan_tui.core.runs.usual import usual_s
from anaplan_tui.core.snapshots import Action, Origin, RunSnapshot, Verdict
from anaplan_tui.core.text import ago, percent
from anaplan_tui.core.verdict.judge import TERMINAL, kind_of
from anaplan_tui.trouble import Exit, Trouble

_OBSTACLES = {
    "ARCHIVED": "archived: a workspace administrator can un-archive it",
    "LOCKED": "locked: a workspace administrator can unlock it",
    "MAINTENANCE": "in maintenance: a workspace administrator can end that",
    "PRODUCTION_MAINTENANCE": "in maintenance: a workspace administrator can end that",
}
_STATUS_PATIENCE_S = 10.0
_HISTORY = 2000
"""How many runs of a target the journal is asked for, to tell the service's tasks apart."""


@dataclass(frozen=True, slots=True)
class Context:
    """The model that is worked with."""

    workspace: WorkspaceItem
    model: ModelItem


class NoChoice(Trouble):
    """No model was named, none is remembered, and there is more than one."""

    exit_code = Exit.USAGE

    def __init__(self, models: Sequence[ModelItem]) -> None:
        self.models = tuple(models)
        super().__init__("choose a model")

    def __str__(self) -> str:
        names = ", ".join(f'"{m.name}" in "{m.workspace_name}"' for m in self.models[:8])
        more = f" and {len(self.models) - 8} more" if len(self.models) > 8 else ""
        return f"No model is chosen. Name one with --workspace and --model. There are: {names}{more}."


class Finder:
    """Lists of the tenant, cached, with what the journal knows of each item."""

    def __init__(self, client: AnaplanClient, journal: Journal, profile: str) -> None:
        self._client = client
        self._journal = journal
        self._profile = profile
        self._workspaces: tuple[WorkspaceItem, ...] | None = None
        self._models: dict[str | None, tuple[ModelItem, ...]] = {}
        self._items: dict[tuple[ModelRef, Kind], tuple[CatalogItem, ...]] = {}
        self._plans: dict[TargetRef, tuple[Action, ...]] = {}

    async def workspaces(self, *, refresh: bool = False) -> tuple[WorkspaceItem, ...]:
        if self._workspaces is None or refresh:
            listed = await self._client.workspaces()
            self._workspaces = tuple(WorkspaceItem(w.id, w.name or w.id, w.raw_name) for w in listed)
        return self._workspaces

    async def models(
        self, workspace_id: str | None = None, *, refresh: bool = False
    ) -> tuple[ModelItem, ...]:
        if workspace_id not in self._models or refresh:
            workspaces = {w.id: w.name for w in await self.workspaces(refresh=refresh)}
            listed = await self._client.models(workspace_id)
            self._models[workspace_id] = tuple(_model_item(m, workspace_id, workspaces) for m in listed)
        return self._models[workspace_id]

    async def choose(self, workspace: str | None, model: str | None) -> Context:
        """The model that was named, else the only one there is.

        Raises:
            NoMatch: nothing, or more than one thing, goes by that name.
            NoChoice: no model was named and there are several.
        """
        home = find("workspace", workspace, await self.workspaces()) if workspace else None
        models = await self.models(home.id if home else None)
        if model:
            chosen = find("model", model, models)
        else:
            usable = [m for m in models if not m.obstacle]
            if len(usable) != 1:
                raise NoChoice(models)
            chosen = usable[0]
        return Context(WorkspaceItem(chosen.ref.workspace_id, chosen.workspace_name), chosen)

    def model_of(self, ref: ModelRef) -> ModelItem:
        """What is known of a model: names from the lists that were read, else its ids."""
        known = (m for models in self._models.values() for m in models if m.ref == ref)
        return next(known, ModelItem(ref, ref.model_id, ref.workspace_id, ""))

    async def catalog(self, model: ModelRef, kind: Kind, *, refresh: bool = False) -> tuple[CatalogItem, ...]:
        """Everything of one kind in the model, in the service's order."""
        items = await self._list(model, kind, refresh=refresh)
        last = await asyncio.to_thread(self._journal.last_in, self._profile, model, kind)
        took = await asyncio.to_thread(self._journal.durations_in, model, kind)
        return tuple(
            replace(item, last=_last(last[item.id].summary), usual_s=usual_s(took.get(item.id, ())))
            if item.id in last
            else item
            for item in items
        )

    async def find(self, model: ModelRef, kind: Kind, wanted: str) -> CatalogItem:
        """The item that a name or id means.

        Raises:
            NoMatch: with the candidates.
        """
        return find(kind.value, wanted, await self.catalog(model, kind))

    async def plan(self, item: CatalogItem, *, refresh: bool = False) -> tuple[Action, ...]:
        """The actions of a process in their order; of anything else, the thing itself."""
        if item.ref.kind is not Kind.PROCESS:
            kind = item.ref.kind.value if item.ref.kind is not Kind.ACTION else kind_of(item.detail, item.id)
            return (
                Action(
                    item.id,
                    item.name,
                    kind,
                    data_source_id=item.data_source_id,
                    export_format=item.export_format,
                ),
            )
        if item.ref not in self._plans or refresh:
            detail = await self._client.process(item.ref)
            self._plans[item.ref] = tuple(_planned(a) for a in detail.actions)
        return self._plans[item.ref]

    async def plan_if_known(self, item: CatalogItem) -> tuple[Action, ...]:
        """The plan, or nothing when the service does not give it: a run must not fail for want of names."""
        try:
            return await self.plan(item)
        except AnaplanError:
            return ()

    async def names(self, model: ModelRef, wanted: Iterable[str]) -> Mapping[str, str]:
        """Names by id from the model's lists, for ids that neither result nor process names.

        Source: service.md §3.2.
        """
        missing = set(wanted)
        found: dict[str, str] = {}
        for kind in (Kind.IMPORT, Kind.EXPORT, Kind.ACTION):
            if not missing:
                break
            try:
                listed = await self._list(model, kind)
            except AnaplanError:
                continue
            found.update({item.id: item.name for item in listed if item.id in missing})
            missing -= found.keys()
        return found

    async def history(self, item: CatalogItem) -> tuple[TaskItem, ...]:
        """The tasks that the service lists for it, newest first, with what the journal knows of them."""
        listed = await self._client.tasks(item.ref)
        known = await asyncio.to_thread(self._journal.of_target, item.ref, _HISTORY)
        by_task = {r.summary.task_id: r.summary for r in known if r.summary.task_id}
        return tuple(_task_item(t, by_task.get(t.task_id)) for t in listed.items)

    async def model_state(self, model: ModelRef) -> ModelState:
        """Whether the model is busy. Unknown when the service does not say: it is a help, not a gate."""
        try:
            # A model that is being loaded holds its answers back for minutes (service.md §9.2).
            async with asyncio.timeout(_STATUS_PATIENCE_S):
                status = await self._client.model_status(model)
        except (AnaplanError, TimeoutError):
            return ModelState(busy=False, known=False)
        return _state(status)

    async def busy_with(self, model: ModelRef) -> str:
        """What the model is busy with, one line; empty when it is known to be idle.

        Raises:
            AnaplanError: its status cannot be read.
        """
        try:
            async with asyncio.timeout(_STATUS_PATIENCE_S):
                state = _state(await self._client.model_status(model))
        except TimeoutError:
            said = f"no answer within {_STATUS_PATIENCE_S:.0f} s"
            raise Unreachable("read the model's status", said, broken=Broken.TIMEOUT, sent=True) from None
        return (state.what or "busy") if state.busy else ""

    async def in_the_way(self, target: TargetRef) -> str:
        """What a start of ``target`` would run beside, one line; empty when the model is free.

        Free is what is known to be: an idle status, and no task of the target that has not ended. The status
        says "idle" for a moment longer after a start, the task list does not.

        Raises:
            AnaplanError: one of the two cannot be read.
        """
        busy = await self.busy_with(target.model)
        live = [t for t in (await self._client.tasks(target)).items if t.state not in TERMINAL]
        if not live:
            return busy
        since = f" since {ago(live[-1].created_at, datetime.now(UTC))}" if live[-1].created_at else ""
        return "; ".join(part for part in (f"the same runs already{since}", busy) if part)

    async def _list(self, model: ModelRef, kind: Kind, *, refresh: bool = False) -> tuple[CatalogItem, ...]:
        if (model, kind) not in self._items or refresh:
            # Page by page: what came over the wire is six times as big as what is kept of it.
            pages = self._client.target_pages(model, kind)
            self._items[(model, kind)] = tuple(
                [_item(model, kind, target) async for page in pages for target in page]
            )
        return self._items[(model, kind)]


def _state(status: ModelStatus) -> ModelState:
    if not status.busy:
        return ModelState(busy=False)
    share = percent(status.progress)
    what = ", ".join(part for part in (status.current_step or "busy", share) if part)
    return ModelState(busy=True, what=what, since=status.created_at)


def _model_item(model: Model, workspace_id: str | None, workspaces: Mapping[str, str]) -> ModelItem:
    home = model.workspace_id or workspace_id or ""
    state = model.active_state or ""
    return ModelItem(
        ref=ModelRef(home, model.id),
        name=model.name or model.id,
        workspace_name=workspaces.get(home) or model.workspace_name or home,
        state=state,
        obstacle=_OBSTACLES.get(state, ""),
        raw_name=model.raw_name,
    )


def _last(run: RunSnapshot) -> LastRun:
    return LastRun(run.verdict or Verdict.UNKNOWN, run.reason, run.ended_at or run.started_at)


def _planned(action: ProcessAction) -> Action:
    kind = kind_of(action.action_type or "", action.id)
    return Action(
        action.id,
        action.name or action.id,
        kind,
        data_source_id=action.data_source_id,
        export_format=action.export_format,
    )


def _item(model: ModelRef, kind: Kind, target: Target) -> CatalogItem:
    return CatalogItem(
        ref=TargetRef(model, kind, target.id),
        name=target.name or target.id,
        detail=target.import_type or target.export_type or target.action_type or "",
        data_source_id=target.data_source_id,
        raw_name=target.raw_name,
        export_format=target.export_format,
    )


def _task_item(task: Task, known: RunSnapshot | None) -> TaskItem:
    return TaskItem(
        task_id=task.task_id,
        state=task.state,
        created_at=task.created_at,
        run_id=known.run_id if known else None,
        origin=known.origin if known else Origin.ELSEWHERE,
        verdict=known.verdict if known else None,
        reason=known.reason if known else "",
        duration_s=known.duration_s if known else None,
    )
