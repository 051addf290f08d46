"""``run.json`` beside the dumps of a run: always the newest state, from one writer at a time.

Several downloads of a run end at the same moment, here and in other processes. Whoever writes takes the run
as it is then, not as it was when its own download ended, and keeps what another process has put there.
"""

import asyncio
import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeGuard
from weakref import WeakValueDictionary

from anaplan_tui.core.run_document import Document, run_document
from anaplan_tui.core.snapshots import RunSnapshot
from anaplan_tui.core.store import Store
from anaplan_tui.whole_file import text_part

NAME = "run.json"
_FILES = ("dump", "output")


class RunDocuments:
    """Writes the documents of the runs of one store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def write(self, run_id: str, folder: Path) -> None:
        """Put the run, as the store has it when it is this call's turn, into ``folder``.

        Raises:
            OSError: see :func:`write_run_json`.
        """
        turn = self._turns.setdefault(run_id, asyncio.Lock())
        async with turn:
            run = self._store.run(run_id)
            if run is not None:
                await asyncio.to_thread(write_run_json, folder, run)


def write_run_json(folder: Path, run: RunSnapshot) -> Path:
    """Put ``run.json`` into ``folder``: the run's document, and the service's answer as it came.

    It is ours alone, so it is replaced by the newer one, whole or not at all. A file that the one before
    knows of, and this process does not, stays known while it is there. Blocks on the disk.

    Raises:
        OSError: the directory is not writable or the disk is full; nothing is left half written.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / NAME
    with _alone(folder):
        document = {**run_document(run), "raw": run.raw}
        for action in document["actions"]:
            for kind in _FILES:
                # It is true of a moment, and this is read at another.
                del action[kind]["on_disk"]
        _keep_files(document, _known(path))
        _replace(path, document)
    return path


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """No other process writes the document meanwhile; where a folder cannot be locked, the last one wins."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with contextlib.suppress(OSError):
            fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def _known(path: Path) -> Any:
    """What the document says now; ``None`` where there is none or it cannot be read."""
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None


def _keep_files(document: Document, known: Any) -> None:
    """Take over the files of the same task that only ``known`` names and that are there."""
    if not isinstance(known, dict) or known.get("task_id") != document["task_id"]:
        return
    listed = known.get("actions")
    actions = [a for a in listed if isinstance(a, dict)] if isinstance(listed, list) else []
    before = {str(action.get("id")): action for action in actions}
    for action in document["actions"]:
        for kind in _FILES:
            file = before.get(action["id"], {}).get(kind)
            if action[kind]["path"] is None and _is_there(file):
                action[kind].update({key: file[key] for key in action[kind] if key in file})


def _is_there(file: Any) -> TypeGuard[dict[str, Any]]:
    path = file.get("path") if isinstance(file, dict) else None
    return isinstance(path, str) and "\0" not in path and Path(path).is_file()


def _replace(path: Path, document: Document) -> None:
    with text_part(path) as part:
        json.dump(document, part.file, indent=2, ensure_ascii=True, default=str)
        part.file.write("\n")
        part.replace(path)
