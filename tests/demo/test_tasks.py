"""Runs: started, queued, cancelled, and every way they end (service.md §4 to §6)."""

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
    PlainClient,
    sign_in,
)


@pytest.fixture(autouse=True)
def _standing_clock(server: DemoServer) -> None:
    """Time passes only when a test says so: a slow machine must not affect what is asserted."""
    server.clock.speed = 0


def test_a_run_goes_through_its_states(client: PlainClient) -> None:
    path = client.start(NIGHTLY_LOAD)
    waiting = client.task(path)
    assert (waiting["taskState"], waiting["progress"]) == ("NOT_STARTED", 0.0)
    assert "result" not in waiting
    steps, progress = [], [0.0]
    for _ in range(60):
        client.server.clock.advance(1)
        task = client.task(path)
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


def test_the_showpiece_ends_as_the_sources_show_it(client: PlainClient) -> None:
    result = client.run(NIGHTLY_LOAD)
    assert (result["successful"], result["failureDumpAvailable"]) == (False, True)
    ends = [(e["successful"], e["failureDumpAvailable"]) for e in result["nestedResults"]]
    assert ends == [(True, False), (True, True), (False, True), (True, False), (True, False)]
    assert not any("objectName" in entry for entry in result["nestedResults"])
    sales = result["nestedResults"][1]["details"]
    assert sales[0]["type"] == "lineItemRowsProcessedWithFailures"
    assert sales[0]["values"] == ["lineItemName", "Menge", "rowCount", "4000", "failureCount", "1234"]
    assert [d["occurrences"] for d in sales] == [0, 1100, 134]


def test_the_failure_of_the_official_page(client: PlainClient) -> None:
    task = client.finish(client.start(WEEKLY_TARGETS_LOAD))
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


def test_ends_that_contradict_themselves(client: PlainClient) -> None:
    ignored = client.run("118000000001")
    assert (ignored["successful"], ignored["failureDumpAvailable"], ignored["details"]) == (False, False, [])
    assert [e["successful"] for e in ignored["nestedResults"]] == [True]
    denied = client.run("118000000008")
    assert denied["failureDumpAvailable"] is False
    assert [e["failureDumpAvailable"] for e in denied["nestedResults"]] == [False, True, True, False]
    no_evidence = client.run("118000000012")
    assert no_evidence["successful"] is False
    assert all(e["successful"] for e in no_evidence["nestedResults"])
    praised = client.finish(client.start("118000000013"))
    result = praised["result"]
    assert (result["successful"], result["failureDumpAvailable"]) == (True, False)
    assert [(e["failureDumpAvailable"], e.get("objectName")) for e in result["nestedResults"]] == [
        (True, "Failures for Inventory from inventory.csv"),
        (False, None),
    ]
    assert praised["progress"] == 1
    bare = client.run("118000000014")["nestedResults"]
    assert all(e.keys() == {"failureDumpAvailable", "objectId", "successful"} for e in bare)
    assert "result" not in client.finish(client.start("118000000026"))


def test_what_follows_a_failed_action(client: PlainClient) -> None:
    assert len(client.run("118000000022")["nestedResults"]) == 1
    listed = client.run("118000000023")["nestedResults"]
    assert [e["successful"] for e in listed] == [False, False, False]
    assert "details" not in listed[1]


def test_timing_only_on_request_and_as_text(client: PlainClient) -> None:
    path = client.start(NIGHTLY_LOAD)
    assert "duration" not in client.finish(path)["result"]
    timed = client.task(path, includeProcessDetails="true")["result"]
    assert int(timed["duration"]) == pytest.approx(
        sum(int(e["duration"]) for e in timed["nestedResults"]), abs=5
    )
    assert int(timed["startTime"]) >= client.task(path)["creationTime"]


def test_a_second_task_waits_for_the_first(client: PlainClient) -> None:
    first, second = client.start(NIGHTLY_LOAD), client.start("118000000033")
    client.server.clock.advance(5)
    assert client.task(first)["taskState"] == "IN_PROGRESS"
    assert client.task(second)["taskState"] == "NOT_STARTED"
    assert client.http.delete(MODEL + first).json()["task"]["taskState"] == "CANCELLING"
    client.server.clock.advance(3.0)
    assert client.task(first)["taskState"] == "CANCELLED"
    assert client.task(second)["taskState"] == "IN_PROGRESS"
    assert client.finish(second)["taskState"] == "COMPLETE"


