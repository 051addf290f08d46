"""Runs: started, queued, cancelled, and every way in which they end (service.md §4 to §6)."""

from typing import Any

import pytest

from anaplan_tui.demo.model import Outcome, Script, Task
from anaplan_tui.demo.outcomes import FILE_GONE
from anaplan_tui.demo.scripts import Cancel, Run
from anaplan_tui.demo.server import DemoServer
from tests.support.tenants import (
    EXPORT_TARGETS,
    FORECAST_REBUILD,
    LOAD_REGIONS,
    LOAD_SALES,
    LOAD_WEEKLY,
    MODEL,
    MODEL_ONLY,
    MONTH_END,
    NIGHTLY_LOAD,
    QUARTER_END,
    STANDARD_USER,
    WEEKLY_TARGETS_LOAD,
    Desk,
    sign_in,
)


@pytest.fixture(autouse=True)
def _standing_clock(server: DemoServer) -> None:
    """Time passes only when a test says so: a slow machine is no part of what is asserted."""
    server.clock.speed = 0


def test_a_run_goes_through_its_states(desk: Desk) -> None:
    path = desk.start(NIGHTLY_LOAD)
    waiting = desk.task(path)
    assert (waiting["taskState"], waiting["progress"]) == ("NOT_STARTED", 0.0)
    assert "result" not in waiting
    steps, progress = [], [0.0]
    for _ in range(60):
        desk.server.clock.advance(1)
        task = desk.task(path)
        if task["taskState"] == "COMPLETE":
            break
        assert "result" not in task
        steps.append(task["currentStep"])
        progress.append(task["progress"])
    assert task["currentStep"] == "Complete."
    assert progress == sorted(progress)
    assert progress[-1] > 0.8
    assert "Importing Sales from sales.csv" in steps
    assert "Exporting Sales - Revenue.csv" in steps


def test_the_showpiece_ends_as_the_sources_show_it(desk: Desk) -> None:
    result = desk.run(NIGHTLY_LOAD)
    assert (result["successful"], result["failureDumpAvailable"]) == (False, True)
    ends = [(e["successful"], e["failureDumpAvailable"]) for e in result["nestedResults"]]
    assert ends == [(True, False), (True, True), (False, True), (True, False), (True, False)]
    assert not any("objectName" in entry for entry in result["nestedResults"])
    sales = result["nestedResults"][1]["details"]
    assert sales[0]["type"] == "lineItemRowsProcessedWithFailures"
    assert sales[0]["values"] == ["lineItemName", "Menge", "rowCount", "4000", "failureCount", "1234"]
    assert [d["occurrences"] for d in sales] == [0, 1100, 134]


def test_the_failure_of_the_official_page(desk: Desk) -> None:
    task = desk.finish(desk.start(WEEKLY_TARGETS_LOAD))
    assert (task["currentStep"], task["progress"], task["taskState"]) == ("Failed.", 0.0, "COMPLETE")
    result = task["result"]
    assert result["details"] == [{"localMessageText": FILE_GONE, "occurrences": 0, "type": "internalError"}]
    assert result["nestedResults"] == [
        {
            "details": [
                {
                    "localMessageText": FILE_GONE,
                    "occurrences": 0,
                    "type": "importFailedGeneralError",
                    "values": ["errorMessage", FILE_GONE],
                }
            ],
            "failureDumpAvailable": False,
            "objectId": LOAD_WEEKLY,
            "successful": False,
        },
        {
            "details": [
                {
                    "occurrences": 0,
                    "type": "exportSucceeded",
                    "values": ["fileSize", "0", "serverAlert", None, "exportName", None],
                }
            ],
            "failureDumpAvailable": False,
            "objectId": EXPORT_TARGETS,
            "successful": False,
        },
    ]


def test_ends_that_contradict_themselves(desk: Desk) -> None:
    ignored = desk.run("118000000001")
    assert (ignored["successful"], ignored["failureDumpAvailable"], ignored["details"]) == (False, False, [])
    assert [e["successful"] for e in ignored["nestedResults"]] == [True]
    denied = desk.run("118000000008")
    assert denied["failureDumpAvailable"] is False
    assert [e["failureDumpAvailable"] for e in denied["nestedResults"]] == [False, True, True, False]
    no_evidence = desk.run("118000000012")
    assert no_evidence["successful"] is False
    assert all(e["successful"] for e in no_evidence["nestedResults"])
    praised = desk.finish(desk.start("118000000013"))
    result = praised["result"]
    assert (result["successful"], result["failureDumpAvailable"]) == (True, False)
    assert [(e["failureDumpAvailable"], e.get("objectName")) for e in result["nestedResults"]] == [
        (True, "Failures for Inventory from inventory.csv"),
        (False, None),
    ]
    assert praised["progress"] == 1
    bare = desk.run("118000000014")["nestedResults"]
    assert all(e.keys() == {"failureDumpAvailable", "objectId", "successful"} for e in bare)
    assert "result" not in desk.finish(desk.start("118000000026"))


