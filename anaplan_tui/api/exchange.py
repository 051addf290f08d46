"""Downloads chunks in blocking threads behind the asynchronous client.

Only the chunks of dumps and files come this way. A blocking read costs less than an asynchronous one, and
checksum and disk, which the same thread takes care of, cannot hold up the event loop
(``tests/bench/benchmarks.md``).

The asynchronous client stays in front, so that there is one login, one way to build requests and one way
to report failures. The threads are daemons: a program that ends does not wait for a silent host.
"""

import asyncio
import contextlib
import re
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar

import httpx

from anaplan_tui.api.deadlines import TooSlow, head_within_s, patience_s
from anaplan_tui.priority import step_back

if TYPE_CHECKING:
    from anaplan_tui.api.chunk_pool import Answer, ChunkPool

T = TypeVar("T")
Consumer = Callable[[Iterator[bytes]], T]
"""Takes the blocks of a body in the thread that reads them, and returns a result."""

_TELLING = 4096
"""Bytes of a body that show whether it is a page; the first block may be shorter."""
_MAY_BE_PAGE = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:[<{]|\Z)")
_BEGINNING = 64 * 1024
_LOOKS = 4
"""How often the pace of a body is checked in the time that silence may last."""


class _Stopped(Exception):
    """Nobody wants the rest of the answer."""


class _Threads:
    """Daemon threads kept for reuse: starting one holds up the event loop for as long as 10 ms."""

    def __init__(self) -> None:
        self._work: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._counting = threading.Lock()
        self._idle = self._all = 0

    def run(self, work: Callable[[], None]) -> None:
        """Do ``work``, which must not raise, in a thread that does nothing else meanwhile."""
        with self._counting:
            if self._idle:
                self._idle -= 1
            else:
                self._all += 1
                threading.Thread(target=self._serve, name="exchange", daemon=True).start()
        self._work.put(work)

    def close(self) -> None:
        """Let each thread end when it is idle."""
        for _ in range(self._all):
            self._work.put(None)

    def _serve(self) -> None:
        step_back()
        while (work := self._work.get()) is not None:
            work()
            with self._counting:
                self._idle += 1


class Exchange:
    """One request and its answer, handled by a thread of its own and awaited from the event loop.

    Await ``head`` first, then ``drain`` at most once, then ``aclose``.
    """

    def __init__(self, pool: "ChunkPool", request: httpx.Request, threads: _Threads) -> None:
        """Start the request at once."""
        self._pool, self._request = pool, request
        self._loop = asyncio.get_running_loop()
        self._head: asyncio.Future[Answer] = self._loop.create_future()
        self._end: asyncio.Future[Any] = self._loop.create_future()
        self._orders: SimpleQueue[Consumer[Any] | None] = SimpleQueue()
        self._answer: Answer | None = None
        self._stopped = False
        self.first = b""
        """The first block of the body, once the head has arrived; empty if there is no body.

        If the body begins like a page, it is long enough to tell whether it is one.
        """
        threads.run(self._run)

    async def head(self) -> "Answer":
        """Wait for the answer's head and the first block of its body.

        Raises ``httpx.HTTPError``. When cancelled, it leaves the thread behind, which closes the connection
        as soon as the service sends anything, or after the read timeout.
        """
        try:
            async with asyncio.timeout(head_within_s(self._request)):
                return await self._head
        except TimeoutError as error:
            self._stop()
            raise TooSlow("the answer does not begin", request=self._request) from error
        except asyncio.CancelledError:
            self._stop()
            raise

    async def drain(self, consumer: Consumer[T]) -> T:
        """Pass all blocks to ``consumer`` and return its result.

        Raises what it raises, or ``httpx.HTTPError``. When cancelled, it breaks off the connection and waits
        for the thread: once it returns, the consumer does nothing more. A body that hardly moves is broken
        off in the same way, even while the thread is stuck in a read.
        """
        self._orders.put(consumer)
        try:
            while not (await asyncio.wait({self._end}, timeout=patience_s(self._request) / _LOOKS))[0]:
                if self._answer is not None and self._answer.rate.too_slow:
                    self._answer.give_up()
            result: T = self._end.result()
        except asyncio.CancelledError:
            await self.aclose()
            raise
        return result

    async def aclose(self) -> None:
        """End the exchange; a body that was not read to its end costs the connection."""
        # httpx puts answer and stream in a reference cycle, which lives until the next collection.
        self.first = b""
        if not self._head.done() or self._head.cancelled():
            return self._stop()
        if not self._end.done():
            self._stop()
        while not self._end.done():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait({self._end})
        if not self._end.cancelled():
            self._end.exception()  # nobody asks for it any more
        return None

    def _stop(self) -> None:
        # The thread sets the answer and then reads the flag; this goes in the opposite order.
        self._stopped = True
        self._orders.put(None)
        if self._answer is not None:
            self._answer.break_off()

    # -- in the thread -----------------------------------------------------------------------------

    def _run(self) -> None:
        waiting, outcome = self._head, None
        try:
            with contextlib.closing(self._pool.send(self._request)) as answer:
                self._answer = answer
                blocks = self._until_stopped(answer.blocks())
                self.first = _first(blocks)
                self._tell(self._head, answer)
                waiting = self._end
                consumer = self._orders.get()
                outcome = consumer(self._with_first(blocks)) if consumer is not None else None
        except BaseException as error:
            outcome = None if self._stopped else error
        if waiting is self._head:
            self._tell(self._head, outcome)
            outcome = None
        self._tell(self._end, outcome)

    def _until_stopped(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        if self._stopped:
            raise _Stopped
        for block in blocks:
            if self._stopped:
                raise _Stopped
            yield block

    def _with_first(self, rest: Iterator[bytes]) -> Iterator[bytes]:
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
    """Sends the requests of an asynchronous client through a blocking pool, each in a thread.

    The response carries its :class:`Exchange` as the extension ``exchange``.
    """

    def __init__(self, pool: "ChunkPool") -> None:
        self._pool = pool
        self._threads = _Threads()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request in a thread; returns when the head of its answer has arrived."""
        exchange = Exchange(self._pool, request, self._threads)
        answer = await exchange.head()
        return httpx.Response(
            answer.status,
            headers=answer.headers,
            stream=_Beginning(exchange),
            extensions={"exchange": exchange},
        )

    async def aclose(self) -> None:
        """Close the pool and end its threads."""
        self._pool.close()
        self._threads.close()


class _Beginning(httpx.AsyncByteStream):
    """The body that httpx sees: the answer's first 64 KB, for the text of an error or a login."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield await self._exchange.drain(_beginning)

    async def aclose(self) -> None:
        await self._exchange.aclose()


def _first(blocks: Iterator[bytes]) -> bytes:
    first = next(blocks, b"")
    return _gathered(blocks, _TELLING, first) if _MAY_BE_PAGE.match(first) else first


def _beginning(blocks: Iterator[bytes]) -> bytes:
    return _gathered(blocks, _BEGINNING)


def _gathered(blocks: Iterator[bytes], enough: int, gathered: bytes = b"") -> bytes:
    """Join the next blocks, up to ``enough`` bytes or the end."""
    while len(gathered) < enough and (block := next(blocks, b"")):
        gathered += block
    return gathered
