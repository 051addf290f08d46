"""A run as JSON: for ``run.json``, for ``notify_command``, and as a part of most ``--json`` documents.

All times are ISO 8601 UTC; absent values are null.
"""

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from anaplan_tui.core.snapshots import Action, Counts, Message, RunSnapshot
from anaplan_tui.core.verdict.outcomes import actions_of

Document = dict[str, Any]


def iso(moment: datetime | None) -> str | None:
    """``2026-11-22T03:10:43.123Z``."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def run_document(run: RunSnapshot) -> Document:
    """Return everything known of a run."""
    return {
        "task_id": run.task_id,
        "kind": run.target.kind.value,
        "id": run.target.id,
        "name": run.name,
        "workspace_id": run.target.model.workspace_id or None,
        "model_id": run.target.model.model_id,
        "state": run.state,
        "verdict": run.verdict.value if run.verdict else None,
        "reason": run.reason or None,
        "started_at": iso(run.started_at),
        "ended_at": iso(run.ended_at),
        "duration_s": rounded(run.duration_s),
        "progress": run.progress,
        "current_step": run.current_step,
        "cancelled_by": run.cancelled_by,
        "note": run.note or None,
        "candidates": list(run.candidates),
        "actions": [action_document(a) for a in actions_of(run)],
    }


def action_document(action: Action) -> Document:
    """Return one action of a run; ``on_disk`` of a file is what the last check found, null without a file."""
    dump = action.dump
    output = action.output
    return {
        "id": action.id,
        "name": action.name,
        "kind": action.kind,
        "verdict": action.verdict.value if action.verdict else None,
        "reason": action.reason or None,
        "counts": _counts_document(action.counts),
        "more_counts": [_counts_document(counts) for counts in action.tallies[1:]],
        "messages": [
            {"type": m.type, "text": m.text, "occurrences": m.occurrences, "values": _values(m)}
            for m in action.messages
        ],
        "started_at": iso(action.started_at),
        "duration_s": rounded(action.duration_s),
        "dump": {
            "available": dump.available,
            "path": str(dump.path) if dump.path else None,
            "bytes": dump.bytes,
            "sha256": dump.sha256,
            "chunks": dump.chunks,
            "error": dump.error,
            "on_disk": dump.on_disk.value if dump.path else None,
        },
        "output": {
            "available": output.available,
            "path": str(output.path) if output.path else None,
            "bytes": output.bytes,
            "sha256": output.sha256,
            "error": output.error,
            "on_disk": output.on_disk.value if output.path else None,
        },
    }


def _counts_document(counts: Counts) -> Document:
    """Return the counts in one unit; ``unit`` is null when the service said nothing."""
    return {
        "ok": counts.ok,
        "warnings": counts.warnings,
        "failed": counts.failed,
        "ignored": counts.ignored,
        "total": counts.total,
        "invalid": counts.invalid,
        "unit": counts.unit.value if counts.said else None,
    }


def _values(message: Message) -> Document:
    """Return the pairs of a message as an object; a repeated key has the list of its values."""
    values: Document = {}
    repeated: set[str] = set()
    for key, value in message.values:
        if key not in values:
            values[key] = value
        elif key in repeated:
            values[key].append(value)
        else:
            values[key] = [values[key], value]
            repeated.add(key)
    return values


def listing(documents: Iterable[Document]) -> Document:
    """Return the shape of every list: ``{"items": […]}``."""
    return {"items": list(documents)}


_UNPRINTABLE = re.compile(r"[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")


def to_json(document: Document, *, ascii_only: bool = False) -> str:
    """Return one document as indented text that is safe to show in a terminal.

    JSON itself escapes C0 controls; other characters that a terminal would obey are escaped here.
    """
    text = json.dumps(document, indent=2, ensure_ascii=ascii_only)
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def to_json_line(document: Document) -> str:
    """Return one document as :func:`to_json` does, on one line."""
    text = json.dumps(document, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def rounded(seconds: float | None) -> float | None:
    """Round to the millisecond."""
    return None if seconds is None else round(seconds, 3)
