"""Writes to a journal until killed, reporting on stdout what was acknowledged; run by test_journal_crash.

``crash``: for each line on stdin a fresh process writes runs without end until it is killed from outside.
``race``: intends the same runs as every other process that is told to, and says which it got.
``claim``: claims one run, says whether it got it, and stays until stdin closes.
"""

import os
import sys
from dataclasses import replace
from itertools import count
from pathlib import Path

from anaplan_tui.api.refs import Kind, ModelRef, TargetRef
from anaplan_tui.core.journal.journal import AlreadyIntended, Journal, RunIntent
from anaplan_tui.core.snapshots import Phase, RunSnapshot, Verdict

TARGET = TargetRef(ModelRef("8a81", "AB12"), Kind.PROCESS, "118000000001")


def intent(run_id: str) -> RunIntent:
    return RunIntent(run_id, "prod", "https://api.anaplan.com", TARGET, "Nightly load")


def say(*words: object) -> None:
    """Write one line in one call, so that a line read is complete."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def write_for_ever(path: Path, prefix: str) -> None:
    say("pid", os.getpid())
    journal = Journal.open(path)
    for number in count():
        run_id = f"{prefix}-{number}"
        journal.intend(intent(run_id))
        say("intended", run_id)
        journal.started(run_id, f"T{run_id}", adopted=False)
        say("started", run_id)
        running = RunSnapshot(run_id, TARGET, "Nightly load", phase=Phase.RUNNING, task_id=f"T{run_id}")
        for state in ("NOT_STARTED", "IN_PROGRESS"):
            journal.observed(replace(running, state=state))
        raw = {"result": {"details": ["x" * 5000]}}
        journal.observed(replace(running, phase=Phase.ENDED, verdict=Verdict.COMPLETED, raw=raw))
        say("ended", run_id)


def crash(path: Path) -> None:
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            write_for_ever(path, line.strip())
        os.waitpid(child, 0)
        say("gone")


def race(path: Path) -> None:
    say("ready")
    sys.stdin.readline()
    with Journal.open(path) as journal:
        for number in range(40):
            try:
                journal.intend(intent(f"run-{number}"))
            except AlreadyIntended:
                continue
            say("got", f"run-{number}")
        if journal.notice:
            say("notice", journal.notice)


def claim(path: Path) -> None:
    with Journal.open(path) as journal:
        say(journal.claim("r1"))
        sys.stdin.read()


if __name__ == "__main__":
    {"crash": crash, "race": race, "claim": claim}[sys.argv[1]](Path(sys.argv[2]))
