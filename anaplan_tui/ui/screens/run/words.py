"""The words of a run's screen: pure functions of its snapshot."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from textual.content import Content

from anaplan_tui.core import text
from anaplan_tui.core.downloads.retention import why_gone
from anaplan_tui.core.snapshots import (
    Action,
    DownloadSnapshot,
    Dump,
    Fetch,
    OnDisk,
    Phase,
    RunSnapshot,
    Verdict,
)
from anaplan_tui.core.verdict.compare import RunComparison
from anaplan_tui.core.verdict.details import is_file_gone, is_item_missing
from anaplan_tui.ui import commands as c
from anaplan_tui.ui.widgets.meter import meter
from anaplan_tui.ui.words import BAD, GOOD, LIVE, MUTED, STRONG, WARN, join, run_words

_PATIENT = 2
"""Failed polls in a row that are reported as an outage; one may be a hiccup."""

_LONGEST_BAR = 64
"""Cells; the bar's end and the percentage after it change at each poll, and all between them is sent."""

_LONG_SILENCE_S = 10.0
"""Silence before it is reported: a link that drops everything is silent for the whole read timeout."""


def headline(run: RunSnapshot, now: datetime, *, wide: bool) -> tuple[Content, Content]:
    """The state and the current step on the left, times on the right."""
    left = Content(" ") + run_words(run).stylize(STRONG)
    if run.live:
        return left + _doing(run), _times_of_live(run, now, wide=wide)
    return left, _times_of_ended(run, wide=wide)


def _doing(run: RunSnapshot) -> Content:
    where = text.step_of(run)
    doing = (run.current_step or "").strip()
    both = f"{where}: {doing}" if where and doing else where or doing
    return Content(f"   {both}") if both else Content()


def _times_of_live(run: RunSnapshot, now: datetime, *, wide: bool) -> Content:
    parts: list[str] = []
    if run.began is not None:
        elapsed = max((now - run.began).total_seconds(), 0.0)
        parts.append(text.seconds(elapsed) + _left(run, elapsed, wide=wide))
    look = run.contact.next_look_at
    if look is not None and wide and run.contact.failures < _PATIENT:
        due = (look - now).total_seconds()
        parts.append(f"next look in {text.seconds(due)}" if due >= 1 else "looking now")
    return Content("   ".join(parts) + " ")


def _left(run: RunSnapshot, elapsed: float, *, wide: bool) -> str:
    if run.usual_s is None:
        return ""
    left = run.usual_s - elapsed
    if left >= 1:
        return f", about {text.seconds(left)} left" if wide else f", ~{text.seconds(left)} left"
    usual = text.duration(run.usual_s)
    return f" (usually {usual})" if wide else f", usual {usual}"


def _times_of_ended(run: RunSnapshot, *, wide: bool) -> Content:
    parts: list[str] = []
    if run.duration_s is not None:
        usual = f" (usually {text.duration(run.usual_s)})" if run.usual_s is not None and wide else ""
        parts.append(text.duration(run.duration_s) + usual)
    if run.ended_at is not None:
        parts.append(f"ended {text.local_time(run.ended_at)}")
    return Content("   ".join(parts) + " ")


def progress_line(run: RunSnapshot, width: int) -> Content:
    """The bar with its percentage."""
    shown = text.percent(run.progress) or text.NOTHING
    return Content(" ") + meter(run.progress, min(max(width - 9, 10), _LONGEST_BAR)) + Content(f" {shown:>5}")


def reason_text(run: RunSnapshot, since: RunComparison | None = None) -> Content:
    """The reason, what changed since the run before, who cancelled it, and its note; may be empty."""
    lines: list[Content] = []
    if run.reason and not run.live:
        lines.append(Content(run.reason))
    if since is not None and since.changes and not run.live:
        said = "; ".join(change.words for change in since.changes)
        lines.append(Content.styled(f"Since the last run: {said}.", MUTED))
    if run.cancelled_by:
        lines.append(Content(f"Cancelled by {run.cancelled_by}."))
    if run.note:
        lines.append(Content.styled(run.note, WARN))
    return Content("\n").join(lines)


def after_line(
    run: RunSnapshot, downloads: Sequence[DownloadSnapshot], now: datetime, *, run_since: bool = False
) -> Content:
    """The bottom line: contact while the run is live, its dumps once it has ended.

    ``run_since``: the target was run again, which replaces the dumps of this run.
    """
    if run.live:
        return Content(" ") + _contact(run, now)
    dumps = [action.dump for action in run.actions if action.dump.available]
    if not dumps:
        return Content(" ") + _no_dumps(run)
    saved = sum(1 for dump in dumps if dump.saved)
    going = sum(1 for download in downloads if download.live)
    gone = sum(1 for dump in dumps if why_gone(dump, run, now, run_since=run_since)) if not going else 0
    failed = sum(1 for download in downloads if download.state is Fetch.FAILED)
    if saved == len(dumps):
        which = {1: "The dump is", 2: "Both dumps are"}.get(saved, f"All {saved} dumps are")
        return Content.styled(f" ✓ {which} on disk, exact.", GOOD)
    parts = [Content.styled(f" {saved} of {text.plural(len(dumps), 'dump')} on disk", WARN)]
    changed = _not_as_they_were(dumps)
    parts += changed
    if going:
        parts.append(Content.styled(f"{going} being fetched", LIVE))
    if gone:
        parts.append(Content.styled(f"{gone} gone; only a new run (r) makes new ones", BAD))
    elif failed:
        parts.append(Content.styled(f"{failed} failed ({c.DOWNLOADS.key} shows why)", BAD))
    if not going and changed and not gone:
        parts.append(Content.styled("D fetches again, beside", MUTED))
    elif not going and saved + gone < len(dumps):
        parts.append(Content.styled("D downloads them; kept 48 h, or until the next run", MUTED))
    return join(*parts, gap="; ")


