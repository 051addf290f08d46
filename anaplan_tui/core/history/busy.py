"""What runs in a model now, whose it is and since when."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from anaplan_tui.core.catalog import ModelState
from anaplan_tui.core.history.history import History
from anaplan_tui.core.history.progress import Progress
from anaplan_tui.core.journal.journal import Journal
from anaplan_tui.core.snapshots import Origin, RunSnapshot


@dataclass(frozen=True, slots=True)
class LiveTask:
    """A task that has not ended."""

    run: RunSnapshot
    by: str = ""
    """Who started it; empty where nothing says so."""
    origin: Origin = Origin.ELSEWHERE

    @property
    def since(self) -> datetime | None:
        """When the task started, where that is known."""
        return self.run.started_at


@dataclass(frozen=True, slots=True)
class Busy:
    """A model at one moment."""

    state: ModelState
    tasks: tuple[LiveTask, ...]
    """The longest at work first."""
    looked: Progress

    @property
    def busy(self) -> bool | None:
        """Whether something runs; ``None`` where the service does not say and no list shows a task."""
        return True if self.tasks or self.state.busy else False if self.state.known else None


async def busy(state: ModelState, history: History, journal: Journal, *, all_lists: bool) -> Busy:
    """Ask the task lists what keeps a model in this state busy; ``looked`` says what could not be read.

    Args:
        all_lists: read the lists even where the model says that it is idle.
    """
    ours_live = any(run.live for run in await history.runs())
    # An idle model runs nothing: a request for each list would tell nothing.
    if all_lists or state.busy or not state.known or ours_live:
        await history.read_all()
    live = [run for run in await history.runs() if run.live]
    tasks = [await asyncio.to_thread(_whose, journal, run) for run in live]
    # A task without a time stands at the end.
    tasks.sort(key=lambda task: (task.since is None, task.since.timestamp() if task.since else 0.0))
    return Busy(state, tuple(tasks), history.progress)


def _whose(journal: Journal, run: RunSnapshot) -> LiveTask:
    known = journal.by_task(run.task_id) if run.task_id else None
    if known is not None and known.surely_ours:
        return LiveTask(run, f"{known.who.user}@{known.who.process.machine}", Origin.HERE)
    return LiveTask(run, run.started_by or "")
