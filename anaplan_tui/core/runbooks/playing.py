"""Play a runbook: one step after another, each written down before it begins.

Every start has the guarantees of a run: sent once, watched, ridden out, judged, its dumps fetched. Whatever
ends this process, the journal says which step was under way, and :meth:`Player.resume` goes on with it: a task
that may have been started is found in the task list and never started again.
"""

from collections.abc import Awaitable, Callable

from anaplan_tui.api.refs import ModelRef
from anaplan_tui.core.dumps.capture import Capture
from anaplan_tui.core.journal.journal import Journal
from anaplan_tui.core.runbooks.plan import Plan
from anaplan_tui.core.runbooks.play import Play
from anaplan_tui.core.runs.driver import Driver
from anaplan_tui.core.store import Store
from anaplan_tui.core.uploads import Uploads

WaitUntilFree = Callable[[ModelRef, Callable[[str], None]], Awaitable[None]]
"""Returns as soon as nothing runs in a model; tells meanwhile what it waits for, in a clause."""


class Player:
    """Plays runbooks with the parts of a desk: :attr:`Desk.player`."""

    def __init__(
        self,
        driver: Driver,
        uploads: Uploads,
        capture: Capture,
        journal: Journal,
        store: Store,
        wait_until_free: WaitUntilFree,
    ) -> None:
        self._driver, self._uploads, self._capture = driver, uploads, capture
        self._journal, self._store, self._wait_until_free = journal, store, wait_until_free

    async def play(
        self, plan: Plan, *, force: bool = False, on_begin: Callable[[str], None] | None = None
    ) -> Play:
        """Play the chosen steps to their end, or to the first that stops the play; the store has it live.

        ``on_begin`` gets the play's id before anything is sent. Cancelling the caller stops the play before its
        next start; a task that runs goes on, and :meth:`resume` goes on with its step.

        Raises:
            AlreadyPlayed: another process, or this one, plays the same; ``force`` plays it all the same.
            ReadOnly: the profile does not allow one of the steps.
        """
        raise NotImplementedError

    async def resume(self, plan: Plan, play: Play, *, on_begin: Callable[[str], None] | None = None) -> Play:
        """Go on with an earlier play of the same: with the step that was under way, or that stopped it.

        Raises:
            AlreadyPlayed: it is still being played.
            StepsChanged: a step that was played already, or is under way, is another one now.
            ReadOnly: as :meth:`play`.
        """
        raise NotImplementedError
