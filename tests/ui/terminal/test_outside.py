"""Title and progress of the terminal: what runs, written once, and reset."""

from dataclasses import replace

import pytest

from anaplan_tui.core.snapshots import RunSnapshot
from anaplan_tui.ui.terminal.outside import Outside
from tests.support.values import FAILED, LIVE

ENDED = FAILED


def told(**how: bool) -> tuple[Outside, list[str]]:
    written: list[str] = []
    return Outside(written.append, **how), written


def at(progress: float | None) -> RunSnapshot:
    return replace(LIVE, progress=progress)


def test_nothing_is_said_unasked() -> None:
    outside, written = told()
    outside.show("Demand plan", [at(0.4)])
    assert (written, outside.taken_back()) == ([], "")


def test_the_title_says_what_runs_and_the_one_before_comes_back() -> None:
    outside, written = told(title=True)
    outside.show("Demand plan", [])
    outside.show("Demand plan", [at(0.621), ENDED])
    outside.show("Demand plan", [at(0.629), ENDED])
    outside.show("Demand plan", [at(None), at(0.1)])
    assert written == [
        "\x1b[22;2t\x1b]2;Demand plan - anaplan-tui\x1b\\",
        f"\x1b]2;{LIVE.name} 62 % - Demand plan - anaplan-tui\x1b\\",
        f"\x1b]2;{LIVE.name} and 1 more - Demand plan - anaplan-tui\x1b\\",
    ]
    assert outside.taken_back() == "\x1b]2;\x1b\\\x1b[23;2t"
    assert outside.taken_back() == ""
    outside.show("Another", [])
    assert len(written) == 3  # the terminal belongs to somebody else meanwhile
    outside.again()
    assert written[3].startswith("\x1b[22;2t")


@pytest.mark.parametrize("name", ["\x1b]2;x\x07", "a\x1b\\b", "\x9c\x9d", "\u202eabc"])
def test_a_hostile_name_ends_no_sequence(name: str) -> None:
    outside, written = told(title=True)
    outside.show(name, [replace(LIVE, name=name)])
    (sequence,) = written
    inside = sequence.removeprefix("\x1b[22;2t\x1b]2;").removesuffix("\x1b\\")
    assert inside.isprintable()


def test_the_progress_is_that_of_all_runs_and_ends_with_them() -> None:
    outside, written = told(progress=True)
    outside.show("", [])
    outside.show("", [at(0.5), at(None)])
    outside.show("", [at(0.503), at(None)])
    outside.show("", [at(None)])
    outside.show("", [ENDED])
    assert written == [f"\x1b]9;4;{state}\x1b\\" for state in ("1;25", "3;0", "0;0")]
    outside.show("", [at(1.0)])
    assert outside.taken_back() == "\x1b]9;4;0;0\x1b\\"


def test_tmux_hands_the_progress_on() -> None:
    outside, written = told(progress=True, tmux=True)
    outside.show("", [at(0.5)])
    assert written == ["\x1bPtmux;\x1b\x1b]9;4;1;50\x1b\x1b\\\x1b\\"]
