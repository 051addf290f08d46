"""Watch a task to its end: each poll goes into the store, each change of state into the journal."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace

from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.core.catalog import CatalogItem
from anaplan_tui.core.finding.finder import Finder
from anaplan_tui.core.journal.journal import Journal
from anaplan_tui.core.runs.polling import PollingPace
from anaplan_tui.core.runs.watching import Watch, named, watch
from anaplan_tui.core.snapshots import Action, Phase, RunSnapshot
from anaplan_tui.core.store import Store
from anaplan_tui.core.verdict.judge import is_named

_PLAN_PATIENCE_S = 10.0
"""Names are optional: a run that is resumed during an outage must not go unwatched for lack of them."""


class Follower:
    """Watches the runs of one profile."""

    def __init__(
        self,
        client: AnaplanClient,
        journal: Journal,
        store: Store,
        finder: Finder,
        pace: PollingPace,
        *,
        patience_s: float | None,
        on_end: Callable[[RunSnapshot], None],
    ) -> None:
        self._client, self._journal, self._store, self._finder = client, journal, store, finder
        self.pace, self.patience_s, self._on_end = pace, patience_s, on_end
        self._watches: dict[str, Watch] = {}

    def look_now(self, run_id: str) -> None:
        """Poll a watched run now instead of at its next due time."""
        if run_id in self._watches:
            self._watches[run_id].wake.set()

    @contextmanager
    def waiting(self, run_id: str) -> Iterator[Watch]:
        """Register a watch of a run, so that :meth:`look_now` can wake its waiter."""
        how = self._watches[run_id] = Watch(self.pace, self.patience_s)
        try:
            yield how
        finally:
            self._watches.pop(run_id, None)

    async def follow(self, snapshot: RunSnapshot) -> RunSnapshot:
        """Watch a running run to its end, and publish every change; return any other run unchanged."""
        if snapshot.phase is not Phase.RUNNING:
            return snapshot
        with self.waiting(snapshot.run_id) as how:
            snapshot = await self._with_plan(snapshot)
            async for seen in watch(self._client, snapshot, how):
                snapshot = await self.observed(snapshot, seen)
        self.ended(snapshot)
        return snapshot

    def ended(self, run: RunSnapshot) -> None:
        """Call ``on_end`` with a run whose end was seen; ignore any other run."""
        if run.phase is Phase.ENDED:
            self._on_end(run)

    async def _with_plan(self, run: RunSnapshot) -> RunSnapshot:
        """Return a run with its actions; the journal has none of a live run from an earlier session."""
        if run.actions:
            return run
        actions: tuple[Action, ...] = ()
        with suppress(TimeoutError):
            async with asyncio.timeout(_PLAN_PATIENCE_S):
                actions = await self._finder.plan_if_known(CatalogItem(run.target, run.name))
        if not actions:
            return run
        run = replace(run, actions=actions)
        self._store.put_run(run)
        return run

    async def observed(self, old: RunSnapshot, seen: RunSnapshot, *, names: bool = True) -> RunSnapshot:
        """Publish a poll's result; return it with what only the app knows of the run."""
        current = self._store.run(seen.run_id)
        seen = replace(
            seen, cancel_requested=seen.cancel_requested or bool(current and current.cancel_requested)
        )
        if seen.phase is Phase.ENDED:
            seen = _with_files(await self._named(seen, old.actions) if names else seen, old)
        self._store.put_run(seen)
        if (old.phase, old.state, old.verdict) != (seen.phase, seen.state, seen.verdict):
            await asyncio.to_thread(self._journal.observed, seen)
        return seen

    async def _named(self, run: RunSnapshot, plan: Sequence[Action]) -> RunSnapshot:
        """Name the actions that the plan does not name, from the model's lists (service.md §3.2)."""
        planned = {action.id for action in plan if is_named(action)}
        nameless = [action.id for action in run.actions if action.id not in planned]
        if not nameless:
            return run
        return named(run, plan, await self._finder.names(run.target.model, nameless))


def _with_files(run: RunSnapshot, old: RunSnapshot) -> RunSnapshot:
    """Return the run with its known files on disk, which the service cannot know."""
    known = {action.id: action for action in old.actions}
    return replace(run, actions=tuple(_with_files_of(known.get(action.id), action) for action in run.actions))


def _with_files_of(old: Action | None, action: Action) -> Action:
    if old is not None and old.dump.path is not None and action.dump.available:
        action = replace(action, dump=old.dump)
    if old is not None and old.output.path is not None and action.output.available:
        action = replace(action, output=old.output)
    return action
