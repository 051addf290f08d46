"""Runs as they are reported to the journal: intended, running, ended."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from anaplan_tui.api.refs import DumpRef, FileRef, Kind, ModelRef, TargetRef
from anaplan_tui.core.journal.journal import Journal, RunIntent
from anaplan_tui.core.snapshots import (
    DownloadSnapshot,
    Phase,
    RunSnapshot,
    Verdict,
)

MODEL = ModelRef("8a81", "AB12")
TARGET = TargetRef(MODEL, Kind.PROCESS, "118000000001")
OTHER = TargetRef(MODEL, Kind.IMPORT, "112000000001")
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def intent(run_id: str = "r1", target: TargetRef = TARGET, profile: str = "prod") -> RunIntent:
    return RunIntent(
        run_id,
        profile,
        "https://api.anaplan.com",
        target,
        "Nightly load",
        workspace_name="Supply Chain",
        model_name="Demand plan",
        parameters={"Region": "UK", "Währung": "€"},
        known_tasks=("T0", "T00"),
        server_time=NOON,
    )


def running(run_id: str = "r1", target: TargetRef = TARGET) -> RunSnapshot:
    return RunSnapshot(
        run_id,
        target,
        "Nightly load",
        workspace_name="Supply Chain",
        model_name="Demand plan",
        phase=Phase.RUNNING,
        task_id=f"T-{run_id}",
        state="IN_PROGRESS",
        started_at=NOON,
        progress=0.25,
    )


def ended(run_id: str = "r1", target: TargetRef = TARGET, **changes: object) -> RunSnapshot:
    whole = replace(
        running(run_id, target),
        phase=Phase.ENDED,
        state="COMPLETE",
        verdict=Verdict.COMPLETED,
        progress=1.0,
        ended_at=NOON + timedelta(seconds=41.2),
        duration_s=41.2,
        raw={"taskState": "COMPLETE", "result": {"successful": True}},
    )
    return replace(whole, **changes)  # type: ignore[arg-type]  # names and values from the tests below


def run_to_end(journal: Journal, run_id: str, target: TargetRef = TARGET, **changes: object) -> None:
    journal.intend(intent(run_id, target))
    journal.started(run_id, f"T-{run_id}", adopted=False)
    journal.observed(ended(run_id, target, **changes))


def download(ref: DumpRef | FileRef, path: Path, run_id: str | None = None) -> DownloadSnapshot:
    return DownloadSnapshot(
        "d1", ref, "Sales", path, run_id=run_id, bytes_done=12, chunks_total=2, path=path, sha256="ab"
    )
