"""Cancelling a run: whether it can be, and the question before it."""

from textual.content import Content

from anaplan_tui.core import text
from anaplan_tui.core.snapshots import Phase, RunSnapshot
from anaplan_tui.ui.place import Place
from anaplan_tui.ui.screens.dialog import Answer, Question
from anaplan_tui.ui.screens.why_not import HAS_ENDED
from anaplan_tui.ui.words import WARN


def why_no_cancel(run: RunSnapshot) -> str:
    """Why a run cannot be cancelled, as a sentence; empty when it can."""
    if not run.live:
        return HAS_ENDED
    if run.cancel_requested:
        return "The cancel is asked for already; Anaplan decides what comes of it."
    if run.in_parts:
        return "Its actions are tasks of their own: cancel the one under way in the runs (t)."
    return ""


def ask_to_cancel(place: Place, run: RunSnapshot) -> None:
    """Ask, then cancel the run."""

    def answered(cancel: bool | None) -> None:
        if cancel:
            place.jobs.runs.cancel(run.run_id)

    place.app.push_screen(cancel_question(run), answered)


def cancel_question(run: RunSnapshot) -> Question[bool]:
    """The question before a cancel; the focus is on letting it run."""
    if run.phase is Phase.WAITING:
        lines = ["It has not been sent; nothing runs yet."]
        return Question(
            f"Leave the queue with '{run.name}'?",
            lines,
            (Answer("Keep waiting", False, "n"), Answer("Leave the queue", True, "y")),
            changes_things=True,
        )
    whose = text.not_from_here(run)
    return Question(
        f"Cancel '{run.name}' on {run.model_name}?",
        (
            *((Content.styled(f"! {whose}", WARN),) if whose else ()),
            "Anaplan stops at the next point where it can; it may still complete.",
            "What earlier actions of a process changed may stay applied.",
        ),
        (Answer("Let it run", False, "n"), Answer("Cancel the run", True, "y")),
        changes_things=True,
    )
