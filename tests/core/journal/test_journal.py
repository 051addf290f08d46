"""What the journal keeps of a run, and its answers to queries."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from anaplan_tui.api.refs import DumpRef, FileRef, Kind, TaskRef
from anaplan_tui.core.journal.journal import AlreadyIntended, Journal
from anaplan_tui.core.journal.records import MAX_JSON_CHARACTERS, KnownTask, to_text
from anaplan_tui.core.snapshots import (
    Action,
    Counts,
    Dump,
    Message,
    Origin,
    Phase,
    Step,
    Verdict,
)
from tests.support.journals import MODEL, NOON, OTHER, TARGET, download, ended, intent, run_to_end, running

HOUR = timedelta(hours=1)
IN_MODEL = (MODEL, Kind.PROCESS)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    with Journal.open(path) as opened:
        yield opened


def test_an_intent_is_live_before_anything_was_sent(journal: Journal) -> None:
    journal.intend(intent())
    (run,) = journal.live("prod")
    assert run.intent == intent()
    assert run.summary.phase is Phase.STARTING
    assert run.summary.task_id is None
    assert run.who.process.alive
    assert journal.live("test") == []


def test_what_changed_is_noticed_also_after_the_clock_was_put_back(journal: Journal) -> None:
    journal.attached(intent(), "7A5C")
    journal._database.write(
        lambda sql: sql.execute("UPDATE runs SET updated_at = ?", (to_text(datetime.now(UTC) + HOUR),))
    )
    before = journal.mark_of(MODEL)
    journal.observed(ended())
    ended_ = journal.mark_of(MODEL)
    journal.mark_seen(["r1"])
    assert len({before, ended_, journal.mark_of(MODEL)}) == 3


def test_an_intent_is_accepted_once(journal: Journal) -> None:
    journal.intend(intent())
    with pytest.raises(AlreadyIntended, match="not sent again"):
        journal.intend(intent())


@pytest.mark.parametrize("outcome", ["started", "refused", "unknown_start", "observed"])
def test_a_run_with_an_outcome_cannot_be_started_again(journal: Journal, outcome: str) -> None:
    journal.intend(intent())
    match outcome:
        case "started":
            journal.started("r1", "T1", adopted=False)
        case "refused":
            journal.refused("r1", "the model is locked")
        case "unknown_start":
            journal.unknown_start("r1", ["T1", "T2"])
        case _:
            journal.observed(ended())
    with pytest.raises(AlreadyIntended):
        journal.intend(intent())


def test_a_planned_run_waits_and_is_then_intended(journal: Journal) -> None:
    journal.plan(replace(intent(), known_tasks=()))
    (run,) = journal.live("prod")
    assert run.summary.phase is Phase.WAITING
    journal.intend(intent())
    (run,) = journal.live("prod")
    assert run.summary.phase is Phase.STARTING
    assert run.intent.known_tasks == ("T0", "T00")
    with pytest.raises(AlreadyIntended):
        journal.plan(intent())


def test_the_task_id_is_kept_with_how_it_was_found(journal: Journal) -> None:
    journal.intend(intent())
    journal.started("r1", "T1", adopted=True)
    (run,) = journal.live("prod")
    assert (run.summary.task_id, run.adopted, run.summary.phase) == ("T1", True, Phase.RUNNING)
    found = journal.by_task("T1")
    assert found is not None
    assert found.run_id == "r1"
    assert journal.by_task("T2") is None


def test_a_task_of_somebody_else_is_attached_once(journal: Journal) -> None:
    journal.attached(intent(), "T1")
    (run,) = journal.live("prod")
    assert (run.summary.task_id, run.summary.phase) == ("T1", Phase.RUNNING)
    assert run.summary.origin is Origin.ELSEWHERE
    with pytest.raises(AlreadyIntended):
        journal.attached(intent(), "T2")
    assert [run.summary.task_id for run in journal.live("prod")] == ["T1"]


def test_a_refused_start_is_over(journal: Journal) -> None:
    journal.intend(intent())
    journal.refused("r1", "the model is archived")
    assert journal.live("prod") == []
    run = journal.run("r1")
    assert run is not None
    assert (run.summary.phase, run.summary.reason) == (Phase.NOT_STARTED, "the model is archived")


def test_an_unknown_start_keeps_its_candidates_until_one_is_chosen(journal: Journal) -> None:
    journal.intend(intent())
    journal.unknown_start("r1", ["T1", "T2"], "the answer was lost")
    run = journal.run("r1")
    assert run is not None
    assert (run.summary.verdict, run.summary.candidates) == (Verdict.UNKNOWN, ("T1", "T2"))
    assert not run.live
    journal.started("r1", "T2", adopted=True)
    (chosen,) = journal.live("prod")
    assert (chosen.summary.task_id, chosen.summary.verdict, chosen.summary.candidates) == ("T2", None, ())


def test_a_late_refusal_does_not_undo_a_known_task(journal: Journal) -> None:
    journal.intend(intent())
    journal.started("r1", "T1", adopted=False)
    journal.refused("r1", "too late")
    assert [run.summary.phase for run in journal.live("prod")] == [Phase.RUNNING]


def test_an_ended_run_comes_back_whole(journal: Journal) -> None:
    action = Action(
        "112000000001",
        "Sales from sales.csv",
        "import",
        step=Step.ENDED,
        verdict=Verdict.WARNINGS,
        reason="1,234 rows rejected",
        counts=Counts(ok=4000, failed=1234, total=5234),
        messages=(
            Message("hierarchyRowsProcessedWithFailures", "…", 3, (("hierarchyName", "Sales"), ("x", None))),
        ),
        dump=Dump(available=True),
        started_at=NOON,
        duration_s=3.5,
    )
    journal.intend(intent())
    journal.started("r1", "T-r1", adopted=False)
    last = ended(
        verdict=Verdict.WARNINGS, actions=(action,), cancelled_by="ops", cancel_requested=True, note="n"
    )
    journal.observed(last)
    run = journal.run("r1")
    assert run is not None
    assert run.snapshot() == last
    assert run.snapshot().raw == last.raw
    assert journal.live("prod") == []


def test_an_ended_run_stays_ended(journal: Journal) -> None:
    run_to_end(journal, "r1")
    journal.observed(running())
    journal.started("r1", "T9", adopted=True)
    run = journal.run("r1")
    assert run is not None
    assert (run.summary.phase, run.summary.verdict) == (Phase.ENDED, Verdict.COMPLETED)
    assert run.summary.task_id == "T-r1"


def test_states_are_written_once_each_and_progress_not_at_all(journal: Journal, path: Path) -> None:
    journal.intend(intent())
    for state in ("NOT_STARTED", "IN_PROGRESS"):
        journal.observed(replace(running(), state=state))
    with closing(sqlite3.connect(path)) as raw:
        before = raw.execute("PRAGMA data_version").fetchone()
        for percent in range(100):
            journal.observed(replace(running(), progress=percent / 100))
        assert raw.execute("PRAGMA data_version").fetchone() == before, "progress alone is not written"
        journal.observed(ended())
        seen = raw.execute("SELECT phase, state FROM states WHERE run_id = 'r1' ORDER BY rowid").fetchall()
    assert seen == [("running", "NOT_STARTED"), ("running", "IN_PROGRESS"), ("ended", "COMPLETE")]


def test_a_run_nobody_intended_is_not_invented(journal: Journal) -> None:
    journal.observed(ended())
    journal.started("r1", "T1", adopted=False)
    journal.refused("r1", "x")
    assert journal.recent(None) == []


def test_recent_is_newest_first_and_bounded(journal: Journal) -> None:
    for number in range(5):
        journal.intend(intent(f"r{number}", profile="prod" if number % 2 else "test"))
    assert [run.run_id for run in journal.recent(None, limit=3)] == ["r4", "r3", "r2"]
    assert [run.run_id for run in journal.recent("prod")] == ["r3", "r1"]


def attach_old(journal: Journal, run_id: str, began: datetime) -> None:
    """Attach to another user's task that ended long ago."""
    journal.attached(replace(intent(run_id), parameters={}, known_tasks=(), server_time=None), f"T-{run_id}")
    journal.observed(ended(run_id, started_at=began, ended_at=began + timedelta(seconds=9), duration_s=9.0))


