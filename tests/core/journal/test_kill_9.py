"""The journal through kill -9 and beside other instances of the app."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from anaplan_tui.core.journal.journal import Journal
from anaplan_tui.core.snapshots import Phase
from tests.support.journal_writer import intent

KILLS = 40


@contextmanager
def writer(mode: str, path: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.support.journal_writer", mode, str(path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def tell(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(line + "\n")
    process.stdin.flush()


def said(process: subprocess.Popen[str]) -> list[str]:
    assert process.stdout is not None
    return process.stdout.readline().split()


def test_kill_9_at_any_moment_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    chance = random.Random(20261122)
    acknowledged: dict[str, str] = {}
    with writer("crash", path) as process:
        for round_number in range(KILLS):
            tell(process, f"round{round_number}")
            pid = int(said(process)[1])
            for _ in range(chance.randrange(25)):
                state, run_id = said(process)
                acknowledged[run_id] = state
            os.kill(pid, signal.SIGKILL)
            while (line := said(process)) != ["gone"]:
                acknowledged[line[1]] = line[0]
            with closing(sqlite3.connect(path)) as raw:
                assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert len(acknowledged) > KILLS

    with Journal.open(path) as journal:
        assert journal.notice is None
        found = {run.run_id: run for run in journal.recent(None, limit=10_000, with_results=True)}
        picked_up = {run.run_id for run in journal.live("prod")}
    for run_id, state in acknowledged.items():
        run = found[run_id]
        if state == "ended":
            assert run.summary.phase is Phase.ENDED
            assert run.snapshot().raw is not None
        else:
            assert run_id in picked_up or run.summary.phase is Phase.ENDED
        if state != "intended":
            assert run.summary.task_id == f"T{run_id}"
    assert len(found) - len(acknowledged) <= KILLS, (
        "at each kill at most the write in progress was not acknowledged"
    )


def test_of_several_instances_one_gets_each_run(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with writer("race", path) as one, writer("race", path) as two, writer("race", path) as three:
        racers = (one, two, three)
        assert [said(racer) for racer in racers] == [["ready"]] * 3
        for racer in racers:
            tell(racer, "go")
        got = [racer.communicate()[0].split() for racer in racers]
    won = [word for words in got for word in words if word != "got"]
    assert sorted(won) == sorted(f"run-{number}" for number in range(40))
    with Journal.open(path) as journal:
        assert journal.notice is None
        assert len(journal.live("prod")) == 40


def test_a_run_belongs_to_its_process_until_that_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with Journal.open(path) as journal:
        journal.intend(intent("r1"))
        with closing(sqlite3.connect(path)) as raw, raw:
            raw.execute("UPDATE runs SET owner_pid = 0")
        with writer("claim", path) as other:
            assert said(other) == ["True"]
            assert not journal.claim("r1"), "the other instance is alive"
            other.kill()
            other.wait()
            assert journal.claim("r1")
        with writer("claim", path) as other:
            assert said(other) == ["False"], "we are alive"


def test_a_pid_that_was_given_out_again_is_another_process(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with Journal.open(path) as journal:
        journal.intend(intent("r1"))
        with closing(sqlite3.connect(path)) as raw, raw:
            raw.execute("UPDATE runs SET owner_pid = ?, owner_started = 'before'", (os.getppid(),))
        assert journal.claim("r1")


def test_nobody_claims_a_run_that_is_not_there(tmp_path: Path) -> None:
    with Journal.open(tmp_path / "journal.db") as journal:
        assert not journal.claim("r1")


@pytest.mark.parametrize("name", ["journal.db", "journal.db-wal", "journal.db-shm", "journal.db.lock"])
def test_all_its_files_are_private(tmp_path: Path, name: str) -> None:
    before = os.umask(0)
    try:
        with Journal.open(tmp_path / "state" / "journal.db") as journal:
            journal.intend(intent("r1"))
            assert (tmp_path / "state" / name).stat().st_mode & 0o777 == 0o600
            assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700
    finally:
        os.umask(before)