def test_what_follows_a_failed_action(desk: Desk) -> None:
    assert len(desk.run("118000000022")["nestedResults"]) == 1
    listed = desk.run("118000000023")["nestedResults"]
    assert [e["successful"] for e in listed] == [False, False, False]
    assert "details" not in listed[1]


def test_timing_only_on_request_and_as_text(desk: Desk) -> None:
    path = desk.start(NIGHTLY_LOAD)
    assert "duration" not in desk.finish(path)["result"]
    timed = desk.task(path, includeProcessDetails="true")["result"]
    assert int(timed["duration"]) == pytest.approx(
        sum(int(e["duration"]) for e in timed["nestedResults"]), abs=5
    )
    assert int(timed["startTime"]) >= desk.task(path)["creationTime"]


def test_a_second_task_waits_for_the_first(desk: Desk) -> None:
    first, second = desk.start(NIGHTLY_LOAD), desk.start("118000000033")
    desk.server.clock.advance(5)
    assert desk.task(first)["taskState"] == "IN_PROGRESS"
    assert desk.task(second)["taskState"] == "NOT_STARTED"
    assert desk.http.delete(MODEL + first).json()["task"]["taskState"] == "CANCELLING"
    desk.server.clock.advance(3.0)
    assert desk.task(first)["taskState"] == "CANCELLED"
    assert desk.task(second)["taskState"] == "IN_PROGRESS"
    assert desk.finish(second)["taskState"] == "COMPLETE"


def test_a_task_cancelled_in_the_queue_never_runs(desk: Desk) -> None:
    first, second, third = (desk.start(NIGHTLY_LOAD) for _ in range(3))
    desk.server.clock.advance(5)
    desk.http.delete(MODEL + second)
    desk.server.clock.advance(1)
    assert desk.task(second)["taskState"] == "CANCELLED"
    assert desk.task(first)["taskState"] == "IN_PROGRESS"
    assert desk.finish(third)["taskState"] == "COMPLETE"


def test_a_cancel_that_comes_too_late(desk: Desk) -> None:
    path = desk.start(MONTH_END)
    desk.server.clock.advance(3)
    desk.http.delete(MODEL + path)
    assert desk.task(path)["taskState"] == "CANCELLING"
    assert desk.finish(path)["taskState"] == "COMPLETE"


def test_a_cancel_that_leaves_a_result(desk: Desk) -> None:
    path = desk.start(QUARTER_END)
    desk.server.clock.advance(5)
    desk.http.delete(MODEL + path)
    task = desk.finish(path)
    assert task["taskState"] == "CANCELLED"
    nested = task["result"]["nestedResults"]
    assert [e["successful"] for e in nested] == [True, False]
    assert nested[1]["details"] == [{"occurrences": 0, "type": "msgImportCancelled"}]


def test_somebody_else_cancels(desk: Desk, other: Desk) -> None:
    path = desk.start(FORECAST_REBUILD)
    desk.server.clock.advance(8.5)
    assert desk.task(path)["taskState"] == "CANCELLING"
    task = desk.finish(path)
    assert (task["taskState"], task["cancelledBy"]) == ("CANCELLED", "Ana Planner")
    mine = desk.start(NIGHTLY_LOAD)
    desk.server.clock.advance(2)
    assert other.http.delete(MODEL + mine).json()["task"]["cancelledBy"] == "Ana Planner"


def test_a_finished_task_cannot_be_cancelled(desk: Desk) -> None:
    path = desk.start("118000000033")
    before = desk.finish(path)
    answer = desk.http.delete(MODEL + path)
    assert answer.json()["task"] == before
    desk.server.tenant.habits.cancel_answers_204 = True
    assert desk.http.delete(MODEL + path).status_code == 204


def test_task_lists_are_everybodys_and_hold_the_past(desk: Desk, other: Desk) -> None:
    before = desk.get(f"/processes/{NIGHTLY_LOAD}/tasks")["tasks"]
    assert len(before) >= 5
    assert before[0].keys() == {"taskId", "taskState", "creationTime"}
    started = other.start(NIGHTLY_LOAD).rpartition("/")[2]
    assert [t["taskId"] for t in desk.get(f"/processes/{NIGHTLY_LOAD}/tasks")["tasks"]] == [
        *(t["taskId"] for t in before),
        started,
    ]
    assert "tasks" not in desk.get("/processes/118999999999/tasks")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"localeName": ""},
        {"localeName": 1},
        {"mappingParameters": [{"entityType": "Version", "entityName": "Actual"}], "localeName": "en_US"},
        {"localeName": "en_US", "mappingParameters": "Version"},
        {"localeName": "en_US", "mappingParameters": [{"entityType": "Version"}]},
    ],
)
def test_a_start_that_is_not_understood(desk: Desk, body: dict[str, object]) -> None:
    tasks = f"/processes/{NIGHTLY_LOAD}/tasks"
    before = desk.get(tasks)["tasks"]
    assert desk.http.post(MODEL + tasks, json=body).status_code == 400
    assert desk.http.post(MODEL + tasks, content=b"{").status_code == 400
    assert desk.get(tasks)["tasks"] == before
    assert desk.http.post(f"{MODEL}/processes/118999999999/tasks", json=body).status_code == 404


