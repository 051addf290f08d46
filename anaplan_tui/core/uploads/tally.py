"""The live numbers of one upload."""

from collections.abc import Callable

from anaplan_tui.core.snapshots import Send
from anaplan_tui.core.transfers import tally


class Tally(tally.Tally[Send]):
    """Bytes are those of the file, in the chunks that the service has taken; compression changes nothing."""

    def __init__(self, on_change: Callable[[tally.Tally[Send]], None] | None = None) -> None:
        super().__init__(Send.QUEUED, on_change)
        self.chunks_resumed = 0
        """Of the chunks done, those that an earlier try sent."""
