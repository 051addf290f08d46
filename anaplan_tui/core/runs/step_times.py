"""How long the actions of a running process take, from when each was seen to run.

The service tells it only with the result, and its word is then the better one: a step is noticed at the
next look, seconds after it began. Times are those of ``core.clock``.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from anaplan_tui.core.snapshots import RunSnapshot, Step


@dataclass(frozen=True, slots=True)
class Going:
    """How long an action has been running."""

    seconds: float
    at_least: bool = False
    """It ran already when it was first seen, so it may be much longer."""


@dataclass(frozen=True, slots=True)
class _Span:
    began: datetime
    at_least: bool = False
    ended: datetime | None = None


class StepTimes:
    """Begins and ends as they were seen, by run."""

    def __init__(self) -> None:
        self._seen: dict[str, dict[int, _Span]] = {}

    def see(self, run: RunSnapshot, now: datetime) -> None:
        """Take note of where a run stands; one that ended is forgotten.

        Only what the service said in this session counts: the journal's word is of an earlier one.
        """
        if not run.live:
            self._seen.pop(run.run_id, None)
            return
        if run.contact.last_at is None:
            return
        is_new = run.run_id not in self._seen
        spans = self._seen.setdefault(run.run_id, {})
        for place, action in enumerate(run.actions):
            span = spans.get(place)
            if span is None and action.step is Step.RUNNING:
                # Of a run met in the middle only the first step's begin is known: that of the run.
                began = run.began if is_new and place == 0 else None
                spans[place] = _Span(began or now, at_least=is_new and began is None)
            elif span is not None and span.ended is None and action.step is not Step.RUNNING:
                spans[place] = replace(span, ended=now)

    def of(self, run_id: str, place: int, now: datetime) -> Going | None:
        """How long the action at this place (from 0) has taken so far; ``None``: it was not seen to run."""
        span = self._seen.get(run_id, {}).get(place)
        if span is None:
            return None
        seconds = max(((span.ended or now) - span.began).total_seconds(), 0.0)
        return Going(seconds, span.at_least)
