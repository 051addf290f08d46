"""Every client method on the demo tenant, and answer shapes that only scripted bytes can have."""

import asyncio
import json
import zlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.api.errors import AnaplanError, NotFound, Refused, Unreadable
from anaplan_tui.api.refs import DumpRef, FileRef, Kind, TargetRef, TaskRef
from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.server import DemoServer
from tests.support.raw_server import (
    MODEL,
    PROCESS,
    TASK,
    WORKSPACE,
    RawServer,
    Reply,
    Seen,
    http,
    in_turn,
    talking_to,
    targets_of,
)

DUMP = DumpRef(TASK, "112000000031")


async def ended(client: AnaplanClient, target: TargetRef) -> TaskRef:
    """Start a target and wait for its end."""
    ref = TaskRef(target, await client.start(target))
    async with asyncio.timeout(60):
        while True:
            if (await client.task(ref)).state == "COMPLETE":
                return ref
            await asyncio.sleep(0.05)


async def named(client: AnaplanClient, kind: Kind, name: str) -> TargetRef:
    found = next(target for target in await targets_of(client, MODEL, kind) if target.name == name)
    return TargetRef(MODEL, kind, found.id)


async def test_lists_hold_what_the_tenant_has(client: AnaplanClient) -> None:
    assert (await client.me()).email == "demo@example.com"
    assert WORKSPACE in [workspace.id for workspace in await client.workspaces()]
    everywhere, here = await client.models(), await client.models(WORKSPACE)
    assert set() < {model.id for model in here} < {model.id for model in everywhere}
    assert all(model.workspace_id == WORKSPACE for model in here)
    assert (await client.model(MODEL.model_id)).name == "Demand plan"
    assert not (await client.model_status(MODEL)).busy
    assert len(await targets_of(client, MODEL, Kind.PROCESS)) >= 40
    for kind in Kind:
        targets = await targets_of(client, MODEL, kind)
        assert targets
        assert all(target.id.startswith("11") for target in targets)


async def test_a_process_and_what_it_reads(client: AnaplanClient) -> None:
    detail = await client.process(PROCESS)
    assert [action.action_type for action in detail.actions] == ["IMPORT"]
    source = detail.actions[0].data_source_id
    assert source in {file.id for file in await client.files(MODEL)}
    expected = await client.import_detail(TargetRef(MODEL, Kind.IMPORT, detail.actions[0].id))
    assert expected.header_names
    assert expected.column_separator == ","


async def test_a_run_from_start_to_end(client: AnaplanClient, tenant: DemoServer) -> None:
    ref = await ended(client, PROCESS)
    task = await client.task(ref)
    assert task.result is not None
    assert task.result.nested[0].duration_ms
    assert task.raw["taskId"] == ref.task_id
    listed = await client.tasks(PROCESS)
    assert listed.items[0].task_id == ref.task_id
    created = [task.created_at or datetime.min for task in listed.items]
    assert created == sorted(created, reverse=True)
    assert listed.server_time is not None
    assert tenant.log.count("POST", "*/tasks") == 1


async def test_a_start_with_parameters_keeps_their_order(client: AnaplanClient, tenant: DemoServer) -> None:
    await client.start(PROCESS, locale="de_DE", parameters=[("Version", "Actual"), ("Time", "Jan 26")])
    (start,) = tenant.log.matching("POST", "*/tasks")
    assert start.body == (
        b'{"localeName":"de_DE","mappingParameters":'
        b'[{"entityType":"Version","entityName":"Actual"},{"entityType":"Time","entityName":"Jan 26"}]}'
    )


async def test_a_cancel_is_sent_once(client: AnaplanClient, tenant: DemoServer) -> None:
    target = await named(client, Kind.PROCESS, "Month end close")
    ref = TaskRef(target, await client.start(target))
    await client.cancel(ref)
    assert tenant.log.count("DELETE", f"*/tasks/{ref.task_id}") == 1


@pytest.mark.parametrize("status", [200, 202, 204])
async def test_a_cancel_may_be_answered_by_nothing(status: int) -> None:
    async with RawServer(in_turn(http(status))) as server, talking_to(server) as client:
        await client.cancel(TASK)


async def test_an_upload_in_chunks(client: AnaplanClient, tenant: DemoServer) -> None:
    file = FileRef(MODEL, (await client.files(MODEL))[0].id)
    await client.announce_upload(file, 2)
    await client.put_chunk(file, 0, b"a,b\r\n", gzipped=False)
    packed = zlib.compressobj(wbits=31)
    await client.put_chunk(file, 1, packed.compress(b"1,2\r\n") + packed.flush(), gzipped=True)
    await client.complete_upload(file)
    types = [entry.headers["content-type"] for entry in tenant.log.matching("PUT")]
    assert types == ["application/octet-stream", "application/x-gzip"]


