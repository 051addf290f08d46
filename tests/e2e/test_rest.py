"""Part of a process: chosen actions as single tasks, with a result like the process's own."""

import signal

import pytest

from anaplan_tui.demo.server import DemoServer
from tests.support.command import DEADLINE_S, Place, running

PROCESS = "118000000042"
STARTS = ("*/imports/*/tasks", "*/exports/*/tasks", "*/actions/*/tasks")


def started(server: DemoServer) -> list[int]:
    return [server.log.count("POST", path) for path in STARTS]


def test_the_rest_is_run_from_an_action_on(server: DemoServer, place: Place) -> None:
    done = place("run", PROCESS, "--from", "Sales - Revenue.csv", "--json")
    assert done.code == 0, done.err
    assert "this is not one process" in done.err
    assert started(server) == [0, 1, 1]
    assert server.log.count("POST", "*/processes/*/tasks") == 0
    document = done.document
    assert (document["kind"], document["id"], document["verdict"]) == ("process", PROCESS, "completed")
    assert [a["verdict"] for a in document["actions"]] == [None, None, None, "completed", "completed"]
    assert document["actions"][0]["reason"] == "left out"


def test_a_failed_action_ends_the_rest_and_its_dump_comes_by_the_import(
    server: DemoServer, place: Place
) -> None:
    done = place("run", PROCESS, "--only", "3", "--only", "5", "--json")
    document = done.document
    regions = document["actions"][2]
    assert regions["verdict"] == document["verdict"]
    assert regions["dump"]["available"]
    assert regions["dump"]["path"]
    assert server.log.count("GET", "*/imports/*/tasks/*/dump/chunks") == 1
    assert "last time:" in done.err


def test_skipped_actions_are_left_out(server: DemoServer, place: Place) -> None:
    done = place("run", PROCESS, "--skip", "1", "--skip", "2", "--skip", "Regions from regions.csv")
    assert done.code == 0, done.err
    assert "2 actions of 5 as single tasks" in done.out
    assert started(server) == [0, 1, 1]


@pytest.mark.parametrize("end", ["kill", "interrupt"])
def test_a_part_that_was_cut_off_goes_on_with_the_task_under_way(
    server: DemoServer, place: Place, end: str
) -> None:
    server.clock.speed = 0.01
    with running(place, "run", PROCESS, "--skip", "1", "--skip", "3", "--param", "Version=Actual") as process:
        server.wait_for("GET", "*/imports/*/tasks/*", 2, timeout=DEADLINE_S)
        if end == "kill":
            process.kill()
            process.communicate(timeout=DEADLINE_S)
        else:
            process.send_signal(signal.SIGINT)
            _out, err = process.communicate(timeout=DEADLINE_S)
            assert process.returncode == 130
            assert "Stopped at step 1 of 3, import Sales from sales.csv. Go on with:" in err
            assert f"run {PROCESS} --resume" in err
    server.clock.speed = 50
    assert started(server) == [1, 0, 0]
    done = place("run", PROCESS, "--resume", "--json")
    assert done.code in (0, 3), done.err
    assert started(server) == [1, 1, 1]
    verdicts = [action["verdict"] for action in done.document["actions"]]
    assert [verdict is None for verdict in verdicts] == [True, False, True, False, False]
    again = place("run", PROCESS, "--resume")
    assert (again.code, started(server)) == (2, [1, 1, 1])
    assert "played to its end" in again.err


def test_a_part_that_begins_anew_says_that_the_last_one_was_not_ended(
    server: DemoServer, place: Place
) -> None:
    failed = place("run", PROCESS, "--from", "3")
    assert failed.code == 1
    assert f"run {PROCESS} --resume" in failed.err
    anew = place("run", PROCESS, "--only", "4", "--json")
    assert (anew.code, started(server)) == (0, [1, 1, 0])
    assert "--resume goes on with it; this one begins anew" in anew.err


def test_nothing_is_sent_for_a_choice_that_makes_no_sense(server: DemoServer, place: Place) -> None:
    for given in (
        ("--from", "No such action"),
        ("--from", "2", "--only", "3"),
        ("--only", "2", "--skip", "2"),
        ("--only", "2", "--detach"),
        ("--resume",),
        ("--resume", "--only", "2"),
        ("--resume", "--param", "A=B"),
    ):
        assert place("run", PROCESS, *given).code in (2, 7)
    assert started(server) == [0, 0, 0]
