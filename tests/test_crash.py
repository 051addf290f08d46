"""The report of a bug in the app: the traceback, without any values."""

import re
import stat
from pathlib import Path

import pytest

from anaplan_tui.commands.exits import guarded
from anaplan_tui.crash import report, tell, write_report
from anaplan_tui.trouble import Exit

SECRET = "hunter2"  # must not appear in the report


def failing(token: str) -> None:
    try:
        raise KeyError(token)
    except KeyError as error:
        raise ExceptionGroup(token, [ValueError(f"cannot use {token}"), OSError(2, token, token)]) from error


def a_bug() -> BaseException:
    try:
        failing(SECRET)
    except ExceptionGroup as error:
        return error
    raise AssertionError


def test_it_names_every_error_of_the_chain_and_the_lines_but_no_value() -> None:
    told = report(a_bug())
    assert SECRET not in told
    for kind in ("KeyError", "ExceptionGroup", "ValueError", "FileNotFoundError"):
        assert f"builtins.{kind}" in told
    assert "in failing" in told
    assert "raise KeyError(token)" in told
    assert told.index("KeyError") < told.index("ExceptionGroup")


def test_a_chain_that_goes_in_a_circle_ends() -> None:
    one, other = ValueError(), KeyError()
    one.__cause__, other.__cause__ = other, one
    assert report(one).count("builtins.") == 2


def test_it_is_the_owner_s_alone_and_only_the_newest_are_kept(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    for number in range(12):
        (state / f"crash-20200101T0000{number:02}Z-1.txt").write_text("old")
    path = write_report(a_bug())
    assert path is not None
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    kept = sorted(state.glob("crash-*.txt"))
    assert len(kept) == 10
    assert path in kept
    assert not (state / "crash-20200101T000000Z-1.txt").exists()


def test_a_bug_is_two_lines_and_70(capsys: pytest.CaptureFixture[str]) -> None:
    def command(**_settings: object) -> None:
        failing(SECRET)

    assert guarded(command) == int(Exit.BUG) == 70
    first, second = capsys.readouterr().err.splitlines()
    assert first == "anaplan-tui: unexpected error: ExceptionGroup. Nothing in Anaplan was cancelled by it."
    (path,) = re.findall(r"/.+crash-\S+", second)
    assert SECRET not in Path(path).read_text() + first + second


def test_it_is_told_where_no_report_can_be_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("ANAPLAN_TUI_STATE_DIR", str(tmp_path / "file"))
    assert tell(a_bug()).endswith("its report could not be written.")
