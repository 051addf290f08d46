"""Every fault that can be configured really happens on the wire."""

import gzip
import json
import threading
import time
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
import pytest

from anaplan_tui.demo.faults import Fault, FaultPlan
from anaplan_tui.demo.scenarios import BadScenario, load, scenarios
from anaplan_tui.demo.server import DemoServer
from anaplan_tui.demo.tables import BadTable
from tests.support.held_start import HeldStart
from tests.support.tenants import LOAD_SALES, MODEL, NIGHTLY_LOAD, PlainClient, sign_in

TASKS = f"{MODEL}/processes/{NIGHTLY_LOAD}/tasks"
BODY = {"localeName": "en_US"}


def starts(client: PlainClient) -> int:
    return len(client.get(f"/processes/{NIGHTLY_LOAD}/tasks")["tasks"])


def chunk_path(client: PlainClient) -> str:
    task = client.get(f"/processes/{NIGHTLY_LOAD}/tasks")["tasks"][-1]["taskId"]
    return f"{TASKS}/{task}/dumps/{LOAD_SALES}/chunks"


def test_which_requests_are_hit() -> None:
    plan = FaultPlan()
    plan.add(Fault("GET */x", nth=2, count=2, every=3))
    assert [bool(plan.strike("GET", "/a/x")) for _ in range(10)] == [n in (1, 4) for n in range(10)]
    assert not plan.strike("POST", "/a/x")
    plan.clear()
    plan.add(Fault("* *", count=None))
    assert all(plan.strike("PUT", "/") for _ in range(50))


@pytest.mark.parametrize(
    "table",
    [
        {"kind": "explode"},
        {"match": "GET"},
        {"nth": 0},
        {"kind": "drip"},
        {"colour": "red"},
        {"status": "503"},
        {"count": -1},
        {"body": 5},
        {"seconds": True},
        {"retry_after": "7"},
    ],
)
def test_a_fault_that_makes_no_sense(table: dict[str, object]) -> None:
    with pytest.raises(BadTable):
        FaultPlan().from_dict(table)


def test_a_status_with_and_without_retry_after(client: PlainClient) -> None:
    client.server.faults.add(
        Fault("GET */processes", status=429, retry_after=7),
        Fault("GET */imports", status=503, retry_after=30, date=True),
        Fault("GET */exports", status=500),
    )
    limited = client.http.get(f"{MODEL}/processes")
    assert (limited.status_code, limited.headers["retry-after"]) == (429, "7")
    dated = client.http.get(f"{MODEL}/imports")
    assert abs(parsedate_to_datetime(dated.headers["retry-after"]).timestamp() - time.time() - 30) < 5
    assert "retry-after" not in client.http.get(f"{MODEL}/exports").headers
    assert client.http.get(f"{MODEL}/processes").status_code == 200


def test_a_reset_before_the_work_and_an_answer_lost_after_it(client: PlainClient) -> None:
    before = starts(client)
    client.server.faults.add(Fault("POST */tasks", "reset"))
    with pytest.raises(httpx.ReadError):
        client.http.post(TASKS, json=BODY)
    assert starts(client) == before
    client.server.faults.clear()
    client.server.faults.add(
        Fault("POST */tasks", "lost"), Fault("POST */tasks", "html", status=502, work=True, nth=2)
    )
    with pytest.raises(httpx.ReadError):
        client.http.post(TASKS, json=BODY)
    assert starts(client) == before + 1
    bad = client.http.post(TASKS, json=BODY)
    assert (bad.status_code, bad.headers["content-type"]) == (502, "text/html; charset=utf-8")
    assert starts(client) == before + 2
    assert client.server.log.count("POST", "*/tasks") == 3


@pytest.mark.parametrize("kind", ["cut", "cut-reset"])
def test_a_body_cut_in_the_middle(client: PlainClient, kind: str) -> None:
    path = chunk_path(client)
    client.server.faults.add(Fault("GET */chunks/0", kind, at=0.3))
    parts: list[bytes] = []
    with client.http.stream("GET", f"{path}/0") as answer:
        assert int(answer.headers["content-length"]) == 40_000
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            parts.extend(answer.iter_raw())
    got = b"".join(parts)
    assert client.http.get(f"{path}/0").content.startswith(got)
    assert kind == "cut-reset" or len(got) == 12_000


def test_a_short_body_looks_complete(client: PlainClient) -> None:
    path = chunk_path(client)
    whole = client.http.get(f"{path}/0").content
    client.server.faults.add(Fault("GET */chunks/0", "short", bytes=17))
    assert client.http.get(f"{path}/0").content == whole[:-17]


def test_what_is_not_json(client: PlainClient) -> None:
    client.server.faults.add(
        Fault("GET */processes", "broken-json"), Fault("GET */imports", "html", status=200)
    )
    with pytest.raises(json.JSONDecodeError):
        client.http.get(f"{MODEL}/processes").json()
    page = client.http.get(f"{MODEL}/imports")
    assert page.status_code == 200
    assert page.text.startswith("<html>")


