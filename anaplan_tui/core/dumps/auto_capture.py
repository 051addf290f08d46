"""Which runs have their dumps fetched unasked: those whose end is seen here."""

from anaplan_tui.core.dumps.capture import Capture
from anaplan_tui.core.snapshots import RunSnapshot
from anaplan_tui.core.store import Snapshot


class AutoCapture:
    """Listens to the store, and queues the dumps of a run as soon as it ended.

    That is before its end is in the journal, where nobody would look for a run that ended: a death of the
    app in between leaves a run that goes on to be watched, not one whose dumps are forgotten.
    """

    def __init__(self, dumps: Capture, *, on: bool) -> None:
        self._dumps = dumps
        self.on = on
        """Whether anything is fetched; a run whose end is not seen meanwhile is not fetched later."""
        self._seen_live: set[str] = set()

    def see(self, snapshot: Snapshot) -> None:
        """A snapshot of the store."""
        if not self.on or not isinstance(snapshot, RunSnapshot):
            return
        if snapshot.live:
            self._seen_live.add(snapshot.run_id)
        elif snapshot.run_id in self._seen_live:
            self._seen_live.discard(snapshot.run_id)
            if snapshot.task_id and any(action.dump.available for action in snapshot.actions):
                self._dumps.fetch_dumps(snapshot.run_id)
