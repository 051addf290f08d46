"""The tenant's state: its company, and every start, cancel and upload since. Knows no HTTP."""

import hashlib
import threading
import time
import uuid
from itertools import pairwise
from pathlib import Path

from anaplan_tui.demo.clock import Clock
from anaplan_tui.demo.content import Content
from anaplan_tui.demo.habits import Habits
from anaplan_tui.demo.history import past_tasks, started_before
from anaplan_tui.demo.ledger import Ledger
from anaplan_tui.demo.memory import Memory
from anaplan_tui.demo.model import Action, Company, Json, Kind, Model, Process, Scene, Script, Task, User
from anaplan_tui.demo.scripts import PICKUP, Cancel, Run, Step, lay_out
from anaplan_tui.demo.tokens import DeviceGrants, Tokens
from anaplan_tui.demo.uploads import Uploads

DUMP_KEPT = 48 * 3600.0


class Tenant:
    """One customer's Anaplan, driven by a clock. Safe to use from several threads.

    With a `state_dir`, events are kept there: another process that serves the same directory sees the same
    tasks, and a run goes on while no process serves it.
    """

    def __init__(self, company: Company, clock: Clock, state_dir: Path | None = None) -> None:
        self.company = company
        self.clock = clock
        self.habits = Habits()
        self.tokens = Tokens(clock, company.users, self.habits)
        self.devices = DeviceGrants(clock, self.tokens, company.users[0])
        self._lock = threading.RLock()
        self._ledger = Ledger(state_dir / "tenant.jsonl" if state_dir else None)
        self.uploads = Uploads(state_dir / "uploads" if state_dir else None, self._note)
        self._models = {model.id: model for model in company.models}
        self._known: set[str] = set()
        self._open: dict[str, list[Task]] = {}
        self._settled: dict[str, list[Run]] = {}
        self._settled_of: dict[tuple[str, Kind, str], list[Run]] = {}
        self._born_anew = True
        self._laid: dict[str, Run] = {}
        self._cancels: dict[str, Cancel] = {}
        self._memory: dict[str, Memory] = {}
        self._unloaded: dict[str, float] = {}
        self._touched: dict[str, float] = {}
        self._born = clock.now()
        self._planted: dict[tuple[str, str], Content] = {}
        self._read_at: dict[tuple[str, str, str], float] = {}
        self._sync()
        if company.ongoing and self._born_anew:
            self._note({"event": "born"})
        self._add(*past_tasks(company, clock.now()), *started_before(company, self._born))
        self._forget_by_gaps()

    # lookups

    def model(self, model_id: str) -> Model | None:
        """Return a model by id, case-sensitively."""
        return self._models.get(model_id)

    def user(self, email: str) -> User:
        """Return a user by email address."""
        return next(user for user in self.company.users if user.email == email)

    def target(self, model: Model, kind: Kind, object_id: str) -> Process | Action | None:
        """Return the object that a task of this kind would run."""
        if kind == "process":
            return model.processes.get(object_id)
        collections = {"import": model.imports, "export": model.exports, "action": model.actions}
        return collections[kind].get(object_id)

    # tasks and models

    def start(
        self, user: User, model: Model, kind: Kind, target: str, parameters: tuple[tuple[str, str], ...] = ()
    ) -> Task:
        """Create a task; it waits for earlier tasks on the same model."""
        with self._lock:
            task_id = uuid.uuid4().hex.upper()
            self._note(
                {
                    "event": "start",
                    "id": task_id,
                    "kind": kind,
                    "model": model.id,
                    "target": target,
                    "user": user.email,
                    "parameters": [list(pair) for pair in parameters],
                }
            )
            return next(task for task in self._open[model.id] if task.id == task_id)

    def cancel(self, run: Run, by: User) -> None:
        """Request a task's cancellation; no effect once it has ended or is being cancelled."""
        if run.ended(self.clock.now()) or run.cancel is not None:
            return
        name = by.full_name if by.email != run.task.user else None
        self._note({"event": "cancel", "id": run.task.id, "by": name})

    def runs(self, model: Model, kind: Kind | None = None, target: str | None = None) -> list[Run]:
        """Return all tasks of a model, or of one object in it, oldest first, each laid out on the clock.

        Give both `kind` and `target` or neither.
        """
        with self._lock:
            self._sync()
            live = self._live(model)
            since = self._unloaded.get(model.id, 0.0)
            if kind is None or target is None:
                settled = self._settled.get(model.id, [])
            else:
                settled = self._settled_of.get((model.id, kind, target), [])
                live = [run for run in live if (run.task.kind, run.task.target) == (kind, target)]
            return [run for run in (*settled, *live) if run.end > since]

    def _live(self, model: Model) -> list[Run]:
        """Return the tasks that have not ended; settle for good those that ended since the last call."""
        now = self.clock.now()
        settled = self._settled.setdefault(model.id, [])
        waiting = self._open.get(model.id, [])
        free = settled[-1].held_until if settled else 0.0
        live: list[Run] = []
        done = 0
        for task in waiting:
            run = self._lay(model, task, max(task.created + PICKUP, free), now)
            free = max(free, run.end) if run.end > run.begin else free
            if not live and run.ended(now):
                done += 1
                settled.append(run)
                key = (model.id, run.task.kind, run.task.target)
                self._settled_of.setdefault(key, []).append(run)
            else:
                live.append(run)
        del waiting[:done]
        return live

    def run(self, model: Model, kind: Kind, target: str, task_id: str) -> Run | None:
        """Return one task of an object."""
        return next((r for r in self.runs(model, kind, target) if r.task.id == task_id), None)

    def running(self, model: Model) -> Run | None:
        """Return the task that holds the model now."""
        now = self.clock.now()
        return next((r for r in reversed(self.runs(model)) if r.begin <= now < r.end), None)

    def unload(self, model: Model) -> None:
        """Close a model: it forgets its ended tasks, which answer 404 from now on (service.md §5.1)."""
        self._note({"event": "unload", "model": model.id})

    def wake(self, model: Model) -> None:
        """Load a closed model; requests that need it wait for that."""
        if self.memory(model).closes:
            self._note({"event": "open", "model": model.id})

    def use(self, model: Model) -> float:
        """Load a model for a request that needs it. Return the seconds until it can answer."""
        self.wake(model)
        now = self.clock.now()
        self._touched[model.id] = now
        return self.memory(model).wait(now)

    def memory(self, model: Model) -> Memory:
        """Return the model's loading state, after unloading it if it has been idle for too long."""
        with self._lock:
            self._sync()
            found = self._memory.get(model.id, Memory())
            idle = self.company.idle_after
            if idle is None or found.closes:
                return found
            runs, now = self.runs(model), self.clock.now()
            last = max([self._touched.get(model.id, 0.0), found.end, *(run.held_until for run in runs[-1:])])
            if 0.0 < last < now - idle:
                self._note({"event": "unload", "model": model.id, "at": last + idle})
            return self._memory.get(model.id, Memory())

    # dumps and files

    def dump(self, user: User, model: Model, run: Run, object_id: str) -> Content | None:
        """Return an import's dump, if this is the user's newest run of it, until 48 h after the last read.

        Source: service.md §7.4.
        """
        if (run.task.id, object_id) in self._planted:
            return self._planted[run.task.id, object_id]
        now = self.clock.now()
        if run.task.user != user.email or not run.ended(now):
            return None
        newest: tuple[float, Run, Content | None] | None = None
        for other in self.runs(model):
            if other.task.user != user.email:
                continue
            for step, ended in other.step_ends():
                if step.action.id == object_id and step.listed and ended <= now:
                    newest = (ended, other, step.outcome.dump)
        if newest is None or newest[1].task.id != run.task.id or newest[2] is None:
            return None
        slot = (user.email, run.task.id, object_id)
        with self._lock:
            if now - self._read_at.get(slot, run.end) > DUMP_KEPT:
                return None
            self._read_at[slot] = now
        return newest[2]

    def file(self, user: User, model: Model, file_id: str) -> Content | None:
        """Return a file's content for this user: their upload, else the default; or their export's output."""
        now = self.clock.now()
        if file_id in model.files:
            return self.uploads.at((user.email, model.id, file_id), now) or model.files[file_id].default
        for run in reversed(self.runs(model)):
            if run.task.user == user.email and run.ended(now):
                for step, _ in run.step_ends():
                    if step.action.id == file_id and step.outcome.successful:
                        return step.action.output
        return None

    def plant_dump(self, content: Content, model_id: str, process_id: str, object_id: str) -> str:
        """Serve this content as a dump of a process's newest ended run. Return the task id."""
        model = self._models[model_id]
        run = [r for r in self.runs(model, "process", process_id) if r.ended(self.clock.now())][-1]
        self._planted[run.task.id, object_id] = content
        return run.task.id

    def close(self) -> None:
        """Release the state directory."""
        self._ledger.close()

    # the event log

    def _note(self, event: Json) -> None:
        with self._lock:
            self._ledger.append(
                {"at": self.clock.now(), "wall": time.time(), "nonce": uuid.uuid4().hex, **event}
            )
            self._sync()

    def _sync(self) -> None:
        with self._lock:
            for event in self._ledger.fresh():
                if event["nonce"] in self._known:
                    continue
                self._known.add(event["nonce"])
                self.clock.catch_up(event["at"], event["wall"])
                self._apply(event)

    def _apply(self, event: Json) -> None:
        if event["event"] == "upload":
            self.uploads.apply(event)
        elif event["event"] == "cancel":
            self._cancels.setdefault(event["id"], Cancel(event["at"], event["by"]))
        elif event["event"] == "born":
            self._born, self._born_anew = event["at"], False
        elif event["event"] == "unload":
            self._unloaded[event["model"]] = event["at"]
            self._memory[event["model"]] = self._memory.get(event["model"], Memory()).closed(event["at"])
        elif event["event"] == "open":
            found = self._memory.get(event["model"], Memory())
            self._memory[event["model"]] = found.opened(event["at"], self.company.load_seconds)
        elif event["model"] in self._models:
            parameters = tuple((str(k), str(v)) for k, v in event["parameters"])
            self._add(
                Task(
                    event["id"],
                    event["kind"],
                    event["model"],
                    event["target"],
                    event["user"],
                    event["at"],
                    parameters,
                )
            )

    def _add(self, *tasks: Task) -> None:
        for task in tasks:
            self._open.setdefault(task.model, []).append(task)
        for model in {task.model for task in tasks}:
            self._open[model].sort(key=lambda t: t.created)

    def _forget_by_gaps(self) -> None:
        """At the start, forget runs that ended before the model was last unloaded for being idle."""
        if self.company.idle_after is None:
            return
        for model in self.company.models:
            runs = self.runs(model)
            for before, after in pairwise(runs):
                if after.begin - before.held_until > self.company.idle_after:
                    self._unloaded[model.id] = max(before.end, self._unloaded.get(model.id, 0.0))

    def _lay(self, model: Model, task: Task, begin: float, now: float) -> Run:
        known = self._laid.get(task.id)
        if known is not None and known.begin == begin and known.begin <= now:
            steps, script = known.steps, known.script
        else:
            script, steps = self._play(model, task, begin)
        cancel = self._cancels.get(task.id)
        if cancel is None and script.cancelled_by and now >= begin + script.cancelled_after:
            cancel = Cancel(begin + script.cancelled_after, script.cancelled_by)
        run = Run(task, script, steps, begin, cancel)
        self._laid[task.id] = run
        return run

    def _play(self, model: Model, task: Task, begin: float) -> tuple[Script, tuple[Step, ...]]:
        """Return the script and steps of a task, with outcomes as of the time it begins."""
        target, pace = self.target(model, task.kind, task.target), _pace(task)
        if isinstance(target, Action):
            step = Step(
                target, target.seconds * pace, target.outcome(self._scene(model, task, target, begin))
            )
            return Script(), (step,)
        if target is None:
            return Script(result=False), ()
        played, at = [], begin
        for action in target.actions:
            outcome = target.outcome(action, self._scene(model, task, action, at))
            played.append(Step(action, action.seconds * pace, outcome))
            at += action.seconds * pace
        return target.script, lay_out(target.script, played)

    def _scene(self, model: Model, task: Task, action: Action, at: float) -> Scene:
        file = model.files.get(action.source or "")
        if file is None:
            return Scene(task, at, None)
        upload = self.uploads.at((task.user, model.id, file.id), at)
        return Scene(task, at, upload or file.default, file.separator, uploaded=upload is not None)


def _pace(task: Task) -> float:
    """Return how much longer or shorter than usual this run takes, as a factor."""
    return 0.88 + 0.24 * hashlib.sha256(task.id.encode()).digest()[0] / 255
