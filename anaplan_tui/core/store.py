"""What the app knows right now: the latest snapshot of every run, download and upload, by id."""

from collections.abc import Callable

from anaplan_tui.core.snapshots import DownloadSnapshot, RunSnapshot, UploadSnapshot

Snapshot = RunSnapshot | DownloadSnapshot | UploadSnapshot
Listener = Callable[[Snapshot], None]


class Store:
    """Holds snapshots and tells listeners about each one that differs from the last.

    Listeners are called in the event loop's thread, right where the change happens; a listener must be
    quick and must not raise.
    """

    def __init__(self) -> None:
        self._runs: dict[str, RunSnapshot] = {}
        self._downloads: dict[str, DownloadSnapshot] = {}
        self._uploads: dict[str, UploadSnapshot] = {}
        self._listeners: list[Listener] = []

    @property
    def runs(self) -> tuple[RunSnapshot, ...]:
        return tuple(self._runs.values())

    @property
    def downloads(self) -> tuple[DownloadSnapshot, ...]:
        return tuple(self._downloads.values())

    @property
    def uploads(self) -> tuple[UploadSnapshot, ...]:
        return tuple(self._uploads.values())

    def run(self, run_id: str) -> RunSnapshot | None:
        return self._runs.get(run_id)

    def download(self, download_id: str) -> DownloadSnapshot | None:
        return self._downloads.get(download_id)

    def upload(self, upload_id: str) -> UploadSnapshot | None:
        return self._uploads.get(upload_id)

    def put_run(self, snapshot: RunSnapshot) -> None:
        if self._runs.get(snapshot.run_id) != snapshot:
            self._runs[snapshot.run_id] = snapshot
            self._tell(snapshot)

    def put_download(self, snapshot: DownloadSnapshot) -> None:
        if self._downloads.get(snapshot.download_id) != snapshot:
            self._downloads[snapshot.download_id] = snapshot
            self._tell(snapshot)

    def put_upload(self, snapshot: UploadSnapshot) -> None:
        if self._uploads.get(snapshot.upload_id) != snapshot:
            self._uploads[snapshot.upload_id] = snapshot
            self._tell(snapshot)

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
