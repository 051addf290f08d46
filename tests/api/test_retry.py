"""What is sent again after which failure, as counted by the server."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.api.errors import AnaplanError, Broken, RateLimited, ServerFailed, Unreachable
from anaplan_tui.api.options import RateLimit, RetryPolicy
from anaplan_tui.api.ratelimit import Bucket
from anaplan_tui.api.refs import FileRef
from tests.support.raw_server import (
    MODEL,
    PROCESS,
    TASK,
    Pauses,
    RawServer,
    Reply,
    Seen,
    http,
    in_turn,
    talking_to,
)

FILE = FileRef(MODEL, "113000000001")
GOOD = http(200, b'{"user":{"id":"u"},"task":{"taskId":"T1"}}', "Content-Type: application/json")

Action = Callable[[AnaplanClient], Awaitable[object]]
ACTIONS: dict[str, Action] = {
    "read": lambda client: client.me(),
    "cancel": lambda client: client.cancel(TASK),
    "put": lambda client: client.put_chunk(FILE, 3, b"data", gzipped=False),
    "start": lambda client: client.start(PROCESS),
}
EVERYBODY = set(ACTIONS)
NOT_STARTS = EVERYBODY - {"start"}
NOBODY: set[str] = set()

FAULTS: dict[str, tuple[Reply | bytes, set[str]]] = {
    "429": (http(429, b"", "Retry-After: 1"), EVERYBODY),
    "429 without Retry-After": (http(429), EVERYBODY),
    "500": (http(500), NOT_STARTS),
    "502 with a page": (http(502, b"<html>Bad gateway</html>", "Content-Type: text/html"), NOT_STARTS),
    "503": (http(503, b"", "Retry-After: 2"), NOT_STARTS),
    "504": (http(504), NOT_STARTS),
    "410": (http(410), NOT_STARTS),
    "409": (http(409), {"read"}),
    "reset": (Reply(b"", then="cut"), NOT_STARTS),
    "cut in the head": (Reply(b"HTTP/1.1 200 OK\r\nContent-", then="cut"), NOT_STARTS),
    "cut in the body": (Reply(http(200, b'{"task":', length=40), then="cut"), NOT_STARTS),
    "no answer in time": (Reply(b"", then="hang"), NOT_STARTS),
    "not HTTP": (Reply(b"SSH-2.0-OpenSSH\r\n\r\n", then="cut"), NOT_STARTS),
    "400": (http(400), NOBODY),
    "401": (http(401), NOBODY),
    "403": (http(403), NOBODY),
    "404": (http(404), NOBODY),
    "422": (http(422), NOBODY),
    "423": (http(423), NOBODY),
    "302": (http(302, b"", "Location: https://elsewhere.example/"), NOBODY),
}


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("fault", FAULTS)
async def test_who_is_sent_again(action: str, fault: str) -> None:
    reply, repeated = FAULTS[fault]
    waits: dict[str, Any] = (
        {"read_timeout_s": 0.2, "quick_read_timeout_s": 0.2} if fault == "no answer in time" else {}
    )
    async with RawServer(in_turn(reply, GOOD)) as server, talking_to(server, **waits) as client:
        if action in repeated:
            await ACTIONS[action](client)
            assert len(server.seen) == 2
        else:
            with pytest.raises(AnaplanError):
                await ACTIONS[action](client)
            assert len(server.seen) == 1


UNSURE = {
    "500",
    "502 with a page",
    "503",
    "504",
    "reset",
    "cut in the head",
    "cut in the body",
    "no answer in time",
}


@pytest.mark.parametrize("fault", sorted(set(FAULTS) - {"429", "429 without Retry-After"}))
async def test_whether_a_start_may_have_happened(fault: str) -> None:
    waits: dict[str, Any] = {"read_timeout_s": 0.2} if fault == "no answer in time" else {}
    async with RawServer(in_turn(FAULTS[fault][0])) as server, talking_to(server, **waits) as client:
        with pytest.raises(AnaplanError) as caught:
            await client.start(PROCESS)
        assert caught.value.outcome_unknown is (fault in UNSURE | {"not HTTP"})


async def test_a_start_is_sent_again_when_nobody_listened() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    server = RawServer(in_turn(GOOD), port=port)

    async def comes_back(_: float) -> None:
        await server.__aenter__()

    try:
        async with talking_to(server, sleep=comes_back) as client:
            assert await client.start(PROCESS) == "T1"
        assert len(server.seen) == 1
    finally:
        await server.__aexit__()


async def test_a_conflict_is_waited_out_once() -> None:
    async with RawServer(in_turn(http(503), http(409), http(409))) as server, talking_to(server) as client:
        with pytest.raises(AnaplanError) as caught:
            await client.me()
        assert caught.value.status == 409
        assert len(server.seen) == 3


async def test_tries_and_pauses_are_bounded() -> None:
    pauses = Pauses()
    policy = RetryPolicy(tries=9, first_pause_s=1, longest_pause_s=4)
    async with (
        RawServer(in_turn(http(503))) as server,
        talking_to(server, sleep=pauses, retry=policy) as client,
    ):
        with pytest.raises(ServerFailed):
            await client.me()
        assert len(server.seen) == 9
    assert len(pauses.seconds) == 8
    limits = [1, 2, 4, 4, 4, 4, 4, 4]
    assert all(pause <= limit for pause, limit in zip(pauses.seconds, limits, strict=True))
    assert len(set(pauses.seconds)) > 1


@pytest.mark.parametrize(
    ("headers", "least"),
    [
        (["Retry-After: 7"], 7),
        (["Retry-After: Sun, 22 Nov 2026 10:00:09 GMT", "Date: Sun, 22 Nov 2026 10:00:00 GMT"], 9),
        (["Retry-After: Sun, 22 Nov 2026 09:00:00 GMT", "Date: Sun, 22 Nov 2026 10:00:00 GMT"], 0),
        (["Retry-After: soon"], 10),
        ([], 10),
    ],
)
async def test_how_long_a_429_is_waited_for(headers: list[str], least: float) -> None:
    pauses = Pauses()
    async with (
        RawServer(in_turn(http(429, b"", *headers), GOOD)) as server,
        talking_to(server, sleep=pauses) as client,
    ):
        await client.me()
    (pause,) = pauses.seconds
    assert least <= pause <= least + RetryPolicy().first_pause_s


@pytest.mark.parametrize("said", ["3600", "99999999999999999999"])
async def test_a_wait_too_long_is_reported_instead(said: str) -> None:
    pauses = Pauses()
    answer = http(429, b"", f"Retry-After: {said}")
    async with RawServer(in_turn(answer)) as server, talking_to(server, sleep=pauses) as client:
        with pytest.raises(RateLimited) as caught:
            await client.start(PROCESS)
        assert len(server.seen) == 1
    assert pauses.seconds == []
    assert caught.value.retry_after_s is not None
    assert caught.value.retry_after_s >= 3600


async def test_no_try_begins_too_late() -> None:
    policy = RetryPolicy(tries=100, total_s=20)
    pauses = Pauses()
    async with (
        RawServer(in_turn(http(429, b"", "Retry-After: 30"))) as server,
        talking_to(server, sleep=pauses, retry=policy) as client,
    ):
        with pytest.raises(RateLimited):
            await client.me()
        assert len(server.seen) == 1


async def test_a_body_is_whole_again_when_it_is_sent_again() -> None:
    async with RawServer(in_turn(http(503), GOOD)) as server, talking_to(server) as client:
        await client.put_chunk(FILE, 0, b"x" * 100_000)
        assert [len(seen.body) for seen in server.seen] == [100_000, 100_000]


async def test_a_stopped_service_is_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    server, pauses = RawServer(in_turn(GOOD), port=port), Pauses()
    async with talking_to(server, sleep=pauses) as client:
        with pytest.raises(Unreachable) as caught:
            await client.me()
    assert caught.value.broken is Broken.CONNECT
    assert not caught.value.outcome_unknown
    assert len(pauses.seconds) == RetryPolicy().tries - 1


# --- our own limit


async def test_the_bucket_lets_a_burst_through_and_then_paces() -> None:
    moment, pauses = 0.0, Pauses()
    bucket = Bucket(RateLimit(burst=3, per_second=2), pauses, lambda: moment)
    for _ in range(5):
        await bucket.take()
    assert pauses.seconds == [0.5, 1.0]
    moment = 10.0
    for _ in range(3):
        await bucket.take()
    assert len(pauses.seconds) == 2


async def test_a_host_of_this_machine_is_not_paced() -> None:
    pauses = Pauses()
    limit = RateLimit(burst=1, per_second=0.001)
    async with (
        RawServer(in_turn(GOOD)) as server,
        talking_to(server, sleep=pauses, rate_limit=limit) as client,
    ):
        await asyncio.gather(*(client.me() for _ in range(10)))
    assert pauses.seconds == []


async def test_each_answer_belongs_to_its_request() -> None:
    def respond(request: Seen) -> bytes:
        number = request.path.rpartition("/")[2]
        return http(200, f'{{"model":{{"id":"{number}"}}}}'.encode())

    async with RawServer(respond) as server, talking_to(server) as client:
        models = await asyncio.gather(*(client.model(str(number)) for number in range(40)))
        assert [model.id for model in models] == [str(number) for number in range(40)]
