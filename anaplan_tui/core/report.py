"""The JSON output of the commands (``--json``): its members are a contract with scripts.

The document of a run is in ``run_document``. All times are ISO 8601 UTC; absent values are null.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from anaplan_tui.api.clean import spell_bytes
from anaplan_tui.api.refs import DumpRef
from anaplan_tui.core.catalog import CatalogItem, ModelItem, TaskItem, WorkspaceItem
from anaplan_tui.core.run_document import (
    Document,
    action_document,
    iso,
    listing,
    rounded,
    run_document,
    to_json,
    to_json_line,
)
from anaplan_tui.core.snapshots import DownloadSnapshot, Origin, RunSnapshot, Send, UploadSnapshot, Verified

if TYPE_CHECKING:
    from anaplan_tui.core.doctor.checks import Check
    from anaplan_tui.core.dumps.recorded import Checked
    from anaplan_tui.core.history.busy import Busy
    from anaplan_tui.core.history.progress import Progress
    from anaplan_tui.core.journal.journal import JournalRun, SavedFile, Wanted
    from anaplan_tui.core.play import Play, PlayStep
    from anaplan_tui.core.runbooks.plan import Plan
    from anaplan_tui.core.triage import Change, Comparison, Group, Summary
    from anaplan_tui.core.uploads.prepared import Prepared

__all__ = [
    "Document",
    "action_document",
    "busy_document",
    "check_document",
    "checked_document",
    "comparison_document",
    "download_document",
    "history_document",
    "iso",
    "journal_document",
    "listing",
    "model_document",
    "plan_document",
    "play_document",
    "row_document",
    "run_document",
    "target_document",
    "task_document",
    "to_json",
    "to_json_line",
    "triage_document",
    "upload_document",
    "verified_document",
    "workspace_document",
]


def busy_document(found: "Busy") -> Document:
    """The tasks that run in a model; ``busy`` is null where the service does not say."""
    return {
        "busy": found.busy,
        "what": found.state.what or None,
        "since": iso(found.tasks[0].since if found.tasks else found.state.since),
        "lists_read": found.looked.lists,
        "lists": found.looked.of,
        "items": [
            {
                "task_id": task.run.task_id,
                "kind": task.run.target.kind.value,
                "id": task.run.target.id,
                "name": task.run.name,
                "state": task.run.state,
                "progress": task.run.progress,
                "since": iso(task.since),
                "origin": task.origin.value,
                "by": task.by or None,
            }
            for task in found.tasks
        ],
    }


def row_document(runs: Iterable[RunSnapshot], not_run: "Iterable[tuple[CatalogItem, str]]" = ()) -> Document:
    """Runs one after another; a target not run because of an earlier one has a null ``error``."""
    return {
        **listing(run_document(run) for run in runs),
        "not_run": [
            {"kind": item.ref.kind.value, "id": item.id, "name": item.name, "error": error or None}
            for item, error in not_run
        ],
    }


def journal_document(run: "JournalRun", wanted: Iterable["Wanted"] = ()) -> Document:
    """A run of the journal: the run, who started it and how, its files, and the downloads still wanted."""
    here = run.summary.origin is Origin.HERE
    return {
        **run_document(run.snapshot()),
        "run_id": run.run_id,
        "profile": run.intent.profile,
        "service": run.intent.host,
        "user": run.who.user if here else run.summary.started_by,
        "host": run.who.process.machine if here else None,
        "pid": run.who.process.pid if here else None,
        "recorded_at": iso(run.created_at),
        "origin": run.summary.origin.value,
        "adopted": run.adopted and here,
        "parameters": dict(run.intent.parameters),
        "files": [_file_document(file) for file in run.files],
        "wanted": [
            {
                "kind": wish.asked.value,
                "object_id": wish.object_id,
                "name": wish.name,
                "path": str(wish.target),
                "paused": wish.paused,
            }
            for wish in wanted
            if wish.run_id == run.run_id
        ],
    }


def history_document(since: datetime, progress: "Progress", runs: Iterable[RunSnapshot]) -> Document:
    """All users' runs since a moment, each with its origin, and how many lists were read for them."""
    return {
        "since": iso(since),
        "lists_read": progress.lists,
        "lists": progress.of,
        "items": [{**run_document(run), "origin": run.origin.value} for run in runs],
    }


def _file_document(file: "SavedFile") -> Document:
    return {
        "kind": "output" if file.task_id is None else "dump",
        "object_id": file.object_id,
        "name": file.name,
        "path": str(file.path),
        "bytes": file.bytes,
        "sha256": file.sha256,
        "chunks": file.chunks,
        "saved_at": iso(file.saved_at),
        "on_disk": file.on_disk.value,
    }


def download_document(download: DownloadSnapshot) -> Document:
    """A fetched dump or file, or why it was not fetched."""
    source = download.source
    object_id = source.object_id if isinstance(source, DumpRef) else source.file_id
    return {
        "object_id": object_id,
        "name": download.name,
        "path": str(download.path) if download.path else None,
        "bytes": download.bytes_done if download.path else None,
        "sha256": download.sha256,
        "chunks": download.chunks_total if download.path else None,
        "error": None if download.path else (download.problem or "not downloaded"),
    }


def verified_document(verified: Verified) -> Document:
    """A dump on disk compared with the service's: ``verified`` is same, different, gone, or null."""
    return {
        **download_document(verified.download),
        "verified": verified.match.value if verified.match else None,
        "different_chunk": verified.different_at,
        "error": verified.problem or None,
    }


