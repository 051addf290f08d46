"""Colours are sent only where they change, and the picture stays the same."""

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.control import Control
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from anaplan_tui.ui.terminal.graphics import said_once

WIDTH, HEIGHT = 30, 4
CONSOLE = Console(force_terminal=True, color_system="truecolor", legacy_windows=False)
COLOURS = st.sampled_from([None, "#d3d7dc", "#14181d", "red", "bright_blue", "color(200)", "default"])
STYLES = st.builds(
    Style,
    color=COLOURS,
    bgcolor=COLOURS,
    bold=st.booleans(),
    dim=st.booleans(),
    italic=st.booleans(),
    underline=st.booleans(),
    reverse=st.booleans(),
    strike=st.booleans(),
)
PIECES = st.tuples(st.integers(0, HEIGHT - 1), st.integers(0, 9), st.text("ab é─", max_size=9), STYLES)

BASE = "\x1b[38;2;1;2;3;48;2;4;5;6m"


def picture(sequence: str) -> list[list[pyte.screens.Char]]:
    """Return every cell with its colours and attributes, and one more cell, written afterwards."""
    screen = pyte.Screen(WIDTH, HEIGHT)
    pyte.Stream(screen).feed(sequence + "x")
    return [[screen.buffer[y][x] for x in range(WIDTH)] for y in range(HEIGHT)]


@given(st.lists(PIECES, max_size=12))
def test_the_terminal_shows_the_same(pieces: list[tuple[int, int, str, Style]]) -> None:
    sequence = "".join(
        Control.move_to(x, y).segment.text + Strip([Segment(text, style)]).render(CONSOLE)
        for y, x, text, style in pieces
    )
    assert picture(said_once(sequence)) == picture(sequence)
    assert len(said_once(sequence)) <= len(sequence)


@pytest.mark.parametrize(
    ("sequence", "sent"),
    [
        (f"{BASE}a\x1b[0m{BASE}b\x1b[0m", f"{BASE}ab\x1b[0m"),
        (f"{BASE}a\x1b[0m\n\x1b[2;1H{BASE}b\x1b[0m", f"{BASE}a\n\x1b[2;1Hb\x1b[0m"),
        (f"{BASE}a\x1b[0m\x1b[38;2;9;9;9;48;2;4;5;6mb\x1b[0m", f"{BASE}a\x1b[38;2;9;9;9mb\x1b[0m"),
        (f"{BASE}a\x1b[0m\x1b[1;38;2;1;2;3;48;2;4;5;6mb\x1b[0m", f"{BASE}a\x1b[1mb\x1b[0m"),
        ("\x1b[1;31ma\x1b[0m\x1b[31mb\x1b[0m", "\x1b[1;31ma\x1b[0;31mb\x1b[0m"),
        ("\x1b[31;44ma\x1b[0m\x1b[31mb\x1b[0m", "\x1b[31;44ma\x1b[49mb\x1b[0m"),
        ("\x1b[31ma\x1b[0m plain \x1b[31mb\x1b[0m", "\x1b[31ma\x1b[0m plain \x1b[31mb\x1b[0m"),
        ("no colour\x1b[1;1H", "no colour\x1b[1;1H"),
    ],
)
def test_only_what_changes_is_sent(sequence: str, sent: str) -> None:
    assert said_once(sequence) == sent


def test_a_link_is_sent_in_the_look_it_has() -> None:
    link = "\x1b]8;id=1;https://a.example/\x1b\\\x1b[31mtext\x1b[0m\x1b]8;;\x1b\\"
    assert said_once(link) == link
