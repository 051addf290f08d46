"""What runs in a model now, whose it is and since when."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from anaplan_tui.api.refs import TargetRef
from anaplan_tui.core.catalog import ModelState
from anaplan_tui.core.history.elsewhere import Elsewhere, Looked
from anaplan_tui.core.journal.journal import Journal, JournalRun
from anaplan_tui.core.snapshots import Origin, RunSnapshot

_KNOWN = 200


@dataclass(frozen=True, slots=True)
class LiveTask:
    """A task that has not ended."""

    run: RunSnapshot
    by: str = ""
    """Who started it; empty where nobody says."""
    origin: Origin = Origin.ELSEWHERE

    @property
    def since(self) -> datetime | None:
        return self.run.started_at


@dataclass(frozen=True, slots=True)
class Busy:
    """A model at one moment."""

    state: ModelState
    tasks: tuple[LiveTask, ...]
    """The longest at work first."""
    looked: Looked

    @property
    def busy(self) -> bool | None:
        """Whether something runs; ``None`` where the service does not say and no list shows a task."""
        return True if self.tasks or self.state.busy else False if self.state.known else None


async def busy(
    state: ModelState,
    elsewhere: Elsewhere,
    journal: Journal,
    profile: str,
    *,
    all_lists: bool,
    tell: Callable[[], None] = lambda: None,
) -> Busy:
    """Ask the task lists that may hold what a model in this state is at.

    Args:
        profile: whose runs of the journal name the lists to read first.
        all_lists: read the list of every process, also where the model says that it is idle.
        tell: called after each step.

    Raises:
        AnaplanError: the service cannot be reached.
    """
    remembered = await asyncio.to_thread(journal.recent, profile, _KNOWN)
    known = _targets(remembered, elsewhere.model.ref.model_id)
    # An idle model has nothing in its lists: a request each would tell nothing.
    if all_lists or state.busy or not state.known or any(run.live for run in remembered):
        await elsewhere.look(known, (), all_lists=all_lists, tell=tell)
    live = [other.run for other in elsewhere.runs if other.run.live]
    tasks = [await asyncio.to_thread(_whose, journal, run) for run in live]
    # What has no time yet waits longest to be told: at the end.
    tasks.sort(key=lambda task: (task.since is None, task.since.timestamp() if task.since else 0.0))
    return Busy(state, tuple(tasks), elsewhere.looked)


def _targets(remembered: list[JournalRun], model_id: str) -> list[TargetRef]:
    """Targets in this model, those that may still run first."""
    here = [run for run in remembered if run.intent.target.model.model_id == model_id]
    return list(dict.fromkeys(run.intent.target for run in sorted(here, key=lambda run: not run.live)))


def _whose(journal: Journal, run: RunSnapshot) -> LiveTask:
    known = journal.by_task(run.task_id) if run.task_id else None
    if known is not None and known.surely_ours:
        return LiveTask(run, f"{known.who.user}@{known.who.process.machine}", Origin.HERE)
    return LiveTask(run, run.started_by or "")
