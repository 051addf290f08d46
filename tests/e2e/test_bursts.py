"""Several keys in one packet, as a slow link delivers them, on the installed command in a real terminal."""

from collections.abc import Iterator

import pytest

from anaplan_tui.demo.server import DemoServer
from tests.support.command import Place
from tests.support.terminal import Terminal

pytestmark = [pytest.mark.e2e]


@pytest.fixture
def opened(place: Place) -> Iterator[Terminal]:
    """The app, showing its list."""
    with Terminal(place.arguments(), place.env) as terminal:
        terminal.wait_for("Employees refresh")
        yield terminal


def test_the_question_of_a_run_is_seen(opened: Terminal, server: DemoServer) -> None:
    opened.press("/Nightly load\rr")
    opened.wait_for("Don't run")
    opened.press("\x1b")
    opened.wait_for(lambda: "Don't run" not in opened.text and "History on the service" in opened.text)
    opened.press("\x1b")
    opened.wait_for("filter: Nightly load")
    assert "Don't run" not in opened.text
    assert server.log.count("POST", "*/tasks") == 0
