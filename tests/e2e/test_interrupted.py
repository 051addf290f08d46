"""Every way a session ends in the middle of a run, on the installed command in a real terminal.

None of them sends a cancel, leaves a process behind or leaves a terminal that a shell cannot use.
"""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from anaplan_tui.core.journal.journal import Journal
from anaplan_tui.core.snapshots import Phase
from anaplan_tui.demo.server import DemoServer
from tests.support.command import Place
from tests.support.desks import tenant_runs
from tests.support.terminal import Terminal, wait_until_gone
from tests.support.watched import wait_until_watched

pytestmark = [pytest.mark.e2e]

PROCESS = "118000000042"
"""Nightly load: far longer at this speed than any test."""

End = Callable[[Terminal], None]

BY_SIGNAL: dict[str, End] = {
    "SIGHUP": lambda terminal: terminal.signal(signal.SIGHUP),
    "SIGTERM": lambda terminal: terminal.signal(signal.SIGTERM),
    "SIGINT": lambda terminal: terminal.signal(signal.SIGINT),
}
CTRL_C: dict[str, End] = {"ctrl+c": lambda terminal: terminal.press("\x03")}
GONE: dict[str, End] = {
    "terminal gone": lambda terminal: terminal.hang_up(),
    "kill -9": lambda terminal: terminal.signal(signal.SIGKILL),
}


def ways(*tables: dict[str, End]) -> pytest.MarkDecorator:
    named = {name: end for table in tables for name, end in table.items()}
    return pytest.mark.parametrize("end", named.values(), ids=named)


@pytest.fixture
def server() -> Iterator[DemoServer]:
    """A tenant whose run outlasts the test."""
    with DemoServer(speed=0.5) as served:
        yield served


@contextmanager
def watched_headless(server: DemoServer, place: Place, *options: str) -> Iterator[Terminal]:
    """``run`` in a terminal, once it has polled its task for the second time."""
    with Terminal(place.arguments(*options, "run", PROCESS), place.env) as terminal:
        terminal.wait_for("Nightly load")
        wait_until_watched(server, PROCESS)
        yield terminal


@contextmanager
def watched_in_the_app(server: DemoServer, place: Place) -> Iterator[Terminal]:
    """The app in a terminal, with a run that was started there and polled twice."""
    with Terminal(place.arguments(), place.env) as terminal:
        terminal.wait_for("Employees refresh")
        terminal.press("/Nightly load")
        terminal.wait_for(lambda: "Employees" not in terminal.text)
        terminal.press("\r")
        terminal.press("r")
        terminal.wait_for("Don't run")
        terminal.press("y")
        wait_until_watched(server, PROCESS)
        yield terminal


def assert_the_run_goes_on(server: DemoServer, place: Place) -> str:
    """Check that nothing was cancelled or doubled and that the journal has the run; return its task id."""
    assert server.log.count("DELETE") == 0
    assert server.log.count("POST", "*/tasks") == 1
    task = tenant_runs(server, PROCESS)[-1]
    assert task.cancel is None
    with Journal.open(place.state / "journal.db") as journal:
        assert journal.notice is None
        (run,) = journal.live("here")
    assert (run.summary.phase, run.summary.task_id) == (Phase.RUNNING, task.task.id)
    return task.task.id


@ways(BY_SIGNAL, CTRL_C)
def test_a_command_that_is_interrupted_says_what_goes_on(server: DemoServer, place: Place, end: End) -> None:
    with watched_headless(server, place) as terminal:
        end(terminal)
        code = terminal.ended()
        terminal.assert_restored()
        said = terminal.raw.decode()

    wait_until_gone(place.state)
    task_id = assert_the_run_goes_on(server, place)
    assert code == 130
    again = f"anaplan-tui --config {place.config} attach 'Nightly load' {task_id}"
    assert "goes on without us; watch it again with:" in " ".join(said.split())
    assert f"\n  {again}\r\n" in said, "expected in one piece, for copying"


@ways(GONE)
def test_a_command_that_loses_its_terminal_or_life_leaves_the_run_alone(
    server: DemoServer, place: Place, end: End
) -> None:
    with watched_headless(server, place) as terminal:
        end(terminal)
        terminal.ended()

    wait_until_gone(place.state)
    assert_the_run_goes_on(server, place)


@ways(BY_SIGNAL)
def test_the_app_leaves_on_a_signal_and_gives_the_terminal_back(
    server: DemoServer, place: Place, end: End
) -> None:
    with watched_in_the_app(server, place) as terminal:
        end(terminal)
        code = terminal.ended()
        terminal.assert_restored()

    wait_until_gone(place.state)
    assert_the_run_goes_on(server, place)
    assert code in (0, 130)


@ways(GONE)
def test_the_app_that_loses_its_terminal_or_life_leaves_the_run_alone(
    server: DemoServer, place: Place, end: End
) -> None:
    with watched_in_the_app(server, place) as terminal:
        end(terminal)
        terminal.ended()

    wait_until_gone(place.state)
    assert_the_run_goes_on(server, place)


def test_ctrl_c_in_the_app_asks_and_says_what_goes_on(server: DemoServer, place: Place) -> None:
    with watched_in_the_app(server, place) as terminal:
        terminal.press("\x03")
        terminal.wait_for("goes on")
        terminal.press("\x03")
        assert terminal.ended() == 0
        terminal.assert_restored()

    wait_until_gone(place.state)
    assert_the_run_goes_on(server, place)


def test_a_run_killed_in_one_app_is_watched_in_the_next(server: DemoServer, place: Place) -> None:
    with watched_in_the_app(server, place) as terminal:
        terminal.signal(signal.SIGKILL)
        terminal.ended()

    with Terminal(place.arguments(), place.env) as terminal:
        wait_until_watched(server, PROCESS, looks_more=2)
        terminal.signal(signal.SIGTERM)
        terminal.ended()

    assert_the_run_goes_on(server, place)


@ways(BY_SIGNAL, GONE)
def test_the_demo_tenant_ends_with_the_app(place: Place, end: End) -> None:
    with Terminal(place.arguments("--demo"), place.env) as terminal:
        terminal.wait_for("Employees refresh")
        end(terminal)
        terminal.ended()

    wait_until_gone(place.state)


@ways(BY_SIGNAL, CTRL_C, GONE)
def test_the_demo_tenant_ends_with_a_command(place: Place, end: End) -> None:
    with Terminal(place.arguments("--demo", "run", PROCESS), place.env) as terminal:
        terminal.wait_for("Nightly load")
        end(terminal)
        terminal.ended()

    wait_until_gone(place.state)
