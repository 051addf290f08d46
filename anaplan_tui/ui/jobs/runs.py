"""Runs for the screens: asks, starts, watches, opens and cancels them."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from anaplan_tui.core import text
from anaplan_tui.core.snapshots import Fetch, Phase, RunSnapshot
from anaplan_tui.trouble import Trouble
from anaplan_tui.ui import commands as c

if TYPE_CHECKING:
    from anaplan_tui.core.catalog import CatalogItem
    from anaplan_tui.core.desk import Desk
    from anaplan_tui.ui.jobs.lookup import RunLookup
    from anaplan_tui.ui.jobs.spawning import Spawner
    from anaplan_tui.ui.navigation import Request
    from anaplan_tui.ui.shell import Shell


class RunJobs:
    """Starts, watches and cancels the runs of one desk."""

    def __init__(self, app: "Shell", desk: "Desk", spawner: "Spawner", lookup: "RunLookup") -> None:
        self._app, self._desk, self._spawner, self._lookup = app, desk, spawner, lookup

    # -- starting ------------------------------------------------------------------------------------

    def ask_and_run(self, item: "CatalogItem") -> None:
        """Ask, then start; the dialog is modal, so a second press has nothing to reach."""
        self._spawner.spawn_request(partial(self._ask_and_run, item), f"ask:{item.id}")

    async def run_after_upload(self, item: "CatalogItem") -> None:
        """Run the target that the file was uploaded for; ask only if there are warnings."""
        preflight = await self._desk.before.preflight(item)
        if preflight.warnings:
            await self._ask_and_run(item, None)
        else:
            self.run(item, parameters=preflight.parameters)

    async def _ask_and_run(self, item: "CatalogItem", request: "Request | None") -> None:
        """Ask, and run; without a ``request``, no key asked for this, and the question comes when it can."""
        from anaplan_tui.ui.screens.run.confirm import ConfirmRun, Go

        context = self._desk.context
        model = context.model.name if context else ""
        question = ConfirmRun(self._desk, item, model)
        answer = await (request.ask(question) if request is not None else self._spawner.ask(question))
        while answer.go is Go.FETCH_FIRST and answer.unsaved_task_id:
            came = await self._fetch_first(item, answer.unsaved_task_id)
            if self._desk.context is not context:
                self._app.say(f"{came} r on '{item.name}' of {model} runs it.")
                return
            again = ConfirmRun(self._desk, item, model, came=came, parameters=answer.parameters)
            answer = await self._spawner.ask(again)
        if answer.go in (Go.NOW, Go.WHEN_FREE):
            self.run(item, parameters=answer.parameters, wait_until_free=answer.go is Go.WHEN_FREE)

    async def _fetch_first(self, item: "CatalogItem", task_id: str) -> str:
        """Fetch the dumps that the run would destroy; return how that went, for the next question."""
        try:
            run = await self._lookup.of_task(item, task_id)
            queued = self._desk.dumps.fetch_dumps(run.run_id)
        except Trouble as error:
            return str(error)
        dumps = text.plural(len(queued), "dump")
        self._app.say(
            f"Fetching {dumps} first, then asking again about '{item.name}'. {c.DOWNLOADS.key} shows them."
        )
        ended = await self._desk.dumps.settled(queued)
        missing = next((download for download in ended if download.state is not Fetch.DONE), None)
        if missing is None:
            return f"The {dumps} of the last run {'is' if len(ended) == 1 else 'are'} on disk."
        problem = (missing.problem or "its download was stopped").rstrip(".")
        return f"'{missing.name}' is not on disk: {problem}."

    def run(
        self,
        item: "CatalogItem",
        *,
        parameters: Sequence[tuple[str, str]] = (),
        wait_until_free: bool = False,
    ) -> None:
        """Start ``item`` and open its screen as soon as the intent is on disk."""

        async def running(request: "Request") -> None:
            def begun(run_id: str) -> None:
                opened = self._app.navigation.open(partial(self._app.open_run, run_id))
                opened.add_done_callback(lambda _: request.over())

            await self._desk.run(item, parameters=parameters, wait_until_free=wait_until_free, on_begin=begun)

        self._spawner.spawn_request(running, f"run:{item.id}")

    def run_again(self, run: RunSnapshot) -> None:
        """Ask, then run the same target once more."""

        async def again(request: "Request") -> None:
            item = await self.item_of(run)
            if item is not None:
                await self._ask_and_run(item, request)

        self._spawner.spawn_request(again, f"ask:{run.target.id}")

    def run_rest(self, run: RunSnapshot) -> None:
        """Ask which actions of the process to run as single tasks, and run them."""
        from anaplan_tui.ui.jobs.rest import ask_and_run_rest

        async def asking(request: "Request") -> None:
            item = await self.item_of(run)
            if item is not None:
                await ask_and_run_rest(self._app, self._desk, item, run, request)

        self._spawner.spawn_request(asking, f"rest:{run.target.id}")

    async def item_of(self, run: RunSnapshot) -> "CatalogItem | None":
        """Return what the run ran; ``None``, after saying why, if its model is not the current one."""
        context = self._desk.context
        if context is None or context.model.ref != run.target.model:
            self._app.say(f"Choose the model '{run.model_name}' first (m).", "warning")
            return None
        return await self._desk.find(run.target.id, run.target.kind)

    # -- watching ------------------------------------------------------------------------------------

    def attach(self, item: "CatalogItem", task_id: str) -> None:
        """Watch a task that is already running, or show one that ended."""

        async def attaching() -> None:
            await self._desk.runs.attach(item, task_id, on_begin=self._open_soon)

        self._spawner.spawn(attaching, f"attach:{task_id}")

    def choose_task(self, run: RunSnapshot) -> None:
        """Ask which task of the history belongs to a run whose start was lost, and watch that one."""
        self._spawner.spawn_request(partial(self._choose_task, run), f"candidates:{run.run_id}")

    async def _choose_task(self, run: RunSnapshot, request: "Request") -> None:
        from anaplan_tui.ui.screens.run.candidates import CandidatesDialog, candidate_tasks

        item = await self.item_of(run)
        if item is None:
            return
        tasks = candidate_tasks(run, await self._desk.finder.tasks(item))
        task = await request.ask(CandidatesDialog(run, tasks, self._app.now()))
        if task is not None:
            self.attach(item, task.task_id)

    def resume(self, run: RunSnapshot) -> None:
        """Go on watching a run of an earlier session."""
        self._spawner.spawn(partial(self._desk.runs.resume, run.run_id), f"resume:{run.run_id}")

    def open_run(self, run: RunSnapshot) -> None:
        """Show a run, even one that only the journal knows, and go on watching it if it is live."""
        if run.live and run.phase is not Phase.WAITING:
            self.resume(run)
        self.open_run_by_id(run.run_id)

    def open_run_by_id(self, run_id: str) -> None:
        """Show a run as the store or the journal knows it."""

        async def opening(request: "Request") -> None:
            await self._lookup.recalled(run_id)
            await request.open(partial(self._app.open_run, run_id))

        self._spawner.spawn_request(opening, f"open:{run_id}")

    def mark_seen(self, run_id: str) -> None:
        """Note that the operator opened this run, or its rows: it no longer asks for attention."""
        self._app.note_opened(run_id)
        if self._desk.context is not None:
            self._spawner.spawn(partial(self._desk.history.mark_seen, run_id), "seen")

    def cancel(self, run_id: str) -> None:
        """Ask the service to cancel; the watcher shows what follows."""
        self._spawner.spawn(partial(self._desk.cancel, run_id), f"cancel:{run_id}")

    def _open_soon(self, run_id: str) -> None:
        self._app.navigation.open(partial(self._app.open_run, run_id))
