"""Find dumps on disk: the file of an action's dump, and that of the same action in an earlier run.

Everything here reads the file system or the journal and blocks: call it from a thread.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from anaplan_tui.api.clean import raw_id
from anaplan_tui.api.refs import Kind, ModelRef, TargetRef
from anaplan_tui.core.downloads.receipts import look
from anaplan_tui.core.dumps.looked_at import read_again
from anaplan_tui.core.dumps.told_files import action_of_dump, told_in
from anaplan_tui.core.journal.journal import Journal, JournalRun
from anaplan_tui.core.snapshots import Dump, OnDisk, RunSnapshot
from anaplan_tui.core.text import ago


@dataclass(frozen=True, slots=True)
class DumpFile:
    """A dump on disk, with its action and run."""

    path: Path
    name: str
    """The action's name."""
    run_id: str
    action_id: str
    of: datetime | None
    """When its run began; ``None`` if unknown."""
    is_whole: Callable[[], OnDisk] = field(default=lambda: OnDisk.SAME, compare=False, repr=False)
    """Read all of the file and say whether it is still what was fetched. Blocks."""


def dump_file(run: RunSnapshot, action_id: str) -> DumpFile | None:
    """The dump of an action of ``run``; ``None`` if it was not fetched or its file is gone."""
    for action in run.actions:
        dump = action.dump
        if action.id == action_id and dump.path is not None and dump.path.is_file():
            check = partial(read_again, dump)
            return DumpFile(dump.path, action.name, run.run_id, action_id, run.started_at, check)
    return None


def earlier_dump(journal: Journal, profile: str, run: RunSnapshot, action_id: str) -> DumpFile | None:
    """The newest dump on disk of the same action, from a run of the same target before ``run``.

    A dump that was changed since it was fetched says nothing about its run and is skipped.
    """
    if run.started_at is None:
        return None
    for other in journal.recent(profile):
        began = other.summary.started_at
        if other.summary.target == run.target and began is not None and began < run.started_at:
            found = _saved(other, action_id)
            if found is not None:
                return found
    return None


def import_of(path: Path) -> TargetRef | None:
    """The import that a dump on disk belongs to, according to the ``run.json`` beside it.

    ``None`` if there is no ``run.json``, if it does not name the dump, or if the action is not an import.
    """
    run = told_in(path.parent)
    action = action_of_dump(run, path) if run is not None else None
    if run is None or action is None or action["kind"] != Kind.IMPORT.value:
        return None
    try:
        model = ModelRef(raw_id(run["workspace_id"]), raw_id(run["model_id"]))
        return TargetRef(model, Kind.IMPORT, raw_id(action["id"]))
    except ValueError:
        return None


def was_changed(path: Path) -> bool:
    """Whether a dump on disk differs from its record in the ``run.json`` beside it. Reads all of it."""
    run = told_in(path.parent)
    action = action_of_dump(run, path) if run is not None else None
    dump = action["dump"] if action is not None else None
    if dump is None or "bytes" not in dump or "sha256" not in dump:
        return False
    return read_again(Dump(True, path, dump["bytes"], dump["sha256"])) is OnDisk.CHANGED


def changed_since_fetched(journal: Journal, path: Path) -> str:
    """A sentence saying that a file fetched from Anaplan has changed since; empty for any other file."""
    file = journal.file_at(path.absolute())
    if file is None or read_again(Dump(True, path, file.bytes, file.sha256)) is OnDisk.SAME:
        return ""
    when = ago(file.saved_at, datetime.now(UTC))
    return f"It was fetched from Anaplan ({when}, '{file.name}') and changed since."


def _saved(run: JournalRun, action_id: str) -> DumpFile | None:
    task_id = run.summary.task_id
    for file in run.files:
        if (file.object_id, file.task_id) != (action_id, task_id):
            continue
        if look(file.path, file.bytes, file.mtime_ns) is OnDisk.SAME:
            return DumpFile(file.path, file.name, run.run_id, action_id, run.summary.started_at)
    return None
