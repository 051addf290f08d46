"""Literal snapshots, as a demo run leaves them, for tests of wording and appearance."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from anaplan_tui.api.refs import DumpRef, Kind, ModelRef, TargetRef, TaskRef
from anaplan_tui.core.snapshots import (
    Action,
    Contact,
    Counts,
    DownloadSnapshot,
    Dump,
    Fetch,
    Message,
    Phase,
    RunSnapshot,
    Step,
    Verdict,
)

NOW = datetime(2026, 11, 22, 3, 10, 20, tzinfo=UTC)
STARTED = NOW - timedelta(seconds=18)
TARGET = TargetRef(
    ModelRef("8a81b09d5e8c6f27015ece3402487d33", "9C4E0B6A2D1F48F3A7B5C6D7E8F90A1B"),
    Kind.PROCESS,
    "118000000042",
)
TASK_ID = "3C50F8D2A1B94E6F8C7D0A1B2C3D4E5F"

_PLANNED = (
    Action("112000000101", "Products from products.csv", "import", Step.PASSED),
    Action("112000000102", "Sales from sales.csv", "import", Step.RUNNING),
    Action("112000000103", "Regions from regions.csv", "import"),
    Action("116000000001", "Sales - Revenue.csv", "export"),
    Action("117000000001", "Delete from Products", "delete"),
)
LIVE = RunSnapshot(
    run_id="run-live",
    target=TARGET,
    name="Nightly load",
    workspace_name="Supply Chain",
    model_name="Demand plan",
    phase=Phase.RUNNING,
    task_id=TASK_ID,
    state="IN_PROGRESS",
    current_step="Importing Sales from sales.csv",
    progress=0.43,
    started_at=STARTED,
    began=STARTED,
    usual_s=38.0,
    actions=_PLANNED,
    contact=Contact(last_at=NOW - timedelta(seconds=1), next_look_at=NOW + timedelta(seconds=4)),
)
FAILED = RunSnapshot(
    run_id="run-failed",
    target=TARGET,
    name="Nightly load",
    workspace_name="Supply Chain",
    model_name="Demand plan",
    phase=Phase.ENDED,
    task_id="7D10A4C2B9E84F6B8A3C5D7E9F1A2B3C",
    state="COMPLETE",
    verdict=Verdict.FAILED,
    reason="Regions from regions.csv failed: 77 of 90 rows rejected, 3 ignored; "
    "1,234 rows rejected in Sales from sales.csv; 5 rows ignored in Products from products.csv",
    progress=1.0,
    started_at=STARTED,
    ended_at=datetime(2026, 11, 22, 3, 10, 43, tzinfo=UTC),
    duration_s=41.2,
    usual_s=38.0,
    actions=(
        Action(
            "112000000101",
            "Products from products.csv",
            "import",
            Step.ENDED,
            Verdict.WARNINGS,
            "5 of 95 rows ignored",
            Counts(90, 0, 0, 5, 95),
            duration_s=1.2,
        ),
        Action(
            "112000000102",
            "Sales from sales.csv",
            "import",
            Step.ENDED,
            Verdict.WARNINGS,
            "1,234 of 5,234 rows rejected",
            Counts(4000, 0, 1234, 0, 5234),
            dump=Dump(True, Path("/dumps/Sales from sales.csv_112000000102.csv"), 764_587, "ab" * 32, 12),
            duration_s=22.0,
        ),
        Action(
            "112000000103",
            "Regions from regions.csv",
            "import",
            Step.ENDED,
            Verdict.FAILED,
            "77 of 90 rows rejected, 3 ignored: Invalid parent (76), Invalid name: Region (1)",
            Counts(10, 0, 77, 3, 90),
            (
                Message(
                    "hierarchyRowsProcessedWithFailures",
                    "Regions: 10 (0/10) rows successful, 77 failed, 3 ignored ",
                    0,
                    (("hierarchyName", "Regions"), ("failedCount", "77"), ("serverAlert", None)),
                ),
                Message("hierarchyImportInvalidParent", "Invalid parent", 76, (("row", "151"),)),
                Message("somethingNew", "[/b] a message of a kind nobody knows", 0),
            ),
            Dump(True),
            started_at=STARTED + timedelta(seconds=24),
            duration_s=4.1,
        ),
        Action(
            "116000000001", "Sales - Revenue.csv", "export", Step.ENDED, Verdict.COMPLETED, duration_s=9.0
        ),
        Action(
            "117000000001", "Delete from Products", "delete", Step.ENDED, Verdict.COMPLETED, duration_s=0.3
        ),
    ),
    contact=Contact(last_at=NOW),
)


def _source(object_id: str) -> DumpRef:
    return DumpRef(TaskRef(TARGET, TASK_ID), object_id)


DOWNLOADS = (
    DownloadSnapshot(
        "d-2",
        _source("112000000102"),
        "Sales from sales.csv",
        Path("/dumps/Sales from sales.csv_112000000102.csv"),
        state=Fetch.FETCHING,
        bytes_done=84_000_000,
        bytes_total=120_000_000,
        chunks_done=8,
        chunks_total=12,
        rate=9_100_000.0,
        left_s=4.0,
    ),
    DownloadSnapshot(
        "d-3",
        _source("112000000104"),
        "Big dump",
        Path("/dumps/Big dump_112000000104.csv"),
        state=Fetch.WAITING,
        bytes_done=30_000_000,
        chunks_done=3,
        chunks_total=90,
        retry_in_s=12.0,
        problem="Anaplan asks to wait 12 s",
    ),
    DownloadSnapshot(
        "d-4",
        _source("112000000105"),
        "Regions from regions.csv",
        Path("/dumps/Regions from regions.csv_112000000105.csv"),
        state=Fetch.FAILED,
        chunks_total=1,
        problem="The dump is gone: a later run of the process replaced it.",
    ),
    DownloadSnapshot(
        "d-1",
        _source("112000000101"),
        "Products from products.csv",
        Path("/dumps/Products from products.csv_112000000101.csv"),
        state=Fetch.DONE,
        bytes_done=764_587,
        bytes_total=764_587,
        total_is_exact=True,
        chunks_done=1,
        chunks_total=1,
        path=Path("/dumps/Products from products.csv_112000000101.csv"),
        sha256="ab" * 32,
    ),
)
