"""Helpers of the API room's tests: a server of scripted bytes, and clients that do not really wait."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any, Self

import httpx
from pydantic import SecretStr

from anaplan_tui.api.auth import TokenAuth
from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.api.hosts import Hosts
from anaplan_tui.api.options import TransportOptions
from anaplan_tui.api.refs import Kind, ModelRef, TargetRef, TaskRef
from anaplan_tui.api.schemas import Target

PASSWORD = "demo"
USER = "demo@example.com"

WORKSPACE = "8a81b09d5e8c6f27015ece3402487d33"
MODEL = ModelRef(WORKSPACE, "3F2A9C41D0B84E6F8A57C21E94B3D60A")
"""The demo tenant's main model."""
PROCESS = TargetRef(MODEL, Kind.PROCESS, "118000000001")
TASK = TaskRef(PROCESS, "76001449397341BDB5BBDBB9B98F0E55")


class Pauses:
    """Replaces sleeping: records the seconds asked for and only yields."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        await asyncio.sleep(0)


@dataclass(frozen=True)
class Seen:
    """A request as it arrived."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]


@dataclass(frozen=True)
class Reply:
    """Bytes to send, and what to do with the connection afterwards."""

    raw: bytes
    then: str = "keep"
    """``keep`` it open, ``cut`` it, or ``hang`` (send nothing more)."""


def http(status: int, body: bytes = b"", *headers: str, length: int | None = None) -> bytes:
    """Return a whole HTTP answer."""
    lines = [f"HTTP/1.1 {status} Some Reason", f"Content-Length: {len(body) if length is None else length}"]
    return "\r\n".join([*lines, *headers, "", ""]).encode() + body


Responder = Callable[[Seen], Reply | bytes]


@dataclass
class RawServer:
    """An HTTP server on loopback that sends exactly the bytes it is told to."""

    respond: Responder
    tls: ssl.SSLContext | None = None
    port: int = 0
    seen: list[Seen] = field(default_factory=list)
    arrived: asyncio.Condition = field(default_factory=asyncio.Condition)
    _server: asyncio.Server | None = None
    _open: dict[asyncio.Task[Any], asyncio.StreamWriter] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._open.values():
            writer.transport.abort()
        await asyncio.gather(*self._open)
        await self._server.wait_closed()

    async def wait_for(self, path: str, count: int = 1) -> None:
        """Wait until that many requests with a path ending like this have arrived."""
        async with asyncio.timeout(60), self.arrived:
            await self.arrived.wait_for(lambda: self.count(path) >= count)

    async def wait_for_goodbye(self) -> None:
        """Wait until the other side has closed every connection."""
        async with asyncio.timeout(60):
            await asyncio.gather(*self._open)

    def count(self, path: str, method: str | None = None) -> int:
        """Count the requests with a path ending like this."""
        return sum(seen.path.endswith(path) and method in {None, seen.method} for seen in self.seen)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open[task] = writer
        # A client that breaks off half way does not close TLS properly either.
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            while True:
                request = await _request(reader)
                async with self.arrived:
                    self.seen.append(request)
                    self.arrived.notify_all()
                reply = self.respond(request)
                reply = Reply(reply) if isinstance(reply, bytes) else reply
                writer.write(reply.raw)
                await writer.drain()
                if reply.then == "cut":
                    break
                if reply.then == "hang":
                    await reader.read()
        writer.close()
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            await writer.wait_closed()


async def _request(reader: asyncio.StreamReader) -> Seen:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)
    }
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Seen(method, target, headers, body)


def in_turn(*replies: Reply | bytes) -> Responder:
    """Send each reply once, the last one for ever."""
    waiting = list(replies)
    return lambda _: waiting.pop(0) if len(waiting) > 1 else waiting[0]


def fast(**options: Any) -> TransportOptions:
    """Return options that never really wait between tries."""
    return TransportOptions(**{"sleep": Pauses(), **options})


@contextlib.asynccontextmanager
async def talking_to(
    server: RawServer, *, auth: httpx.Auth | None = None, **options: Any
) -> AsyncIterator[AnaplanClient]:
    """A client of a scripted server, with a token that nothing checks unless ``auth`` says otherwise."""
    hosts = Hosts(server.url, server.url)
    identity = auth or TokenAuth(SecretStr("t0ken"))
    async with AnaplanClient(hosts, identity, options=fast(**options)) as client:
        yield client


async def targets_of(client: AnaplanClient, model: ModelRef, kind: Kind) -> list[Target]:
    """Return all targets of a kind."""
    return [target async for page in client.target_pages(model, kind) for target in page]
