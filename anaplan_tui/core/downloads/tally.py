"""The live numbers of one download."""

from collections.abc import Callable

from anaplan_tui.core.snapshots import Fetch
from anaplan_tui.core.transfers import tally


class Tally(tally.Tally[Fetch]):
    """The chunk list has no sizes, so the total is an estimate until every chunk's size is known."""

    def __init__(self, on_change: Callable[[tally.Tally[Fetch]], None] | None = None) -> None:
        super().__init__(Fetch.QUEUED, on_change)
        self.total_is_exact = False