def test_a_look_at_an_old_task_does_not_make_it_the_last_run(journal: Journal) -> None:
    run_to_end(journal, "new")
    attach_old(journal, "old", NOON - timedelta(hours=9))
    attach_old(journal, "older", NOON - timedelta(hours=11))
    last = journal.last_of_ours(TARGET)
    assert last is not None
    assert last.run_id == "new"
    assert [run.run_id for run in journal.recent("prod")] == ["new", "old", "older"]
    assert journal.durations(TARGET) == [41.2, 9.0, 9.0]
    before = journal.run_before(ended("new"))
    assert before is not None
    assert before.run_id == "old"


def test_a_run_that_has_not_begun_is_as_new_as_its_start(journal: Journal) -> None:
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    journal.plan(replace(intent("waits"), known_tasks=(), server_time=None))
    journal.intend(replace(intent("starting"), server_time=long_ago + timedelta(minutes=1)))
    run_to_end(journal, "ended", started_at=long_ago)
    assert [run.run_id for run in journal.recent("prod")] == ["waits", "starting", "ended"]


def test_durations_are_of_runs_of_that_target_that_ended_by_themselves(journal: Journal) -> None:
    run_to_end(journal, "r1", duration_s=10.0)
    run_to_end(journal, "r2", duration_s=20.0, verdict=Verdict.WARNINGS)
    run_to_end(journal, "r3", duration_s=1.0, verdict=Verdict.CANCELLED)
    run_to_end(journal, "r4", duration_s=2.0, verdict=Verdict.FAILED)
    run_to_end(journal, "r5", OTHER, duration_s=99.0)
    assert journal.durations(TARGET) == [2.0, 20.0, 10.0]
    assert journal.durations(TARGET, limit=1) == [2.0]