def test_a_task_cancelled_in_the_queue_never_runs(client: PlainClient) -> None:
    first, second, third = (client.start(NIGHTLY_LOAD) for _ in range(3))
    client.server.clock.advance(5)
    client.http.delete(MODEL + second)
    client.server.clock.advance(1)
    assert client.task(second)["taskState"] == "CANCELLED"
    assert client.task(first)["taskState"] == "IN_PROGRESS"
    assert client.finish(third)["taskState"] == "COMPLETE"


def test_a_cancel_that_comes_too_late(client: PlainClient) -> None:
    path = client.start(MONTH_END)
    client.server.clock.advance(3)
    client.http.delete(MODEL + path)
    assert client.task(path)["taskState"] == "CANCELLING"
    assert client.finish(path)["taskState"] == "COMPLETE"


def test_a_cancel_that_leaves_a_result(client: PlainClient) -> None:
    path = client.start(QUARTER_END)
    client.server.clock.advance(5)
    client.http.delete(MODEL + path)
    task = client.finish(path)
    assert task["taskState"] == "CANCELLED"
    nested = task["result"]["nestedResults"]
    assert [e["successful"] for e in nested] == [True, False]
    assert nested[1]["details"] == [{"occurrences": 0, "type": "msgImportCancelled"}]


def test_somebody_else_cancels(client: PlainClient, other: PlainClient) -> None:
    path = client.start(FORECAST_REBUILD)
    client.server.clock.advance(8.5)
    assert client.task(path)["taskState"] == "CANCELLING"
    task = client.finish(path)
    assert (task["taskState"], task["cancelledBy"]) == ("CANCELLED", "Ana Planner")
    mine = client.start(NIGHTLY_LOAD)
    client.server.clock.advance(2)
    assert other.http.delete(MODEL + mine).json()["task"]["cancelledBy"] == "Ana Planner"


def test_a_finished_task_cannot_be_cancelled(client: PlainClient) -> None:
    path = client.start("118000000033")
    before = client.finish(path)
    answer = client.http.delete(MODEL + path)
    assert answer.json()["task"] == before
    client.server.tenant.habits.cancel_answers_204 = True
    assert client.http.delete(MODEL + path).status_code == 204


def test_task_lists_are_everybodys_and_hold_the_past(client: PlainClient, other: PlainClient) -> None:
    before = client.get(f"/processes/{NIGHTLY_LOAD}/tasks")["tasks"]
    assert len(before) >= 5
    assert before[0].keys() == {"taskId", "taskState", "creationTime"}
    started = other.start(NIGHTLY_LOAD).rpartition("/")[2]
    assert [t["taskId"] for t in client.get(f"/processes/{NIGHTLY_LOAD}/tasks")["tasks"]] == [
        *(t["taskId"] for t in before),
        started,
    ]
    assert "tasks" not in client.get("/processes/118999999999/tasks")


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
def test_a_start_that_is_not_understood(client: PlainClient, body: dict[str, object]) -> None:
    tasks = f"/processes/{NIGHTLY_LOAD}/tasks"
    before = client.get(tasks)["tasks"]
    assert client.http.post(MODEL + tasks, json=body).status_code == 400
    assert client.http.post(MODEL + tasks, content=b"{").status_code == 400
    assert client.get(tasks)["tasks"] == before
    assert client.http.post(f"{MODEL}/processes/118999999999/tasks", json=body).status_code == 404


def test_a_prompted_version(client: PlainClient) -> None:
    def outcome(**body: Any) -> bool:
        return bool(client.run("118000000024", **body)["nestedResults"][0]["successful"])

    assert outcome(mappingParameters=[{"entityType": "Version", "entityName": "Actual"}])
    assert not outcome(mappingParameters=[{"entityType": "Version", "entityName": "Never"}])
    assert not outcome()


def test_imports_exports_and_actions_run_alone(client: PlainClient) -> None:
    sales = client.run(LOAD_SALES, "imports")
    assert (sales["objectId"], sales["failureDumpAvailable"]) == (LOAD_SALES, True)
    assert "nestedResults" not in sales
    regions = client.run(LOAD_REGIONS, "imports")
    assert regions["successful"] is False
    assert client.run("116000000001", "exports")["details"][0]["type"] == "exportSucceeded"
    assert client.run("117000000001", "actions")["details"][0]["type"] == "deleteFromSelectionSucceeded"


