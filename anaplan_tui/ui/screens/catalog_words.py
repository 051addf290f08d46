"""The words of the catalog: its rows, its columns, and the text of an empty list."""

import math
from collections.abc import Iterable
from datetime import datetime

from textual.content import Content

from anaplan_tui.api.refs import Kind, TargetRef
from anaplan_tui.core import text
from anaplan_tui.core.catalog import LastRun
from anaplan_tui.core.snapshots import Origin, RunSnapshot, Verdict
from anaplan_tui.ui import commands as c
from anaplan_tui.ui.screens.attention import (
    Row,
    cause_of,
)
from anaplan_tui.ui.widgets.keyed_table import Column
from anaplan_tui.ui.words import LIVE, MUTED, marked, run_words, verdict_style

TITLES = {
    Kind.PROCESS: "Processes",
    Kind.IMPORT: "Imports",
    Kind.EXPORT: "Exports",
    Kind.ACTION: "Other actions",
}
SHORT = {Kind.PROCESS: "Processes", Kind.IMPORT: "Imports", Kind.EXPORT: "Exports", Kind.ACTION: "Actions"}


def no_model() -> str:
    """The text in place of a list while no model is chosen."""
    return f"No model is chosen.\n\n{c.MODELS.key} shows the workspaces and models."


def nothing_of(kind: Kind) -> str:
    """The text for a model with nothing of this kind; a newcomer may be in the wrong model."""
    others = ", ".join(
        f"{command.key} for {TITLES[other].lower()}"
        for command, other in zip(c.KINDS, TITLES, strict=True)
        if other is not kind
    )
    return (
        f"This model has no {TITLES[kind].lower()}, or this user may see none.\n\n"
        f"{c.MODELS.key} shows other models   {c.REFRESH.key} looks again\n"
        f"Also here: press {others}"
    )


def greeting() -> str:
    """The first keys, in one line of 80 columns."""
    return (
        f"New here? {c.OPEN.key} opens, {c.RUN.key} runs (asks first), {c.ROWS_OF_RUN.key} shows rejected "
        f"rows, {c.HELP.key} every key."
    )


def newest_runs(runs: Iterable[RunSnapshot]) -> dict[TargetRef, RunSnapshot]:
    """The newest run of each target; one that has not begun yet counts as the newest."""
    begun = sorted(
        runs, key=lambda run: run.started_at.timestamp() if run.started_at is not None else math.inf
    )
    return {run.target: run for run in begun}


def newer(run: RunSnapshot | None, last: LastRun | None) -> RunSnapshot | None:
    """Return the run, unless the journal knows one that ended later: somebody may have opened an old task."""
    if run is None or run.live or last is None or last.at is None:
        return run
    at = run.ended_at or run.started_at
    return run if at is None or at >= last.at else None


def last_run(row: Row) -> Content:
    """The newest run's verdict, or its progress."""
    run, last = row.run, row.item.last
    if row.unseen and run is not None:
        unseen = Content.styled("● ", verdict_style(run.verdict or Verdict.UNKNOWN))
        return unseen + outcome(run.verdict, cause_of(run.reason), run_words(run))
    if run is not None and run.live:
        at = [part for part in (text.percent(run.progress), text.step_of(run)) if part]
        return run_words(run) + Content.styled(f" {', '.join(at)}" if at else "", LIVE)
    if run is not None:
        return outcome(run.verdict, cause_of(run.reason), run_words(run))
    if last is not None:
        words = marked(text.verdict_mark(last.verdict), verdict_style(last.verdict))
        return outcome(last.verdict, last.reason, words)
    return Content.styled("no run known", MUTED)


def outcome(verdict: Verdict | None, reason: str, words: Content) -> Content:
    """A verdict with its reason in place of its word, if it has a reason."""
    if not reason or verdict in (None, Verdict.COMPLETED):
        return words
    symbol, _word = text.verdict_mark(verdict)
    return Content.styled(f"{symbol} {reason}", verdict_style(verdict))


def _when(row: Row) -> str:
    if row.run is not None and row.run.live:
        return "now (here)" if row.run.origin is Origin.HERE else "now"
    at = text.ago(row.at, row.now)
    return f"{at} (here)" if row.run is not None and row.run.origin is Origin.HERE else at


def _takes(row: Row) -> str:
    if row.item.usual_s is not None:
        return text.duration(row.item.usual_s)
    return text.duration(row.run.duration_s if row.run is not None else None)


def columns(now: datetime) -> tuple[Column[Row], ...]:
    """The columns; ``now`` gives the time zone."""
    return (
        Column("NAME", lambda r: r.item.name, fitted=True, sort=lambda r: r.item.name.casefold()),
        Column("LAST RUN", last_run),
        Column(f"WHEN {text.zone(now)}", _when, width=22, fitted=True, sort=lambda r: r.at, descending=True),
        Column(
            "TAKES",
            _takes,
            width=7,
            right=True,
            sort=lambda r: r.item.usual_s,
            descending=True,
            from_width=100,
        ),
        Column("ID", lambda r: r.item.id, width=14, from_width=110),
    )
