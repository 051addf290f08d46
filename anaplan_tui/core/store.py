"""The store: the latest snapshot of each run, download, upload and play, by id.

A session may last for weeks, so the store keeps only the last ended runs and those that are shown or still
worked on. It drops the others together with their downloads; the journal has them.
"""

import math
from collections import Counter
from collections.abc import Callable

from anaplan_tui.core.play import Play
from anaplan_tui.core.snapshots import DownloadSnapshot, Fetch, RunSnapshot, UploadSnapshot
from anaplan_tui.trouble import Exit, Trouble

Snapshot = RunSnapshot | DownloadSnapshot | UploadSnapshot | Play
Listener = Callable[[Snapshot], None]

KEPT = 50
"""How many ended runs are kept that nobody holds; likewise finished downloads without a run, and plays."""


class UnknownRun(Trouble):
    """Neither this session nor, where it was asked, the journal knows a run with this id."""

    exit_code = Exit.NOT_FOUND

    def __init__(self, doing: str, said: str) -> None:
        self.doing, self.said = doing, said
        super().__init__(f"Cannot {doing}: {said}.")


class Store:
    """Holds snapshots and tells listeners about each one that differs from the last.

    Listeners are called synchronously, in the event loop's thread. A listener must be quick and must not
    raise.
    """

    def __init__(self) -> None:
        self._runs: dict[str, RunSnapshot] = {}
        self._downloads: dict[str, DownloadSnapshot] = {}
        self._uploads: dict[str, UploadSnapshot] = {}
        self._plays: dict[str, Play] = {}
        self._listeners: list[Listener] = []
        self._held: Counter[str] = Counter()

    @property
    def runs(self) -> tuple[RunSnapshot, ...]:
        """All runs; ended ones in the order in which they ended."""
        return tuple(self._runs.values())

    @property
    def downloads(self) -> tuple[DownloadSnapshot, ...]:
        """All downloads, in the order in which they were added."""
        return tuple(self._downloads.values())

    @property
    def uploads(self) -> tuple[UploadSnapshot, ...]:
        """All uploads, in the order in which they were added."""
        return tuple(self._uploads.values())

    @property
    def plays(self) -> tuple[Play, ...]:
        """All plays, in the order in which they were added."""
        return tuple(self._plays.values())

    def run(self, run_id: str) -> RunSnapshot | None:
        """Return the newest snapshot of a run; ``None`` when there is none."""
        return self._runs.get(run_id)

    def download(self, download_id: str) -> DownloadSnapshot | None:
        """Return the newest snapshot of a download; ``None`` when there is none."""
        return self._downloads.get(download_id)

    def upload(self, upload_id: str) -> UploadSnapshot | None:
        """Return the newest snapshot of an upload; ``None`` when there is none."""
        return self._uploads.get(upload_id)

    def play(self, play_id: str) -> Play | None:
        """Return the newest snapshot of a play; ``None`` when there is none."""
        return self._plays.get(play_id)

    def put_run(self, snapshot: RunSnapshot) -> None:
        """Store a new snapshot of a run and tell the listeners."""
        if self._runs.get(snapshot.run_id) != snapshot:
            if not snapshot.live:
                self._runs.pop(snapshot.run_id, None)  # keeps the order in which they ended
            self._runs[snapshot.run_id] = snapshot
            self._tell(snapshot)
            if not snapshot.live:
                self._let_go_of_runs()

    def put_download(self, snapshot: DownloadSnapshot) -> None:
        """Store a new snapshot of a download and tell the listeners."""
        if self._downloads.get(snapshot.download_id) != snapshot:
            self._downloads[snapshot.download_id] = snapshot
            self._tell(snapshot)
            if not snapshot.live:
                self._let_go_of_downloads()

    def put_upload(self, snapshot: UploadSnapshot) -> None:
        """Store a new snapshot of an upload and tell the listeners."""
        if self._uploads.get(snapshot.upload_id) != snapshot:
            self._uploads[snapshot.upload_id] = snapshot
            self._tell(snapshot)

    def put_play(self, play: Play) -> None:
        """Store a new snapshot of a play and tell the listeners."""
        if self._plays.get(play.play_id) != play:
            self._plays[play.play_id] = play
            self._tell(play)
            if not play.live:
                self._let_go_of_plays()

    def hold(self, run_id: str) -> Callable[[], None]:
        """Keep a run, because it is shown, until the returned function is called."""
        self._held[run_id] += 1

        def release() -> None:
            self._held[run_id] -= 1
            if self._held[run_id] <= 0:
                del self._held[run_id]

        return release

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` with every new snapshot until the returned function is called."""
        self._listeners.append(listener)

        def unsubscribe() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unsubscribe

    def _tell(self, snapshot: Snapshot) -> None:
        for listener in tuple(self._listeners):
            listener(snapshot)

    def _let_go_of_runs(self) -> None:
        ended = [run_id for run_id, run in self._runs.items() if not run.live]
        if len(ended) <= KEPT:
            return
        needed = self._needed()
        for run_id in [run_id for run_id in ended[:-KEPT] if run_id not in needed]:
            del self._runs[run_id]
            for download in [d for d in self._downloads.values() if d.run_id == run_id]:
                del self._downloads[download.download_id]

    def _needed(self) -> set[str | None]:
        """Return the runs that are shown or worked on, and the newest of each target, which lists show."""
        newest = {
            run.target: run.run_id
            for run in sorted(
                self._runs.values(), key=lambda r: r.started_at.timestamp() if r.started_at else math.inf
            )
        }
        return {
            *self._held,
            *newest.values(),
            *(d.run_id for d in self._downloads.values() if d.live or d.state is Fetch.PAUSED),
            *(u.run_id for u in self._uploads.values() if u.live),
            *(step.run_id for play in self._plays.values() if play.live for step in play.steps),
        }

    def _let_go_of_plays(self) -> None:
        over = [play_id for play_id, play in self._plays.items() if not play.live]
        for play_id in over[:-KEPT]:
            del self._plays[play_id]

    def _let_go_of_downloads(self) -> None:
        """Drop finished downloads without a run; a run's downloads are dropped together with the run."""
        loose = [
            d.download_id
            for d in self._downloads.values()
            if d.state is Fetch.DONE and d.run_id not in self._runs
        ]
        for download_id in loose[:-KEPT]:
            del self._downloads[download_id]
