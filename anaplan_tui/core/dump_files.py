"""Failure dumps that are on disk: the file of an action's dump, and that of the same action's run before.

Everything here looks at the file system or the journal and blocks: call it from a thread.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from anaplan_tui.core.journal import Journal, JournalRun
from anaplan_tui.core.snapshots import RunSnapshot


@dataclass(frozen=True, slots=True)
class DumpFile:
    """A dump on disk, and whose it is."""

    path: Path
    name: str
    """The action's."""
    run_id: str
    action_id: str
    of: datetime | None
    """When its run began; ``None`` where that is unknown."""


def dump_file(run: RunSnapshot, action_id: str) -> DumpFile | None:
    """The dump of an action of ``run``; ``None`` when it was not fetched, or is no longer there."""
    for action in run.actions:
        if action.id == action_id and action.dump.path is not None and action.dump.path.is_file():
            return DumpFile(action.dump.path, action.name, run.run_id, action_id, run.started_at)
    return None


def earlier_dump(journal: Journal, profile: str, run: RunSnapshot, action_id: str) -> DumpFile | None:
    """The newest dump on disk of the same action from a run of the same target before ``run``."""
    if run.started_at is None:
        return None
    for other in journal.recent(profile):
        began = other.summary.started_at
        if other.summary.target == run.target and began is not None and began < run.started_at:
            found = _saved(other, action_id)
            if found is not None:
                return found
    return None


def _saved(run: JournalRun, action_id: str) -> DumpFile | None:
    task_id = run.summary.task_id
    for file in run.files:
        if (file.object_id, file.task_id) == (action_id, task_id) and file.path.is_file():
            return DumpFile(file.path, file.name, run.run_id, action_id, run.summary.started_at)
    return None
