"""Print a triage for people: the groups of a dump, and what changed since another dump."""

from typing import TYPE_CHECKING

from anaplan_tui.api.clean import clean
from anaplan_tui.commands.printing import table
from anaplan_tui.commands.saying import say
from anaplan_tui.core.text import NOTHING, plural, share
from anaplan_tui.core.triage.blanks import blank_words, visible

if TYPE_CHECKING:
    from anaplan_tui.core.triage import Comparison, Group, Saved, Summary


def triage_result(summary: "Summary", *, change: "Comparison | None" = None, was: int = 0) -> None:
    """Print the groups of a dump, biggest first, and what changed since another one of ``was`` rows."""
    parts = [f"{summary.rejected:,} rejected", f"{summary.warnings:,} loaded with warnings"]
    if summary.unclear:
        parts.append(f"{summary.unclear:,} without a known status")
    say(f"{plural(summary.rows, 'row')}: {', '.join(parts)}")
    if summary.without_text.count:
        say(f"{summary.without_text.no_text_words}. They are saved with the bytes that they have.")
    has_further = any(group.also for group in summary.groups)
    rows = [
        (
            *_group_counts(group, has_further=has_further),
            group.status or NOTHING,
            visible(clean(group.error, limit=60)),
            visible(clean(group.column or NOTHING, limit=24)),
            ", ".join(f"{line:,}" for line in group.first_lines[:3]) or NOTHING,
            _top_values(group),
        )
        for group in summary.groups
    ]
    further = ("+FURTHER",) if has_further else ()
    table(("ROWS", *further, "%", "STATUS", "ERROR", "COLUMN", "FIRST LINES", "TOP VALUES"), rows)
    if has_further:
        say("A row counts under its first error; +FURTHER are rows that have it behind another one.")
    if change is not None:
        _comparison(change, summary.rows, was)


def _group_counts(group: "Group", *, has_further: bool) -> tuple[str, ...]:
    also = f"+{group.also:,}" if group.also else ""
    part = share(group.percent) if group.rows else NOTHING
    return (f"{group.rows:,}", also, part) if has_further else (f"{group.rows:,}", part)


def _top_values(group: "Group") -> str:
    shown = group.top_values[:3]
    said = ", ".join(f"{visible(clean(value, limit=24)) or '(empty)'} ({rows:,})" for value, rows in shown)
    blanks = blank_words([value for value, _rows in group.top_values])
    return f"{said}: {blanks}" if blanks else said


def _comparison(change: "Comparison", rows: int, was: int) -> None:
    say(f"Compared with {plural(was, 'row')} before: {rows - was:+,}")
    lines = [("new", f"{g.rows + g.also:,}", "", g.error) for g in change.new]
    for word, changes in (("grown", change.grown), ("shrunk", change.shrunk)):
        lines += [(word, f"{c.new_rows:,}", f"{c.new_rows - c.old_rows:+,}", c.error) for c in changes]
    lines += [("gone", "0", f"-{g.rows + g.also:,}", g.error) for g in change.gone]
    if lines:
        table(
            ("CHANGE", "ROWS", "BY", "ERROR"),
            [(*start, visible(clean(error, limit=60))) for *start, error in lines],
        )
    else:
        say("Every error has as many rows as before.")


def saved_words(saved: "Saved") -> str:
    """``2 rejected rows, without 1 repeated header line``."""
    said = plural(saved.rows, "rejected row")
    if saved.headers_left_out:
        said += f", without {plural(saved.headers_left_out, 'repeated header line')}"
    if saved.without_text.count:
        said += f"; correct before you upload: {saved.without_text.no_text_words}"
    return said
