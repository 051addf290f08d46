"""Chunks read in a thread: what the event loop can rely on in success, failure and cancellation."""

import asyncio
import gzip
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from anaplan_tui.api.auth import BasicAuth, TokenAuth
from anaplan_tui.api.client import AnaplanClient, ChunkStream
from anaplan_tui.api.errors import AnaplanError, Broken, Unreachable
from anaplan_tui.api.hosts import Hosts
from anaplan_tui.api.refs import DumpRef
from tests.support.raw_server import TASK, RawServer, Reply, fast, http, in_turn, talking_to

DUMP = DumpRef(TASK, "112000000007")
CERTIFICATES = Path(__file__).parent / "certificates"
WHOLE = http(200, b"id,name\r\n")
HALF = Reply(http(200, b"x" * 1000, length=2000), then="hang")


def serving_tls() -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATES / "cert.pem", CERTIFICATES / "key.pem")
    return context


@pytest.fixture
def no_thread_left() -> Iterator[None]:
    """Check that no exchange outlives the test."""
    yield
    for thread in threading.enumerate():
        if thread.name == "exchange":
            thread.join(timeout=60)
            assert not thread.is_alive()


pytestmark = pytest.mark.usefixtures("no_thread_left")


async def test_one_connection_serves_one_chunk_after_another() -> None:
    async with RawServer(in_turn(WHOLE)) as server, talking_to(server) as client:
        for _ in range(5):
            async with client.stream_chunk(DUMP, "0") as stream:
                assert await stream.drain(b"".join) == b"id,name\r\n"
        assert len(server._open) == 1


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
async def test_blocks_are_big_while_they_come_quickly(*, tls: bool) -> None:
    """Small blocks cost the most, above all over TLS, which yields at most 16 KB at a time."""
    body = b"x" * 4_000_000
    async with (
        RawServer(in_turn(http(200, body)), tls=serving_tls() if tls else None) as server,
        talking_to(server, ca_bundle=CERTIFICATES / "cert.pem" if tls else None) as client,
        client.stream_chunk(DUMP, "0") as stream,
    ):
        sizes = [len(block) for block in await stream.drain(list)]
        assert sum(sizes) == len(body)
        assert max(sizes) > 16 * 1024
        assert len(sizes) < 4_000_000 / (16 * 1024)


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
async def test_what_has_come_is_handed_on_before_the_rest_comes(*, tls: bool) -> None:
    async with (
        RawServer(in_turn(HALF), tls=serving_tls() if tls else None) as server,
        talking_to(server, ca_bundle=CERTIFICATES / "cert.pem" if tls else None) as client,
        client.stream_chunk(DUMP, "0") as stream,
    ):
        assert stream.first == b"x" * len(stream.first) != b""


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
async def test_a_transfer_in_pieces_without_a_length(*, packed: bool) -> None:
    body = gzip.compress(b"id,name\r\n" * 9000) if packed else b"id,name\r\n" * 9000
    pieces = b"".join(
        b"%x\r\n%s\r\n" % (len(piece), piece)
        for piece in (body[at : at + 700] for at in range(0, len(body), 700))
    )
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
    head += b"Content-Encoding: gzip\r\n" if packed else b""
    async with RawServer(in_turn(head + b"\r\n" + pieces + b"0\r\n\r\n")) as server:
        async with talking_to(server) as client:
            for _ in range(2):
                async with client.stream_chunk(DUMP, "0") as stream:
                    assert stream.length is None
                    assert await stream.drain(b"".join) == b"id,name\r\n" * 9000
        assert len(server._open) == 1


async def test_an_empty_chunk() -> None:
    async with (
        RawServer(in_turn(http(200))) as server,
        talking_to(server) as client,
        client.stream_chunk(DUMP, "0") as stream,
    ):
        assert (stream.first, stream.length) == (b"", 0)
        assert await stream.drain(list) == []


async def test_the_consumer_works_in_another_thread_and_the_loop_goes_on() -> None:
    async with RawServer(in_turn(WHOLE)) as server, talking_to(server) as client:
        lets_go = threading.Event()

        def consume(blocks: Iterator[bytes]) -> int:
            assert lets_go.wait(30)
            assert b"".join(blocks)
            return threading.get_ident()

        async with client.stream_chunk(DUMP, "0") as stream:
            draining = asyncio.create_task(stream.drain(consume))
            await asyncio.sleep(0)
            lets_go.set()
            assert await draining != threading.get_ident()


async def test_what_the_consumer_raises_comes_out_and_costs_the_connection() -> None:
    def refuse(_: Iterator[bytes]) -> None:
        raise OSError(28, "No space left on device")

    async with RawServer(in_turn(HALF)) as server, talking_to(server) as client:
        with pytest.raises(OSError, match="No space left"):
            async with client.stream_chunk(DUMP, "0") as stream:
                await stream.drain(refuse)
        await server.wait_for_goodbye()


async def test_a_chunk_that_is_left_unread_costs_the_connection() -> None:
    async with RawServer(in_turn(HALF)) as server, talking_to(server) as client:
        async with client.stream_chunk(DUMP, "0") as stream:
            assert stream.length == 2000
        await server.wait_for_goodbye()


