"""Downloads that are not complete yet: in the journal until they are, with one process at work on each."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from anaplan_tui.core import liveness
from anaplan_tui.core.journal.journal import Journal, Wanted
from anaplan_tui.core.journal.wanted import Asked
from tests.support.journal_writer import intent

DUMP = Wanted("r1", Asked.DUMP, "112000000007", Path("/dumps/a.csv"), Path("/dumps"), "Sales")
FILE = Wanted("r1", Asked.OUTPUT, "116000000001", Path("/out/x.csv"), None, "x.csv", paused=True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    with Journal.open(path) as opened:
        opened.intend(intent("r1"))
        yield opened


def told(wishes: list[Wanted]) -> list[tuple[Wanted, str, bool]]:
    """Return each download with the fields that equality ignores."""
    return [(wish, wish.name, wish.paused) for wish in wishes]


def test_wishes_are_there_for_the_next_one_until_they_are_taken_back(path: Path, journal: Journal) -> None:
    journal.want([DUMP, FILE])
    with Journal.open(path) as later:
        assert told(later.take_wanted("prod")) == [(DUMP, "Sales", False), (FILE, "x.csv", True)]
        later.unwant(DUMP)
    assert journal.wanted("prod") == [FILE]
    assert journal.take_wanted("test") == journal.wanted("test") == []


def test_the_same_wish_again_is_one_wish(journal: Journal) -> None:
    journal.want([DUMP])
    journal.want([replace(DUMP, paused=True)])
    assert told(journal.wanted("prod")) == [(DUMP, "Sales", True)]


def test_a_wish_of_a_run_that_nobody_knows_is_not_kept(journal: Journal) -> None:
    journal.want([replace(DUMP, run_id="nobody")])
    assert journal.wanted("prod") == []


def test_what_a_living_process_works_on_is_left_to_it(path: Path, journal: Journal) -> None:
    journal.want([DUMP, FILE])
    parent = os.getppid()
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute(
            "UPDATE wanted SET owner_pid = ?, owner_started = ? WHERE asked = 'dump'",
            (parent, liveness._start_of(parent)),
        )
        raw.execute("UPDATE wanted SET owner_started = 'before' WHERE asked = 'output'")
    assert journal.take_wanted("prod") == [FILE]
    assert journal.wanted("prod") == [DUMP, FILE]


def test_a_journal_from_before_there_were_wishes_is_used_as_it_is(path: Path, journal: Journal) -> None:
    journal.close()
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("DROP TABLE wanted")
    with Journal.open(path) as again:
        assert again.notice is None
        again.want([DUMP])
        assert again.wanted("prod") == [DUMP]
        assert [run.run_id for run in again.live("prod")] == ["r1"]


def test_a_wish_that_somebody_edited_hides_no_other(path: Path, journal: Journal) -> None:
    journal.want([DUMP, FILE])
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("UPDATE wanted SET asked = 'rocket' WHERE asked = 'dump'")
    assert journal.take_wanted("prod") == [FILE]


def test_when_the_file_fails_wishes_are_kept_in_memory_too(journal: Journal) -> None:
    journal.want([DUMP])
    journal._database._connection.execute("PRAGMA max_page_count = 1")
    for number in range(200):
        journal.intend(intent(f"more-{number}"))
    assert journal.notice is not None
    assert journal.wanted("prod") == [DUMP]
