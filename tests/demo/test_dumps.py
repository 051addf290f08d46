"""Dumps over HTTP: who may read them, how long, in which chunks (service.md §7)."""

import pytest

from anaplan_tui.demo.company import DEMAND_PLAN
from anaplan_tui.demo.content import Blob
from tests.support.tenants import LOAD_REGIONS, LOAD_SALES, MODEL, MODEL_ONLY, NIGHTLY_LOAD, PlainClient

HOUR = 3600


def ended(client: PlainClient) -> str:
    """Return the path of a Nightly load that has just ended."""
    path = client.start(NIGHTLY_LOAD)
    client.finish(path)
    return path


def test_chunks_joined_are_the_whole(client: PlainClient) -> None:
    path = ended(client)
    for object_id, chunks in ((LOAD_SALES, 3), (LOAD_REGIONS, 1)):
        dump = f"{path}/dumps/{object_id}"
        listed = client.get(f"{dump}/chunks")
        assert listed["chunks"] == [{"id": str(n), "name": f"Chunk {n}"} for n in range(chunks)]
        whole = client.http.get(MODEL + dump)
        assert whole.content == client.joined(dump)
        assert int(whole.headers["content-length"]) == len(whole.content)
        assert client.http.get(MODEL_ONLY + dump).content == whole.content


def test_the_chunk_list_is_paged(client: PlainClient) -> None:
    dump = f"{ended(client)}/dumps/{LOAD_SALES}/chunks"
    assert [c["id"] for c in client.get(dump, limit=2, offset=1)["chunks"]] == ["1", "2"]
    assert "chunks" not in client.get(dump, offset=3)


@pytest.mark.parametrize("number", ["3", "-1", "x", "1.0", "٣"])
def test_an_unknown_chunk_is_404(client: PlainClient, number: str) -> None:
    client.get(f"{ended(client)}/dumps/{LOAD_SALES}/chunks/{number}", 404)


def test_an_action_without_a_dump_is_404(client: PlainClient) -> None:
    path = ended(client)
    client.get(f"{path}/dumps/112000000101/chunks", 404)
    client.get(f"{path}/dumps/116000000001/chunks", 404)
    client.get(f"{path}/dump/chunks", 404)
    assert client.task(path)["result"]["nestedResults"][1]["failureDumpAvailable"] is True


def test_a_flag_may_promise_a_dump_that_is_not_there(client: PlainClient) -> None:
    path = client.start("118000000025")
    entry = client.finish(path)["result"]["nestedResults"][0]
    assert entry["failureDumpAvailable"] is True
    client.get(f"{path}/dumps/{entry['objectId']}/chunks", 404)


def test_only_the_newest_task_of_a_user_has_its_dumps(client: PlainClient, other: PlainClient) -> None:
    first = ended(client)
    others = ended(other)
    dump = f"dumps/{LOAD_SALES}/chunks"
    client.get(f"{first}/{dump}")
    client.get(f"{others}/{dump}", 404)
    other.get(f"{others}/{dump}")
    second = ended(client)
    client.get(f"{second}/{dump}")
    client.get(f"{first}/{dump}", 404)
    assert client.task(first)["result"]["nestedResults"][1]["failureDumpAvailable"] is True
    other.get(f"{others}/{dump}")


def test_a_single_import_takes_the_same_slot(client: PlainClient) -> None:
    process = ended(client)
    alone = client.start(LOAD_SALES, "imports")
    client.finish(alone)
    client.get(f"{process}/dumps/{LOAD_SALES}/chunks", 404)
    client.get(f"{process}/dumps/{LOAD_REGIONS}/chunks")
    assert client.joined(f"{alone}/dump") == client.http.get(f"{MODEL}{alone}/dump").content
    assert client.http.get(f"{MODEL}{alone}/dump").headers["content-type"].startswith("text/plain")
    client.get(f"{alone}/dumps/{LOAD_SALES}/chunks", 404)


def test_a_clean_run_of_the_import_removes_the_dump(client: PlainClient) -> None:
    path = ended(client)
    assert client.run("118000000007")["successful"] is True
    client.get(f"{path}/dumps/{LOAD_REGIONS}/chunks", 404)
    client.get(f"{path}/dumps/{LOAD_SALES}/chunks")


def test_a_dump_goes_48_hours_after_it_was_last_read(client: PlainClient) -> None:
    path = ended(client)
    dump = f"{path}/dumps/{LOAD_SALES}/chunks"
    for hours, status in ((40, 200), (40, 200), (49, 404)):
        client.later(hours * HOUR)
        client.get(dump, status)


def test_there_is_no_dump_before_the_end(client: PlainClient) -> None:
    path = client.start(NIGHTLY_LOAD)
    client.server.clock.advance(20)
    assert client.task(path)["taskState"] == "IN_PROGRESS"
    client.get(f"{path}/dumps/{LOAD_SALES}/chunks", 404)


def test_a_planted_dump_is_served_as_it_is(client: PlainClient) -> None:
    content = Blob("a\r\nü€".encode(), chunk_size=1)
    task = client.server.tenant.plant_dump(content, DEMAND_PLAN, NIGHTLY_LOAD, LOAD_SALES)
    assert client.joined(f"/processes/{NIGHTLY_LOAD}/tasks/{task}/dumps/{LOAD_SALES}") == content.data


def test_the_ledger_dump_is_large_and_exact(client: PlainClient) -> None:
    path = client.start("118000000015")
    client.finish(path)
    dump = f"{path}/dumps/112000000110"
    assert len(client.get(f"{dump}/chunks")["chunks"]) >= 12
    last = client.http.get(f"{MODEL}{dump}/chunks/13").content
    assert last.endswith(b"\r\n")
    assert 0 < len(last) <= 10_000_000
