"""The question before leaving: what goes on without the app, and what stops."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from anaplan_tui.core import text
from anaplan_tui.core.snapshots import Phase
from anaplan_tui.core.store import Store
from anaplan_tui.ui.screens.dialog import Answer, Question


def what_goes_on(store: Store) -> tuple[str, ...]:
    """Lines about live runs, plays, the queue, uploads and downloads; empty when there are none."""
    lines: list[str] = []
    plays = [play for play in store.plays if play.live]
    played = {play.play_id for play in plays}
    runs = [
        run for run in store.runs if run.live and run.phase is not Phase.WAITING and run.run_id not in played
    ]
    queued = sum(1 for run in store.runs if run.phase is Phase.WAITING)
    uploads = sum(1 for upload in store.uploads if upload.live)
    downloads = [download for download in store.downloads if download.live]
    if runs:
        names = ", ".join(f"'{text.middle(run.name, 40)}'" for run in runs[:3])
        more = f" and {len(runs) - 3} more" if len(runs) > 3 else ""
        goes = "goes" if len(runs) == 1 else "go"
        lines.append(f"{names}{more} {goes} on in Anaplan; opening the app again goes on watching.")
    for play in plays:
        name = text.middle(play.name, 40)
        lines.append(
            f"'{name}' stops here: what is left of it is not started; a task under way goes on; "
            "opening the app again offers to go on."
        )
    if queued:
        keep = "keeps its place" if queued == 1 else "keep their places"
        lines.append(f"{text.plural(queued, 'queued run')} {keep}; opening the app again asks how to go on.")
    if uploads:
        stop = "stops" if uploads == 1 else "stop"
        lines.append(
            f"{text.plural(uploads, 'upload')} {stop} here; uploading the file again sends only the rest."
        )
    if downloads:
        stop = "stops" if len(downloads) == 1 else "stop"
        files = text.plural(len(downloads), "download")
        lines.append(f"{files} {stop} here; opening the app again goes on from what is on disk.")
    return tuple(lines)


class QuitDialog(Question[bool]):
    """Leaving loses nothing, so Enter leaves, and so does a second q."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("q,ctrl+q", "answer('y')", show=False)]
    MUST_BE_SEEN = False

    def __init__(self, going_on: Sequence[str]) -> None:
        super().__init__(
            "Leave anaplan-tui?",
            going_on,
            (Answer("Stay", False, "n"), Answer("Leave", True, "y")),
            focus=1,
        )
