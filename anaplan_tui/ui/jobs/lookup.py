"""Run lookup: finds the run that a key means on a screen that knows only its target, task or journal line."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

from anaplan_tui.api.errors import AnaplanError
from anaplan_tui.core import text
from anaplan_tui.core.dumps.refusals import NoDumps
from anaplan_tui.core.snapshots import Phase, RunSnapshot
from anaplan_tui.ui import commands as c
from anaplan_tui.ui.jobs.listed import ListedRun

if TYPE_CHECKING:
    from anaplan_tui.core.catalog import CatalogItem, TaskItem
    from anaplan_tui.core.desk import Desk
    from anaplan_tui.ui.jobs.spawning import Spawner
    from anaplan_tui.ui.navigation import Request
    from anaplan_tui.ui.shell import Shell


class RunLookup:
    """Finds runs with their results, in the store, in the journal or at the service."""

    def __init__(self, app: "Shell", desk: "Desk", spawner: "Spawner") -> None:
        self._app, self._desk, self._spawner = app, desk, spawner

    async def recalled(self, run_id: str) -> RunSnapshot:
        """Return a run as the store or the journal knows it.

        Raises:
            NoDumps: neither knows it.
        """
        run = await self._desk.remembered.recall(run_id)
        if run is None:
            raise NoDumps("Neither the app nor its journal remembers this run.")
        return run

    async def newest(self, item: "CatalogItem") -> RunSnapshot | None:
        """Return the newest run of ``item``, whoever started it; the journal's if the service lists none.

        Raises:
            AnaplanError: the service cannot be asked, and the journal knows no run.
        """
        try:
            tasks = await self._desk.finder.tasks(item)
            if tasks:
                known = next((run for run in self._desk.store.runs if run.task_id == tasks[0].task_id), None)
                return known or await self._desk.runs.report(item, tasks[0].task_id)
        except AnaplanError:
            remembered = await self._remembered(item)
            if remembered is None:
                raise
            return remembered
        return await self._remembered(item)

    async def _remembered(self, item: "CatalogItem") -> RunSnapshot | None:
        over = (run for run in await self._desk.remembered.of_target(item.ref) if run.phase is Phase.ENDED)
        newest = next(over, None)
        return await self.recalled(newest.run_id) if newest is not None else None

    async def read(self, run: RunSnapshot, item: "CatalogItem | None") -> RunSnapshot | None:
        """Return a run with its result and its actions."""
        if item is not None and run.task_id is not None:
            return await self._desk.runs.report(item, run.task_id)
        return await self.recalled(run.run_id)

    async def of_task(self, item: "CatalogItem", task_id: str) -> RunSnapshot:
        """Return the run of a task with its result, which is read from the service if it is unknown."""
        runs = (*self._desk.store.runs, *await self._desk.remembered.recent())
        known = next((run for run in runs if run.task_id == task_id), None)
        run = await self.recalled(known.run_id) if known is not None else None
        if run is None or not (run.live or run.actions):
            run = await self._desk.runs.attach(item, task_id)
        return run

    def newest_of(self, item: "CatalogItem") -> ListedRun:
        """Return the newest run of ``item``, whoever started it, as a listed run."""
        return ListedRun(f"'{item.name}'", item.id, partial(self.newest, item))

    def run_of_line(self, run: RunSnapshot, item: "CatalogItem | None") -> ListedRun:
        """Return a line's run as a listed run; ``item`` is what it ran, if its result was not read yet."""
        when = f" of {text.ago(run.started_at, self._app.now())}" if run.started_at is not None else ""
        return ListedRun(f"'{run.name}'{when}", run.run_id, partial(self.read, run, item))

    def task_of(self, item: "CatalogItem", task: "TaskItem") -> ListedRun:
        """Return a task of the history as a listed run."""
        name = f"the run of {text.ago(task.created_at, self._app.now())}"
        return ListedRun(name, task.task_id, partial(self.of_task, item, task.task_id))

    def do_with(
        self, listed: ListedRun, do: Callable[[RunSnapshot, "Request"], Awaitable[object]], group: str
    ) -> None:
        """Look a run up, and call ``do`` with it if it has ended; otherwise say why not."""

        async def doing(request: "Request") -> None:
            run = await listed.find()
            if run is None:
                self._app.say(f"Neither Anaplan nor the journal knows a run of it; {c.RUN.key} runs it.")
            elif run.live:
                self._app.say(f"'{run.name}' still runs; its result and its dumps come when it has ended.")
            else:
                await do(run, request)

        self._spawner.spawn_request(doing, f"{group}:{listed.id}")
