"""A journal with every kind of record; ``-m tests.support.journal_sample FILE`` writes one.

``tests/core/journal/journals`` keeps one file of every version of the schema that was ever released. To add a
step to ``core.journal.migrations``, first write the file of the version before it, with the old code.
"""

import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock

from anaplan_tui.api.refs import DumpRef, FileRef, Kind, ModelRef, TargetRef, TaskRef
from anaplan_tui.core.journal import plays as journal_plays
from anaplan_tui.core.journal import wanted as journal_wanted
from anaplan_tui.core.journal import writes as journal_writes
from anaplan_tui.core.journal.journal import InForce, Journal, Owner, PlayRecord, RunIntent, Wanted
from anaplan_tui.core.journal.wanted import Asked
from anaplan_tui.core.liveness import ProcessId
from anaplan_tui.core.play import Play, PlayedFile, PlayStep, Stage
from anaplan_tui.core.snapshots import (
    Action,
    Counts,
    DownloadSnapshot,
    Dump,
    Fetch,
    Message,
    Origin,
    Phase,
    RunSnapshot,
    Step,
    Verdict,
)

MODEL = ModelRef("8a81", "AB12")
NIGHTLY = TargetRef(MODEL, Kind.PROCESS, "118000000001")
SALES = TargetRef(MODEL, Kind.IMPORT, "112000000001")
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DUMPS = Path("/home/ops/anaplan-dumps")
_WRITER = ProcessId("jump-host", 4711, "long ago")


def intent(run_id: str, target: TargetRef = NIGHTLY, *, sent: bool = True) -> RunIntent:
    """``sent``: with what was seen before the start, as our own runs have it and those of others do not."""
    return RunIntent(
        run_id,
        "prod",
        "https://api.anaplan.com",
        target,
        "Nightly load" if target == NIGHTLY else "Sales – Umsätze.csv",
        workspace_name="Supply Chain",
        model_name="Demand plan",
        parameters={"Region": "UK", "Währung": "€"} if sent else {},
        known_tasks=("T0", "T00") if sent else (),
        server_time=NOON if sent else None,
    )


def running(run_id: str, target: TargetRef = NIGHTLY) -> RunSnapshot:
    return RunSnapshot(
        run_id,
        target,
        "Nightly load",
        phase=Phase.RUNNING,
        task_id=f"T-{run_id}",
        state="IN_PROGRESS",
        started_at=NOON,
        progress=0.25,
        current_step="Importing …",
    )


def ended(run_id: str, target: TargetRef = NIGHTLY) -> RunSnapshot:
    action = Action(
        SALES.id,
        "Sales from sales.csv",
        "import",
        step=Step.ENDED,
        verdict=Verdict.WARNINGS,
        reason="Two rows were rejected.",
        counts=Counts(ok=3, failed=2, total=5),
        messages=(
            Message("hierarchyRowsProcessedWithFailures", "2 rows", 2, (("name", "Ü"), ("lone", None))),
        ),
        dump=Dump(available=True),
        started_at=NOON,
        duration_s=41.2,
    )
    return replace(
        running(run_id, target),
        phase=Phase.ENDED,
        state="COMPLETE",
        verdict=Verdict.WARNINGS,
        reason="1 of 1 actions rejected rows",
        progress=1.0,
        ended_at=NOON + timedelta(seconds=41.2),
        duration_s=41.2,
        actions=(action,),
        raw={"result": {"successful": False, "details": ["é"]}},
    )


def fill(journal: Journal) -> None:
    """Write every phase, every table, and every origin a run can have."""
    journal.plan(intent("waits"))
    journal.intend(intent("starts"))
    journal.intend(intent("runs"))
    journal.started("runs", "T-runs", adopted=False)
    journal.observed(running("runs"))
    journal.intend(intent("answer-lost"))
    journal.adopt("answer-lost", "T-answer-lost")
    journal.intend(intent("ended"))
    journal.started("ended", "T-ended", adopted=False)
    journal.observed(running("ended"))
    journal.observed(ended("ended"))
    journal.attached(intent("of-others", sent=False), "T-of-others")
    journal.observed(replace(ended("of-others"), origin=Origin.ELSEWHERE, started_by="Ana Planner"))
    journal.intend(intent("refused", SALES))
    journal.refused("refused", "The model is locked.")
    journal.intend(intent("unknown", SALES))
    journal.unknown_start("unknown", ["T8", "T9"], "The answer was lost.")
    dump = DumpRef(TaskRef(NIGHTLY, "T-ended"), SALES.id)
    folder = DUMPS / "Demand plan" / "Nightly load"
    journal.dump_saved(
        "ended",
        DownloadSnapshot(
            "d1",
            dump,
            "Sales from sales.csv",
            folder,
            state=Fetch.DONE,
            bytes_done=5,
            chunks_total=1,
            path=folder / "Sales.csv",
            sha256="ab" * 32,
            mtime_ns=1_000_000_000,
        ),
    )
    output = FileRef(MODEL, "116000000001")
    journal.file_saved(DownloadSnapshot("d2", output, "Targets.csv", DUMPS / "Targets.csv", bytes_done=7))
    journal.want([Wanted("ended", Asked.DUMP, "112000000002", folder / "two.csv", DUMPS, "Two", paused=True)])
    journal.want([Wanted("ended", Asked.OUTPUT, "116000000003", DUMPS / "three.csv", None, "Three")])
    journal.uploads.put(
        Owner("https://api.anaplan.com", "ops.bot@example.com"),
        InForce(
            FileRef(MODEL, "113000000001"),
            "sales.csv",
            "Demand plan",
            DUMPS / "corrected.csv",
            12,
            1,
            rows_exact=True,
            sent_at=NOON,
        ),
    )
    at = NOON.isoformat()
    steps = (
        PlayStep(
            1,
            "upload",
            "sales.csv",
            stage=Stage.ENDED,
            verdict=Verdict.COMPLETED,
            file=PlayedFile(DUMPS / "sales.csv", 5, "ab" * 32),
            began=NOON,
            ended=NOON,
        ),
        PlayStep(2, "run", "Nightly load", "load", Stage.PLAYING, run_id="runs", began=NOON),
        PlayStep(3, "wait", "idle"),
    )
    play = Play("play", str(DUMPS / "nightly.toml"), "Nächtlich", steps, began=NOON)
    record = PlayRecord(play, _WRITER, (("Version", "Actual"),), at)
    journal.plays.begin("prod", "https://api.anaplan.com", record)
    journal.plays.put_step("play", steps[1], "what it does")
    journal.remember("prod", "sort", {"by": "name", "reverse": True})


def write(path: Path) -> None:
    """Write the sample as a file of the schema's present version, with nobody's name in it."""
    with (
        mock.patch.object(journal_writes, "this_process", return_value=_WRITER),
        mock.patch.object(journal_wanted, "this_process", return_value=_WRITER),
        mock.patch.object(journal_plays, "this_process", return_value=_WRITER),
        mock.patch.object(journal_writes, "_user", return_value="ops"),
        Journal.open(path) as opened,
    ):
        fill(opened)
    path.with_name(f"{path.name}.lock").unlink()


if __name__ == "__main__":
    write(Path(sys.argv[1]).absolute())
