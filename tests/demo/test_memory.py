"""A model is opened, closed and unloaded: service.md §5.1, §8.4, §9.2."""

import threading
from dataclasses import replace
from typing import Any

from anaplan_tui.demo.company import DEMAND_PLAN, NO_ACCESS
from anaplan_tui.demo.memory import CLOSE_SECONDS, Memory
from tests.support.tenants import MODEL, MODEL_ONLY, NIGHTLY_LOAD, STANDARD_USER, PlainClient, sign_in

LOAD = 6.0


def step(client: PlainClient) -> tuple[Any, Any]:
    status = client.get("/status")["requestStatus"]
    return status["currentStep"], status["progress"]


def test_closing_and_opening_take_their_time(client: PlainClient) -> None:
    assert step(client) == ("Open", -1.0)
    closed = client.http.post(f"{MODEL_ONLY}/close", headers={"content-type": "application/text"})
    assert (closed.status_code, closed.content) == (204, b"")
    assert step(client) == ("Closing", -1.0)
    client.server.clock.advance(CLOSE_SECONDS)
    assert step(client) == ("Closed", -1.0)
    client.later(3600)
    assert step(client) == ("Closed", -1.0)  # polling does not wake it
    assert client.http.get(f"/2/0/models/{DEMAND_PLAN}").status_code == 200
    assert step(client) == ("Closed", -1.0)
    opened = client.http.post(f"{MODEL_ONLY}/open")
    assert (opened.status_code, opened.content) == (202, b"")
    name, progress = step(client)
    assert name == "Loading"
    assert 0.0 <= progress < 0.9
    client.server.tenant.habits.loading_step = "Updating"
    assert step(client)[0] == "Updating"
    client.server.clock.advance(LOAD)
    assert step(client) == ("Open", -1.0)


def test_a_request_that_needs_the_model_loads_it_and_waits(client: PlainClient) -> None:
    client.http.post(f"{MODEL}/close")
    client.server.clock.advance(CLOSE_SECONDS)
    answers: list[int] = []

    def ask() -> None:
        with sign_in(client.server) as asking:
            answers.append(asking.http.get(f"{MODEL}/processes").status_code)

    asking = threading.Thread(target=ask)
    asking.start()
    client.server.wait_for("GET", "*/processes")
    while step(client)[0] == "Closed":
        pass
    assert step(client)[0] == "Loading"
    assert answers == []
    client.server.clock.advance(LOAD)
    asking.join()
    assert answers == [200]


def test_only_administrators_open_and_close(client: PlainClient) -> None:
    with sign_in(client.server, STANDARD_USER) as standard:
        for call in ("open", "close"):
            assert standard.http.post(f"{MODEL}/{call}").status_code == 404
    assert client.http.post(f"/2/0/models/{NO_ACCESS}/close").status_code == 404
    assert step(client) == ("Open", -1.0)


def test_an_idle_model_is_unloaded_and_a_used_one_is_not(client: PlainClient) -> None:
    client.server.tenant.company = replace(client.server.tenant.company, idle_after=3600.0)
    task = client.start(NIGHTLY_LOAD)
    client.finish(task)
    for _ in range(2):
        client.later(1800)
        assert client.task(task)["taskState"] == "COMPLETE"
    client.later(3600 + 2 * CLOSE_SECONDS)
    assert step(client) == ("Closed", -1.0)
    client.server.clock.speed = 50
    assert "tasks" not in client.get(f"/processes/{NIGHTLY_LOAD}/tasks")
    client.get(task, 404)


def test_a_model_that_closes_is_loaded_after_that() -> None:
    closing = Memory().closed(100.0)
    assert [closing.state(at) for at in (100.0, 101.9, 102.0)] == ["closing", "closing", "closed"]
    assert closing.closed(101.0) == closing
    again = closing.opened(101.0, 10.0)
    assert [again.state(at) for at in (101.0, 102.0, 111.9, 112.0)] == [
        "closing",
        "loading",
        "loading",
        "open",
    ]
    assert (again.wait(101.0), again.progress(107.0), again.progress(112.0)) == (11.0, 0.5, -1.0)
    assert again.opened(200.0, 10.0) == again