async def test_a_task_that_is_not_there(client: AnaplanClient) -> None:
    with pytest.raises(NotFound) as caught:
        await client.task(TASK)
    assert caught.value.status == 404


# --- shapes


def json_answer(document: object, *headers: str) -> bytes:
    return http(200, json.dumps(document).encode(), "Content-Type: application/json", *headers)


@pytest.mark.parametrize(
    "answer",
    [
        {"task": {"taskId": "T1"}, "meta": {}, "status": {"code": 200}},
        {"taskId": "T1"},
        {"task": {"taskId": "T1", "taskState": "NOT_STARTED"}},
        {"task": {"taskUrl": "https://api.example/2/0/models/M/processes/P/tasks/T1"}},
        {"taskUrl": "/tasks/T1/"},
    ],
)
async def test_every_shape_of_a_start_answer(answer: object) -> None:
    async with RawServer(in_turn(json_answer(answer))) as server, talking_to(server) as client:
        assert await client.start(PROCESS) == "T1"


@pytest.mark.parametrize(
    "body", [b"", b"<html>Sign in</html>", b'{"task":{"taskId"', b"[]", b'{"task":{}}', b"NaN"]
)
async def test_a_start_answer_without_a_task_id_leaves_the_outcome_open(body: bytes) -> None:
    async with RawServer(in_turn(http(200, body))) as server, talking_to(server) as client:
        with pytest.raises(Unreadable) as caught:
            await client.start(PROCESS)
        assert caught.value.outcome_unknown
        assert len(server.seen) == 1


async def test_the_status_verb_that_works_is_remembered() -> None:
    def respond(request: Seen) -> bytes:
        if request.method == "GET":
            return http(405)
        return json_answer({"requestStatus": {"currentStep": "Processing ...", "progress": 0.5}})

    async with RawServer(respond) as server, talking_to(server) as client:
        assert (await client.model_status(MODEL)).busy
        assert (await client.model_status(MODEL)).progress == 0.5
        assert [request.method for request in server.seen] == ["GET", "POST", "POST"]


async def test_process_details_are_not_asked_for_again_where_they_are_refused() -> None:
    def respond(request: Seen) -> bytes:
        if "includeProcessDetails" in request.target:
            return http(400)
        return json_answer({"task": {"taskState": "IN_PROGRESS"}})

    async with RawServer(respond) as server, talking_to(server) as client:
        assert (await client.task(TASK)).task_id == TASK.task_id
        await client.task(TASK)
        assert len(server.seen) == 3


async def test_a_400_that_is_not_about_the_details_stays_one() -> None:
    async with RawServer(in_turn(http(400))) as server, talking_to(server) as client:
        with pytest.raises(Refused):
            await client.task(TASK)
        with pytest.raises(Refused):
            await client.task(TASK)
        assert "includeProcessDetails" in server.seen[-2].target


@pytest.mark.parametrize(
    "document", [{}, {"meta": {}, "status": {"code": 200}}, {"foo": {}}, [], "text", {"task": 5}]
)
async def test_a_document_of_another_shape(document: object) -> None:
    async with RawServer(in_turn(json_answer(document))) as server, talking_to(server) as client:
        with pytest.raises(Unreadable):
            await client.task(TASK)


async def test_the_clock_of_the_tenant() -> None:
    answer = json_answer({"user": {"id": "u"}}, "Date: Wed, 22 Nov 2028 10:00:00 GMT")
    async with RawServer(in_turn(answer)) as server, talking_to(server) as client:
        await client.me()
        theirs = datetime(2028, 11, 22, 10, tzinfo=UTC) - datetime.now(UTC)
        assert client.server_offset_s == pytest.approx(theirs.total_seconds(), abs=60)


async def test_the_clock_of_a_tenant_that_does_not_tell_it() -> None:
    async with RawServer(in_turn(json_answer({"user": {}}))) as server, talking_to(server) as client:
        await client.me()
        assert client.server_offset_s is None


async def test_a_document_too_big_is_refused_while_it_comes() -> None:
    answer = Reply(http(200, b" " * 300_000, length=10**12), then="hang")
    async with RawServer(in_turn(answer)) as server, talking_to(server, max_body_bytes=2**17) as client:
        with pytest.raises(Unreadable, match="more than"):
            await client.me()


async def test_a_big_document_is_read() -> None:
    rows = [{"id": str(number), "name": "n" * 300} for number in range(1000)]
    body = {"meta": {"paging": {"totalSize": 1000}}, "processes": rows}
    async with RawServer(in_turn(json_answer(body))) as server, talking_to(server) as client:
        assert len(await targets_of(client, MODEL, Kind.PROCESS)) == 1000


