"""What a screen sends over a slow link: each second of a running task, only the changed figures."""

import re

import pytest

from tests.support.command import Place
from tests.support.terminal import Terminal

pytestmark = [pytest.mark.e2e]

RUNNING = re.compile("Sales from sales.csv .*▶ running")


def test_the_clock_of_an_action_is_sent_without_its_row(place: Place) -> None:
    with Terminal(place.arguments("--demo"), place.env, rows=40, columns=120) as terminal:
        terminal.wait_for("model idle")
        terminal.press("/Nightly load\r")
        terminal.wait_for("History on the service")
        terminal.press("r")
        terminal.wait_for("Don't run")
        terminal.press("y")
        terminal.wait_for(lambda: RUNNING.search(terminal.text) is not None)
        row = next(n for n, line in enumerate(terminal.text.splitlines(), 1) if RUNNING.search(line))
        clock = re.compile(rb"\x1b\[%d;\d+H(\x1b\[[\d;]*m)+ *\d+( s)?\x1b" % row)
        terminal.wait_for(lambda: clock.search(terminal.raw) is not None)
