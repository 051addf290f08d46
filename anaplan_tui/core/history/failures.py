"""What a sweep cannot read, and what it does about that: try again, leave it out, or end the round."""

import time
from collections import Counter
from collections.abc import Callable
from enum import Enum, auto

from anaplan_tui.api.errors import (
    AnaplanError,
    ModelUnavailable,
    NoAccess,
    NotAuthenticated,
    RateLimited,
    Refused,
)
from anaplan_tui.api.passing import UNSAID_RATE_PAUSE_S
from anaplan_tui.api.refs import TargetRef
from anaplan_tui.core.history.agenda import About, Errand

_GIVE_UP = 5
"""After so many different requests in a row that failed, the round ends: the service does not answer."""
_TRIES = 3
LONGEST_PAUSE_S = 600.0
"""The limit of a pause, even where the service asks for more: one answer must not blind a guard all night."""


class Then(Enum):
    """What a sweep does after a request that failed."""

    GO_ON = auto()
    """It sends the others."""
    TRY_AGAIN = auto()
    """It sends the others, and then this one again."""
    STOP = auto()
    """It ends the round: ``problem`` says why."""


class Failures:
    """What failed in this round, and what was left out until it can be read."""

    def __init__(self) -> None:
        self.problem: AnaplanError | None = None
        """Why this round ends early, or the last one did."""
        self.refused: set[TargetRef] = set()
        """Targets whose lists were refused; the other lists are read first."""
        self._in_a_row: dict[About, None] = {}
        """What failed since the last answer."""
        self._left: dict[About, tuple[str, AnaplanError]] = {}
        """What could not be read while other things could, with the target's name."""
        self._answered = False
        """Whether this round had an answer."""
        self._tries: Counter[About] = Counter()
        self._pause_until = 0.0

    def begin_round(self) -> None:
        """Forget what failed in the round before, but not what was left out."""
        self.problem, self._answered = None, False
        self._in_a_row.clear()
        self._tries.clear()

    # -- what is known -----------------------------------------------------------------------------

    @property
    def left(self) -> AnaplanError | None:
        """Why something could not be read although the round finished."""
        return next((error for _, error in self._left.values()), None)

    @property
    def left_words(self) -> str:
        """The same in words: the first, and how many more; empty where nothing was left out."""
        if not self._left:
            return ""
        name, error = next(iter(self._left.values()))
        more = f"; {len(self._left) - 1:,} more" if len(self._left) > 1 else ""
        return f"'{name}': {error.cause}{more}"

    @property
    def words(self) -> str:
        """Why not everything could be read; empty where it could."""
        return self.left_words if self.problem is None else self.problem.cause

    @property
    def unread(self) -> set[TargetRef]:
        """Targets whose lists cannot be read."""
        return self.refused | {about for about in self._left if isinstance(about, TargetRef)}

    @property
    def asked_to_wait_s(self) -> float | None:
        """How long the service wants to be left alone, where that ended the last round; else ``None``."""
        return self.pause_s if isinstance(self.problem, RateLimited) else None

    @property
    def pause_s(self) -> float:
        """How long the service wants to be left alone, from now on."""
        return max(self._pause_until - time.monotonic(), 0.0)

    # -- what came of a request --------------------------------------------------------------------

    def answered(self, errand: Errand) -> None:
        """Note that it was read."""
        self._in_a_row.clear()
        self._left.pop(errand.about, None)
        self._answered = True
        self.refused.discard(errand.target)

    def is_about(self, errand: Errand, error: AnaplanError) -> bool:
        """Whether a list is refused because of its target: other requests of this round were answered."""
        return self._answered and errand.task_id is None and isinstance(error, NoAccess | Refused)

    def failed(self, errand: Errand, name: str, error: AnaplanError) -> Then:
        """Note that it failed; ``name`` is its target's."""
        if errand.about not in self._left:  # what was left out says nothing about the service, however much
            self._in_a_row[errand.about] = None
        if isinstance(error, NotAuthenticated | ModelUnavailable | RateLimited):
            self.stop(error)
            return Then.STOP
        if len(self._in_a_row) >= _GIVE_UP:
            if self._answered:
                self._left.update(dict.fromkeys(self._in_a_row, (name, error)))
            self.stop(error)
            return Then.STOP
        if self.problem is not None:
            return Then.GO_ON
        self._tries[errand.about] += 1
        if self._tries[errand.about] < _TRIES and errand.about not in self._left:
            return Then.TRY_AGAIN
        self._left[errand.about] = (name, error)  # and tried once in each round from now on
        return Then.GO_ON

    def stop(self, error: AnaplanError) -> None:
        """Note that the round ends with an error."""
        self.problem = error
        if isinstance(error, RateLimited):
            asked_s = error.retry_after_s if error.retry_after_s is not None else UNSAID_RATE_PAUSE_S
            self._pause_until = time.monotonic() + min(asked_s, LONGEST_PAUSE_S)

    def leave_no_longer(self, gone: Callable[[TargetRef, str | None], bool]) -> None:
        """Drop what is ``gone``, by target and task id: what nobody asks for any more was not left out."""
        for about in tuple(self._left):
            target, task_id = about if isinstance(about, tuple) else (about, None)
            if gone(target, task_id):
                del self._left[about]
