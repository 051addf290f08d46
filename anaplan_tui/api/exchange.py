"""Answers that a blocking thread reads, behind the asynchronous client.

Dumps are moved this way, everything else is not. A blocking read costs less than an asynchronous one, over
TLS about half; and the checksum and the disk, which are paid for in the same thread, cannot hold up the
event loop, whose worst lag falls to a fifth (performance.md C and D, ``tests/bench/benchmarks.md``).

The asynchronous client stays in front, so that there is one login, one way to build requests and one way
to tell failures. Threads are daemons: a program that ends does not wait for a host that is silent.
"""

import asyncio
import contextlib
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from queue import SimpleQueue
from typing import Any, TypeVar

import httpx

T = TypeVar("T")
Consumer = Callable[[Iterator[bytes]], T]
"""Takes the blocks of a body in the thread that reads them, and says what they came to."""

_BEGINNING = 64 * 1024


class _Stopped(Exception):
    """Nobody wants the rest of the answer."""


class Exchange:
    """One request and its answer, in a thread of its own, seen from the event loop.

    ``head`` is awaited first, then ``drain`` at most once, then ``aclose``.
    """

    def __init__(
        self, client: httpx.Client, request: httpx.Request, on_end: Callable[[], None] = lambda: None
    ) -> None:
        """Begins at once. ``on_end`` is called in the thread when it has done with the client."""
        self._client, self._request, self._on_end = client, request, on_end
        self._loop = asyncio.get_running_loop()
        self._head: asyncio.Future[httpx.Response] = self._loop.create_future()
        self._end: asyncio.Future[Any] = self._loop.create_future()
        self._orders: SimpleQueue[Consumer[Any] | None] = SimpleQueue()
        self.first = b""
        """The first block of the body, once the head is there; empty if there is no body."""
        self._stopped = False
        self._breaking = threading.Lock()
        self._breakable: httpx.Response | None = None
        """The answer as long as its connection is ours: afterwards another exchange may have it."""
        threading.Thread(target=self._run, name="exchange", daemon=True).start()

    async def head(self) -> httpx.Response:
        """The answer's head; by then the first block of its body is here too.

        Raises ``httpx.HTTPError``. When cancelled the thread is left behind: it closes the connection as
        soon as the service says a word, or after the read timeout.
        """
        try:
            return await self._head
        except asyncio.CancelledError:
            self._stop()
            raise

    async def drain(self, consumer: Consumer[T]) -> T:
        """Let ``consumer`` have all blocks, and return what it returns.

        Raises what it raises, or ``httpx.HTTPError``. When cancelled the connection is broken off, and the
        thread is waited for: once this is left, the consumer does nothing more.
        """
        self._orders.put(consumer)
        try:
            result: T = await asyncio.shield(self._end)
        except asyncio.CancelledError:
            await self.aclose()
            raise
        return result

    async def aclose(self) -> None:
        """End it; a body that was not read to its end costs the connection."""
        # httpx ties answer and stream into a ring, so what hangs on it stays until the next collection.
        self.first = b""
        if not self._head.done() or self._head.cancelled():
            return self._stop()
        if not self._end.done():
            self._stop()
        while not self._end.done():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait({self._end})
        return None

    def _stop(self) -> None:
        self._stopped = True
        self._orders.put(None)
        with self._breaking:
            if self._breakable is not None:
                _break_off(self._breakable)

    # -- in the thread -----------------------------------------------------------------------------

    def _run(self) -> None:
        waiting, outcome = self._head, None
        try:
            response = self._client.send(self._request, stream=True, auth=None)
            with contextlib.closing(response), self._ours(response):
                blocks = self._blocks(response)
                self.first = next(blocks, b"")
                self._tell(self._head, response)
                waiting = self._end
                consumer = self._orders.get()
                outcome = consumer(self._joined(blocks)) if consumer is not None else None
        except BaseException as error:
            outcome = None if self._stopped else error
        self._on_end()
        if waiting is self._head:
            self._tell(self._head, outcome)
            outcome = None
        self._tell(self._end, outcome)

    @contextlib.contextmanager
    def _ours(self, response: httpx.Response) -> Iterator[None]:
        """While inside, stopping breaks the connection off; one that was stopped before is broken now."""
        with self._breaking:
            self._breakable = response
        try:
            if self._stopped:
                raise _Stopped
            yield
        finally:
            with self._breaking:
                self._breakable = None

    def _blocks(self, response: httpx.Response) -> Iterator[bytes]:
        for block in response.iter_bytes() if is_encoded(response) else response.iter_raw():
            if self._stopped:
                raise _Stopped
            yield block

    def _joined(self, rest: Iterator[bytes]) -> Iterator[bytes]:
        if self.first:
            yield self.first
            yield from rest

    def _tell(self, future: asyncio.Future[Any], outcome: object) -> None:
        def tell() -> None:
            if future.done():
                return
            if isinstance(outcome, BaseException):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)

        with contextlib.suppress(RuntimeError):  # the loop has closed: nobody listens any more
            self._loop.call_soon_threadsafe(tell)


class BlockingTransport(httpx.AsyncBaseTransport):
    """Sends the requests of an asynchronous client through a blocking one, each in its own thread.

    The response carries its :class:`Exchange` as the extension ``exchange``. Bodies are unpacked in the
    thread, so the response that comes out names neither a content coding nor, then, a length.
    """

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self._counting = threading.Lock()
        self._threads = 0
        self._closed = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        with self._counting:
            self._threads += 1
        exchange = Exchange(self._client, request, self._left)
        head = await exchange.head()
        headers = head.headers.copy()
        if is_encoded(head):
            del headers["content-encoding"]
            headers.pop("content-length", None)
        return httpx.Response(
            head.status_code,
            headers=headers,
            stream=_Beginning(exchange),
            extensions={**head.extensions, "exchange": exchange},
        )

    async def aclose(self) -> None:
        """Close the connections: at once, or with the end of the last thread that was left behind."""
        with self._counting:
            self._closed = True
            if self._threads == 0:
                self._client.close()

    def _left(self) -> None:
        with self._counting:
            self._threads -= 1
            if self._closed and self._threads == 0:
                self._client.close()


class _Beginning(httpx.AsyncByteStream):
    """What is read of an answer without draining it: the first 64 KB, for an error's or a login's text."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield await self._exchange.drain(_beginning)

    async def aclose(self) -> None:
        await self._exchange.aclose()


def is_encoded(response: httpx.Response) -> bool:
    """Whether a content coding makes the bytes on the wire differ from those that are meant."""
    coding: str = response.headers.get("content-encoding", "identity")
    return coding.strip().lower() not in {"", "identity"}


def _beginning(blocks: Iterator[bytes]) -> bytes:
    gathered = b""
    for block in blocks:
        gathered += block
        if len(gathered) >= _BEGINNING:
            break
    return gathered


def _break_off(response: httpx.Response) -> None:
    """Wake a thread that waits for bytes of this response: they will not come."""
    stream = response.extensions.get("network_stream")
    connection = stream.get_extra_info("socket") if stream is not None else None
    if isinstance(connection, socket.socket):
        with contextlib.suppress(OSError):
            # Not the method of an SSL socket, which takes the TLS state away from under the reading thread.
            socket.socket.shutdown(connection, socket.SHUT_RDWR)
