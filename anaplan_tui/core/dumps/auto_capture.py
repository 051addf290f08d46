"""Fetch dumps automatically, for runs whose end is seen here."""

from anaplan_tui.core.dumps.capture import Capture
from anaplan_tui.core.snapshots import RunSnapshot
from anaplan_tui.core.store import Snapshot


class AutoCapture:
    """Listens to the store, and queues the dumps of a run as soon as it has ended.

    This happens before the journal records the end, because the app does not pick up ended runs again: if it
    dies in between, the run is watched again and its dumps are not forgotten.
    """

    def __init__(self, dumps: Capture, *, on: bool) -> None:
        self._dumps = dumps
        self.on = on
        """Whether dumps are fetched; those of runs that end while it is off are not fetched later."""
        self._seen_live: set[str] = set()

    def see(self, snapshot: Snapshot) -> None:
        """Handle a snapshot from the store."""
        if not self.on or not isinstance(snapshot, RunSnapshot):
            return
        if snapshot.live:
            self._seen_live.add(snapshot.run_id)
        elif snapshot.run_id in self._seen_live:
            self._seen_live.discard(snapshot.run_id)
            if snapshot.task_id and any(action.dump.available for action in snapshot.actions):
                self._dumps.fetch_dumps(snapshot.run_id)
