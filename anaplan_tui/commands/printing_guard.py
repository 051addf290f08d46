"""Format a guard's events: one line each for people, one JSON object a line for programs."""

from typing import TYPE_CHECKING

from anaplan_tui.core.report import download_document
from anaplan_tui.core.run_document import Document, iso, run_document
from anaplan_tui.core.text import duration, local_stamp, run_mark, size

if TYPE_CHECKING:
    from anaplan_tui.core.history.guard import Event
    from anaplan_tui.core.snapshots import RunSnapshot

_LATE_S = 180.0


def event_document(event: "Event") -> Document:
    """``{"event", "at", "model", …}``, with a run's document, or for a dump the item of ``dumps --json``."""
    about: Document = {}
    if event.download is not None:
        about = download_document(event.download)
        if event.run is not None:
            about |= {"task_id": event.run.task_id, "process": event.run.name}
    elif event.run is not None:
        about = {**run_document(event.run), "origin": event.run.origin.value}
    elif event.progress is not None:
        about = {"lists_read": event.progress.lists, "lists": event.progress.of}
    elif event.said:
        about = {"problem": event.said}
    return {"event": event.kind.value, "at": iso(event.at), "model": event.model, **about}


def event_line(event: "Event") -> str:
    """Return an event as a line; empty for an event that only programs get.

    For example: ``03:11:02  ✗ failed  Nightly load: 2 of 5 actions failed``.
    """
    words = _words(event)
    return f"{event.at.astimezone():%H:%M:%S}  {words}" if words else ""


def _ended(event: "Event", run: "RunSnapshot") -> str:
    """Say when a run ended, if it is reported late."""
    ended = run.ended_at
    is_late = ended is not None and (event.at - ended).total_seconds() > _LATE_S
    return f", ended {local_stamp(ended)}" if is_late else ""


def _words(event: "Event") -> str:
    if event.download is not None:
        path = event.download.path
        whose = f"{event.run.name}: " if event.run is not None else ""
        if path is None:
            return f"! {whose}{event.download.name}: no dump: {event.download.problem or 'not downloaded'}"
        return f"↓ {whose}{path} ({size(event.download.bytes_done)})"
    if event.run is not None:
        symbol, word = run_mark(event.run)
        run = event.run
        took = f", {duration(run.duration_s)}" if run.duration_s is not None else ""
        return (
            f"{symbol} {word}  {run.name}{': ' + run.reason if run.reason else ''}{took}{_ended(event, run)}"
        )
    if event.said:
        return f"! contact lost: {event.said}"
    return "" if event.progress is not None else "contact is back"
