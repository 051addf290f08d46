"""Files that are on disk already and need no fetching, and the message about how fetching the rest went."""

from collections.abc import Sequence
from pathlib import Path

from anaplan_tui.core import text
from anaplan_tui.core.downloads.receipts import look
from anaplan_tui.core.snapshots import DownloadSnapshot, Dump, Fetch, OnDisk, Output, RunSnapshot


def saved_at(file: Dump | Output) -> Path | None:
    """Return the path of a dump or an export's file that is on disk as fetched. Blocks on the disk."""
    if file.path is None or look(file.path, file.bytes, file.mtime_ns) is not OnDisk.SAME:
        return None
    return file.path


def dumps_on_disk(run: RunSnapshot) -> tuple[list[str], list[Path]]:
    """Return the ids of actions whose dump must be fetched, and the paths of the rest. Blocks on the disk."""
    saved = {action.id: saved_at(action.dump) for action in run.actions if action.dump.available}
    return [i for i, path in saved.items() if path is None], [p for p in saved.values() if p is not None]


def already_there(paths: Sequence[Path]) -> str:
    """Say that there is nothing to fetch, and where the dumps are."""
    if len(paths) == 1:
        return f"The dump is on disk already: {text.home(paths[0])}"
    which = "Both" if len(paths) == 2 else f"All {len(paths)}"
    return f"{which} dumps are on disk already, in {text.home(paths[0].parent)}"


def what_came(ended: Sequence[DownloadSnapshot]) -> tuple[str, str]:
    """Return the message about how downloads ended, and its severity; it replaces "Fetching …"."""
    failed = [download for download in ended if download.state is Fetch.FAILED]
    done = sum(download.state is Fetch.DONE for download in ended)
    if failed:
        more = f", nor {text.plural(len(failed) - 1, 'other')}" if len(failed) > 1 else ""
        return f"✗ '{failed[0].name}' was not fetched{more}: {failed[0].problem}", "error"
    if done < len(ended):
        return (
            f"⊘ {text.plural(len(ended) - done, 'download')} cancelled; D on the run begins again.",
            "warning",
        )
    folders = {download.path.parent for download in ended if download.path is not None}
    where = f" In {text.home(folders.pop())}" if len(folders) == 1 else ""
    return f"✓ {text.plural(done, 'file')} fetched, exact.{where}", "information"
