"""Whether the files of a run are still what was fetched: looked at whenever they are spoken of.

Everything here blocks on the disk: call it from a thread.
"""

from collections.abc import Iterable
from dataclasses import replace

from anaplan_tui.core.downloads.receipts import Receipt, look
from anaplan_tui.core.snapshots import Action, DownloadSnapshot, Dump, OnDisk, Output, RunSnapshot


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
