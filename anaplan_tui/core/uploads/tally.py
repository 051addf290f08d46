"""The live numbers of one upload."""

from collections.abc import Callable

from anaplan_tui.core.snapshots import Send
from anaplan_tui.core.transfers import tally


class Tally(tally.Tally[Send]):
    """Counts the file's own bytes, not the compressed ones, in chunks that the service has accepted."""

    def __init__(self, on_change: Callable[[tally.Tally[Send]], None] | None = None) -> None:
        super().__init__(Send.QUEUED, on_change)
        self.chunks_resumed = 0
        """How many of the done chunks an earlier try sent."""
