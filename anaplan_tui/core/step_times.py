"""How long the actions of a running process take, from when each was seen to run.

The service tells it only with the result, and its word is then the better one: a step is noticed at the
next look, seconds after it began.
"""

from datetime import datetime

from anaplan_tui.core.snapshots import RunSnapshot, Step


class StepTimes:
    """Begins and ends as they were seen, by run."""

    def __init__(self) -> None:
        self._seen: dict[str, dict[int, tuple[datetime, datetime | None]]] = {}

    def see(self, run: RunSnapshot, now: datetime) -> None:
        """Take note of where a run stands; one that ended is forgotten."""
        if not run.live:
            self._seen.pop(run.run_id, None)
            return
        is_new = run.run_id not in self._seen
        seen = self._seen.setdefault(run.run_id, {})
        for place, action in enumerate(run.actions):
            began, ended = seen.get(place, (None, None))
            if action.step is Step.RUNNING and began is None:
                # Of a run met in the middle only the first step's begin is known: that of the run.
                begin = now if not is_new else run.started_at if place == 0 else None
                if begin is not None:
                    seen[place] = (begin, None)
            elif action.step is not Step.RUNNING and began is not None and ended is None:
                seen[place] = (began, now)

    def of(self, run_id: str, place: int, now: datetime) -> float | None:
        """Seconds that the action at this place (from 0) has taken so far; ``None``: its begin was missed."""
        began, ended = self._seen.get(run_id, {}).get(place, (None, None))
        return None if began is None else max(((ended or now) - began).total_seconds(), 0.0)
