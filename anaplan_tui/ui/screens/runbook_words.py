"""The words of runbooks and their plays: pure functions of their values."""

from dataclasses import dataclass
from datetime import datetime

from textual.content import Content

from anaplan_tui.core import text
from anaplan_tui.core.journal.journal import PlayRecord
from anaplan_tui.core.play import Course, Play, PlayStep, Stage
from anaplan_tui.core.runbooks.shelf import Book, to_go_on
from anaplan_tui.core.snapshots import DownloadSnapshot, RunSnapshot, UploadSnapshot
from anaplan_tui.ui.words import BAD, LIVE, MUTED, WARN, join, marked, verdict_words

STOPS_WITH_THE_APP = "Closing the app stops the play; opened again, it offers to go on."

Moving = RunSnapshot | UploadSnapshot | DownloadSnapshot
"""The snapshot that a step follows while it is played."""


@dataclass(frozen=True, slots=True)
class BookLine:
    """A runbook of the list, with its newest play."""

    book: Book
    play: Play | None = None
    by: str = ""
    """Which other process plays it now; empty when none does."""


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step of the list, with its snapshot while it is played."""

    step: PlayStep
    moving: Moving | None = None
    play_is_over: bool = True


def elsewhere(record: PlayRecord | None, here: Play | None) -> str:
    """Which other process plays a runbook now; empty when none or this one does."""
    if record is None or not record.alive or (here is not None and here.live):
        return ""
    return f"process {record.who.pid} on {record.who.machine}"


def play_words(line: BookLine) -> Content:
    """How far a runbook's newest play has got, or how it ended."""
    play = line.play
    if line.book.problem:
        return marked(("✗", "cannot be read"), BAD)
    if play is None:
        return Content.styled("not played yet", MUTED)
    if play.live:
        step = play.current
        where = play.place_of(step) if step is not None else "playing"
        return marked(("▶", where), LIVE)
    left = to_go_on(play)
    if play.course is Course.STOPPED and left is not None and not left.stops:
        return marked(("⊘", f"stopped at step {left.number}"), WARN)
    if play.verdict is None:
        return Content.styled("nothing played", MUTED)
    said = verdict_words(play.verdict)
    return join(said, Content.styled(play.place_of(left), MUTED)) if left is not None else said


def book_detail(line: BookLine) -> str:
    """The details that do not fit a line of the list."""
    if line.book.problem:
        return line.book.problem
    parts = [text.home(line.book.path)]
    if line.by:
        parts.append(f"played by {line.by}")
    if line.play is not None and line.play.reason:
        parts.append(line.play.reason)
    return ": ".join(parts) if len(parts) > 1 else parts[0]


def title_words(line: BookLine, now: datetime) -> Content:
    """How far a play has got and since when, for the right end of the title."""
    play = line.play
    if play is None or line.book.problem:
        return play_words(line)
    when = text.ago(play.began if play.live else play.ended or play.began, now)
    return join(play_words(line), Content.styled(f"since {when}" if play.live else when, MUTED))


def step_state(line: StepLine) -> Content:
    """A step's symbol and word, with its note."""
    step = line.step
    if step.stage is Stage.SKIPPED:
        return Content.styled("· left out", MUTED)
    if step.stage is Stage.WAITING:
        return Content.styled("· not played" if line.play_is_over else "· waiting", MUTED)
    if step.stage is Stage.PLAYING and line.play_is_over:
        return marked(("⊘", "stopped here"), WARN)
    if step.stage is Stage.PLAYING:
        return marked(("▶", _moving(line) or "under way"), LIVE)
    if step.verdict is None:
        return Content.styled("? unknown", WARN)
    return join(verdict_words(step.verdict), Content.styled(step_note(step), MUTED))


def step_note(step: PlayStep) -> str:
    """The reason of a step that has ended, else its file; may be empty."""
    if step.reason:
        return step.reason
    return f"{text.size(step.file.bytes)}, {text.home(step.file.path)}" if step.file is not None else ""


def step_time(line: StepLine, now: datetime) -> str:
    """How long a step took, or has taken so far."""
    step = line.step
    if step.began is None:
        return ""
    if step.stage is Stage.PLAYING and not line.play_is_over:
        return text.duration((now - step.began).total_seconds())
    return text.duration((step.ended - step.began).total_seconds()) if step.ended is not None else ""


def _moving(line: StepLine) -> str:
    moving = line.moving
    if isinstance(moving, RunSnapshot):
        parts = (text.percent(moving.progress), moving.current_step or moving.note)
        return "  ".join(part for part in parts if part)
    if moving is not None and moving.bytes_total:
        return f"{text.size(moving.bytes_done)} of {text.size(moving.bytes_total)}"
    return line.step.reason
