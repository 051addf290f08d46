"""Deadlines for slow answers: how long one may take that keeps coming but hardly moves.

A read timeout only detects silence: a server or proxy that sends a byte now and then would hold a request for
ever. So the head of an answer must arrive within the request's own timeouts, and its body must bring
:data:`LEAST_RATE` on average. An honest slow link does: a modem brings three times as much. A document is
given up after :data:`LONGEST_S` in any case; a dump may take as long as it moves.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable

import httpx

LEAST_RATE = 1024
"""Bytes a second."""
LONGEST_S = 600.0
"""For one try at a document. A closed model is loaded first, which takes minutes (service.md §9.2)."""
UNSAID_S = 60.0
"""The read timeout if none was given."""


class TooSlow(httpx.ReadTimeout):
    """An answer was coming, but too slowly to wait for."""


def patience_s(request: httpx.Request) -> float:
    """How long silence may last in the answer to ``request``."""
    limits = request.extensions.get("timeout", {})
    return float(limits.get("read") or UNSAID_S)


def head_within_s(request: httpx.Request) -> float:
    """How long the head of the answer may take, connecting and sending included."""
    limits = request.extensions.get("timeout", {})
    sends = request.headers.get("content-length", "0") != "0"
    before_s = float(limits.get("connect") or 0) + (float(limits.get("write") or 0) if sends else 0.0)
    return before_s + patience_s(request)


class TimedBody(httpx.AsyncByteStream):
    """The body of a document; raises :class:`TooSlow` for a block that does not come in time."""

    def __init__(self, stream: httpx.AsyncByteStream, request: httpx.Request) -> None:
        self._stream = stream
        self._request = request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        began, patience, came = loop.time(), patience_s(self._request), 0
        blocks = aiter(self._stream)
        while True:
            due = began + min(LONGEST_S, patience + came / LEAST_RATE)
            try:
                async with asyncio.timeout_at(due):
                    block = await anext(blocks, None)
            except TimeoutError as error:
                raise TooSlow("the answer hardly moves", request=self._request) from error
            if block is None:
                return
            came += len(block)
            yield block

    async def aclose(self) -> None:
        """Close the body, read or not."""
        await self._stream.aclose()


class BodyRate:
    """Whether the bytes of a body come at :data:`LEAST_RATE`, judged anew after each ``window_s`` of waiting.

    Only time spent waiting counts, not time spent writing to disk. One thread reads and reports; any thread
    may ask, even while the reader is stuck in a read that does not end.
    """

    def __init__(self, window_s: float, *, now: Callable[[], float] = time.monotonic) -> None:
        self._window_s = window_s
        self._now = now
        self._since: float | None = None
        self._waited_s = 0.0
        self._came = 0
        self._failed = False

    def waits(self) -> None:
        """Note that a read begins."""
        self._since = self._now()

    def came(self, size: int) -> None:
        """Note that a read ended with ``size`` bytes."""
        since, self._since = self._since, None
        self._waited_s += self._now() - since if since is not None else 0.0
        self._came += size
        if self._waited_s >= self._window_s:
            self._failed = self._failed or self._too_little(self._waited_s)
            self._waited_s, self._came = 0.0, 0

    @property
    def too_slow(self) -> bool:
        """Whether a window has passed in which too little came."""
        since = self._since
        held_s = 0.0 if since is None else self._now() - since
        waited_s = self._waited_s + held_s
        # A read that lasts a whole window brought nothing in it, whatever came before.
        late = held_s >= self._window_s or (waited_s >= self._window_s and self._too_little(waited_s))
        return self._failed or late

    def _too_little(self, waited_s: float) -> bool:
        return self._came < LEAST_RATE * waited_s
