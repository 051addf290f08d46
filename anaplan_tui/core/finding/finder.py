"""Find what can be run: lists of workspaces, models, processes and other items, and their states.

Lists are fetched once and cached until a refresh, so that going back and forth costs nothing.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.api.errors import AnaplanError, NotFound
from anaplan_tui.api.refs import Kind, ModelRef, TargetRef
from anaplan_tui.api.schemas import ListedTask, Model, ModelStatus, ProcessAction, Target
from anaplan_tui.core.catalog import (
    CatalogItem,
    Context,
    LastRun,
    ModelItem,
    ModelState,
    TaskItem,
    WorkspaceItem,
)
from anaplan_tui.core.finding.matching import find
from anaplan_tui.core.journal.journal import Journal
from anaplan_tui.core.journal.last_known import KnownList, LastKnown
from anaplan_tui.core.journal.records import KnownTask
from anaplan_tui.core.journal.usual import usual_s
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


class NoChoice(Trouble):
    """No model was named, none is remembered, and not exactly one is usable."""

    exit_code = Exit.USAGE

    def __init__(self, models: Sequence[ModelItem]) -> None:
        self.models = tuple(models)
        super().__init__("choose a model")

    def __str__(self) -> str:
        names = ", ".join(f'"{m.name}" in "{m.workspace_name}"' for m in self.models[:8])
        more = f" and {len(self.models) - 8} more" if len(self.models) > 8 else ""
        return f"No model is chosen. Name one with --workspace and --model. There are: {names}{more}."


class Finder:
    """The tenant's lists, cached, with the last run and usual duration of each item from the journal."""

    def __init__(self, client: AnaplanClient, journal: Journal, profile: str, known: LastKnown) -> None:
        self._client = client
        self._journal = journal
        self._profile = profile
        self._known = known
        self._contexts: dict[ModelRef, Context] = {}
        """Models in use that are not from a list read in this session."""
        self._workspaces: tuple[WorkspaceItem, ...] | None = None
        self._models: dict[str | None, tuple[ModelItem, ...]] = {}
        self._items: dict[tuple[ModelRef, Kind], tuple[CatalogItem, ...]] = {}
        self._plans: dict[TargetRef, tuple[Action, ...]] = {}

    async def workspaces(self, *, refresh: bool = False) -> tuple[WorkspaceItem, ...]:
        """The workspaces that the user may see."""
        if self._workspaces is None or refresh:
            listed = await self._client.workspaces()
            self._workspaces = tuple(WorkspaceItem(w.id, w.name or w.id, w.raw_name) for w in listed)
        return self._workspaces

    async def models(
        self, workspace_id: str | None = None, *, refresh: bool = False
    ) -> tuple[ModelItem, ...]:
        """The models of a workspace, or of all workspaces."""
        if workspace_id not in self._models or refresh:
            workspaces = {w.id: w.name for w in await self.workspaces(refresh=refresh)}
            listed = await self._client.models(workspace_id)
            self._models[workspace_id] = tuple(_model_item(m, workspace_id, workspaces) for m in listed)
        return self._models[workspace_id]

    async def choose(self, workspace: str | None, model: str | None) -> Context:
        """The named model, else the only usable one.

        Raises:
            NoMatch: no workspace or model, or more than one, has that name.
            NoChoice: no model was named, and not exactly one is usable.
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
        found = Context(WorkspaceItem(chosen.ref.workspace_id, chosen.workspace_name), chosen)
        await asyncio.to_thread(self._known.keep_context, workspace, model, found)
        return found

    async def known_context(self, workspace: str | None, model: str | None) -> Context | None:
        """The model that these names or ids last stood for; nothing is sent, and it may be gone."""
        known = await asyncio.to_thread(self._known.context, workspace, model)
        if known is not None:
            self._contexts[known.model.ref] = known
        return known

    async def context_by_ids(self, workspace: str | None, model: str | None) -> Context | None:
        """The model with these two ids, with its known names; nothing is sent, and it may not exist.

        ``None`` if they are not both ids.
        """
        if not (workspace and model and is_model_id(workspace) and is_model_id(model)):
            return None
        ref = ModelRef(workspace, model)
        nameless = Context(WorkspaceItem(workspace, workspace), ModelItem(ref, model, workspace, ""))
        context = await asyncio.to_thread(self._known.model, ref) or nameless
        self._contexts[ref] = context
        return context

    async def still_there(self, context: Context) -> bool:
        """Whether a remembered model still exists under its name; its state may have changed.

        Raises:
            AnaplanError: the service did not answer.
        """
        ref = context.model.ref
        try:
            model = await self._client.model(ref.model_id)
        except NotFound:
            return False
        home = model.workspace_id or ref.workspace_id
        names = {ref.workspace_id: context.workspace.name}
        found = _model_item(model, home, names)
        if home != ref.workspace_id or (context.model.raw_name and found.raw_name != context.model.raw_name):
            return False
        self._contexts[ref] = Context(context.workspace, found)
        return True

    async def name_model(self, ref: ModelRef) -> None:
        """Fetch the name of a model that is only known by its id, if the service gives it."""
        if self.model_of(ref).name != ref.model_id:
            return
        try:
            model = await self._client.model(ref.model_id)
        except AnaplanError:
            return
        found = _model_item(model, ref.workspace_id, {})
        self._contexts[ref] = Context(WorkspaceItem(ref.workspace_id, found.workspace_name), found)

    def context_of(self, ref: ModelRef) -> Context | None:
        """The latest known state of a model that was recalled, named by ids, or looked up by id."""
        return self._contexts.get(ref)

    def model_of(self, ref: ModelRef) -> ModelItem:
        """A model with names from the lists that were read, else from memory, else its ids for names."""
        known = (m for models in self._models.values() for m in models if m.ref == ref)
        before = self._contexts.get(ref)
        return next(known, before.model if before else ModelItem(ref, ref.model_id, ref.workspace_id, ""))

    def is_listed(self, model: ModelRef, kind: Kind) -> bool:
        """Whether this list was read in this session."""
        return (model, kind) in self._items

    async def known_catalog(self, model: ModelRef, kind: Kind) -> KnownList | None:
        """The remembered list, with runs from the journal; nothing is sent. ``None`` if there is none."""
        known = await asyncio.to_thread(self._known.list, model, kind)
        return None if known is None else KnownList(await self._with_runs(model, kind, known.items), known.at)

    async def catalog(self, model: ModelRef, kind: Kind, *, refresh: bool = False) -> tuple[CatalogItem, ...]:
        """All items of one kind in the model, in the service's order, with runs from the journal."""
        return await self._with_runs(model, kind, await self._list(model, kind, refresh=refresh))

    async def _with_runs(
        self, model: ModelRef, kind: Kind, items: tuple[CatalogItem, ...]
    ) -> tuple[CatalogItem, ...]:
        last = await asyncio.to_thread(self._journal.newest_in, model, kind)
        took = await asyncio.to_thread(self._journal.durations_in, model, kind)
        return tuple(
            replace(item, last=_last(last[item.id].summary), usual_s=usual_s(took.get(item.id, ())))
            if item.id in last
            else item
            for item in items
        )

    async def items(self, model: ModelRef, kind: Kind, *, refresh: bool = False) -> tuple[CatalogItem, ...]:
        """The same without runs from the journal."""
        return await self._list(model, kind, refresh=refresh)

    def known_plan(self, target: TargetRef) -> tuple[Action, ...]:
        """The plan if it was already read, else empty; nothing is sent."""
        return self._plans.get(target, ())

    async def find(self, model: ModelRef, kind: Kind, wanted: str) -> CatalogItem:
        """The item with this name or id.

        Raises:
            NoMatch: with the candidates.
        """
        return find(kind.value, wanted, await self.catalog(model, kind))

    async def by_id(self, target: TargetRef) -> CatalogItem:
        """The item with this id, with its known facts; nothing is sent, and it may not exist."""
        known = await asyncio.to_thread(self._known.item, target)
        if known is not None:
            return known
        runs = await asyncio.to_thread(self._journal.of_target, target, 1)
        return CatalogItem(target, runs[0].summary.name if runs else target.id)

    async def read_by_id(self, model: ModelRef, kind: Kind, wanted: str) -> CatalogItem:
        """The item named ``wanted``; a process id is looked up directly, without the list.

        Raises:
            NoMatch, AnaplanError: see :meth:`find`.
        """
        if kind is not Kind.PROCESS or not is_target_id(wanted):
            return await self.find(model, kind, wanted)
        target = TargetRef(model, kind, wanted)
        try:
            detail = await self._client.process(target)
        except NotFound:
            return await self.find(model, kind, wanted)  # its error names the candidates
        self._plans[target] = tuple(_planned(a) for a in detail.actions)
        item = await self.by_id(target)
        return replace(item, name=detail.name) if detail.name else item

    async def plan(self, item: CatalogItem, *, refresh: bool = False) -> tuple[Action, ...]:
        """The actions of a process in order; for any other kind, the item itself as the only action."""
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
        """The plan, or empty if the service does not give it: a run must not fail for lack of names."""
        try:
            return await self.plan(item)
        except AnaplanError:
            return ()

    async def names(
        self, model: ModelRef, wanted: Iterable[str], *, refresh: bool = False
    ) -> Mapping[str, str]:
        """Names by id from the model's lists, for ids that have no name in result or process.

        Source: service.md §3.2.
        """
        missing = set(wanted)
        found: dict[str, str] = {}
        for kind in (Kind.IMPORT, Kind.EXPORT, Kind.ACTION):
            if not missing:
                break
            try:
                listed = await self._list(model, kind, refresh=refresh)
            except AnaplanError:
                continue
            found.update({item.id: item.name for item in listed if item.id in missing})
            missing -= found.keys()
        return found

    async def tasks(self, item: CatalogItem) -> tuple[TaskItem, ...]:
        """The tasks that the service lists for an item, newest first, with facts from the journal."""
        listed = await self._client.tasks(item.ref)
        ids = frozenset(task.task_id for task in listed.items)
        known = await asyncio.to_thread(self._journal.known_tasks, item.ref, ids)
        return tuple(_task_item(task, known.get(task.task_id)) for task in listed.items)

    async def model_state(self, model: ModelRef) -> ModelState:
        """Whether the model is busy; unknown if the service does not say. It is a help, not a gate."""
        try:
            return await self.read_state(model)
        except AnaplanError:
            return ModelState(busy=False, known=False)

    async def read_state(self, model: ModelRef) -> ModelState:
        """The same, but it raises if the status is unknown.

        Raises:
            AnaplanError: the status cannot be read, or not in time.
        """
        return _state(await self._client.model_status(model, within_s=_STATUS_PATIENCE_S))

    async def busy_with(self, model: ModelRef) -> str:
        """What the model is busy with, in one line; empty if it is idle.

        Raises:
            AnaplanError: its status cannot be read.
        """
        state = await self.read_state(model)
        return (state.what or "busy") if state.busy else ""

    async def in_the_way(self, target: TargetRef) -> str:
        """What a start of ``target`` would run in parallel with, in one line; empty if the model is free.

        Free means that the status is idle and every task of the target has ended. Right after a start the
        status still says "idle" for a moment; the task list does not.

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
            # Page by page: the raw answers are six times as big as the items kept.
            pages = self._client.target_pages(model, kind)
            items = tuple([_item(model, kind, target) async for page in pages for target in page])
            if items != self._items.get((model, kind)):
                await asyncio.to_thread(self._known.keep_list, model, kind, items)
            self._items[(model, kind)] = items
        return self._items[(model, kind)]


def obstacle_of(active_state: str) -> str:
    """Why nothing can run in a model with this state, and who can change that; empty if it can."""
    return _OBSTACLES.get(active_state, "")


def is_model_id(text: str) -> bool:
    """Whether ``text`` has the form of a workspace or model id (service.md §1.3)."""
    return len(text) == 32 and all(sign in "0123456789abcdefABCDEF" for sign in text)


def is_target_id(text: str) -> bool:
    """Whether ``text`` has the form of a target's id: twelve digits (service.md §1.3)."""
    return len(text) == 12 and text.isascii() and text.isdigit()


def _state(status: ModelStatus) -> ModelState:
    if not status.busy:
        return ModelState(busy=False, closed=status.closed)
    share = percent(status.progress)
    what = ", ".join(part for part in (status.current_step or "busy", share) if part)
    return ModelState(busy=True, what=what, since=status.created_at, task_id=status.task_id)


def _model_item(model: Model, workspace_id: str | None, workspaces: Mapping[str, str]) -> ModelItem:
    home = model.workspace_id or workspace_id or ""
    state = model.active_state or ""
    return ModelItem(
        ref=ModelRef(home, model.id),
        name=model.name or model.id,
        workspace_name=workspaces.get(home) or model.workspace_name or home,
        state=state,
        obstacle=obstacle_of(state),
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


def _task_item(task: ListedTask, known: KnownTask | None) -> TaskItem:
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
