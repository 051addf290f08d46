"""What is on disk already and need not be fetched again, and what came of fetching the rest."""

from collections.abc import Sequence
from pathlib import Path

from anaplan_tui.core import text
from anaplan_tui.core.downloads.receipts import look
from anaplan_tui.core.snapshots import DownloadSnapshot, Dump, Fetch, OnDisk, Output, RunSnapshot


def saved_at(file: Dump | Output) -> Path | None:
    """Where a dump or an export's file is on disk as it was fetched. Blocks on the disk."""
    if file.path is None or look(file.path, file.bytes, file.mtime_ns) is not OnDisk.SAME:
        return None
    return file.path


def dumps_on_disk(run: RunSnapshot) -> tuple[list[str], list[Path]]:
    """The actions of a run whose dump has to be fetched, and where the others are. Blocks on the disk."""
    saved = {action.id: saved_at(action.dump) for action in run.actions if action.dump.available}
    return [i for i, path in saved.items() if path is None], [p for p in saved.values() if p is not None]


def already_there(paths: Sequence[Path]) -> str:
    """That there is nothing to fetch, and where it is."""
    if len(paths) == 1:
        return f"The dump is on disk already: {text.home(paths[0])}"
    which = "Both" if len(paths) == 2 else f"All {len(paths)}"
    return f"{which} dumps are on disk already, in {text.home(paths[0].parent)}"


def what_came(ended: Sequence[DownloadSnapshot]) -> tuple[str, str]:
    """What came of some downloads, and how grave that is; it takes the place of "Fetching …"."""
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