async def reading(stream: ChunkStream, began: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()

    def consume(blocks: Iterator[bytes]) -> None:
        for _ in blocks:
            loop.call_soon_threadsafe(began.set)

    await stream.drain(consume)


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
async def test_breaking_off_in_the_middle_waits_for_no_timeout(*, tls: bool) -> None:
    """The read timeout is a minute; the consumer ends as soon as the cancelled task does."""
    async with (
        RawServer(in_turn(HALF), tls=serving_tls() if tls else None) as server,
        talking_to(server, ca_bundle=CERTIFICATES / "cert.pem" if tls else None) as client,
    ):
        began = asyncio.Event()

        async def download() -> None:
            async with client.stream_chunk(DUMP, "0") as stream:
                await reading(stream, began)

        task = asyncio.create_task(download())
        await began.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await server.wait_for_goodbye()


async def test_breaking_off_before_the_answer_leaves_the_thread_behind() -> None:
    """The thread ends with the connection, and connections are closed only afterwards."""
    async with RawServer(in_turn(Reply(b"", then="hang"))) as server:
        async with talking_to(server) as client:

            async def download() -> None:
                async with client.stream_chunk(DUMP, "0"):
                    raise AssertionError("nothing was answered")

            task = asyncio.create_task(download())
            await server.wait_for("/chunks/0")
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert any(thread.name == "exchange" for thread in threading.enumerate())


async def test_an_answer_that_comes_too_late_is_dropped() -> None:
    """Nobody waits for it any more, and no later chunk gets its bytes."""
    asked, answers = threading.Event(), asyncio.Event()

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        asked.set()
        await answers.wait()
        writer.write(http(200, b"too late"))
        writer.close()

    server = await asyncio.start_server(slow, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with (
        server,
        AnaplanClient(Hosts(url, url), TokenAuth(SecretStr("t0ken")), options=fast()) as client,
    ):

        async def download() -> bytes:
            async with client.stream_chunk(DUMP, "0") as stream:
                return await stream.drain(b"".join)

        task = asyncio.create_task(download())
        assert await asyncio.to_thread(asked.wait, 30)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        answers.set()
        assert await download() == b"too late"


async def test_a_connection_cut_in_the_middle_is_an_error_of_ours() -> None:
    cut = Reply(http(200, b"half", length=8), then="cut")
    async with RawServer(in_turn(cut)) as server, talking_to(server) as client:

        async def download() -> None:
            async with client.stream_chunk(DUMP, "0") as stream:
                await stream.drain(list)

        with pytest.raises(Unreachable) as caught:
            await download()
        assert caught.value.broken is Broken.CUT


async def test_compression_that_is_broken_is_an_error_of_ours() -> None:
    broken = http(200, b"\x1f\x8b\x08 this is not gzip", "Content-Encoding: gzip")
    async with RawServer(in_turn(broken)) as server, talking_to(server) as client:

        async def download() -> None:
            async with client.stream_chunk(DUMP, "0") as stream:
                await stream.drain(list)

        with pytest.raises(AnaplanError, match="compression is broken"):
            await download()


async def test_a_long_error_is_read_only_as_far_as_it_can_be_shown() -> None:
    """The rest never comes: reading to the end would take until the timeout."""
    page = http(400, b'{"status":{"message":"' + b"x" * 200_000, length=10_000_000)
    async with RawServer(in_turn(Reply(page, then="hang"))) as server, talking_to(server) as client:
        with pytest.raises(AnaplanError, match="HTTP 400"):
            async with client.stream_chunk(DUMP, "0"):
                pass
        await server.wait_for_goodbye()


async def test_a_token_that_dies_between_two_chunks_is_replaced() -> None:
    def respond_with(*statuses: int) -> list[bytes]:
        return [http(s, b'{"status":{"message":"no"}}') if s != 200 else WHOLE for s in statuses]

    token = http(201, b'{"tokenInfo":{"tokenValue":"abc"}}')
    chunks, tokens = respond_with(200, 401, 200), [token, token]
    server = RawServer(lambda seen: tokens.pop(0) if "/token/" in seen.path else chunks.pop(0))
    async with server:
        auth = BasicAuth("user", SecretStr("pass"), server.url)
        async with talking_to(server, auth=auth) as client:
            for _ in range(2):
                async with client.stream_chunk(DUMP, "0") as stream:
                    assert await stream.drain(b"".join) == b"id,name\r\n"
    assert (chunks, tokens) == ([], [])


async def test_chunks_go_through_the_proxy_too() -> None:
    async with RawServer(in_turn(WHOLE)) as proxy:
        hosts = Hosts("http://api.invalid", "http://api.invalid")
        auth = TokenAuth(SecretStr("t0ken"))
        address = proxy.url.replace("http://", "http://me:pr0xy@")
        async with (
            AnaplanClient(hosts, auth, options=fast(proxy=address)) as client,
            client.stream_chunk(DUMP, "0") as stream,
        ):
            assert await stream.drain(b"".join) == b"id,name\r\n"
        assert [seen.target for seen in proxy.seen] == [f"http://api.invalid/2/0{DUMP.chunks_path}/0"]
        assert "proxy-authorization" in proxy.seen[0].headers
