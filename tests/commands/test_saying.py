"""Text for people: where a line may break, and where it must not."""

import os
import pty
import struct
import sys
import termios
from collections.abc import Callable
from fcntl import ioctl

import pytest

from anaplan_tui.commands import saying
from anaplan_tui.commands.saying import broken, room, row, say

Lines = Callable[[], list[str]]


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Lines:
    """The text printed on a terminal of 40 columns."""
    monkeypatch.setattr(saying, "room", lambda _stream: 40)
    return lambda: capsys.readouterr().out.splitlines()


def test_the_room_is_that_of_the_terminal_behind_the_stream() -> None:
    leader, follower = pty.openpty()
    with os.fdopen(follower, "w") as stream:
        ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 40, 0, 0))
        assert room(stream) == 40
        ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 0, 0, 0, 0))
        assert room(stream) is None
    os.close(leader)


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("fits in ten", ["fits in", "ten"]),
        ("exactly 10 and", ["exactly 10", "and"]),
        ("averyverylongword here", ["averyverylongword", "here"]),
        ("a  b", ["a  b"]),
        ("two  blanks  stay", ["two", "blanks", "stay"]),
        ("✗ what failed here", ["✗ what", "  failed", "  here"]),
        ("    rows were lost", ["    rows", "    were", "    lost"]),
        ("数数数数 数数", ["数数数数", "数数"]),
        ("", [""]),
    ],
)
def test_a_line_breaks_between_words(line: str, wanted: list[str]) -> None:
    assert broken(line, 10) == wanted


def test_what_is_carried_over_stands_where_it_is_wanted() -> None:
    assert broken("1  one two", 8, hang=3) == ["1  one", "   two"]


def test_prose_is_broken_and_what_is_to_be_copied_is_not(lines: Lines) -> None:
    command = "anaplan-tui attach 'Nightly load' 0123456789ABCDEF"
    say('"Nightly load" goes on without us; watch it again with:', command)
    assert lines() == [
        '"Nightly load" goes on without us; watch',
        "it again with:",
        f"  {command}",
    ]


def test_a_short_command_stays_behind_its_words(lines: Lines) -> None:
    say("Go on with:", "anaplan-tui play a.toml")
    assert lines() == ["Go on with: anaplan-tui play a.toml"]


def test_a_row_that_is_too_wide_goes_on_below(lines: Lines) -> None:
    row(["03:10", "✗ failed   ", "Nightly load "], "77 of 90 rows rejected, 3 of them twice")
    row(["03:20", "✓ completed", "Nightly load "], "")
    assert lines() == [
        "03:10  ✗ failed     Nightly load",
        "    77 of 90 rows rejected, 3 of them",
        "    twice",
        "03:20  ✓ completed  Nightly load",
    ]


def test_columns_that_have_no_room_go_below_and_a_path_stays_whole(lines: Lines) -> None:
    path = "~/anaplan-dumps/Demand plan/Nightly load/Sales from sales.csv"
    row(["WHEN ", "NAME        ", "TASK                            "], "FILE")
    row(["03:10", "Nightly load", "0123456789ABCDEF0123456789ABCDEF"], path)
    assert lines() == [
        "WHEN   NAME",
        "    TASK  FILE",
        "03:10  Nightly load",
        "    0123456789ABCDEF0123456789ABCDEF",
        f"    {path}",
    ]


def test_elsewhere_a_line_is_whole(capsys: pytest.CaptureFixture[str]) -> None:
    words = "word " * 60 + "end"
    say(words, "a command")
    row(["cell"], words)
    assert room(sys.stdout) is None
    assert capsys.readouterr().out == f"{words} a command\ncell  {words}\n"
