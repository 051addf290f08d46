"""A task's state, progress and result as the API reports them: a pure function of its script and the time.

Times are epoch seconds of the tenant's clock. Shapes: service.md §5.2 to §5.7.
"""

from dataclasses import dataclass
from functools import cached_property

from anaplan_tui.demo.model import Action, Json, Outcome, Script, Task
from anaplan_tui.demo.outcomes import detail

PICKUP = 0.4
"""Seconds from a task's creation to its first step if the model is free."""
ROLLBACK = 2.5
"""Seconds for which a running task stays CANCELLING."""


@dataclass(frozen=True, slots=True)
class Step:
    """One action in a run. An unlisted step leaves no entry in the results."""

    action: Action
    seconds: float
    outcome: Outcome
    listed: bool = True


@dataclass(frozen=True, slots=True)
class Cancel:
    """A request to cancel; `by` is the full name of the user, or None for the one who started the task."""

    at: float
    by: str | None = None


@dataclass(frozen=True)
class Run:
    """A task with its steps laid out on the clock from `begin`."""

    task: Task
    script: Script
    steps: tuple[Step, ...]
    begin: float
    cancel: Cancel | None = None

    @property
    def natural_end(self) -> float:
        """The time at which it would end if nobody stopped it."""
        return self.begin + sum(step.seconds for step in self.steps)

    @cached_property
    def stopped(self) -> bool:
        """Whether it ends CANCELLED."""
        if self.cancel is None or self.cancel.at >= self.natural_end:
            return False
        return self.cancel.at < self.begin or self.script.on_cancel != "completes"

    @cached_property
    def end(self) -> float:
        """The time at which it reaches COMPLETE or CANCELLED."""
        if self.cancel is None or not self.stopped:
            return self.natural_end
        return self.cancel.at + (ROLLBACK if self.cancel.at >= self.begin else PICKUP)

    @property
    def held_until(self) -> float:
        """The time until which it holds the model; a task cancelled in the queue never holds it."""
        return self.end if self.end > self.begin else self.begin

    def state(self, now: float) -> str:
        """Return `taskState` (service.md §5.3)."""
        if now >= self.end:
            return "CANCELLED" if self.stopped else "COMPLETE"
        if self.cancel is not None and self.cancel.at <= now and self.cancel.at < self.natural_end:
            return "CANCELLING"
        return "IN_PROGRESS" if now >= self.begin else "NOT_STARTED"

    def ended(self, now: float) -> bool:
        """Say whether the state is final."""
        return now >= self.end

    def step_ends(self) -> list[tuple[Step, float]]:
        """Return each step that no cancel cut off, with the time at which it ends."""
        ends, at = [], self.begin
        for step in self.steps:
            at += step.seconds
            if self.stopped and self.cancel is not None and at > self.cancel.at:
                break
            ends.append((step, at))
        return ends

    def summary(self, now: float) -> Json:
        """Return the task's list entry: three fields, no user (service.md §5.1)."""
        return {
            "taskId": self.task.id,
            "taskState": self.state(now),
            "creationTime": int(self.task.created * 1000),
        }

    def document(self, now: float, details: bool = False) -> Json:
        """Return the task's status; `details` adds each step's start and duration (service.md §8.1)."""
        state = self.state(now)
        body: Json = {"type": "taskInformation"} if self.task.kind != "process" else {}
        body["taskId"] = self.task.id
        current = self._current_step(now)
        if current is not None:
            body["currentStep"] = current
        body["progress"] = self._progress(now)
        if state in ("COMPLETE", "CANCELLED"):
            result = self._result(details)
            if result is not None:
                body["result"] = result
        body["taskState"] = state
        body["creationTime"] = int(self.task.created * 1000)
        if self.cancel is not None and self.cancel.by and state in ("CANCELLING", "CANCELLED"):
            body["cancelledBy"] = self.cancel.by
        return self.script.twist(body) if self.script.twist else body

    def running_step(self, now: float) -> Step | None:
        """Return the step that runs at `now`."""
        at = self.begin
        for step in self.steps:
            if at <= now < at + step.seconds:
                return step
            at += step.seconds
        return None

    def _current_step(self, now: float) -> str | None:
        if now < min(self.begin, self.end):
            return None
        if self.ended(now):
            if self.stopped:
                return "Failed." if self.script.on_cancel == "stops-with-result" else None
            return "Failed." if self._failed_with_cause else "Complete."
        step = self.running_step(now)
        if step is None or self.script.vague or self.state(now) == "CANCELLING":
            return "Processing ..."
        verb = {"import": "Importing", "export": "Exporting"}.get(step.action.kind, "Running")
        return f"{verb} {step.action.name}"

    def _progress(self, now: float) -> float:
        length = self.natural_end - self.begin
        if self.ended(now) and not self.stopped:
            if self._failed_with_cause:
                return 0.0
            return 1 if self.script.integer_progress else 1.0
        until = min(now, self.cancel.at) if self.cancel is not None and self.stopped else now
        return round(min(max((until - self.begin) / length, 0.0), 0.99), 3) if length else 0.0

    @property
    def _failed_with_cause(self) -> bool:
        return self.script.fail_with_cause and any(not step.outcome.successful for step in self.steps)

    def _result(self, details: bool) -> Json | None:
        if self.stopped:
            return self._cancelled_result(details)
        if not self.script.result:
            return None
        if self.task.kind != "process":
            return self._entry(self.steps[0], self.begin, details)
        outcomes = [step.outcome for step in self.steps]
        nested, at = [], self.begin
        for step in self.steps:
            if step.listed:
                nested.append(self._entry(step, at, details))
            at += step.seconds
        perfect = all(o.successful and o.clean for o in outcomes)
        result: Json = {}
        top = self._top_details()
        if top is not None:
            result["details"] = list(top)
        any_dump = any(entry["failureDumpAvailable"] for entry in nested)
        script = self.script
        result["failureDumpAvailable"] = any_dump if script.flag is None else script.flag
        result["nestedResults"] = nested
        result["objectId"] = self.task.target
        if script.names == "dumps-or-null":
            result["objectName"] = None
        result["successful"] = perfect if script.successful is None else script.successful
        if details:
            result |= _timing(self.begin, self.natural_end - self.begin)
        return result

    def _top_details(self) -> tuple[Json, ...] | None:
        if not self._failed_with_cause:
            return self.script.details
        cause = next(step.outcome for step in self.steps if not step.outcome.successful)
        return tuple(detail("internalError", entry.get("localMessageText")) for entry in cause.details or ())

    def _cancelled_result(self, details: bool) -> Json | None:
        in_queue = self.cancel is not None and self.cancel.at < self.begin
        if in_queue or self.script.on_cancel != "stops-with-result":
            return None
        finished = self.step_ends()
        nested = [self._entry(step, end - step.seconds, details) for step, end in finished]
        if len(finished) < len(self.steps):
            cut = self.steps[len(finished)].action
            nested.append(
                {
                    "objectId": cut.id,
                    "successful": False,
                    "failureDumpAvailable": False,
                    "details": [detail("msgImportCancelled")],
                }
            )
        return {
            "successful": False,
            "failureDumpAvailable": False,
            "objectId": self.task.target,
            "nestedResults": nested,
        }

    def _entry(self, step: Step, start: float, details: bool) -> Json:
        outcome, action = step.outcome, step.action
        entry: Json = {} if outcome.details is None else {"details": list(outcome.details)}
        entry["failureDumpAvailable"] = outcome.dump is not None if outcome.flag is None else outcome.flag
        entry["objectId"] = action.id
        if self.script.names == "actions":
            entry["objectName"] = action.name
        elif self.script.names.startswith("dumps") and entry["failureDumpAvailable"]:
            entry["objectName"] = f"Failures for {action.name}"
        elif self.script.names == "dumps-or-null":
            entry["objectName"] = None
        entry["successful"] = outcome.successful
        if details:
            entry |= _timing(start, step.seconds)
        return entry


def _timing(start: float, seconds: float) -> Json:
    return {"duration": str(round(seconds * 1000)), "startTime": str(int(start * 1000))}


def lay_out(script: Script, played: list[Step]) -> tuple[Step, ...]:
    """Apply `after_failure` to a process's steps; no source says which way is right (service.md §5.6)."""
    failed = next((i for i, step in enumerate(played) if not step.outcome.successful), None)
    if failed is None or script.after_failure == "go-on":
        return tuple(played)
    rest = [_left(script, step) for step in played[failed + 1 :]]
    return (*played[: failed + 1], *rest)


def _left(script: Script, step: Step) -> Step:
    if script.after_failure == "omit":
        return Step(step.action, 0.0, Outcome(successful=False), listed=False)
    if script.after_failure == "bare" or step.action.kind != "export":
        return Step(step.action, 0.0, Outcome(successful=False, clean=False))
    values = ("fileSize", "0", "serverAlert", None, "exportName", None)
    outcome = Outcome(successful=False, clean=False, details=(detail("exportSucceeded", values=values),))
    return Step(step.action, 0.1, outcome)