def test_a_document_is_a_function_of_time() -> None:
    task = Task("T", "process", "M", "P", "u", created=100.0)
    run = Run(task, Script(), (), begin=100.4, cancel=Cancel(at=100.1))
    cancelling = run.document(100.2)
    assert run.document(100.6) != cancelling
    assert run.document(100.2) == cancelling, "asking changed it"
    assert [run.state(t) for t in (100.0, 100.2, 100.6)] == ["NOT_STARTED", "CANCELLING", "CANCELLED"]
    assert Outcome().clean


def test_tasks_are_forgotten_when_the_model_is_unloaded(client: PlainClient) -> None:
    ended = client.start(NIGHTLY_LOAD)
    client.finish(ended)
    running = client.start(NIGHTLY_LOAD)
    client.server.clock.speed = 50  # the next request loads the model and waits for it
    assert client.http.post(f"{MODEL}/close").status_code == 204
    client.get(ended, 404)
    assert [t["taskId"] for t in client.get(f"/processes/{NIGHTLY_LOAD}/tasks")["tasks"]] == [
        running.rpartition("/")[2]
    ]
    assert client.finish(running)["taskState"] == "COMPLETE"


def test_single_actions_have_a_past_too(client: PlainClient) -> None:
    for path in (
        "/imports/112000000106",
        "/imports/112000000111",
        "/exports/116000000002",
        "/actions/117000000005",
    ):
        assert len(client.get(f"{path}/tasks")["tasks"]) >= 4


def test_task_lists_come_in_the_order_that_is_chosen(client: PlainClient) -> None:
    tasks = f"/processes/{NIGHTLY_LOAD}/tasks"

    def times(**query: str) -> list[int]:
        return [t["creationTime"] for t in client.get(tasks, 200, **query)["tasks"]]

    oldest = times()
    assert oldest == sorted(oldest)
    assert times(sort="-creationDate") == oldest  # accepted, and without effect unless configured
    habits = client.server.tenant.habits
    habits.task_order = "newest"
    assert times() == oldest[::-1]
    habits.task_order = "none"
    assert times() not in (oldest, oldest[::-1])
    assert sorted(times()) == oldest
    habits.tasks_sorted = True
    assert times(sort="creationDate") == times(sort="+creationTime") == oldest
    assert times(sort="-creationTime") == oldest[::-1]
    ids = [t["taskId"] for t in client.get(tasks, sort="-taskId")["tasks"]]
    assert ids == sorted(ids, reverse=True)


OPTIMIZER = "117000000006"
OPTIMIZATION = "118000000017"


def test_the_log_of_an_optimizer(client: PlainClient) -> None:
    path = client.start(OPTIMIZATION)
    log = f"{MODEL}/optimizeActions/{OPTIMIZER}/tasks/{path.rpartition('/')[2]}/solutionLogs"
    assert client.http.get(log).status_code == 404  # it is live
    client.finish(path)
    found = client.http.get(log)
    assert found.headers["content-type"].startswith("text/plain")
    assert "Optimal solution found" in found.text
    assert client.http.get(log.replace(MODEL, MODEL_ONLY)).text == found.text
    alone = client.start(OPTIMIZER, "actions")
    client.finish(alone)
    own = client.http.get(
        f"{MODEL}/optimizeActions/{OPTIMIZER}/tasks/{alone.rpartition('/')[2]}/solutionLogs"
    )
    assert own.text.splitlines()[0] == found.text.splitlines()[0]
    assert own.text != found.text
    other_task = client.start(NIGHTLY_LOAD)
    client.finish(other_task)
    for action, task in (
        (OPTIMIZATION, path),
        ("117000000001", path),
        (OPTIMIZER, other_task),
        (OPTIMIZER, "/0"),
    ):
        task_id = task.rpartition("/")[2]
        assert (
            client.http.get(f"{MODEL}/optimizeActions/{action}/tasks/{task_id}/solutionLogs").status_code
            == 404
        )
    with sign_in(client.server, STANDARD_USER) as standard:
        assert standard.http.get(log).status_code == 403
        assert standard.http.get(log.replace(OPTIMIZER, "117999999999")).status_code == 403