def checked_document(checked: "Checked") -> Document:
    """A file on disk compared with what was recorded when it was fetched."""
    return {
        "path": str(checked.path),
        "verified": checked.holds.value,
        "bytes": checked.bytes,
        "sha256": checked.sha256,
        "recorded": [{"by": r.by, "bytes": r.bytes, "sha256": r.sha256} for r in checked.recorded],
        "error": checked.problem or None,
    }


def upload_document(prepared: "Prepared", sent: UploadSnapshot) -> Document:
    """An uploaded local file, its differences from what its import expects, or why it was not sent."""
    source = prepared.source
    done = sent.state is Send.DONE
    return {
        "file_id": sent.file.file_id,
        "name": sent.name,
        "path": str(sent.source),
        "bytes": sent.bytes_total,
        "chunks": sent.chunks_total,
        "columns": source.columns,
        "encoding": source.encoding,
        "replaces": prepared.replaces,
        "warnings": [*prepared.obstacles, *prepared.doubts],
        "uploaded": done,
        "note": sent.note or None,
        "error": None if done else (sent.problem or "not uploaded"),
    }


def target_document(item: CatalogItem) -> Document:
    """A process, import, export or other action of ``--json`` lists."""
    return {
        "id": item.id,
        "name": item.name,
        "type": item.detail or None,
        "data_source_id": item.data_source_id,
        "last_verdict": item.last.verdict.value if item.last and item.last.verdict else None,
        "last_run_at": iso(item.last.at) if item.last else None,
        "usual_s": rounded(item.usual_s),
    }


def workspace_document(item: WorkspaceItem) -> Document:
    """A workspace of ``workspaces --json``."""
    return {"id": item.id, "name": item.name}


def model_document(item: ModelItem) -> Document:
    """A model of ``models --json``."""
    return {
        "id": item.id,
        "name": item.name,
        "workspace_id": item.ref.workspace_id or None,
        "workspace_name": item.workspace_name or None,
        "state": item.state or None,
        "obstacle": item.obstacle or None,
    }


def task_document(item: TaskItem) -> Document:
    """A line of the service's task history."""
    return {
        "task_id": item.task_id,
        "state": item.state,
        "created_at": iso(item.created_at),
        "run_id": item.run_id,
        "origin": item.origin.value,
        "verdict": item.verdict.value if item.verdict else None,
        "reason": item.reason or None,
        "duration_s": rounded(item.duration_s),
    }


def triage_document(summary: "Summary") -> Document:
    r"""A dump grouped by error; ``line`` is the line number in the source, header included.

    Bytes that are not text are spelled out, ``Caf\xE9``; ``without_text`` counts the cells that hold some.
    """
    return {
        "rows": summary.rows,
        "rejected": summary.rejected,
        "warnings": summary.warnings,
        "unclear": summary.unclear,
        "cut_off": summary.cut_off or None,
        "without_text": {
            "cells": summary.without_text.count,
            "first": [
                {"line": place.line, "column": spell_bytes(place.column), "value": spell_bytes(place.value)}
                for place in summary.without_text.first
            ],
        },
        "groups": [
            {
                "error": spell_bytes(group.error),
                "rows": group.rows,
                "also": group.also,
                "status": group.status,
                "column": None if group.column is None else spell_bytes(group.column),
                "top_values": [
                    {"value": spell_bytes(value), "rows": rows} for value, rows in group.top_values
                ],
                "examples": [{"line": line, "value": spell_bytes(value)} for line, value in group.examples],
            }
            for group in summary.groups
        ],
    }


def comparison_document(old: "Summary", change: "Comparison") -> Document:
    """What changed since an older dump; groups whose number of rows is unchanged are left out."""

    def groups(listed: "Sequence[Group]") -> list[Document]:
        return [
            {"error": spell_bytes(g.error), "status": g.status, "rows": g.rows, "also": g.also}
            for g in listed
        ]

    def changes(listed: "Sequence[Change]") -> list[Document]:
        return [
            {"error": spell_bytes(c.error), "rows": c.new_rows, "rows_before": c.old_rows} for c in listed
        ]

    return {
        "rows_before": old.rows,
        "new": groups(change.new),
        "gone": groups(change.gone),
        "grown": changes(change.grown),
        "shrunk": changes(change.shrunk),
    }


def check_document(check: "Check") -> Document:
    """One check of the doctor."""
    return {
        "name": check.name,
        "finding": check.finding.value,
        "said": check.said,
        "advice": check.advice or None,
    }


def play_document(play: "Play", runs: "Mapping[str, RunSnapshot]") -> Document:
    """A play of a runbook; ``runs`` holds the runs of its steps by id."""
    return {
        "runbook": play.name,
        "verdict": play.verdict.value if play.verdict else None,
        "reason": play.reason or None,
        "steps": [_play_step_document(step, runs.get(step.run_id or "")) for step in play.steps],
    }


def _play_step_document(step: "PlayStep", run: RunSnapshot | None) -> Document:
    file = step.file
    return {
        "number": step.number,
        "step": step.label,
        "does": step.does,
        "target": step.target,
        "stage": step.stage.value,
        "verdict": step.verdict.value if step.verdict else None,
        "reason": step.reason or None,
        "run": run_document(run) if run else None,
        "file": {"path": str(file.path), "bytes": file.bytes, "sha256": file.sha256} if file else None,
    }


def plan_document(plan: "Plan") -> Document:
    """What a play would do (``--dry-run``), in the shape of a play's document."""
    steps = [
        {
            "number": step.number,
            "step": step.label,
            "does": step.step.does,
            "target": step.target,
            "stage": "waiting",
            "verdict": None,
            "reason": None,
            "run": None,
            "file": None,
            "would": list(step.says),
        }
        for step in plan.steps
    ]
    return {"runbook": plan.score.name, "dry_run": True, "verdict": None, "reason": None, "steps": steps}
