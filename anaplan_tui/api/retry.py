"""Which requests are repeated, how soon and how often (service.md §9.2, §10).

The one question is whether a request may have been carried out. Reading, cancelling and writing a chunk
can be done twice without harm; starting a task cannot, so it is repeated only if the service certainly did
not take it: refused by the rate limit, or never sent. (``auth`` deals with a 401.)
"""

import random
from enum import Enum

from tenacity import RetryCallState, wait_random_exponential

from anaplan_tui.api.errors import AnaplanError, Broken, RateLimited, ServerFailed, Unreachable, Unusable
from anaplan_tui.api.options import RetryPolicy
from anaplan_tui.api.passing import CONFLICT, OF_REQUESTS


class Repeat(Enum):
    """Whether a request may be sent again after a failure that leaves its outcome open."""

    FREELY = "freely"
    """It changes nothing, or nothing more the second time: GET, DELETE, PUT of a chunk."""
    ONLY_IF_NOT_TAKEN = "only if not taken"
    """It starts something."""
    NEVER = "never"
    """The caller checks again later anyway, and wants to know how this one went."""


class Retries:
    """The retry rules for one call; a new one for each, because it counts."""

    def __init__(self, policy: RetryPolicy, repeat: Repeat, *, reading: bool) -> None:
        self._policy = policy
        self._repeat = repeat
        self._conflicts_left = 1 if reading else 0
        self._backoff = wait_random_exponential(multiplier=policy.first_pause_s, max=policy.longest_pause_s)

    def may_repeat(self, error: BaseException) -> bool:
        """Whether this failure may be followed by another try."""
        if not isinstance(error, AnaplanError) or self._repeat is Repeat.NEVER:
            return False
        if isinstance(error, Unreachable):
            # A refused certificate is refused again, and so is a proxy's login, which may be locked out; an
            # unusable proxy setting stays unusable; and a trickle was waited for long enough.
            lasting = isinstance(error, Unusable) or error.broken in {Broken.TLS, Broken.SLOW}
            passing = not lasting and (error.status is None or error.status in OF_REQUESTS)
        elif error.status == CONFLICT and self._conflicts_left:
            self._conflicts_left -= 1
            passing = True
        else:
            passing = error.status in OF_REQUESTS
        return passing and (self._repeat is Repeat.FREELY or self._not_taken(error))

    @staticmethod
    def _not_taken(error: AnaplanError) -> bool:
        if isinstance(error, RateLimited):
            return True
        return isinstance(error, Unreachable | ServerFailed) and not error.outcome_unknown

    def pause_s(self, state: RetryCallState) -> float:
        """Seconds until the next try: what the service asked for, else a growing random time."""
        error = state.outcome.exception() if state.outcome else None
        asked = error.retry_after_s if isinstance(error, AnaplanError) else None
        if asked is None and isinstance(error, RateLimited):
            asked = self._policy.unsaid_rate_pause_s
        if asked is None:
            return self._backoff(state)
        # A little later than asked, by a random time: many clients may have been told the same.
        return asked + random.uniform(0, self._policy.first_pause_s)  # noqa: S311 — spread, not secrecy

    def is_spent(self, state: RetryCallState) -> bool:
        """Whether to give up rather than wait for the next try."""
        pause_s = state.upcoming_sleep
        limit_s = self._policy.longest_retry_after_s + self._policy.first_pause_s
        late = (state.seconds_since_start or 0.0) + pause_s > self._policy.total_s
        return state.attempt_number >= self._policy.tries or pause_s > limit_s or late
