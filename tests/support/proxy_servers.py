"""Real proxies on loopback: one for CONNECT tunnels, and one for SOCKS5.

Whatever host is requested, they connect to one port of this machine, so that names need not exist.
"""

import asyncio
import contextlib
import ssl
from dataclasses import dataclass, field
from typing import Any, Self


@dataclass
class _Proxy:
    to_port: int
    tls: ssl.SSLContext | None = None
    port: int = 0
    asked: list[str] = field(default_factory=list)
    """``host:port`` of each tunnel, in order."""
    logins: list[str] = field(default_factory=list)
    _server: asyncio.Server | None = None
    _tasks: set[asyncio.Task[Any]] = field(default_factory=set)

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            # A client that breaks off is not the proxy's fault.
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._tunnel(reader, writer)
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def _tunnel(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not await self._negotiate(reader, writer):
            return
        their_reader, their_writer = await asyncio.open_connection("127.0.0.1", self.to_port)
        try:
            ways = [
                asyncio.ensure_future(_pump(*way)) for way in ((reader, their_writer), (their_reader, writer))
            ]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
        finally:
            their_writer.transport.abort()

    async def _negotiate(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        raise NotImplementedError


class ConnectProxy(_Proxy):
    """A proxy for ``CONNECT host:port`` with any login."""

    async def _negotiate(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.split("\r\n")
        self.asked.append(first.split(" ")[1])
        self.logins += [
            v.strip() for n, _, v in (x.partition(":") for x in lines) if n == "Proxy-Authorization"
        ]
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await writer.drain()
        return True


@dataclass
class SocksProxy(_Proxy):
    """SOCKS5 (RFC 1928), with a login (RFC 1929) if ``login`` names one as ``user:password``."""

    login: str = ""
    refuses: int = 0
    """The reply to every request, if not 0; 5 is "connection refused"."""

    async def _negotiate(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        _, count = await reader.readexactly(2)
        methods = await reader.readexactly(count)
        method = 2 if self.login else 0
        if method not in methods:
            writer.write(b"\x05\xff")
            return False
        writer.write(bytes((5, method)))
        if method == 2 and not await self._lets_in(reader, writer):
            return False
        _, _, _, kind = await reader.readexactly(4)
        if kind == 3:
            (length,) = await reader.readexactly(1)
            host = (await reader.readexactly(length)).decode()
        else:
            host = "address " + (await reader.readexactly({1: 4, 4: 16}[kind])).hex()
        port = int.from_bytes(await reader.readexactly(2), "big")
        self.asked.append(f"{host}:{port}")
        writer.write(bytes((5, self.refuses, 0, 1, 127, 0, 0, 1, 0, 0)))
        await writer.drain()
        return not self.refuses

    async def _lets_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        _, length = await reader.readexactly(2)
        user = (await reader.readexactly(length)).decode()
        (length,) = await reader.readexactly(1)
        given = f"{user}:{(await reader.readexactly(length)).decode()}"
        self.logins.append(given)
        writer.write(b"\x01\x00" if given == self.login else b"\x01\x01")
        return given == self.login


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, ssl.SSLError):
        while block := await reader.read(65536):
            writer.write(block)
            await writer.drain()
