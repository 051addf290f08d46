"""A chunk server for the tests of the download engine: real HTTP/1.1 on loopback, faults on request.

It serves only the two chunk endpoints, in the test's event loop, so that hundreds of generated cases take
seconds. Faults are a list for each chunk; each request uses up one.
"""

import asyncio
import contextlib
import gzip
import json
import re
import socket
import struct
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Self

from pydantic import SecretStr

from anaplan_tui.api.auth import TokenAuth
from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.api.hosts import Hosts
from anaplan_tui.api.options import TransportOptions
from anaplan_tui.api.refs import DumpRef, Kind, ModelRef, TargetRef, TaskRef

MODEL = ModelRef("8a8b8c8d8e8f8a8b", "F1111111C11111111B11111F1111E11F")
TASK = TaskRef(TargetRef(MODEL, Kind.PROCESS, "118000000001"), "B7EA9FEC0FF2488B9A9E6040B6B26753")
DUMP = DumpRef(TASK, "112000000007")

_PIECE = 64 * 1024
_CHUNK = re.compile(r"/chunks/(\w+)$")


def dump_of(sizes: Sequence[int]) -> list[bytes]:
    """Return chunks of these sizes; each byte shows its position; the last chunk ends its line if it can."""
    pattern = bytes(range(256)) * 4 + "Łódź\r\n€".encode()
    chunks, at = [], 0
    for number, size in enumerate(sizes):
        seed = number.to_bytes(2, "big")
        text = seed + pattern[at % 256 :] + pattern * (size // len(pattern) + 1)
        chunks.append(text[:size])
        at += size
    if chunks and chunks[-1]:
        chunks[-1] = (chunks[-1][:-2] + b"x\n")[-sizes[-1] :]
    return chunks


class ChunkServer:
    """Serves ``chunks`` under any path. A context manager; ``url`` is its address."""

    def __init__(self, chunks: Sequence[bytes], *, faults: Mapping[int, Sequence[str]] | None = None) -> None:
        self.chunks = list(chunks)
        self.faults = {number: list(kinds) for number, kinds in (faults or {}).items()}
        self.list_body: Callable[[int, int], bytes] = self._list
        self.encoding = "length"
        """How bodies are framed: ``length``, ``gzip``, or ``chunked`` transfer without a length."""
        self.requests: list[str] = []
        self.whole: Counter[int] = Counter()
        """How often each chunk was sent in full."""
        self.in_flight = self.most_in_flight = 0
        self.crowded_at, self.crowded = 0, asyncio.Event()
        """An event for each number of requests in flight, set once that many are."""
        self.crowd: list[int] = []
        """For each request of a chunk, how many were in flight with it."""
        self.next: list[bytes] | None = None
        """The content served once a chunk's fault ``changes`` strikes; the old body is cut in half."""
        self.gone = False
        """Whether the list of chunks answers 404; a chunk's fault ``gone`` sets it."""
        self.hold: asyncio.Event | None = None
        """If given, bodies pause half way until the event is set."""
        self.reached_half = asyncio.Event()
        self.held = 0
        """How many bodies were stopped this way."""
        self.sent = 0
        self.on_sent: Callable[[int], None] | None = None
        """Called after each piece with the number of body bytes sent so far."""
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    @property
    def chunk_requests(self) -> list[int]:
        found = (_CHUNK.search(path) for path in self.requests)
        return [int(match[1]) for match in found if match]

    async def until_held(self, count: int) -> None:
        """Wait until this many bodies are held half way."""
        while self.held < count:
            self.reached_half.clear()
            await self.reached_half.wait()

    def _list(self, offset: int, limit: int) -> bytes:
        rows = [{"id": str(n), "name": f"Chunk {n}"} for n in range(len(self.chunks))][
            offset : offset + limit
        ]
        return chunk_list(rows, total=len(self.chunks), offset=offset)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                while True:
                    head = (await reader.readuntil(b"\r\n\r\n")).decode()
                    await self._answer(head.split(" ")[1], writer)
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _answer(self, target: str, writer: asyncio.StreamWriter) -> None:
        path, _, query = target.partition("?")
        self.requests.append(path)
        found = _CHUNK.search(path)
        if found is None and self.gone:
            return await _send(writer, 404, b'{"status":{"code":404}}')
        if found is None:
            params = dict(pair.split("=") for pair in query.split("&") if pair)
            body = self.list_body(int(params.get("offset", 0)), int(params.get("limit", 5000)))
            return await _send(writer, 200, body)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        self.crowd.append(self.in_flight)
        if self.in_flight == self.crowded_at:
            self.crowded.set()
        try:
            await self._answer_chunk(int(found[1]), writer)
        finally:
            self.in_flight -= 1
        return None

    async def _answer_chunk(self, number: int, writer: asyncio.StreamWriter) -> None:
        left = self.faults.get(number, [])
        fault = left.pop(0) if left else ""
        body = self.chunks[number]
        if fault == "gone":
            self.gone, fault = True, "404"
        if fault.isdigit():
            extra = "Retry-After: 0\r\n" if fault in ("429", "503") else ""
            return await _send(writer, int(fault), b'{"status":{"code":%s}}' % fault.encode(), extra)
        if fault == "reset":
            sock = writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
            raise ConnectionResetError
        if fault == "html":
            return await _send(writer, 200, b"<!DOCTYPE html><html>log in</html>")
        if fault == "changes" and self.next is not None:
            self.chunks, fault = self.next, "cut"
        if fault == "short":
            body = body[:-1]
        if fault in ("cut", "long"):
            promised = len(body) if fault == "cut" else len(body) + 1
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % promised)
            writer.write(body[: len(body) // 2] if fault == "cut" else body)
            await writer.drain()
            writer.close()
            raise ConnectionResetError
        await self._send_body(number, body, writer)
        return None

    async def _send_body(self, number: int, body: bytes, writer: asyncio.StreamWriter) -> None:
        framed, extra = body, f"Content-Length: {len(body)}\r\n"
        if self.encoding == "gzip":
            framed = gzip.compress(body, 1)
            extra = f"Content-Encoding: gzip\r\nContent-Length: {len(framed)}\r\n"
        elif self.encoding == "chunked":
            framed = (b"%x\r\n%b\r\n" % (len(body), body) if body else b"") + b"0\r\n\r\n"
            extra = "Transfer-Encoding: chunked\r\n"
        writer.write(f"HTTP/1.1 200 OK\r\n{extra}\r\n".encode())
        half = len(framed) // 2
        await self._pour(framed[:half], writer)
        if self.hold is not None:
            self.held += 1
            self.reached_half.set()
            await self.hold.wait()
        await self._pour(framed[half:], writer)
        self.whole[number] += 1

    async def _pour(self, data: bytes, writer: asyncio.StreamWriter) -> None:
        for at in range(0, len(data), _PIECE):
            writer.write(data[at : at + _PIECE])
            await writer.drain()
            self.sent += len(data[at : at + _PIECE])
            if self.on_sent is not None:
                self.on_sent(self.sent)


async def _send(writer: asyncio.StreamWriter, status: int, body: bytes, extra: str = "") -> None:
    writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n{extra}\r\n".encode() + body)
    await writer.drain()


def chunk_list(rows: Sequence[Mapping[str, Any]], *, total: int, offset: int = 0) -> bytes:
    paging = {"currentPageSize": len(rows), "offset": offset, "totalSize": total}
    return json.dumps({"meta": {"paging": paging}, "chunks": rows}).encode()


@asynccontextmanager
async def client_of(url: str) -> AsyncIterator[AnaplanClient]:
    """The real client, logged in with a token that nothing checks."""

    async def at_once(_: float) -> None:
        await asyncio.sleep(0)

    options = TransportOptions(sleep=at_once)
    async with AnaplanClient(Hosts(url, url), TokenAuth(SecretStr("token")), options=options) as client:
        yield client