def test_parameters_last_used_are_of_the_last_run_that_had_any(journal: Journal) -> None:
    assert journal.last_parameters(TARGET) == {}
    journal.intend(replace(intent("r1"), parameters={"Region": "FR"}))
    journal.intend(replace(intent("r2"), parameters={}))
    journal.intend(replace(intent("r3", OTHER), parameters={"Region": "DE"}))
    assert journal.last_parameters(TARGET) == {"Region": "FR"}


def test_a_saved_dump_shows_in_its_run(journal: Journal, tmp_path: Path) -> None:
    action = Action("112000000001", "Sales", "import", Step.ENDED, dump=Dump(available=True))
    run_to_end(journal, "r1", actions=(action,))
    file = tmp_path / "sales.csv"
    ref = DumpRef(TaskRef(TARGET, "T-r1"), action.id)
    journal.dump_saved("r1", download(ref, tmp_path / "elsewhere.csv"))
    # A second time, as commands do, which know only the task.
    journal.dump_saved(None, download(ref, file))
    journal.dump_saved(None, download(ref, file))
    run = journal.run("r1")
    assert run is not None
    assert [saved.path.name for saved in run.files] == ["elsewhere.csv", "sales.csv"]
    assert run.snapshot().actions[0].dump == Dump(True, file, 12, "ab", 2)


def test_files_that_are_no_dumps(journal: Journal, tmp_path: Path) -> None:
    run_to_end(journal, "r1")
    journal.file_saved(download(FileRef(MODEL, "116000000001"), tmp_path / "out.xlsx", run_id="r1"))
    journal.file_saved(download(FileRef(MODEL, "116000000001"), tmp_path / "alone.xlsx"))
    run = journal.run("r1")
    assert run is not None
    (file,) = run.files
    assert (file.path, file.object_id, file.task_id) == (tmp_path / "out.xlsx", "116000000001", None)


def test_choices_are_remembered_per_profile(journal: Journal, path: Path) -> None:
    journal.remember("prod", "model", {"workspace": "w", "model": "m"})
    journal.remember("prod", "model", {"workspace": "w", "model": "m2"})
    journal.remember("test", "model", None)
    with Journal.open(path) as later:
        assert later.choice("prod", "model") == {"workspace": "w", "model": "m2"}
        assert later.choice("test", "model") is None
        assert later.choice("prod", "sort") is None


def test_what_json_can_bring_and_sqlite_cannot_hold(journal: Journal) -> None:
    journal.intend(replace(intent(), name="lone \ud800", parameters={"\udfff": "\0"}))
    raw = {"name": "\ud800", "big": 10**30, "nan": float("nan"), "deep": [[[{}]]]}
    message = Message("\ud800", "\x1b[2J", 10**30, (("k\ud800", None),))
    action = Action("1", "\ud800", "import", messages=(message,))
    journal.observed(ended(reason="\ud800", raw=raw, actions=(action,), duration_s=float("inf")))
    run = journal.run("r1")
    assert run is not None
    assert run.summary.name == "lone ?"
    assert run.snapshot().actions[0].messages[0].occurrences == 10**30
    assert journal.notice is None


def test_an_answer_beyond_measure_is_not_kept(journal: Journal) -> None:
    journal.intend(intent())
    journal.observed(ended(raw={"x": "y" * MAX_JSON_CHARACTERS}))
    run = journal.run("r1")
    assert run is not None
    assert (run.summary.verdict, run.snapshot().raw) == (Verdict.COMPLETED, None)


def test_old_runs_are_forgotten_but_none_that_may_go_on(path: Path) -> None:
    with Journal.open(path) as journal:
        for number in range(250):
            run_to_end(journal, f"old{number}")
        journal.intend(intent("old-live"))
        journal.file_saved(download(FileRef(MODEL, "116"), path.with_name("old.csv")))
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("UPDATE runs SET updated_at = '2020-01-01T00:00:00.000000+00:00'")
        raw.execute("UPDATE files SET saved_at = '2020-01-01T00:00:00.000000+00:00'")
    with Journal.open(path) as journal:
        run_to_end(journal, "new")
        assert {run.run_id for run in journal.recent(None)} == {"new", "old-live"}
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("SELECT count(*) FROM files").fetchone() == (0,)
        assert raw.execute("SELECT count(*) FROM states WHERE run_id LIKE 'old%'").fetchone() == (0,)


