"""A journal file that cannot be used: set aside or done without, never fatal."""

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from anaplan_tui.core.journal import connection
from anaplan_tui.core.journal.journal import Journal
from anaplan_tui.core.snapshots import Phase, RunSnapshot
from tests.support.journal_writer import TARGET, intent


def filled(path: Path) -> None:
    """Write a journal of several pages, all of them in the file itself."""
    with Journal.open(path) as journal:
        for number in range(200):
            journal.intend(intent(f"r{number}"))


def truncated(path: Path) -> None:
    filled(path)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2 + 100)


def a_stump(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\0")


def random_bytes(path: Path) -> None:
    path.write_bytes(random.Random(3).randbytes(50_000))


def random_pages(path: Path) -> None:
    filled(path)
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(random.Random(4).randbytes(3 * 4096))


def a_directory(path: Path) -> None:
    path.mkdir()
    (path / "file").write_text("not ours to delete")


def another_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("CREATE TABLE songs (title TEXT)")


def tables_missing(path: Path) -> None:
    filled(path)
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("DROP TABLE states")


def usable(journal: Journal) -> None:
    journal.intend(intent("fresh"))
    journal.started("fresh", "T1", adopted=False)
    assert [run.run_id for run in journal.live("prod")] == ["fresh"]


DAMAGES = [truncated, a_stump, random_bytes, random_pages, a_directory, another_database, tables_missing]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_set_aside(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    path = tmp_path / "journal.db"
    damage(path)
    with Journal.open(path) as journal:
        assert journal.notice is not None
        assert "damaged" in journal.notice
        usable(journal)
    (aside,) = tmp_path.glob("journal.db.corrupt-????????T??????Z")
    assert str(aside) in journal.notice
    with Journal.open(path) as again:
        assert again.notice is None
        assert again.run("fresh") is not None


def test_damage_twice_in_a_second_keeps_both_files(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    for number in range(3):
        path.write_bytes(b"%d" % number * 5000)
        with Journal.open(path):
            pass
        path.unlink()
    kept = sorted(tmp_path.glob("journal.db.corrupt-*"))
    assert {file.read_bytes()[:1] for file in kept} == {b"0", b"1", b"2"}


def test_an_empty_file_is_a_beginning(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    path.touch()
    with Journal.open(path) as journal:
        assert journal.notice is None
        usable(journal)


def a_file_as_parent(tmp_path: Path) -> Path:
    (tmp_path / "state").write_text("")
    return tmp_path / "state" / "journal.db"


def a_link_elsewhere(tmp_path: Path) -> Path:
    (tmp_path / "other").write_text("precious")
    (tmp_path / "journal.db").symlink_to(tmp_path / "other")
    return tmp_path / "journal.db"


def a_place_for_everybody(tmp_path: Path) -> Path:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared").chmod(0o777)
    return tmp_path / "shared" / "journal.db"


@pytest.mark.parametrize("place", [a_file_as_parent, a_link_elsewhere, a_place_for_everybody])
def test_without_a_usable_place_it_lives_in_memory(tmp_path: Path, place: Callable[[Path], Path]) -> None:
    path = place(tmp_path)
    with Journal.open(path) as journal:
        assert journal.notice is not None
        assert "only until the app ends" in journal.notice
        usable(journal)
    if path.is_symlink():
        assert path.read_text() == "precious"


def test_a_full_disk_makes_it_go_on_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with Journal.open(path) as journal:
        journal.intend(intent("before"))
        journal._database._connection.execute("PRAGMA max_page_count = 1")
        for number in range(200):
            journal.intend(intent(f"r{number}"))
        assert journal.notice is not None
        assert "full" in journal.notice
        assert len(journal.live("prod")) == 201
    with Journal.open(path) as journal:
        assert journal.notice is None
        assert journal.run("before") is not None


def test_when_there_is_room_again_what_was_kept_in_memory_goes_into_the_file(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with Journal.open(path) as journal:
        journal.intend(intent("before"))
        journal.remember("prod", "mine", 1)
        journal._database._connection.execute("PRAGMA max_page_count = 1")
        for number in range(200):
            journal.intend(intent(f"r{number}"))
        assert journal.notice is not None
        journal.started("before", "T1", adopted=False)
        journal.remember("prod", "mine", 2)
        with Journal.open(path) as other:
            other.intend(intent("other"))
            other.remember("prod", "theirs", 3)
        assert journal.go_back()
        assert not journal.notice
    with Journal.open(path) as journal:
        assert len(journal.live("prod")) == 202
        before = journal.by_task("T1")
        assert before is not None
        assert before.summary.run_id == "before"
        assert (journal.choice("prod", "mine"), journal.choice("prod", "theirs")) == (2, 3)


def test_a_task_that_two_saw_end_meanwhile_keeps_the_run_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    ended = RunSnapshot("ours", TARGET, "Nightly load", task_id="T1", phase=Phase.ENDED, state="COMPLETE")
    with Journal.open(path) as journal:
        journal._database._connection.execute("PRAGMA max_page_count = 1")
        for number in range(200):
            journal.remember("prod", f"key {number}", "x" * 100)
        assert journal.notice is not None
        assert journal.judged(intent("ours"), ended) == "ours"
        with Journal.open(path) as other:
            assert other.judged(intent("theirs"), replace(ended, run_id="theirs")) == "theirs"
        assert journal.go_back()
        kept = journal.by_task("T1")
        assert kept is not None
        assert kept.summary.run_id == "theirs"
        assert journal.run("ours") is None


def test_without_a_file_there_is_no_way_back(tmp_path: Path) -> None:
    path = a_file_as_parent(tmp_path)
    with Journal.open(path) as journal:
        assert not journal.go_back()
        usable(journal)
        path.parent.unlink()
        assert journal.go_back()
    with Journal.open(path) as journal:
        assert journal.notice is None
        assert journal.recent("prod")


def test_a_lock_that_is_never_released_makes_it_go_on_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with Journal.open(path) as journal, closing(sqlite3.connect(path, isolation_level=None)) as other:
        journal.intend(intent("before"))
        journal._database._connection.execute("PRAGMA busy_timeout = 50")
        other.execute("BEGIN IMMEDIATE")
        journal.started("before", "T1", adopted=False)
        assert journal.notice is not None
        assert "locked" in journal.notice
        found = journal.by_task("T1")
        assert found is not None
        assert found.summary.phase is Phase.RUNNING
        other.execute("ROLLBACK")


def test_damage_while_it_is_used_begins_a_new_file(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    filled(path)
    with Journal.open(path) as journal:
        # No page stays in memory, so the next read reaches the file.
        journal._database._connection.execute("PRAGMA cache_size = 0")
        journal._database._connection.execute("PRAGMA shrink_memory")
        size = path.stat().st_size
        with path.open("r+b") as file:
            file.seek(4096)
            file.write(random.Random(5).randbytes(size - 4096))
        assert journal.recent(None) == []
        assert journal.notice is not None
        assert "damaged" in journal.notice
        usable(journal)


def test_a_row_that_somebody_edited_hides_no_other(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with Journal.open(path) as journal:
        for run_id in ("good", "bad-kind", "bad-json", "bad-time"):
            journal.intend(intent(run_id))
        with closing(sqlite3.connect(path)) as raw, raw:
            raw.execute("UPDATE runs SET kind = 'rocket' WHERE run_id = 'bad-kind'")
            raw.execute("UPDATE runs SET known_tasks = '7' WHERE run_id = 'bad-json'")
            raw.execute("UPDATE runs SET created_at = x'ff' WHERE run_id = 'bad-time'")
        assert [run.run_id for run in journal.recent(None)] == ["good"]


def test_damaged_details_leave_the_run(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with Journal.open(path) as journal:
        journal.intend(intent("r1"))
        with closing(sqlite3.connect(path)) as raw, raw:
            raw.execute("""UPDATE runs SET actions = '[{"id": 7', raw = 'x', task_id = 'T1'""")
        run = journal.last_of_ours(TARGET)
        assert run is not None
        assert run.snapshot().actions == ()
        assert run.snapshot().raw is None


def test_a_look_at_what_is_no_database_leaves_no_connection_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = tmp_path / "journal.db"
    notes.write_bytes(b"not a database, but somebody's notes" * 200)
    made: list[sqlite3.Connection] = []

    def noted(path: str, *, uri: bool = False) -> sqlite3.Connection:
        made.append(plain(path, uri=uri))
        return made[-1]

    plain = connection.connect
    monkeypatch.setattr(connection, "connect", noted)
    with pytest.raises(sqlite3.DatabaseError):
        connection.read_only(notes)
    assert made
    for one in made:
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            one.execute("SELECT 1")
