"""Whether a runbook can be played or stopped now: shared by the list and the screen of one runbook."""

from typing import TYPE_CHECKING

from anaplan_tui.ui.screens.runbook_words import BookLine

if TYPE_CHECKING:
    from anaplan_tui.ui.jobs.plays import PlayJobs


def why_no_play(line: BookLine) -> str:
    """Why a runbook cannot be played now; empty when it can."""
    book = line.book
    if book.problem:
        return book.problem
    if line.by:
        return f"It is being played by {line.by}. The command plays it all the same: play --force."
    if line.play is not None and line.play.live:
        return "It is being played; x stops it before its next step."
    return ""


def why_no_stop(line: BookLine | None, plays: "PlayJobs") -> str:
    """Why there is nothing to stop; empty when there is."""
    if line is not None and line.by:
        return f"It is being played by {line.by}; stop it there."
    if line is None or not plays.is_played_here(line.book.key):
        return "It is not being played."
    return ""
