"""Write ``run.json`` beside the dumps of a run: always the newest state, one writer at a time.

Several downloads of a run may end at the same moment, here and in other processes. Each writer takes the run
as it is at the time of writing, not as it was when its download ended, and keeps files that another process
has recorded.
"""

import asyncio
import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal
from weakref import WeakValueDictionary

from anaplan_tui.core.dumps.told_files import NAME, ToldRun, told_in
from anaplan_tui.core.run_document import Document, run_document
from anaplan_tui.core.snapshots import RunSnapshot
from anaplan_tui.core.store import Store
from anaplan_tui.whole_file import text_part

_FILES: tuple[Literal["dump", "output"], ...] = ("dump", "output")


class RunDocuments:
    """Writes the documents of the runs of one store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def write(self, run_id: str, folder: Path) -> None:
        """Write the run into ``folder``, as the store has it when this call gets its turn.

        Raises:
            OSError: see :func:`write_run_json`.
        """
        turn = self._turns.setdefault(run_id, asyncio.Lock())
        async with turn:
            run = self._store.run(run_id)
            if run is not None:
                await asyncio.to_thread(write_run_json, folder, run)


def write_run_json(folder: Path, run: RunSnapshot) -> Path:
    """Write ``run.json`` into ``folder``: the run's document and the service's raw answer. Return its path.

    The file is ours alone, so an older one is replaced, whole or not at all. Files that only the older one
    lists stay listed while they exist. Blocks on the disk.

    Raises:
        OSError: the directory is not writable or the disk is full; nothing is left half written.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / NAME
    with _alone(folder):
        document = {**run_document(run), "raw": run.raw}
        for action in document["actions"]:
            for kind in _FILES:
                # It is true only at the time of writing.
                del action[kind]["on_disk"]
        _keep_files(document, told_in(folder))
        _replace(path, document)
    return path


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other processes from writing the document; if the folder cannot be locked, the last one wins."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with contextlib.suppress(OSError):
            fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def _keep_files(document: Document, known: ToldRun | None) -> None:
    """Copy the files of the same task that only ``known`` lists and that still exist."""
    if known is None or known["task_id"] != (document["task_id"] or ""):
        return
    before = {action["id"]: action for action in known["actions"]}
    for action in document["actions"]:
        told = before.get(action["id"])
        if told is None:
            continue
        for kind in _FILES:
            file = told[kind]
            if action[kind]["path"] is None and file is not None and Path(file["path"]).is_file():
                action[kind].update({key: value for key, value in file.items() if key in action[kind]})


def _replace(path: Path, document: Document) -> None:
    with text_part(path) as part:
        json.dump(document, part.file, indent=2, ensure_ascii=True, default=str)
        part.file.write("\n")
        part.replace(path)