def test_a_token_that_dies(client: PlainClient) -> None:
    client.server.faults.add(Fault("GET */processes", "expire"))
    assert client.http.get(f"{MODEL}/processes").status_code == 401
    assert client.http.get(f"{MODEL}/processes").status_code == 401
    client.http.headers["authorization"] = f"AnaplanAuthToken {client.server.token()}"
    assert client.http.get(f"{MODEL}/processes").status_code == 200


def test_gzip_only_for_those_who_take_it(client: PlainClient) -> None:
    path = chunk_path(client)
    client.server.faults.add(Fault("GET */chunks/0", "gzip", count=None))
    plain = client.http.get(f"{path}/0", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    with client.http.stream("GET", f"{path}/0") as answer:
        raw = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(raw) == plain.content


def test_shapes_of_chunk_lists(client: PlainClient) -> None:
    path = chunk_path(client)

    def listed(kind: str) -> httpx.Response:
        client.server.faults.clear()
        client.server.faults.add(Fault("GET */chunks", kind))
        return client.http.get(path)

    printed = listed("chunks-malformed").text
    assert printed.count('"chunks" :') == 2
    with pytest.raises(json.JSONDecodeError):
        json.loads(printed)
    assert "chunks" not in listed("chunks-missing").json()
    assert listed("chunks-paging").json()["meta"]["paging"]["currentPageSize"] == 1
    assert [c["id"] for c in listed("chunks-unordered").json()["chunks"]] == ["1", "0", "2"]
    assert [c["id"] for c in listed("chunks-gap").json()["chunks"]] == ["0", "2"]


def test_faults_make_the_other_shapes_that_the_sources_know(client: PlainClient) -> None:
    faults = client.server.faults
    faults.add(Fault("POST */tasks", "start-bare"))
    task = client.http.post(TASKS, json=BODY).json()
    assert task.keys() == {"taskId"}
    faults.add(Fault("GET */tasks", "tasks-empty"))
    assert "tasks" not in client.get(f"/processes/{NIGHTLY_LOAD}/tasks")
    client.server.clock.advance(100)
    faults.add(Fault("GET */tasks/*", "no-process-details"))
    path = f"/processes/{NIGHTLY_LOAD}/tasks/{task['taskId']}"
    assert "duration" not in client.task(path, includeProcessDetails="true")["result"]
    assert "duration" in client.task(path, includeProcessDetails="true")["result"]
    faults.add(Fault("GET */tasks/*", "nonsense"))
    assert "task" not in client.get(path)


def test_a_drip_and_a_bandwidth_take_their_time(client: PlainClient) -> None:
    path = chunk_path(client)
    for kind, rate in (("drip", 160_000), ("bandwidth", 40_000)):
        client.server.faults.clear()
        client.server.faults.add(Fault("GET */chunks/0", kind, rate=rate))
        began = time.monotonic()
        assert len(client.http.get(f"{path}/0").content) == 40_000
        # a lower bound only: a busy machine may take longer, never less
        assert time.monotonic() - began >= 0.15


def test_a_delay_is_before_the_work(client: PlainClient) -> None:
    client.server.faults.add(Fault("POST */tasks", "delay", seconds=60))
    before = starts(client)
    with pytest.raises(httpx.ReadTimeout):
        client.http.post(TASKS, json=BODY, timeout=httpx.Timeout(20, read=0.3))
    assert starts(client) == before


def test_an_outage_and_its_end(client: PlainClient) -> None:
    path = client.start(NIGHTLY_LOAD)
    client.server.faults.outage = True
    with pytest.raises(httpx.ReadError):
        client.http.get(MODEL + path)
    client.server.faults.outage = False
    assert client.http.get(MODEL + path).status_code == 200
    url = client.server.url
    client.server.stop()
    with pytest.raises(httpx.ConnectError):
        client.http.get(MODEL + path)
    assert client.server.start() == url
    assert client.finish(path)["taskState"] == "COMPLETE"


def test_stopping_with_a_request_in_flight(client: PlainClient) -> None:
    client.server.faults.add(Fault("GET */processes", "delay", seconds=60))
    failed: list[Exception] = []

    def ask() -> None:
        try:
            client.http.get(f"{MODEL}/processes")
        except httpx.HTTPError as error:
            failed.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    client.server.wait_for("GET", "*/processes")
    client.server.stop()
    asking.join(timeout=20)
    assert isinstance(failed[0], httpx.ReadError)


def test_waiting_for_the_end_of_work_whose_client_is_gone(client: PlainClient) -> None:
    before, held = starts(client), HeldStart(client.server)
    with pytest.raises(httpx.ReadTimeout):
        client.http.post(TASKS, json=BODY, timeout=httpx.Timeout(20, read=0.01))
    client.server.wait_for("POST", "*/tasks")
    with pytest.raises(TimeoutError):
        client.server.log.wait_until_over(timeout=0.01)
    held.let_go()
    client.server.log.wait_until_over()
    assert starts(client) == before + 1


async def test_waiting_for_a_request(server: DemoServer) -> None:
    with pytest.raises(TimeoutError):
        server.wait_for("DELETE", "*", timeout=0.05)
    async with httpx.AsyncClient(base_url=server.url) as http:
        http.headers["authorization"] = f"AnaplanAuthToken {server.token()}"
        await http.get("/2/0/users/me", params={"a": "b"})
        seen = await server.wait_for_async("GET", "*/users/me", answered=True)
    assert (seen.status, seen.user, seen.query, seen.body) == (200, "demo@example.com", "a=b", b"")
    server.log.clear()
    assert len(server.log) == 0


def test_the_limit_of_requests_is_the_tenants(client: PlainClient) -> None:
    plan = FaultPlan(per_minute=3)
    assert [plan.admits(now) for now in (0.0, 0.0, 0.0, 0.0, 10.0, 25.0)] == [
        True,
        True,
        True,
        False,
        False,
        True,
    ]
    client.server.faults.per_minute = 2
    codes = [client.http.get("/2/0/users/me").status_code for _ in range(3)]
    assert codes == [200, 200, 429]
    client.server.clock.advance(60)
    assert client.http.get("/2/0/users/me").status_code == 200


def test_every_shape_of_dump_can_be_fetched_at_once() -> None:
    with DemoServer(scenario="dumps") as server, sign_in(server).http as http:
        client = PlainClient(server, http)
        found = {}
        for process in client.get("/processes")["processes"]:
            if process["name"].startswith("Dump "):
                task = client.get(f"/processes/{process['id']}/tasks")["tasks"][-1]["taskId"]
                dump = f"/processes/{process['id']}/tasks/{task}/dumps/112{process['id'][3:]}"
                listed = client.get(f"{dump}/chunks").get("chunks", [])
                found[process["name"]] = (len(listed), client.http.get(MODEL + dump).content)
        assert len(found) >= 15
        assert found["Dump that is empty"] == (0, b"")
        assert found["Dump of one byte chunks"][0] == 200
        assert found["Dump with tabs"][1].count(b"\t") > 200
        assert found["Dump of 108 chunks"][0] == 108


def test_ready_made_scenarios() -> None:
    for name in scenarios():
        with DemoServer(scenario=name, speed=100, latency=0) as server:
            answer = httpx.post(f"{server.url}/token/authenticate", auth=("demo@example.com", "demo"))
            assert answer.status_code == (200 if name == "gateway" else 201)


def test_hostile_names_arrive_as_they_are() -> None:
    with DemoServer(scenario="hostile") as server, sign_in(server).http as http:
        names = [p["name"] for p in http.get(f"{MODEL}/processes").json()["processes"] if "name" in p]
        assert "[/b] z" in names
        assert any("\x1b]52;" in str(name) for name in names)
        assert None in names
        client = PlainClient(server, http)
        odd = client.finish(client.start("118000000150"))
        assert odd["progress"] == "0.5"
        dump = client.start("118000000103")
        client.finish(dump)
        assert b"\x1b[31m" in client.joined(f"{dump}/dumps/112000000203")


def test_busy_and_many_and_empty() -> None:
    with DemoServer(scenario="busy") as server, sign_in(server).http as http:
        busy = http.get(f"{MODEL}/status").json()["requestStatus"]
        assert 0 < busy["progress"] < 1
        own = PlainClient(server, http).start(NIGHTLY_LOAD)
        assert PlainClient(server, http).task(own)["taskState"] == "NOT_STARTED"
    with DemoServer(scenario="many") as server, sign_in(server).http as http:
        assert len(http.get(f"{MODEL}/processes").json()["processes"]) == 5_000
    with DemoServer(scenario="empty") as server, sign_in(server).http as http:
        assert "processes" not in http.get(f"{MODEL}/processes").json()


def test_a_scenario_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    fault = '[[faults]]\nmatch = "GET */users/me"\nkind = "status"\nstatus = 418\ncount = 0\n'
    habits = '[habits]\nbare_start = true\npage_limit = 7\ntask_order = "none"\n'
    path.write_text(f'base = "slow"\nspeed = 20\n{fault}{habits}')
    found = load(str(path))
    assert (found.speed, found.latency, found.faults[0].count) == (20, 0.15, None)
    with DemoServer(scenario=str(path), latency=0) as server, sign_in(server).http as http:
        assert [http.get("/2/0/users/me").status_code for _ in range(3)] == [418, 418, 418]
        assert http.post(TASKS, json=BODY).json().keys() == {"taskId"}
        assert len(http.get(f"{MODEL}/processes").json()["processes"]) == 7


@pytest.mark.parametrize(
    "text",
    [
        "speed = 'fast'",
        "sped = 2",
        "[[faults]]\nkind = 'boom'",
        "not toml",
        'base = "unknown"',
        "past = 1.5",
        "past = 'many'",
        "habits = 3",
        "[habits]\nshoe_size = 45",
        "[habits]\nbare_start = 1",
        "[habits]\ntask_order = 'random'",
    ],
)
def test_a_scenario_file_that_makes_no_sense(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(text)
    with pytest.raises(BadScenario):
        load(str(path))


def test_an_unknown_scenario() -> None:
    with pytest.raises(BadScenario, match="there are company"):
        load("compny")
