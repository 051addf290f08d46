"""A journal of an earlier version is migrated without loss; one of a later version is left alone."""

import contextlib
import os
import resource
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from anaplan_tui.core.journal import connection as journal_connection
from anaplan_tui.core.journal import migrations as journal_migrations
from anaplan_tui.core.journal.journal import Journal
from anaplan_tui.core.snapshots import Origin, Phase, Verdict
from tests.support.journal_sample import NIGHTLY, SALES
from tests.support.journal_writer import intent

JOURNALS = Path(__file__).parent / "journals"
OLD = sorted(JOURNALS.glob("version-*.db"))
FIRST = JOURNALS / "version-1.db"
FOR_EVER = 100_000
Rows = dict[str, list[dict[str, Any]]]


def look_at(path: Path) -> sqlite3.Connection:
    """Open a connection that leaves nothing beside the file, unless something is there already."""
    how = "mode=ro" if path.with_name(f"{path.name}-wal").exists() else "immutable=1"
    return sqlite3.connect(f"file:{path}?{how}", uri=True)


def rows_of(path: Path) -> Rows:
    """Return everything in a file, by table."""
    with closing(look_at(path)) as raw:
        raw.row_factory = sqlite3.Row
        names = [row[0] for row in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: [dict(row) for row in raw.execute(f"SELECT * FROM {name}")] for name in names}  # noqa: S608


def tables_of(path: Path) -> set[tuple[Any, ...]]:
    """Return columns and indexes as they are, not as their statements were written."""
    with closing(sqlite3.connect(path)) as raw:
        found: set[tuple[Any, ...]] = set()
        for kind, name, table in raw.execute("SELECT type, name, tbl_name FROM sqlite_master").fetchall():
            found.add((kind, name, table))
            if kind == "table":
                found |= {(name, *column) for column in raw.execute(f"PRAGMA table_info({name})")}
                found |= {(name, *key) for key in raw.execute(f"PRAGMA foreign_key_list({name})")}
        return found


def version_of(path: Path) -> int:
    with closing(look_at(path)) as raw:
        return int(raw.execute("PRAGMA user_version").fetchone()[0])


def has_all(now: Rows, before: Rows) -> bool:
    """Say whether every earlier row is still there, in every column it had."""
    return all(
        [{column: row[column] for column in old} for row, old in zip(now[table], rows, strict=True)] == rows
        for table, rows in before.items()
    )


def usable(journal: Journal) -> None:
    journal.intend(intent("fresh"))
    journal.started("fresh", "T1", adopted=False)
    assert "fresh" in [run.run_id for run in journal.live("prod")]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    shutil.copyfile(FIRST, tmp_path / "journal.db")
    return tmp_path / "journal.db"


def opened(path: Path) -> Journal:
    return Journal.open(path, keep_days=FOR_EVER)


def test_there_is_a_file_of_every_earlier_version() -> None:
    assert [file.stem for file in OLD] == [f"version-{n}" for n in range(1, journal_migrations.version())]
    assert [version_of(file) for file in OLD] == list(range(1, journal_migrations.version()))


