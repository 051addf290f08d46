"""Check whether the files of a run are still what was fetched, whenever they are shown or used.

The functions block on the disk: call them from a thread, as :class:`Looks` does.
"""

import asyncio
import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace

from anaplan_tui.core.downloads.receipts import Receipt, look
from anaplan_tui.core.snapshots import Action, DownloadSnapshot, Dump, OnDisk, Output, RunSnapshot
from anaplan_tui.core.store import Store

_MOST_LOOKS = 200
"""How many of the newest downloads are checked at once."""


def looked_at(run: RunSnapshot) -> RunSnapshot:
    """Return ``run`` with ``on_disk`` of each of its files checked."""
    return replace(run, actions=tuple(_looked_at(action) for action in run.actions))


def _looked_at(action: Action) -> Action:
    dump, output = action.dump, action.output
    if dump.path is not None:
        action = replace(action, dump=replace(dump, on_disk=look(dump.path, dump.bytes, dump.mtime_ns)))
    if output.path is not None:
        found = look(output.path, output.bytes, output.mtime_ns)
        action = replace(action, output=replace(output, on_disk=found))
    return action


def downloads_looked_at(downloads: Iterable[DownloadSnapshot]) -> tuple[DownloadSnapshot, ...]:
    """Check the files of ``downloads``; return those whose ``on_disk`` has changed, updated."""
    found = []
    for download in downloads:
        if download.path is not None:
            now = look(download.path, download.bytes_done, download.mtime_ns)
            if now is not download.on_disk:
                found.append(replace(download, on_disk=now))
    return tuple(found)


def with_looks(run: RunSnapshot, looked: RunSnapshot) -> RunSnapshot:
    """Return ``run`` with the ``on_disk`` of the same files in ``looked``, an earlier snapshot of it."""
    dumps = {action.dump.path: action.dump.on_disk for action in looked.actions}
    outputs = {action.output.path: action.output.on_disk for action in looked.actions}
    actions = tuple(
        replace(
            action,
            dump=replace(action.dump, on_disk=dumps.get(action.dump.path, action.dump.on_disk)),
            output=replace(action.output, on_disk=outputs.get(action.output.path, action.output.on_disk)),
        )
        for action in run.actions
    )
    return replace(run, actions=actions)


def read_again(file: Dump | Output) -> OnDisk:
    """Check a file by reading all its bytes: for when it is used, not only shown."""
    if file.path is None:
        return OnDisk.MISSING
    seen = look(file.path, file.bytes, None)
    if seen is not OnDisk.SAME or file.bytes is None or file.sha256 is None:
        return seen
    return OnDisk.SAME if Receipt(file.path, file.bytes, file.sha256, 0).holds() else OnDisk.CHANGED


class Looks:
    """Checks the files of the store's runs and downloads, and updates the store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._looking = threading.Lock()

    async def at_run(self, run_id: str) -> None:
        """Check whether the files of a run and its downloads are still what was fetched; update the store.

        Only one check runs at a time: while a file system does not answer, further calls do nothing.
        """
        await self._look(run_id, [d for d in self._store.downloads if d.run_id == run_id])

    async def at_downloads(self) -> None:
        """Do the same for the newest downloads in the store."""
        await self._look(None, self._store.downloads[-_MOST_LOOKS:])

    async def _look(self, run_id: str | None, downloads: Sequence[DownloadSnapshot]) -> None:
        run = self._store.run(run_id) if run_id is not None else None
        looked, changed = await asyncio.to_thread(self._look_once, run, downloads)
        for download in changed:
            now = self._store.download(download.download_id)
            if now is not None and (now.path, now.state) == (download.path, download.state):
                self._store.put_download(replace(now, on_disk=download.on_disk))
        current = self._store.run(looked.run_id) if looked is not None else None
        if looked is not None and current is not None:
            self._store.put_run(with_looks(current, looked))

    def _look_once(
        self, run: RunSnapshot | None, downloads: Sequence[DownloadSnapshot]
    ) -> tuple[RunSnapshot | None, Sequence[DownloadSnapshot]]:
        if not self._looking.acquire(blocking=False):
            return None, ()
        try:
            return (None if run is None else looked_at(run)), downloads_looked_at(downloads)
        finally:
            self._looking.release()
