"""What the list of runs says: its cells, its titles, and what stands where no run is known."""

from datetime import timedelta

from textual.content import Content

from anaplan_tui.core import text
from anaplan_tui.core.history.progress import Progress
from anaplan_tui.core.snapshots import Origin, RunSnapshot
from anaplan_tui.ui.screens.attention import cause_of
from anaplan_tui.ui.words import LIVE, MUTED


def further_words(first_day: str, looked: Progress, window: timedelta) -> str:
    """What is known of one day more, and why that may not be all."""
    if looked.asleep:
        return f"{first_day}, as the journal knows: the model is closed and was not woken."
    if looked.problem:
        return f"{first_day}; not everything could be read: {looked.problem}"
    if looked.by != "here":
        hours = f"{window.total_seconds() / 3600:g} h"
        whose = "another app" if looked.by == "app" else f"a {looked.by}"
        return f"{first_day}, as the journal knows: {whose} asks Anaplan, and looks back {hours}."
    return f"{first_day}; Anaplan knows no more."


def detail_words(run: RunSnapshot) -> str:
    """The line below the list: why a run came to what it came to, and who started it elsewhere."""
    said = run.reason or run.note
    if run.origin is Origin.HERE or "elsewhere" in said:
        return said
    where = f"Started elsewhere, by {run.started_by}" if run.started_by else "Started elsewhere"
    return f"{where}. {said}" if said else f"{where}."


def what_words(run: RunSnapshot) -> Content:
    """How far a run is, or why it came to what it came to."""
    if run.live:
        shown = " ".join(part for part in (text.percent(run.progress), run.current_step or run.note) if part)
        return Content.styled(shown, LIVE)
    return Content.styled(cause_of(run.reason) or run.note, MUTED)
