"""The line that says what the app resumed when it was opened again: runs and downloads."""

from collections.abc import Sequence

from anaplan_tui.core import text
from anaplan_tui.core.snapshots import DownloadSnapshot, Fetch, RunSnapshot
from anaplan_tui.ui import commands as c


def picked_up(runs: Sequence[RunSnapshot], downloads: Sequence[DownloadSnapshot]) -> str:
    """Name the runs watched again, and count the downloads resumed or paused; empty if there are none."""
    return " ".join(part for part in (_runs(runs), _downloads(downloads)) if part)


def _runs(runs: Sequence[RunSnapshot]) -> str:
    if not runs:
        return ""
    names = ", ".join(f'"{run.name}"' for run in runs[:3])
    return f"Watching again: {names}{' …' if len(runs) > 3 else ''}. {c.RUNS.key} shows them."


def _downloads(downloads: Sequence[DownloadSnapshot]) -> str:
    if not downloads:
        return ""
    paused = sum(1 for download in downloads if download.state is Fetch.PAUSED)
    going = len(downloads) - paused
    parts = []
    if going:
        goes = "goes" if going == 1 else "go"
        parts.append(f"{text.plural(going, 'download')} {goes} on")
    if paused:
        are = "is" if paused == 1 else "are"
        parts.append(f"{paused if going else text.plural(paused, 'download')} {are} paused")
    return f"{', '.join(parts)}. {c.DOWNLOADS.key} shows {'it' if len(downloads) == 1 else 'them'}."
