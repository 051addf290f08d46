"""What an operator should know before a run: what goes on in the model, and what it would overwrite."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from anaplan_tui.core.catalog import ModelItem, ModelState, TaskItem
from anaplan_tui.core.snapshots import RunSnapshot
from anaplan_tui.core.text import ago, plural
from anaplan_tui.core.verdict import TERMINAL

_RECENT = timedelta(hours=48)
"""Dumps live this long after their last access (anaplan-api.md §7.4): older ones cannot be lost any more."""


def warnings_before(
    state: ModelState,
    history: Sequence[TaskItem],
    last: RunSnapshot | None,
    model: ModelItem,
    now: datetime,
) -> tuple[tuple[str, ...], bool, str | None]:
    """The warnings, whether waiting makes sense, and the run whose dumps should be fetched first."""
    warnings: list[str] = []
    if model.obstacle:
        warnings.append(f"The model is {model.obstacle}.")
    live = [t for t in history if t.state not in TERMINAL]
    if live:
        since = f" since {ago(live[0].created_at, now)}" if live[0].created_at else ""
        whose = "started from here" if live[0].run_id else "started elsewhere or by someone else"
        warnings.append(f"The same runs already{since} ({whose}); Anaplan will queue this one behind it.")
    elif state.busy:
        since = f" since {ago(state.since, now)}" if state.since else ""
        warnings.append(f"The model is busy{since}: {state.what}. Anaplan will queue this run.")
    unsaved = unsaved_dumps(last, now)
    if last is not None and unsaved:
        are, them = ("is", "it") if unsaved == 1 else ("are", "them")
        when = ago(last.ended_at or last.started_at, now)
        warnings.append(
            f"{plural(unsaved, 'dump')} of the last run ({when}) {are} not on disk; "
            f"a new run may replace {them}."
        )
    return tuple(warnings), bool(live) or state.busy, last.run_id if last is not None and unsaved else None


def unsaved_dumps(last: RunSnapshot | None, now: datetime) -> int:
    """How many dumps of the last run are on the service, not on disk, and can still be fetched."""
    if last is None:
        return 0
    at = last.ended_at or last.started_at
    if at is not None and now - at > _RECENT:
        return 0
    return sum(
        1 for a in last.actions if a.dump.available and (a.dump.path is None or not a.dump.path.exists())
    )
