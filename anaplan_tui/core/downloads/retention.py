"""Retention rules: tell which dumps the service no longer has (service.md §7.4)."""

from datetime import datetime, timedelta

from anaplan_tui.core.snapshots import Dump, RunSnapshot
from anaplan_tui.core.text import duration

KEPT_FOR = timedelta(hours=48)
"""How long the service keeps a dump after it was last read (service.md §7.4)."""


def why_gone(dump: Dump, run: RunSnapshot, now: datetime, *, run_since: bool = False) -> str:
    """Why a dump can no longer be fetched, as far as known; empty if it may be there or is already on disk.

    ``run_since``: the same user has run the same target again, which removes the dumps of earlier runs.
    """
    if not dump.available or dump.saved:
        return ""
    if dump.gone:
        return dump.error or "Anaplan no longer has it"
    if run_since:
        return "a later run took its place"
    if run.ended_at is not None and now - run.ended_at > KEPT_FOR:
        age = duration((now - run.ended_at).total_seconds())
        return f"it is {age} old, and Anaplan keeps a dump for 48 h after it was last read"
    return ""
