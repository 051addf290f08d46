"""A triage's files are removed with it, even when it is killed: they hold other people's rows."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from anaplan_tui.core.triage.scratch import Scratch

_HOUR_S = 3600
_DAYS_S = 48 * _HOUR_S
WORKER = """
import sys, time
from pathlib import Path
from anaplan_tui.core.triage.scratch import Scratch
scratch = Scratch(Path(sys.argv[1]))
(scratch.root / "slice-0.csv").write_text("somebody's salary")
(scratch.root / "spill").mkdir()
print(scratch.root, flush=True)
sys.stdin.read()
"""


def worker(work: Path) -> "tuple[subprocess.Popen[str], Path]":
    """A process in the middle of a triage, and its directory."""
    command = [sys.executable, "-c", WORKER, str(work)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, Path(process.stdout.readline().rstrip("\n"))


def aged(path: Path, seconds: float = _HOUR_S) -> None:
    then = path.stat().st_mtime - seconds
    os.utime(path, (then, then))


def test_what_a_killed_one_left_goes_with_the_next(tmp_path: Path) -> None:
    process, left = worker(tmp_path)
    with process:
        process.send_signal(signal.SIGKILL)
    assert (left / "slice-0.csv").exists()
    aged(left)
    scratch = Scratch(tmp_path)
    assert list(tmp_path.iterdir()) == [scratch.root]
    scratch.close()
    assert list(tmp_path.iterdir()) == []


def test_one_that_works_keeps_its_own_however_long(tmp_path: Path) -> None:
    process, theirs = worker(tmp_path)
    with process:
        aged(theirs)
        Scratch(tmp_path).close()
        assert (theirs / "slice-0.csv").exists()
        process.kill()


def test_one_without_a_lock_is_being_made_or_of_an_earlier_version_that_may_live(tmp_path: Path) -> None:
    young, older, forgotten = (tmp_path / f"triage-{age}" for age in ("young", "older", "forgotten"))
    for path in (young, older, forgotten):
        path.mkdir()
    aged(older)
    aged(forgotten, _DAYS_S)
    Scratch(tmp_path).close()
    assert set(tmp_path.iterdir()) == {young, older}


def test_what_is_not_a_triages_stays(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    work = tmp_path / "work"
    work.mkdir()
    (work / "triage-link").symlink_to(elsewhere)
    (work / "notes").mkdir()
    aged(elsewhere, _DAYS_S)
    aged(work / "notes", _DAYS_S)
    Scratch(work).close()
    assert {path.name for path in work.iterdir()} == {"triage-link", "notes"}
    assert elsewhere.is_dir()


def test_it_is_for_its_user_alone_and_twice_closed_is_once(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path / "made" / "work")
    assert scratch.root.stat().st_mode & 0o777 == 0o700
    scratch.close()
    scratch.close()
    assert not scratch.root.exists()