def test_a_prompted_version(desk: Desk) -> None:
    def outcome(**body: Any) -> bool:
        return bool(desk.run("118000000024", **body)["nestedResults"][0]["successful"])

    assert outcome(mappingParameters=[{"entityType": "Version", "entityName": "Actual"}])
    assert not outcome(mappingParameters=[{"entityType": "Version", "entityName": "Never"}])
    assert not outcome()


def test_imports_exports_and_actions_run_alone(desk: Desk) -> None:
    sales = desk.run(LOAD_SALES, "imports")
    assert (sales["objectId"], sales["failureDumpAvailable"]) == (LOAD_SALES, True)
    assert "nestedResults" not in sales
    regions = desk.run(LOAD_REGIONS, "imports")
    assert regions["successful"] is False
    assert desk.run("116000000001", "exports")["details"][0]["type"] == "exportSucceeded"
    assert desk.run("117000000001", "actions")["details"][0]["type"] == "deleteFromSelectionSucceeded"


def test_a_document_is_a_function_of_time() -> None:
    task = Task("T", "process", "M", "P", "u", created=100.0)
    run = Run(task, Script(), (), begin=100.4, cancel=Cancel(at=100.1))
    assert run.document(100.2) == run.document(100.2)
    assert [run.state(t) for t in (100.0, 100.2, 100.6)] == ["NOT_STARTED", "CANCELLING", "CANCELLED"]
    assert Outcome().clean


def test_tasks_are_forgotten_when_the_model_is_unloaded(desk: Desk) -> None:
    ended = desk.start(NIGHTLY_LOAD)
    desk.finish(ended)
    running = desk.start(NIGHTLY_LOAD)
    desk.server.clock.speed = 50  # the next request loads the model, and waits for that
    assert desk.http.post(f"{MODEL}/close").status_code == 204
    desk.get(ended, 404)
    assert [t["taskId"] for t in desk.get(f"/processes/{NIGHTLY_LOAD}/tasks")["tasks"]] == [
        running.rpartition("/")[2]
    ]
    assert desk.finish(running)["taskState"] == "COMPLETE"


def test_single_actions_have_a_past_too(desk: Desk) -> None:
    for path in (
        "/imports/112000000106",
        "/imports/112000000111",
        "/exports/116000000002",
        "/actions/117000000005",
    ):
        assert len(desk.get(f"{path}/tasks")["tasks"]) >= 4


def test_task_lists_come_in_the_order_that_is_chosen(desk: Desk) -> None:
    tasks = f"/processes/{NIGHTLY_LOAD}/tasks"

    def times(**query: str) -> list[int]:
        return [t["creationTime"] for t in desk.get(tasks, 200, **query)["tasks"]]

    oldest = times()
    assert oldest == sorted(oldest)
    assert times(sort="-creationDate") == oldest  # accepted, and without effect until told otherwise
    habits = desk.server.tenant.habits
    habits.task_order = "newest"
    assert times() == oldest[::-1]
    habits.task_order = "none"
    assert times() not in (oldest, oldest[::-1])
    assert sorted(times()) == oldest
    habits.tasks_sorted = True
    assert times(sort="creationDate") == times(sort="+creationTime") == oldest
    assert times(sort="-creationTime") == oldest[::-1]
    ids = [t["taskId"] for t in desk.get(tasks, sort="-taskId")["tasks"]]
    assert ids == sorted(ids, reverse=True)


OPTIMIZER = "117000000006"
OPTIMIZATION = "118000000017"


def test_the_log_of_an_optimizer(desk: Desk) -> None:
    path = desk.start(OPTIMIZATION)
    log = f"{MODEL}/optimizeActions/{OPTIMIZER}/tasks/{path.rpartition('/')[2]}/solutionLogs"
    assert desk.http.get(log).status_code == 404  # it runs
    desk.finish(path)
    found = desk.http.get(log)
    assert found.headers["content-type"].startswith("text/plain")
    assert "Optimal solution found" in found.text
    assert desk.http.get(log.replace(MODEL, MODEL_ONLY)).text == found.text
    alone = desk.start(OPTIMIZER, "actions")
    desk.finish(alone)
    own = desk.http.get(f"{MODEL}/optimizeActions/{OPTIMIZER}/tasks/{alone.rpartition('/')[2]}/solutionLogs")
    assert own.text.splitlines()[0] == found.text.splitlines()[0]
    assert own.text != found.text
    other_task = desk.start(NIGHTLY_LOAD)
    desk.finish(other_task)
    for action, task in (
        (OPTIMIZATION, path),
        ("117000000001", path),
        (OPTIMIZER, other_task),
        (OPTIMIZER, "/0"),
    ):
        task_id = task.rpartition("/")[2]
        assert (
            desk.http.get(f"{MODEL}/optimizeActions/{action}/tasks/{task_id}/solutionLogs").status_code == 404
        )
    with sign_in(desk.server, STANDARD_USER) as standard:
        assert standard.http.get(log).status_code == 403
        assert standard.http.get(log.replace(OPTIMIZER, "117999999999")).status_code == 403
