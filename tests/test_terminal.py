"""The check that a terminal can position text, with and without curses, which not every Python has."""

import sys

import pytest

from anaplan_tui.terminal import places_text


def test_without_curses_a_name_is_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "curses", None)
    monkeypatch.setenv("TERM", "xterm-256color")
    assert places_text()


def test_without_curses_a_name_that_says_it_cannot_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "curses", None)
    monkeypatch.setenv("TERM", "dumb")
    assert not places_text()