def test_the_file_is_kept_small_by_forgetting_the_oldest(path: Path) -> None:
    with Journal.open(path) as journal:
        journal.intend(intent("live"))
        for number in range(120):
            run_to_end(journal, f"r{number}", raw={"x": "y" * 50_000})
    assert path.stat().st_size > 5_000_000
    with Journal.open(path, max_mb=2) as journal:
        kept = [run.run_id for run in journal.recent(None)]
        assert path.stat().st_size < 2_100_000
    assert kept[-1] == "live"
    assert kept[:-1] == [f"r{number}" for number in range(119, 119 - len(kept) + 1, -1)]
    assert len(kept) > 5, "expected it to forget no more than it must"


def test_however_many_runs_there_are_the_same_statements_are_asked(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sqlite3 module caches prepared statements, and one with 2,000 placeholders is large."""
    asked: set[str] = set()
    read = journal._database.read

    def listened(query: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        asked.add(query)
        return read(query, values)

    monkeypatch.setattr(journal._database, "read", listened)
    for number in range(40):
        run_to_end(journal, f"r{number}")
        assert len(journal.recent("prod")) == len(journal.of_target(TARGET)) == number + 1
        assert len(journal.newest_in(MODEL, Kind.PROCESS)) == 1
    assert len(asked) == 6


def test_a_list_of_runs_brings_no_results_along(journal: Journal) -> None:
    run_to_end(journal, "r1", raw={"result": "x" * 1000})
    for found in (
        journal.recent("prod"),
        journal.of_target(TARGET),
        [*journal.newest_in(*IN_MODEL).values()],
    ):
        assert [(run.run_id, run.raw_json, run.actions_json) for run in found] == [("r1", None, None)]
        assert found[0].summary.verdict is Verdict.COMPLETED
    (whole,) = journal.recent("prod", with_results=True)
    assert whole.snapshot().raw == {"result": "x" * 1000}


def test_of_a_list_of_tasks_each_is_told_in_a_line(journal: Journal, path: Path) -> None:
    """Lists may be long: at every start, a thousand runs with their files briefly took 5 MB."""
    run_to_end(journal, "r1")
    run_to_end(journal, "r2")
    run_to_end(journal, "not listed")
    run_to_end(journal, "of another", OTHER)
    journal.intend(intent("unknown"))
    with closing(sqlite3.connect(path)) as sql, sql:
        sql.execute("UPDATE runs SET verdict = 'edited by hand' WHERE run_id = 'r2'")
    known = journal.known_tasks(TARGET, {"T-r1", "T-r2", "T-of another", "T5"})
    assert known == {"T-r1": KnownTask("r1", Origin.HERE, Verdict.COMPLETED, "", 41.2)}


def test_what_was_there_before_a_start_is_kept_until_its_task_has_ended(journal: Journal, path: Path) -> None:
    """Otherwise each run keeps the ids of all before it, and a list of runs loads them all."""
    journal.intend(intent("cut off"))
    journal.intend(intent("goes on"))
    journal.observed(running("goes on"))
    run_to_end(journal, "over")
    known = {run.intent.run_id: run.intent.known_tasks for run in journal.of_target(TARGET)}
    assert known == {"cut off": ("T0", "T00"), "goes on": (), "over": ()}
    assert [run.intent.known_tasks for run in journal.starting(TARGET)] == [("T0", "T00")]
    with closing(sqlite3.connect(path)) as sql:
        kept = dict(sql.execute("SELECT run_id, known_tasks <> '[]' FROM runs").fetchall())
    assert kept == {"cut off": True, "goes on": True, "over": False}


def test_the_last_run_of_each_target_that_is_over(journal: Journal) -> None:
    for number in range(3):
        run_to_end(journal, f"r{number}", started_at=NOON + timedelta(hours=number))
    run_to_end(journal, "import", OTHER)
    journal.intend(intent("goes-on"))
    journal.intend(intent("refused"))
    journal.refused("refused", "no")
    run_to_end(journal, "old", started_at=NOON - timedelta(hours=1))
    assert [run.run_id for run in journal.newest_in(*IN_MODEL).values()] == ["r2"]
    assert [run.run_id for run in journal.newest_in(MODEL, Kind.IMPORT).values()] == ["import"]