@pytest.mark.parametrize("old", OLD, ids=lambda file: file.stem)
def test_an_earlier_journal_is_brought_up_without_loss(old: Path, tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    shutil.copyfile(old, path)
    before = rows_of(old)
    with opened(path) as journal:
        assert journal.notice is None
    assert version_of(path) == journal_migrations.version()
    assert has_all(rows_of(path), before)
    with Journal.open(tmp_path / "new.db"):
        pass
    assert tables_of(path) == tables_of(tmp_path / "new.db")


@pytest.mark.parametrize("old", OLD, ids=lambda file: file.stem)
def test_what_the_earlier_app_wrote_is_read(old: Path, tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    shutil.copyfile(old, path)
    with opened(path) as journal:
        assert {run.run_id: run.summary.phase for run in journal.recent(None)} == {
            "waits": Phase.WAITING,
            "starts": Phase.STARTING,
            "runs": Phase.RUNNING,
            "answer-lost": Phase.RUNNING,
            "ended": Phase.ENDED,
            "of-others": Phase.ENDED,
            "refused": Phase.NOT_STARTED,
            "unknown": Phase.UNKNOWN_START,
        }
        ended = journal.run("ended")
        assert ended is not None
        (action,) = ended.snapshot().actions
        assert (ended.summary.verdict, action.counts.failed) == (Verdict.WARNINGS, 2)
        assert action.dump.path is not None
        assert ended.snapshot().raw == {"result": {"successful": False, "details": ["é"]}}
        assert [wish.name for wish in journal.wanted("prod")] == ["Two", "Three"]
        assert journal.choice("prod", "sort") == {"by": "name", "reverse": True}
        assert journal.durations(NIGHTLY) == [41.2, 41.2]
        assert journal.last_parameters(SALES) == {"Region": "UK", "Währung": "€"}
        usable(journal)


def test_a_backup_is_beside_it_for_this_user_alone(path: Path) -> None:
    before = rows_of(path)
    with opened(path) as journal:
        usable(journal)
    backup = path.with_name("journal.db.version-1")
    with opened(path):
        pass
    assert list(path.parent.glob("journal.db.version-*")) == [backup]
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert rows_of(backup) == before
    assert version_of(backup) == 1


def test_a_backup_never_takes_the_place_of_another(path: Path) -> None:
    path.with_name("journal.db.version-1").write_text("of another journal, long ago")
    before = rows_of(path)
    with opened(path):
        pass
    assert path.with_name("journal.db.version-1").read_text() == "of another journal, long ago"
    assert rows_of(path.with_name("journal.db.version-1-2")) == before


def test_a_backup_goes_when_the_journal_keeps_nothing_so_old(path: Path) -> None:
    with opened(path):
        pass
    backup = path.with_name("journal.db.version-1")
    os.utime(backup, (0, 0))
    with Journal.open(path, keep_days=90):
        assert not backup.exists()


def test_the_first_apps_of_version_1_had_no_wanted_downloads_and_no_order_of_starts(path: Path) -> None:
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.executescript("DROP TABLE wanted; DROP INDEX runs_by_start")
    with opened(path) as journal:
        assert journal.notice is None
        assert journal.wanted("prod") == []
    with closing(sqlite3.connect(path)) as raw:
        plan = raw.execute(
            "EXPLAIN QUERY PLAN SELECT run_id FROM runs "
            "ORDER BY COALESCE(started_at, server_time, created_at) DESC LIMIT 3"
        ).fetchall()
    assert "runs_by_start" in str(plan), "newest first is read from an index"


def test_an_app_of_the_version_before_goes_on_with_a_file_that_was_brought_up(path: Path) -> None:
    columns = ", ".join(name for name in rows_of(path)["runs"][0] if name != "run_id")
    with closing(sqlite3.connect(path, isolation_level=None)) as before:
        before.execute("SELECT * FROM runs").fetchall()
        with opened(path) as journal:
            before.execute(
                f"INSERT INTO runs (run_id, {columns}) SELECT 'late', {columns} FROM runs "  # noqa: S608
                "WHERE run_id = 'runs'"
            )
            assert journal.run("late") is not None


def test_several_at_once_bring_it_up_once(path: Path) -> None:
    before = rows_of(path)
    code = (
        "import sys; from pathlib import Path; from anaplan_tui.core.journal.journal import Journal\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        f"with Journal.open(Path({str(path)!r}), keep_days={FOR_EVER}) as journal:\n"
        "    print(journal.notice, len(journal.recent(None)))"
    )
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    said = []
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    for racer in racers:
        said.append(racer.communicate()[0])
    assert said == ["None 8\n"] * 4
    assert has_all(rows_of(path), before)
    assert [file.name for file in path.parent.glob("journal.db.version*")] == ["journal.db.version-1"]


def test_a_kill_at_any_line_of_it_loses_nothing(tmp_path: Path) -> None:
    before = rows_of(FIRST)
    command = [sys.executable, "-m", "tests.support.journal_killed", str(FIRST), str(tmp_path)]
    kills = int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert kills > 100
    seen = set()
    for nth in range(1, kills + 1):
        path = tmp_path / str(nth) / "journal.db"
        seen.add(version_of(path))
        assert has_all(rows_of(path), before)
        with opened(path) as journal:
            assert journal.notice is None
        assert version_of(path) == journal_migrations.version()
        assert has_all(rows_of(path), before)
        (backup,) = path.parent.glob("journal.db.version*")
        assert (backup.name, rows_of(backup)) == ("journal.db.version-1", before)
    assert seen == {1, journal_migrations.version()}


def no_room(path: Path) -> bool:
    """Open a journal in a process whose files may not grow; return whether it said so and continued."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(path.with_name("room").read_text()), limits[1]))
    with opened(path) as journal:
        assert len(journal.recent(None)) == 8
        usable(journal)
        return journal.notice is not None


def test_a_full_disk_leaves_the_file_and_goes_on_in_memory(path: Path) -> None:
    before = rows_of(path)
    code = f"from {__name__} import *; print(no_room(Path({str(path)!r})))"
    said = {}
    for room in (0, 4096, 8192, 50_000, 1_000_000):
        path.with_name("room").write_text(str(room))
        done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
        said[room] = done.stdout == "True\n"
        if said[room]:
            assert rows_of(path) == before
            assert version_of(path) == 1
            assert list(path.parent.glob("journal.db.version*")) == []
    assert said == {0: True, 4096: True, 8192: True, 50_000: True, 1_000_000: False}


def test_a_disk_that_is_full_after_the_backup_leaves_the_file(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows_of(path)

    def big_step(sql: sqlite3.Connection) -> None:
        if sql.execute("PRAGMA database_list").fetchone()[2]:  # memory has room
            sql.execute("PRAGMA max_page_count = 1")  # no more than it has now
        sql.execute("CREATE TABLE big AS SELECT zeroblob(100000)")

    monkeypatch.setattr(journal_migrations, "STEPS", (*journal_migrations.STEPS, big_step))
    with opened(path) as journal:
        assert journal.notice is not None
        assert "full" in journal.notice
    assert version_of(path) == 1
    assert rows_of(path) == before


@pytest.fixture
def unprivileged() -> Iterator[Callable[[], None]]:
    """Give up the rights of root, who may write everywhere."""

    def drop() -> None:
        if os.geteuid() == 0:
            os.seteuid(65534)

    root = os.geteuid()
    yield drop
    os.seteuid(root)


@pytest.mark.parametrize("lock", [True, False])
def test_a_read_only_directory_gives_what_is_in_it(unprivileged: Callable[[], None], lock: bool) -> None:
    place = Path(tempfile.mkdtemp(dir="/tmp"))
    path = place / "journal.db"
    try:
        content = FIRST.read_bytes()
        path.write_bytes(content)
        if lock:
            path.with_name("journal.db.lock").touch(0o600)
        for made in (place, *place.iterdir()):
            os.chown(made, *((65534, 65534) if os.geteuid() == 0 else (-1, -1)))
        path.chmod(0o600)
        place.chmod(0o500)
        unprivileged()
        with opened(path) as journal:
            assert journal.notice is not None
            assert "only until the app ends" in journal.notice
            assert len(journal.recent(None)) == 8
            usable(journal)
        assert sorted(file.name for file in place.iterdir()) == ["journal.db", "journal.db.lock"][: 1 + lock]
        assert path.read_bytes() == content
    finally:
        with contextlib.suppress(PermissionError):
            os.seteuid(0)
        place.chmod(0o700)
        shutil.rmtree(place)


def test_a_step_that_fails_leaves_the_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = rows_of(path)

    def broken(sql: sqlite3.Connection) -> None:
        sql.execute("DELETE FROM runs")
        sql.execute("INSERT INTO nowhere VALUES (1)")

    monkeypatch.setattr(journal_migrations, "STEPS", (*journal_migrations.STEPS, broken))
    with pytest.raises(sqlite3.OperationalError):
        journal_connection.in_one(
            (raw := sqlite3.connect(path, isolation_level=None)), lambda: journal_migrations.bring_up(raw)
        )
    raw.close()
    assert version_of(path) == 1
    assert rows_of(path) == before


def newer(path: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """Raise the file to a version unknown to this app; return its content."""

    def later(sql: sqlite3.Connection) -> None:
        sql.execute("ALTER TABLE runs ADD COLUMN weather TEXT NOT NULL DEFAULT 'rain'")
        sql.execute("CREATE TABLE forecasts (forecast_id TEXT PRIMARY KEY)")
        sql.execute("INSERT INTO forecasts VALUES ('p1')")

    with monkeypatch.context() as patch:
        patch.setattr(journal_migrations, "STEPS", (*journal_migrations.STEPS, later))
        with opened(path):
            pass
    return path.read_bytes()


def test_a_newer_journal_is_left_as_it_is_and_what_it_says_is_known(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = newer(path, monkeypatch)
    with opened(path) as journal:
        assert journal.notice is not None
        assert "newer version" in journal.notice
        assert len(journal.recent(None)) == 8
        usable(journal)
    assert path.read_bytes() == content
    with opened(path) as journal:
        assert journal.notice is not None, "expected the notice each time"
        assert journal.run("fresh") is not None, "expected this version's runs to be kept"
    assert path.read_bytes() == content
    own = path.with_name(f"journal.version-{journal_migrations.version()}.db")
    assert stat.S_IMODE(own.stat().st_mode) == 0o600


def test_a_newer_journal_that_is_in_use_is_left_to_its_app(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer(path, monkeypatch)
    with closing(sqlite3.connect(path, isolation_level=None)) as app:
        app.execute("INSERT INTO forecasts VALUES ('p2')")
        log = path.with_name("journal.db-wal").read_bytes()
        with opened(path) as journal:
            usable(journal)
            app.execute("INSERT INTO forecasts VALUES ('p3')")
        assert path.with_name("journal.db-wal").read_bytes().startswith(log)
    assert [row["forecast_id"] for row in rows_of(path)["forecasts"]] == ["p1", "p2", "p3"]
    assert "fresh" not in [row["run_id"] for row in rows_of(path)["runs"]]


def test_a_newer_journal_of_which_nothing_is_understood_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.executescript("CREATE TABLE everything (is_different); PRAGMA user_version = 99")
    content = path.read_bytes()
    with opened(path) as journal:
        assert journal.notice is not None
        assert "newer version" in journal.notice
        usable(journal)
    assert path.read_bytes() == content


def test_where_the_runs_of_version_1_were_started(path: Path) -> None:
    with opened(path) as journal:
        origins = {run.run_id: run.summary.origin for run in journal.recent(None)}
        ours = {run.run_id for run in journal.recent(None) if run.surely_ours}
    assert origins.pop("of-others") is Origin.ELSEWHERE
    assert set(origins.values()) == {Origin.HERE}
    assert ours == origins.keys() - {"answer-lost"}
