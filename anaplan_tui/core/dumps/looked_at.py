"""Whether the files of a run are still what was fetched: looked at whenever they are spoken of.

The functions block on the disk: call them from a thread. :class:`Looks` does.
"""

import asyncio
import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace

from anaplan_tui.core.downloads.receipts import Receipt, look
from anaplan_tui.core.snapshots import Action, DownloadSnapshot, Dump, OnDisk, Output, RunSnapshot
from anaplan_tui.core.store import Store

_MOST_LOOKS = 200
"""Files that one look at the downloads takes in, the newest."""


def looked_at(run: RunSnapshot) -> RunSnapshot:
    """``run`` with what one look at each of its files found."""
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
    """Those whose file is another than the last look found, with what this one found."""
    found = []
    for download in downloads:
        if download.path is not None:
            now = look(download.path, download.bytes_done, download.mtime_ns)
            if now is not download.on_disk:
                found.append(replace(download, on_disk=now))
    return tuple(found)


def with_looks(run: RunSnapshot, looked: RunSnapshot) -> RunSnapshot:
    """``run`` with what a look at ``looked``, an earlier state of it, found of the same files."""
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
    """What the file is by its bytes, which are all read: for when they are used, not only spoken of."""
    if file.path is None:
        return OnDisk.MISSING
    seen = look(file.path, file.bytes, None)
    if seen is not OnDisk.SAME or file.bytes is None or file.sha256 is None:
        return seen
    return OnDisk.SAME if Receipt(file.path, file.bytes, file.sha256, 0).holds() else OnDisk.CHANGED


class Looks:
    """Looks at the files that the store speaks of, and tells it what was found."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._looking = threading.Lock()

    async def at_run(self, run_id: str) -> None:
        """See whether the files of a run, and of its downloads, are still what was fetched; tell the store.

        One look at a time: while a file system does not answer, the next ones find nothing to do.
        """
        await self._look(run_id, [d for d in self._store.downloads if d.run_id == run_id])

    async def at_downloads(self) -> None:
        """Do the same for what the store holds of downloads."""
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
