"""Which lines of the catalog need attention, and the line that sums up the night's verdicts."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from anaplan_tui.core import text
from anaplan_tui.core.catalog import CatalogItem
from anaplan_tui.core.history.progress import Progress, Summary
from anaplan_tui.core.snapshots import RunSnapshot, Verdict


class Attention(IntEnum):
    """How urgently a line needs attention; the lowest value is listed first."""

    RUNNING = 0
    FAILED = 1
    WARNINGS = 2
    NONE = 3


@dataclass(frozen=True, slots=True)
class Row:
    """An item, and its newest run, whoever started it."""

    item: CatalogItem
    run: RunSnapshot | None
    """``None`` where only :attr:`CatalogItem.last` is known."""
    now: datetime
    unseen: bool = False
    """It failed or has warnings, and nobody has opened it since."""

    @property
    def at(self) -> datetime | None:
        """When it ran last, in UTC; ``None`` where no run is known."""
        if self.run is not None:
            return self.run.started_at
        return self.item.last.at if self.item.last is not None else None

    @property
    def attention(self) -> Attention:
        """How urgently somebody should look at it."""
        run = self.run
        if run is not None and run.live:
            return Attention.RUNNING
        if run is None or not self.unseen:
            return Attention.NONE
        return Attention.FAILED if run.verdict is Verdict.FAILED else Attention.WARNINGS


NONE_NEEDS_ATTENTION = "Nothing needs attention.\n\n! shows all."


def needs_attention(row: Row) -> bool:
    """Whether ``!`` leaves it in view."""
    return row.attention is not Attention.NONE


def wants_a_look(run: RunSnapshot | None) -> bool:
    """Whether a run needs attention until somebody opens it."""
    return run is not None and not run.live and run.verdict in (Verdict.FAILED, Verdict.WARNINGS)


def is_unseen(run: RunSnapshot | None, *, was_opened: bool) -> bool:
    """Whether a run needs attention and has had none, in this session or, by the journal, before."""
    return run is not None and wants_a_look(run) and not (run.seen or was_opened)


def newest_of(ours: RunSnapshot | None, known: RunSnapshot | None) -> RunSnapshot | None:
    """Return the newer of this session's run and the newest one in the history.

    This session's run may be an old one that somebody opened.
    """
    if ours is None or known is None:
        return ours or known
    if ours.live or ours.started_at is None or known.started_at is None:
        return ours
    return ours if ours.started_at >= known.started_at else known


def cause_of(reason: str) -> str:
    """A reason cut to its cause, for a narrow cell: the failed action's name is dropped.

    The symbol says that it failed; the line below the list gives the whole reason.
    """
    _action, failed, cause = reason.partition(" failed: ")
    return cause if failed and cause else reason


def night_words(summary: Summary, progress: Progress, now: datetime, *, wide: bool) -> str:
    """``since 22:15 yesterday: 26 runs, 1 failed, 3 with warnings, 1 running``, and how much was read."""
    counts = [text.plural(summary.runs, "run")]
    if summary.failed:
        counts.append(f"{summary.failed:,} failed")
    if summary.warnings:
        counts.append(f"{summary.warnings:,} {'with ' if wide else ''}warnings")
    if summary.running:
        counts.append(f"{summary.running:,} running")
    if summary.unknown:
        counts.append(f"{summary.unknown:,} unknown")
    since = text.ago(summary.since, now) if wide else text.ago(summary.since, now).split()[-1]
    looked = "" if progress.whole or not progress.words else f" · {progress.words}"
    if progress.whole and progress.by == "guard":
        looked = " · guarded"  # no time: it would repaint while nothing changes
    return f"since {since}: {', '.join(counts)}{looked}"