def _not_as_they_were(dumps: Sequence[Dump]) -> list[Content]:
    """Counts of files that were whole and are now changed or gone."""
    counted = Counter(dump.on_disk for dump in dumps if dump.path is not None and not dump.saved)
    return [
        Content.styled(f"{number} {text.changed_since(on_disk)}", WARN) for on_disk, number in counted.items()
    ]


def file_is_gone(action: Action) -> bool:
    """Whether the import failed because the file that it reads is no longer there (service.md §5.7)."""
    return action.kind == "import" and any(
        is_file_gone(message.type, message.text) for message in action.messages
    )


def _contact(run: RunSnapshot, now: datetime) -> Content:
    contact = run.contact
    if contact.failures >= _PATIENT:
        silent = f" for {text.seconds((now - contact.last_at).total_seconds())}" if contact.last_at else ""
        again = ""
        if contact.next_look_at is not None:
            due = (contact.next_look_at - now).total_seconds()
            again = f", next try in {text.seconds(due)}" if due >= 1 else ", trying now"
        problem = f" ({contact.problem})" if contact.problem else ""
        return Content.styled(f"! No contact{silent}; the task goes on{again}{problem}", WARN)
    silence = _silence(run, now)
    if silence >= _LONG_SILENCE_S:
        return Content.styled(
            f"! No answer for {text.seconds(silence)}; the task goes on, still asking", WARN
        )
    if run.phase is Phase.WAITING:
        return Content.styled(
            "Not sent yet. x takes it out of the queue; opened again, the app asks before it goes on.", MUTED
        )
    if run.cancel_requested or run.state == "CANCELLING":
        return Content.styled(
            "The cancel is asked for; it may still complete. Earlier actions may stay applied.", WARN
        )
    if run.in_parts:
        said = "Closing the app stops this; opened again, it offers to go on."
        return Content.styled(said, WARN)
    said = "This goes on without you: closing the app or losing the link does not stop it."
    return Content.styled(said, MUTED)


def _silence(run: RunSnapshot, now: datetime) -> float:
    """Seconds that a poll has lasted without an answer or an error."""
    look = run.contact.next_look_at
    return (now - look).total_seconds() if look is not None and run.phase is Phase.RUNNING else 0.0


def _no_dumps(run: RunSnapshot) -> Content:
    if any(file_is_gone(action) for action in run.actions):
        again = f"{c.UPLOAD.key} uploads the file again, then runs it."
        return Content.styled(f"! A source file is gone: {again}", WARN)
    if any(is_item_missing(message.text) for action in run.actions for message in action.messages):
        return Content.styled(
            f"! An import asks for an item: {c.RUN.key}, then p, gives it one (Dimension=Item), "
            "then Enter runs it.",
            WARN,
        )
    if run.phase is Phase.UNKNOWN_START:
        return Content.styled(
            f"Nothing was sent a second time. "
            f"{c.CANDIDATES.key} shows which task it may be, before you run it again.",
            WARN,
        )
    if run.phase is Phase.NOT_STARTED:
        return Content.styled("Nothing runs in Anaplan because of this.", MUTED)
    if run.verdict is Verdict.UNKNOWN:
        return Content.styled("Whether it left dumps is not known.", MUTED)
    return _files_made(run) or Content.styled("No action left a dump.", MUTED)


def _files_made(run: RunSnapshot) -> Content:
    """The files that exports made, and the key that fetches them; empty when there are none."""
    made = [action for action in run.actions if action.output.available]
    if not made:
        return Content()
    saved = sum(action.output.saved for action in made)
    if saved == len(made):
        which = "The file is" if saved == 1 else f"All {saved} files are"
        return Content.styled(f"✓ {which} on disk, exact.", GOOD)
    if len(made) > 1 or len(run.actions) > 1:
        exported = text.plural(len(made), "exported file")
        said = f"{saved} of {exported} on disk: {c.DUMP.key} on an export fetches its file."
        return Content.styled(said, WARN)
    output = made[0].output
    if output.path is not None:
        was = "was" if output.on_disk is OnDisk.CHANGED else "is"
        said = f"! The file {was} {text.changed_since(output.on_disk)}: {c.DUMP.key} fetches it as it is now."
        return Content.styled(said, WARN)
    size = f", {text.size(output.bytes)}" if output.bytes is not None else ""
    return Content.styled(f"It made a file{size}: {c.DUMP.key} fetches it.", WARN)


def texts_to_copy(run: RunSnapshot, action: Action | None) -> Sequence[tuple[str, str]]:
    """What may be wanted elsewhere, each with its name: of the run and of the highlighted action."""
    texts = [("task id", run.task_id or ""), ("run's name", run.name), ("reason", run.reason)]
    if action is not None:
        said = next((m.text.strip() for m in action.messages if m.text.strip()), "")
        texts += [("action's name", action.name), ("action's id", action.id)]
        texts += [("action's reason", action.reason), ("message", said)]
        texts.append(("dump's path", str(action.dump.path) if action.dump.path else ""))
    return texts
