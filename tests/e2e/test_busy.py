"""``run`` while the model is busy, while contact is lost, and after a command that died half way."""

import signal

import pytest

from anaplan_tui.core.journal.journal import Journal
from anaplan_tui.demo.server import DemoServer
from tests.support.command import DEADLINE_S, Place, running
from tests.support.held_start import NEVER_TAKEN, HeldStart
from tests.support.others import LONG, SHORT, somebody_else_runs
from tests.support.watched import wait_until_watched

pytestmark = [pytest.mark.e2e]

STARTS = "*/processes/*/tasks"


def test_a_busy_model_is_said_and_wait_is_offered(server: DemoServer, place: Place) -> None:
    somebody_else_runs(server, LONG)

    done = place("run", LONG, "--detach")

    assert done.code == 0
    assert "Anaplan will queue this one behind it" in done.err
    assert "--wait" in done.err
    assert server.log.count("POST", STARTS) == 1


def test_wait_starts_when_the_model_is_free(server: DemoServer, place: Place) -> None:
    somebody_else_runs(server, LONG)
    with running(place, "run", SHORT, "--wait") as process:
        server.wait_for("*", "*/status", n=3, timeout=DEADLINE_S, answered=True)
        early = server.log.count("POST", STARTS)
        server.clock.speed = 200
        out, err = process.communicate(timeout=DEADLINE_S)

    assert early == 0
    assert (process.returncode, server.log.count("POST", STARTS)) == (0, 1)
    assert out.startswith("✓ completed  Region order")
    assert "This run starts as soon as it is free" in err
    assert "--wait" not in err


def test_who_ends_the_command_ends_the_waiting(server: DemoServer, place: Place) -> None:
    somebody_else_runs(server, LONG)
    with running(place, "run", SHORT, "--wait") as process:
        server.wait_for("*", "*/status", n=3, timeout=DEADLINE_S, answered=True)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=DEADLINE_S)

    assert process.returncode == 130
    assert "nothing was sent" in err
    assert server.log.count("POST", STARTS) == 0
    with Journal.open(place.state / "journal.db") as journal:
        assert journal.live("here") == []


def test_wait_and_detach_exclude_each_other(server: DemoServer, place: Place) -> None:
    done = place("run", SHORT, "--wait", "--detach")
    assert (done.code, done.out) == (2, "")
    assert "--wait" in done.err
    assert server.log.count("POST", STARTS) == 0


@pytest.mark.parametrize("taken", [True, False], ids=["the service took it", "the service never saw it"])
def test_the_same_command_after_a_kill_sends_no_second_start(
    server: DemoServer, place: Place, taken: bool
) -> None:
    held = HeldStart(server)
    if not taken:
        server.faults.add(NEVER_TAKEN)
    with running(place, "run", SHORT) as process:
        server.wait_for("POST", STARTS, timeout=DEADLINE_S)
        process.kill()
        process.communicate(timeout=DEADLINE_S)
    held.let_go()
    if taken:
        server.wait_for("POST", STARTS, timeout=DEADLINE_S, answered=True)

    done = place("run", SHORT)

    assert server.log.count("POST", STARTS) == 1
    assert "cut off before its answer came; no other was sent" in done.out
    assert done.code == (0 if taken else 8)
    listed = place("runs", "--json").items
    assert [run["verdict"] for run in listed] == ["completed" if taken else "unknown"]


def test_an_outage_is_told_with_its_length_and_the_next_try(server: DemoServer, place: Place) -> None:
    server.clock.speed = 1
    with running(place, "run", LONG) as process:
        wait_until_watched(server, LONG)
        server.stop()
        assert process.stderr is not None
        seen: list[str] = []
        for line in process.stderr:
            seen.append(line)
            if "no contact" in line:
                break
        told = seen[-1]
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=DEADLINE_S)
    server.start()

    assert "no contact for " in told, "".join(seen)
    assert ", the task goes on, next try in " in told