# --- chunks


@pytest.mark.parametrize("kind", ["chunks-missing", "chunks-malformed", "chunks-paging", "chunks-unordered"])
async def test_chunk_lists_in_their_known_disorders(
    kind: str, client: AnaplanClient, tenant: DemoServer
) -> None:
    ref = await ended(client, await named(client, Kind.PROCESS, "Nightly load"))
    task = await client.task(ref)
    assert task.result is not None
    dumped = next(action for action in task.result.nested if action.failure_dump_available)
    dump = DumpRef(ref, dumped.object_id)
    plain = await client.chunks(dump)
    assert [chunk.id for chunk in plain] == [str(number) for number in range(len(plain))]
    tenant.faults.add(Fault("GET *chunks", kind, count=None))
    assert [c.id for c in await client.chunks(dump)] == (
        [] if kind == "chunks-missing" else [c.id for c in plain]
    )


async def test_a_chunk_is_streamed_as_it_is(client: AnaplanClient, tenant: DemoServer) -> None:
    ref = await ended(client, await named(client, Kind.PROCESS, "Nightly load"))
    task = await client.task(ref)
    assert task.result is not None
    dump = DumpRef(ref, next(a for a in task.result.nested if a.failure_dump_available).object_id)
    async with client.stream_chunk(dump, "0") as stream:
        plain = await stream.drain(b"".join)
        assert plain.startswith(stream.first)
        assert stream.length == len(plain) > 0
    tenant.faults.add(Fault("GET *chunks/0", "gzip", count=None))
    async with client.stream_chunk(dump, "0") as stream:
        assert stream.length is None
        assert await stream.drain(b"".join) == plain


async def test_the_official_chunk_list_can_be_read() -> None:
    """The official page's sample, which is not valid JSON (service.md §7.2)."""
    body = (Path(__file__).parent / "chunk_list.txt").read_bytes()
    async with RawServer(in_turn(http(200, body))) as server, talking_to(server) as client:
        assert [chunk.id for chunk in await client.chunks(DUMP)] == ["0", "1", "2"]
        assert len(server.seen) == 1


@pytest.mark.parametrize("cut", [60, 180, 330, 420])
async def test_a_malformed_chunk_list_that_is_not_whole_is_refused(cut: int) -> None:
    body = (Path(__file__).parent / "chunk_list.txt").read_bytes()[:cut]
    async with RawServer(in_turn(http(200, body))) as server, talking_to(server) as client:
        with pytest.raises(Unreadable):
            await client.chunks(DUMP)


@pytest.mark.parametrize("row", [{"name": "Chunk 0"}, {"id": "one"}, {"id": None}, None, "0", {"id": "²"}])
async def test_a_chunk_without_a_number_makes_no_file(row: object) -> None:
    body = {"meta": {}, "chunks": [{"id": "0"}, row]}
    async with RawServer(in_turn(json_answer(body))) as server, talking_to(server) as client:
        with pytest.raises(Unreadable, match="without a number"):
            await client.chunks(DUMP)


async def test_chunks_come_in_the_order_of_their_numbers() -> None:
    body = {
        "meta": {"paging": {"totalSize": 12}},
        "chunks": [{"id": str(n)} for n in (10, 2, 11, *range(2), *range(3, 10))],
    }
    async with RawServer(in_turn(json_answer(body))) as server, talking_to(server) as client:
        assert [chunk.id for chunk in await client.chunks(DUMP)] == [str(n) for n in range(12)]


async def test_no_content_means_no_chunks() -> None:
    async with RawServer(in_turn(http(204))) as server, talking_to(server) as client:
        assert await client.chunks(DUMP) == []


async def test_a_chunk_cut_short_is_an_error_of_ours() -> None:
    answer = Reply(http(200, b"half", length=8), then="cut")
    async with RawServer(in_turn(answer)) as server, talking_to(server) as client:

        async def download() -> None:
            async with client.stream_chunk(DUMP, "0") as stream:
                await stream.drain(list)

        with pytest.raises(AnaplanError, match="ended before"):
            await download()
        assert len(server.seen) == 1


@pytest.mark.parametrize("status", [429, 503])
async def test_a_chunk_refused_says_when_to_come_back(status: int) -> None:
    async with (
        RawServer(in_turn(http(status, b"", "Retry-After: 7"))) as server,
        talking_to(server) as client,
    ):
        with pytest.raises(AnaplanError) as caught:
            async with client.stream_chunk(DUMP, "0"):
                pass
        assert caught.value.retry_after_s == 7
        assert len(server.seen) == 1
