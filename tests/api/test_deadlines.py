"""A trickling answer is given up in time; a link that is merely slow works."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from itertools import repeat
from pathlib import Path

import pytest
from pydantic import SecretStr

from anaplan_tui.api.auth import BasicAuth, TokenAuth
from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.api.deadlines import LEAST_RATE, BodyRate
from anaplan_tui.api.errors import Broken, Unreachable
from anaplan_tui.api.hosts import Hosts
from anaplan_tui.api.refs import DumpRef
from tests.support.authority import Authority
from tests.support.raw_server import TASK, fast

USER = b'{"user":{"id":"u"}}'
PATIENCE_S = 0.5
PAUSE_S = 0.02
"""Pause between the bytes of a trickle: too short for any timeout on silence."""


@contextlib.asynccontextmanager
async def sending(
    pieces: Callable[[], Iterator[bytes]], tls: ssl.SSLContext | None = None
) -> AsyncIterator[str]:
    """A server that answers each request with ``pieces``, pausing after each."""
    tasks: set[asyncio.Task[None] | None] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.current_task())
        broken_off = (OSError, asyncio.IncompleteReadError, asyncio.CancelledError)
        with contextlib.suppress(*broken_off):
            await reader.readuntil(b"\r\n\r\n")
            for piece in pieces():
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(PAUSE_S)
            await reader.read()
        writer.transport.abort()

    async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls) as server:
        port = server.sockets[0].getsockname()[1]
        try:
            yield f"{'https' if tls else 'http'}://127.0.0.1:{port}"
        finally:
            for task in filter(None, tasks):
                task.cancel()
            await asyncio.gather(*filter(None, tasks), return_exceptions=True)


def head(length: int) -> bytes:
    return f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n".encode()


def a_trickling_body() -> Iterator[bytes]:
    yield head(10**6)
    yield from repeat(b" ")


def a_trickling_head() -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nX-Filler: "
    yield from repeat(b"x")


def a_body_that_dries_up() -> Iterator[bytes]:
    yield head(10**7)
    yield from repeat(b"x" * 65536, 20)
    yield from repeat(b"x")


async def a_document(client: AnaplanClient) -> object:
    return (await client.me()).id


async def a_chunk(client: AnaplanClient) -> object:
    async with client.stream_chunk(DumpRef(TASK, "112000000007"), "0") as stream:
        return sum(map(len, await stream.drain(list)))


Ask = Callable[[AnaplanClient], Awaitable[object]]


async def asked(ask: Ask, url: str, **options: object) -> object:
    options = {"connect_timeout_s": PATIENCE_S, "quick_read_timeout_s": PATIENCE_S} | options
    async with (
        AnaplanClient(Hosts(url, url), TokenAuth(SecretStr("t0ken")), options=fast(**options)) as client,
        asyncio.timeout(60),
    ):
        return await ask(client)


@pytest.mark.parametrize("pieces", [a_trickling_body, a_trickling_head])
@pytest.mark.parametrize("ask", [a_document, a_chunk])
async def test_an_answer_that_trickles_is_given_up(ask: Ask, pieces: Callable[[], Iterator[bytes]]) -> None:
    async with sending(pieces) as url:
        with pytest.raises(Unreachable) as caught:
            await asked(ask, url)
    assert caught.value.broken is Broken.SLOW
    assert "too slowly" in caught.value.said


async def test_a_login_that_trickles_is_given_up() -> None:
    async with sending(a_trickling_body) as url:
        auth = BasicAuth("user", SecretStr("pass"), url)
        options = fast(connect_timeout_s=PATIENCE_S, quick_read_timeout_s=PATIENCE_S)
        async with AnaplanClient(Hosts(url, url), auth, options=options) as client, asyncio.timeout(60):
            with pytest.raises(Unreachable) as caught:
                await client.me()
    assert caught.value.broken is Broken.SLOW
    assert not caught.value.outcome_unknown


@pytest.mark.parametrize("secure", [False, True])
async def test_a_chunk_that_dries_up_is_given_up(tmp_path: Path, secure: bool) -> None:
    """Over TLS large blocks are read after quick ones, so that one read would not end."""
    corp = Authority(tmp_path)
    async with sending(a_body_that_dries_up, corp.server("127.0.0.1") if secure else None) as url:
        with pytest.raises(Unreachable) as caught:
            await asked(a_chunk, url, ca_bundle=corp.file)
    assert caught.value.broken is Broken.SLOW


@pytest.mark.parametrize("secure", [False, True])
@pytest.mark.parametrize("ask", [a_document, a_chunk])
async def test_a_slow_link_works(tmp_path: Path, ask: Ask, secure: bool) -> None:
    """It takes several times the patience, at a modem's speed."""
    size = 15_000
    patience_s = 2 * PATIENCE_S  # a busy machine may pause the server longer than once

    def slowly() -> Iterator[bytes]:
        body = USER + b" " * size
        yield head(len(body))
        yield from (body[at : at + 100] for at in range(0, len(body), 100))

    corp = Authority(tmp_path)
    async with sending(slowly, corp.server("127.0.0.1") if secure else None) as url:
        assert await asked(ask, url, ca_bundle=corp.file, quick_read_timeout_s=patience_s) == (
            "u" if ask is a_document else len(USER) + size
        )


def test_only_time_that_was_waited_counts() -> None:
    now = 0.0
    rate = BodyRate(60, now=lambda: now)

    def read(took_s: float, size: int) -> None:
        nonlocal now
        rate.waits()
        now += took_s
        rate.came(size)

    def slow() -> bool:
        return rate.too_slow

    read(59, LEAST_RATE)
    now += 1000  # a slow disk
    assert not slow()
    read(2, 60 * LEAST_RATE)
    assert not slow()
    rate.waits()
    now += 59
    assert not slow()
    now += 2
    assert slow()
    rate.came(61 * LEAST_RATE)
    assert not slow()
    read(61, 60 * LEAST_RATE)
    assert slow()
    read(1, 10**9)
    assert slow()
