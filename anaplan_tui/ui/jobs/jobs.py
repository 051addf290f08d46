"""What the operator started: it lives on the app, outlives every screen, and tells how it ended.

Each job is an app worker in a group of its own that turns the errors that can happen into words; any
other exception is a bug and is seen.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from textual.screen import Screen
from textual.worker import Worker

from anaplan_tui.api.errors import AnaplanError
from anaplan_tui.core import text
from anaplan_tui.core.catalog import CatalogItem, ModelItem, NoMatch
from anaplan_tui.core.desk import Desk, NoDumps
from anaplan_tui.core.finding import NoChoice
from anaplan_tui.core.runs.notices import osc_notice, words_for
from anaplan_tui.core.runs.step_times import StepTimes
from anaplan_tui.core.snapshots import DownloadSnapshot, Fetch, Phase, RunSnapshot, Verdict
from anaplan_tui.trouble import Trouble
from anaplan_tui.ui import commands as c
from anaplan_tui.ui.jobs.on_disk import already_there, saved_at, what_came
from anaplan_tui.ui.jobs.picked_up import picked_up
from anaplan_tui.ui.jobs.plays import PlayJobs
from anaplan_tui.ui.jobs.queue import QueueJobs
from anaplan_tui.ui.jobs.uploads import UploadJobs
from anaplan_tui.ui.navigation import Request, WentElsewhere
from anaplan_tui.ui.workarounds import write_to_terminal

if TYPE_CHECKING:
    from anaplan_tui.ui.shell import Shell

R = TypeVar("R")

_ENDED = {Verdict.WARNINGS: "completed with warnings", Verdict.UNKNOWN: "ended with an unknown result"}
"""How a run ended, as part of a sentence, where the word of the lists is none."""


class Jobs:
    """Starts, watches, cancels and fetches for the screens."""

    def __init__(self, app: "Shell", desk: Desk) -> None:
        self._app = app
        self._desk = desk
        self._live: set[str] = set()
        self._told_of_journal = ""
        self._follows_model = False
        self._looks = 0
        self.steps = StepTimes()
        self.uploads = UploadJobs(app, desk, self)
        self.queue = QueueJobs(app, desk, self)
        self.plays = PlayJobs(app, desk, self)

    def spawn(self, work: Callable[[], Awaitable[object]], group: str) -> None:
        """Let the app do ``work``; an error that can happen is told, anything else ends the app."""

        _worker: Worker[None] = self._app.run_worker(partial(self._told, work), group=group)

    async def _told(self, work: Callable[[], Awaitable[object]]) -> None:
        try:
            await work()
        except WentElsewhere as gone:
            self._app.say(str(gone), "warning")
        except (Trouble, OSError) as error:
            self._app.say(str(error), "error", detail=type(error).__name__)

    def spawn_request(self, work: Callable[[Request], Awaitable[object]], group: str) -> None:
        """The same for what a key asked for and opens a screen, soon or after a while."""
        request = self._app.navigation.request()

        async def requested() -> None:
            with request:
                await work(request)

        self.spawn(requested, group)

    # -- where we are --------------------------------------------------------------------------------

    async def choose_first_model(self) -> None:
        """The profile's, the remembered or the only model; else the picker is shown."""
        try:
            await self._desk.choose_again()
        except NoChoice:
            self._show_models()
        except NoMatch as error:
            self._show_models(str(error))
        except AnaplanError as error:
            self._app.say(str(error), "error")

    def _show_models(self, problem: str = "") -> None:
        async def show() -> None:
            await self._app.go("models")
            if problem:
                self._app.say(problem, "error")

        self._app.navigation.open(show)

    def choose(self, model: ModelItem) -> None:
        """Work in this model from now on."""

        async def chosen() -> None:
            await self._desk.choose(model.ref.workspace_id or None, model.id)
            await self._desk.remember_choice()
            self._app.context_chosen()
            self._app.navigation.open(self._app.go_home)

        self.spawn(chosen, "choose")

    def look_at_model(self) -> None:
        """Ask whether the model is busy; one that is gets followed until it is free."""
        if self._desk.context is not None:
            self.spawn(self._look_at_model, "model-state")

    async def _look_at_model(self) -> None:
        model = self._desk.model_in_use
        if await self._busy_elsewhere(model) and not self._follows_model:
            self._follows_model = True
            try:
                await self._follow_model(model)
            finally:
                self._follows_model = False

    async def _follow_model(self, model: ModelItem) -> None:
        pace, began = self._desk.pace, asyncio.get_running_loop().time()
        while True:
            elapsed = asyncio.get_running_loop().time() - began
            await asyncio.sleep(2 * pace.next_look(elapsed_s=elapsed, still_s=0.0))
            if not await self._busy_elsewhere(model):
                break
        state = self._app.model_state
        if state is not None and state.known and not state.busy and self._desk.model_in_use == model:
            self._app.say(f"{model.name} is free.")
            self._ring(model.name, "free")

    async def _busy_elsewhere(self, model: ModelItem) -> bool:
        """Whether it is at work for others, as one look tells; our own runs are watched already."""
        if self._desk.model_in_use != model:
            return False
        self._looks += 1
        this = self._looks
        state = await self._desk.model_state()
        if self._desk.model_in_use != model or this != self._looks:
            return False  # one that was begun without contact may end after the next
        self._app.model_state = state
        self._app.refresh_headers()
        ours = any(run.live and run.target.model == model.ref for run in self._desk.store.runs)
        return state.busy and not ours

    # -- runs ----------------------------------------------------------------------------------------

    def ask_and_run(self, item: CatalogItem) -> None:
        """Ask, then start; the dialog is modal, so a second press has nothing to reach."""
        self.spawn_request(partial(self._ask_and_run, item), f"ask:{item.id}")

    async def run_after_upload(self, item: CatalogItem) -> None:
        """Run what the uploaded file was meant for; ask only when something speaks against it."""
        preflight = await self._desk.preflight(item)
        if preflight.warnings:
            await self._ask_and_run(item, None)
        else:
            self.run(item, parameters=preflight.parameters)

    async def _ask_and_run(self, item: CatalogItem, request: Request | None) -> None:
        """Ask, and run; the question comes by itself, sooner or later, where no key was pressed for it."""
        from anaplan_tui.ui.screens.run.confirm import ConfirmRun, Go

        context = self._desk.context
        model = context.model.name if context else ""
        question = ConfirmRun(self._desk, item, model)
        answer = await (request.ask(question) if request is not None else self._ask(question))
        while answer.go is Go.FETCH_FIRST and answer.unsaved_task_id:
            came = await self._fetch_first(item, answer.unsaved_task_id)
            if self._desk.context is not context:
                self._app.say(f"{came} r on '{item.name}' of {model} runs it.")
                return
            again = ConfirmRun(self._desk, item, model, came=came, parameters=answer.parameters)
            answer = await self._ask(again)
        if answer.go in (Go.NOW, Go.WHEN_FREE):
            self.run(item, parameters=answer.parameters, wait_until_free=answer.go is Go.WHEN_FREE)

    async def _ask(self, question: Screen[R]) -> R:
        return await (await self._app.navigation.ask(question))

    async def _fetch_first(self, item: CatalogItem, task_id: str) -> str:
        """Fetch the dumps that the run would take away; returns what came of it, for the next question."""
        try:
            run = await self._run_of_task(item, task_id)
            queued = self._desk.dumps.fetch_dumps(run.run_id)
        except Trouble as error:
            return str(error)
        dumps = text.plural(len(queued), "dump")
        self._app.say(
            f"Fetching {dumps} first; '{item.name}' is asked about again then. {c.DOWNLOADS.key} shows them."
        )
        ended = await self._desk.dumps.settled(queued)
        missing = next((download for download in ended if download.state is not Fetch.DONE), None)
        if missing is None:
            return f"The {dumps} of the last run {'is' if len(ended) == 1 else 'are'} on disk."
        problem = (missing.problem or "its download was stopped").rstrip(".")
        return f"'{missing.name}' is not on disk: {problem}."

    def run(
        self,
        item: CatalogItem,
        *,
        parameters: Sequence[tuple[str, str]] = (),
        wait_until_free: bool = False,
    ) -> None:
        """Start ``item`` and open its screen as soon as the intent is on disk."""

        async def running(request: Request) -> None:
            def begun(run_id: str) -> None:
                opened = self._app.navigation.open(partial(self._app.open_run, run_id))
                opened.add_done_callback(lambda _: request.over())

            await self._desk.run(item, parameters=parameters, wait_until_free=wait_until_free, on_begin=begun)

        self.spawn_request(running, f"run:{item.id}")

    def attach(self, item: CatalogItem, task_id: str) -> None:
        """Watch a task that runs already, or show one that ended."""

        async def attaching() -> None:
            await self._desk.runs.attach(item, task_id, on_begin=self._open_soon)

        self.spawn(attaching, f"attach:{task_id}")

    def choose_task(self, run: RunSnapshot) -> None:
        """Ask which task of the history a run is whose start was lost, and watch that one."""
        self.spawn_request(partial(self._choose_task, run), f"candidates:{run.run_id}")

    async def _choose_task(self, run: RunSnapshot, request: Request) -> None:
        from anaplan_tui.ui.screens.run.candidates import CandidatesDialog, candidate_tasks

        item = await self.item_of(run)
        if item is None:
            return
        tasks = candidate_tasks(run, await self._desk.tasks(item))
        task = await request.ask(CandidatesDialog(run, tasks, self._app.now()))
        if task is not None:
            self.attach(item, task.task_id)

    def resume_unfinished(self) -> None:
        """Go on with all that the journal says is not over: runs are watched, downloads fetched."""
        self.spawn(self._resume_unfinished, "unfinished")

    async def _resume_unfinished(self) -> None:
        runs = await self._desk.unfinished()
        for run in runs:
            self.spawn(partial(self._desk.runs.resume, run.run_id), f"resume:{run.run_id}")
        said = picked_up(runs, await self._desk.resume_downloads())
        if said:
            self._app.say(said)
        await self._desk.in_force.show()
        self.spawn(self.queue.remember, "queue")
        self.spawn(self.plays.offer, "plays")
        self.tell_journal_notice()

    def open_run(self, run: RunSnapshot) -> None:
        """Show a run, also one that only the journal knows, and go on watching it."""
        if run.live and run.phase is not Phase.WAITING:
            self.spawn(partial(self._desk.runs.resume, run.run_id), f"resume:{run.run_id}")
        self.open_run_by_id(run.run_id)

    def open_run_by_id(self, run_id: str) -> None:
        """Show a run as the store or the journal knows it, with its actions."""

        async def opening(request: Request) -> None:
            await self._recalled(run_id)
            await request.open(partial(self._app.open_run, run_id))

        self.spawn_request(opening, f"open:{run_id}")

    def mark_seen(self, run_id: str) -> None:
        """The operator opened this run: it asks for no attention any more."""
        if self._desk.context is not None:
            self.spawn(partial(self._desk.history.mark_seen, run_id), "seen")

    def run_again(self, run: RunSnapshot) -> None:
        """Ask, then run the same target once more."""

        async def again(request: Request) -> None:
            item = await self.item_of(run)
            if item is not None:
                await self._ask_and_run(item, request)

        self.spawn_request(again, f"ask:{run.target.id}")

    async def item_of(self, run: RunSnapshot) -> CatalogItem | None:
        """What the run ran; ``None``, and said why, when another model is worked in."""
        context = self._desk.context
        if context is None or context.model.ref != run.target.model:
            self._app.say(f"Choose the model '{run.model_name}' first (m).", "warning")
            return None
        return await self._desk.find(run.target.id, run.target.kind)

    def run_rest(self, run: RunSnapshot) -> None:
        """Ask which actions of the process are to be run as single tasks, and run them."""
        from anaplan_tui.ui.jobs.rest import ask_and_run_rest

        async def asking(request: Request) -> None:
            item = await self.item_of(run)
            if item is not None:
                await ask_and_run_rest(self._app, self._desk, item, run, request)

        self.spawn_request(asking, f"rest:{run.target.id}")

    def cancel(self, run_id: str) -> None:
        """Ask the service for the cancel; the watcher shows what follows."""
        self.spawn(partial(self._desk.cancel, run_id), f"cancel:{run_id}")

    def _open_soon(self, run_id: str) -> None:
        self._app.navigation.open(partial(self._app.open_run, run_id))

    def noticed(self, run: RunSnapshot) -> None:
        """Say how a run that was watched ended, wherever the operator is now."""
        self.steps.see(run, self._app.now())
        self.queue.noticed(run)
        self.tell_journal_notice()
        if run.live:
            self._live.add(run.run_id)
            return
        if run.run_id not in self._live:
            return
        self._live.discard(run.run_id)
        symbol, word = text.run_mark(run)
        word = _ENDED.get(run.verdict, word) if run.verdict is not None else word
        severity = "information" if run.verdict is Verdict.COMPLETED else "warning"
        if run.verdict is Verdict.FAILED or run.phase in (Phase.NOT_STARTED, Phase.UNKNOWN_START):
            severity = "error"
        said = run.reason if run.reason.startswith(word) else ": ".join(filter(None, (word, run.reason)))
        self._app.say(f"{symbol} {run.name} {said}", severity)
        self._call_for_attention(run)
        self.look_at_model()

    def _call_for_attention(self, run: RunSnapshot) -> None:
        self._ring(*words_for(run))

    def _ring(self, title: str, body: str) -> None:
        """The bell and the terminal's own notice, as configured; the operator looks elsewhere."""
        settings = self._desk.settings
        if settings.bell:
            self._app.bell()
        if settings.osc != "none":
            notice = osc_notice(settings.osc, title, body, tmux=bool(os.environ.get("TMUX")))
            write_to_terminal(self._app, notice)

    def tell_journal_notice(self) -> None:
        """Say once what the journal has to say of its file; it may come up at any time."""
        notice = self._desk.journal.notice
        if notice and notice != self._told_of_journal:
            self._told_of_journal = notice
            self._app.say(notice, "warning")

    # -- dumps ---------------------------------------------------------------------------------------

    def fetch(self, run_id: str, object_ids: Sequence[str] | None = None) -> None:
        """Queue the dumps that are not on disk; says how many, where they are, or why there are none."""
        self.spawn(partial(self._fetch, run_id, object_ids), f"fetch:{run_id}")

    async def _fetch(self, run_id: str, object_ids: Sequence[str] | None) -> None:
        run = self._desk.store.run(run_id)
        actions = run.actions if run is not None else ()
        dumps = {a.id: a.dump for a in actions if a.dump.available and (not object_ids or a.id in object_ids)}
        there = await asyncio.to_thread(lambda: {i: path for i, d in dumps.items() if (path := saved_at(d))})
        if dumps and len(there) == len(dumps):
            self._app.say(already_there(tuple(there.values())))
            return
        try:
            queued = self._desk.dumps.fetch_dumps(run_id, [i for i in dumps if i not in there] or object_ids)
        except NoDumps as error:
            self._app.say(str(error), "warning")
        else:
            rest = f", {len(there)} on disk already" if there else ""
            said = text.plural(len(queued), "dump")
            self._app.say(f"Fetching {said}{rest}. {c.DOWNLOADS.key} shows the downloads.")
            self._app.say(*what_came(await self._settled_somewhere(queued)))

    async def _settled_somewhere(self, queued: Sequence[str]) -> Sequence[DownloadSnapshot]:
        """Wait for downloads; those that the local disk refused go where the operator says, if anywhere.

        Whoever has gone to another screen meanwhile is not asked; the same key asks when they come back.
        """
        asked_on = self._app.screen
        while True:
            ended = await self._desk.dumps.settled(queued)
            refused = [d for d in ended if d.state is Fetch.FAILED and d.refused_by is not None]
            if not refused or self._app.screen is not asked_on:
                return ended
            from anaplan_tui.ui.screens.another_place import another_place

            place = await self._ask(another_place(refused, Path.home()))
            if place is None:
                return ended
            self._desk.dumps.put_elsewhere(refused, place)
            self._app.say(f"Fetching {text.plural(len(refused), 'file')} into {text.home(place)}.")

    def fetch_output(self, run_id: str, action_id: str) -> None:
        """Queue the file that an export of the run made, unless it is on disk."""
        self.spawn(partial(self._fetch_output, run_id, action_id), f"fetch:{run_id}")

    async def _fetch_output(self, run_id: str, action_id: str) -> None:
        run = self._desk.store.run(run_id)
        made = next((a.output for a in run.actions if a.id == action_id), None) if run is not None else None
        there = await asyncio.to_thread(saved_at, made) if made is not None else None
        if there is not None:
            self._app.say(f"The export's file is on disk already: {text.home(there)}")
            return
        try:
            queued = self._desk.dumps.fetch_output(run_id, action_id)
        except NoDumps as error:
            self._app.say(str(error), "warning")
        else:
            self._app.say(f"Fetching the export's file. {c.DOWNLOADS.key} shows the downloads.")
            self._app.say(*what_came(await self._settled_somewhere((queued,))))

    def fetch_of_newest(self, item: CatalogItem) -> None:
        """Queue every dump of the newest run of ``item``, whoever started it."""
        self._with(partial(self._newest, item), self._fetch_all, f"fetch:{item.id}")

    def triage_of_newest(self, item: CatalogItem) -> None:
        """Open the triage of the dump that tells most of the newest run of ``item``."""
        self._with(partial(self._newest, item), self._triage_worst, f"triage:{item.id}")

    def hand_over_newest(self, item: CatalogItem) -> None:
        """Bundle the newest run of ``item`` for the owner of its data."""
        self._with(partial(self._newest, item), self._hand_over, f"bundle:{item.id}")

    def fetch_of(self, run: RunSnapshot, item: CatalogItem | None) -> None:
        """Queue every dump of a run; ``item`` is what it ran where its result was not read yet."""
        self._with(partial(self._read, run, item), self._fetch_all, f"fetch:{run.run_id}")

    def triage_of(self, run: RunSnapshot, item: CatalogItem | None) -> None:
        """Open the triage of the dump that tells most of a run."""
        self._with(partial(self._read, run, item), self._triage_worst, f"triage:{run.run_id}")

    def hand_over_of(self, run: RunSnapshot, item: CatalogItem | None) -> None:
        """Bundle a run of a list for the owner of its data."""
        self._with(partial(self._read, run, item), self._hand_over, f"bundle:{run.run_id}")

    def _with(
        self,
        find: Callable[[], Awaitable[RunSnapshot | None]],
        do: Callable[[RunSnapshot, Request], Awaitable[object]],
        group: str,
    ) -> None:
        """Do something with a run that has to be looked up first."""

        async def doing(request: Request) -> None:
            run = await find()
            if run is None:
                self._app.say("Neither Anaplan nor the journal knows a run of it; r runs it.")
            elif run.live:
                self._app.say(f"'{run.name}' still runs; its result and its dumps come when it has ended.")
            else:
                await do(run, request)

        self.spawn_request(doing, group)

    async def _newest(self, item: CatalogItem) -> RunSnapshot | None:
        tasks = await self._desk.tasks(item)
        if tasks:
            known = next((run for run in self._desk.store.runs if run.task_id == tasks[0].task_id), None)
            return known or await self._desk.runs.report(item, tasks[0].task_id)
        runs = (run for run in await self._desk.recent_runs() if run.target == item.ref)
        newest = next(runs, None)
        return await self._recalled(newest.run_id) if newest is not None else None

    async def _read(self, run: RunSnapshot, item: CatalogItem | None) -> RunSnapshot | None:
        """A run with its result and its actions."""
        if item is not None and run.task_id is not None:
            return await self._desk.runs.report(item, run.task_id)
        return await self._recalled(run.run_id)

    async def _fetch_all(self, run: RunSnapshot, request: Request) -> None:
        request.over()
        await self._fetch(run.run_id, None)

    async def _triage_worst(self, run: RunSnapshot, request: Request) -> None:
        from anaplan_tui.ui.screens.run.words import worst_dump

        action = worst_dump(run)
        if action is None:
            self._app.say(f"No action of '{run.name}' left a dump: {run.reason or text.run_mark(run)[1]}.")
        else:
            self.mark_seen(run.run_id)
            await self._triage(run.run_id, action.id, request)

    async def _hand_over(self, run: RunSnapshot, request: Request) -> None:
        from anaplan_tui.ui.jobs.bundle import ask_and_hand_over

        await ask_and_hand_over(self._app, self._desk, run, request)

    def fetch_of_task(self, item: CatalogItem, task_id: str) -> None:
        """Queue every dump of a task of the history; its result is read first where it is not known."""

        async def fetching() -> None:
            self.fetch((await self._run_of_task(item, task_id)).run_id)

        self.spawn(fetching, f"fetch:{task_id}")

    def triage_of_task(self, item: CatalogItem, task_id: str) -> None:
        """Open the triage of the dump that tells most of a task of the history."""
        self._with(partial(self._run_of_task, item, task_id), self._triage_worst, f"triage:{task_id}")

    def hand_over_of_task(self, item: CatalogItem, task_id: str) -> None:
        """Bundle a task of the history for the owner of its data."""
        self._with(partial(self._run_of_task, item, task_id), self._hand_over, f"bundle:{task_id}")

    async def _run_of_task(self, item: CatalogItem, task_id: str) -> RunSnapshot:
        """The run of a task, with its result; that is read where it is not known."""
        runs = (*self._desk.store.runs, *await self._desk.recent_runs())
        known = next((run for run in runs if run.task_id == task_id), None)
        run = await self._recalled(known.run_id) if known is not None else None
        if run is None or not (run.live or run.actions):
            run = await self._desk.runs.attach(item, task_id)
        return run

    def triage(self, run_id: str, action_id: str) -> None:
        """Open the triage of an action's dump; one that is not on disk is fetched first."""
        self.spawn_request(partial(self._triage, run_id, action_id), f"triage:{run_id}:{action_id}")

    async def _triage(self, run_id: str, action_id: str, request: Request) -> None:
        from anaplan_tui.core.dumps.files import dump_file, earlier_dump

        run = await self._recalled(run_id)
        dump = await asyncio.to_thread(dump_file, run, action_id)
        if dump is None:
            queued = self._desk.dumps.fetch_dumps(run_id, (action_id,))
            self._app.say("Fetching the dump first; its triage opens when it is here.")
            (fetched,) = await self._desk.dumps.settled(queued)
            run = await self._recalled(run_id)
            dump = await asyncio.to_thread(dump_file, run, action_id)
            if dump is None:
                why = fetched.problem or "its download was stopped"
                self._app.say(f"There is no triage of '{fetched.name}': {why}", "error")
                return
        journal, profile = self._desk.journal, self._desk.profile.name
        earlier = await asyncio.to_thread(earlier_dump, journal, profile, run, action_id)
        if not await request.open(partial(self._app.open_triage, dump, earlier)):
            self._app.say(f"The dump of '{dump.name}' is here; o on its run shows its rows by error.")

    def hand_over(self, run_id: str) -> None:
        """Ask where to, and bundle a run that ended for the owner of its data."""

        async def handing_over(request: Request) -> None:
            await self._hand_over(await self._recalled(run_id), request)

        self.spawn_request(handing_over, f"bundle:{run_id}")

    async def _recalled(self, run_id: str) -> RunSnapshot:
        run = await self._desk.recall(run_id)
        if run is None:
            raise NoDumps("Neither the app nor its journal remembers this run.")
        return run
