"""What of the catalog needs somebody, and the line that says what the night came to."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from anaplan_tui.core import text
from anaplan_tui.core.catalog import CatalogItem
from anaplan_tui.core.history.progress import Progress, Summary
from anaplan_tui.core.snapshots import RunSnapshot, Verdict


class Attention(IntEnum):
    """How much a line wants to be looked at: what comes first stands first."""

    RUNNING = 0
    FAILED = 1
    WARNINGS = 2
    NONE = 3


@dataclass(frozen=True, slots=True)
class Row:
    """An item, and its newest run, whoever started it."""

    item: CatalogItem
    run: RunSnapshot | None
    """``None`` where only :attr:`CatalogItem.last` is known of it."""
    now: datetime
    unseen: bool = False
    """It failed or has warnings, and nobody opened it since."""

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
    """Whether a run that nobody opened is marked as such."""
    return run is not None and not run.live and run.verdict in (Verdict.FAILED, Verdict.WARNINGS)


def is_unseen(run: RunSnapshot | None, *, was_opened: bool) -> bool:
    """Whether a run wants a look and got none: neither in this session nor, by the journal, before."""
    return run is not None and wants_a_look(run) and not (run.seen or was_opened)


def newest_of(ours: RunSnapshot | None, known: RunSnapshot | None) -> RunSnapshot | None:
    """The newer of a run of this session and the newest that the history knows.

    Somebody may look at an old one here.
    """
    if ours is None or known is None:
        return ours or known
    if ours.live or ours.started_at is None or known.started_at is None:
        return ours
    return ours if ours.started_at >= known.started_at else known


def cause_of(reason: str) -> str:
    """A reason for a narrow cell: why an action failed, before which one it was.

    The symbol says that it failed, and the line below the list says the whole.
    """
    _action, failed, cause = reason.partition(" failed: ")
    return cause if failed and cause else reason


def night_words(summary: Summary, progress: Progress, now: datetime, *, wide: bool) -> str:
    """``since 22:15 yesterday: 26 runs, 1 failed, 3 with warnings, 1 running``, and how far was looked."""
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
        looked = " · guarded"  # without a time: nothing is painted while nothing changes
    return f"since {since}: {', '.join(counts)}{looked}"
