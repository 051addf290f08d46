"""What the list of runs says: its cells, its titles, and what stands where no run is known."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from textual.content import Content

from anaplan_tui.core import text
from anaplan_tui.core.history.progress import Progress
from anaplan_tui.core.snapshots import Origin, RunSnapshot
from anaplan_tui.ui import commands as c
from anaplan_tui.ui.screens.attention import cause_of
from anaplan_tui.ui.widgets.keyed_table import Column
from anaplan_tui.ui.words import LIVE, MUTED, run_words

_ROOMY = 100
"""The width from which there is a column for how long runs took, and for whose they are."""
LOOKS_FURTHER = "reading further back …"

_MODEL: Column[RunSnapshot] = Column(
    "MODEL", lambda run: Content.styled(run.model_name, MUTED), width=20, from_width=110
)


def columns(
    *,
    name: Callable[[RunSnapshot], Content | str],
    what: Callable[[RunSnapshot], Content],
    started: Callable[[RunSnapshot], str],
    zone: str,
    several_models: bool,
) -> tuple[Column[RunSnapshot], ...]:
    """The columns; the model has one only where the runs are of several.

    Args:
        name: what stands in the column of names.
        what: what a run does or came to.
        started: when it began.
        zone: of these times.
        several_models: the runs are of several models.
    """
    return (
        Column("STATE", run_words, width=14, fitted=True, sort=text.severity),
        Column("NAME", name, fitted=True, sort=lambda r: r.name.casefold()),
        Column("WHAT", what),
        Column(
            f"STARTED {zone}",
            started,
            width=22,
            fitted=True,
            sort=lambda r: r.started_at,
            descending=True,
        ),
        Column(
            "TOOK",
            lambda r: text.duration(r.duration_s),
            width=7,
            fitted=True,
            right=True,
            sort=lambda r: r.duration_s,
            from_width=_ROOMY,
        ),
        Column(
            "BY",
            lambda r: Content.styled(r.origin.value, MUTED),
            width=9,
            fitted=True,
            sort=lambda r: r.origin.value,
            from_width=_ROOMY,
        ),
        *((_MODEL,) if several_models else ()),
    )


def started_words(run: RunSnapshot, now: datetime, *, width: int) -> str:
    """When a run began; where there is no column for whose it is, this says so of our own."""
    at = text.ago(run.started_at, now)
    return f"{at} (here)" if width < _ROOMY and run.origin is Origin.HERE else at


def nothing_words(since: datetime | None, looked: Progress, now: datetime) -> str:
    """What stands where no run is known: where was looked, and what to do."""
    lines = ["Nothing was run from here yet."]
    if since is not None:
        lines = [f"No run is known since {text.ago(since, now)}; {c.FURTHER.key} shows one day more."]
    if looked.words:
        lines.append(f"Looked for runs of others: {looked.words}.")
    if looked.unnamed:
        lines.append(f"The model is busy with something else: {looked.unnamed}.")
    lines.append(f"{c.REFRESH.key} looks again. Esc goes back; {c.RUN.key} on a process runs it.")
    return "\n\n".join(lines)


def looked_words(looked: Progress, now: datetime, *, width: int) -> str:
    """How far the task lists were read, for the right end of the title."""
    if looked.problem:
        return f"not every list could be read: {looked.problem}"
    if looked.unnamed and looked.whole:
        return f"busy: {looked.unnamed}"
    at = looked.looked_at if width >= 110 else None
    return looked.words + (f", looked {text.ago(at, now)}" if looked.words and at else "")


def first_day_words(runs: Iterable[RunSnapshot], since: datetime | None, now: datetime) -> str:
    """How many of these runs began in the first day since a moment."""
    if since is None:
        return ""
    end = since + timedelta(days=1)
    of_it = [run for run in runs if run.started_at is not None and run.started_at < end]
    return f"{text.plural(len(of_it), 'run')} in the day from {text.ago(since, now)}"


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
