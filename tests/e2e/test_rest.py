"""Part of a process: chosen actions as single tasks, with a result that reads like the process's own."""

from anaplan_tui.demo.server import DemoServer
from tests.e2e.command import Place

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


def test_nothing_is_sent_for_a_choice_that_makes_no_sense(server: DemoServer, place: Place) -> None:
    for given in (
        ("--from", "No such action"),
        ("--from", "2", "--only", "3"),
        ("--only", "2", "--skip", "2"),
        ("--only", "2", "--detach"),
    ):
        assert place("run", PROCESS, *given).code in (2, 7)
    assert started(server) == [0, 0, 0]
