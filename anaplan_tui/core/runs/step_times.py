"""Measure how long the actions of a running process take, from when each was first seen running.

The service reports durations only with the result. They are then more exact: a step is noticed at the next
poll, seconds after it began. Times are those of ``core.clock``.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from anaplan_tui.core.snapshots import RunSnapshot, Step


@dataclass(frozen=True, slots=True)
class Going:
    """How long an action has been running."""

    seconds: float
    at_least: bool = False
    """It was already running when first seen, so it may have run much longer."""


@dataclass(frozen=True, slots=True)
class _Span:
    began: datetime
    at_least: bool = False
    ended: datetime | None = None


class StepTimes:
    """The observed beginnings and ends of actions, by run."""

    def __init__(self) -> None:
        self._seen: dict[str, dict[int, _Span]] = {}

    def see(self, run: RunSnapshot, now: datetime) -> None:
        """Note which actions run now; forget a run that ended.

        Only polls of this session count: what the journal knows is from an earlier one.
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
                # For a run first seen while under way, only the first step's beginning is known: the run's.
                began = run.began if is_new and place == 0 else None
                spans[place] = _Span(began or now, at_least=is_new and began is None)
            elif span is not None and span.ended is None and action.step is not Step.RUNNING:
                spans[place] = replace(span, ended=now)

    def of(self, run_id: str, place: int, now: datetime) -> Going | None:
        """Return how long the action at this place (from 0) has run so far; ``None``: not seen running."""
        span = self._seen.get(run_id, {}).get(place)
        if span is None:
            return None
        seconds = max(((span.ended or now) - span.began).total_seconds(), 0.0)
        return Going(seconds, span.at_least)
