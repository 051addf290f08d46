"""How long an answer may take that does come, but hardly moves.

A read timeout only tells silence: a server, or what stands before it, that sends a byte now and then would
hold a request for ever. So the head of an answer has to be there within the time that silence may last, and
its body has to bring :data:`LEAST_RATE` on average. A slow link that is honest does: a modem brings thrice
as much. Documents end after :data:`LONGEST_S` whatever comes; a dump may take as long as it moves.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable

import httpx

LEAST_RATE = 1024
"""Bytes a second."""
LONGEST_S = 600.0
"""Of one try at a document. A closed model is loaded first, which takes minutes (service.md §9.2)."""
UNSAID_S = 60.0
"""Stands in for a read timeout that was not given."""


class TooSlow(httpx.ReadTimeout):
    """An answer came, but so slowly that it is not waited for."""


def patience_s(request: httpx.Request) -> float:
    """How long silence may last in the answer to ``request``."""
    limits = request.extensions.get("timeout", {})
    return float(limits.get("read") or UNSAID_S)


def head_within_s(request: httpx.Request) -> float:
    """How long the head of the answer may take, with connecting and with what is sent before it."""
    limits = request.extensions.get("timeout", {})
    sends = request.headers.get("content-length", "0") != "0"
    before_s = float(limits.get("connect") or 0) + (float(limits.get("write") or 0) if sends else 0.0)
    return before_s + patience_s(request)


class TimedBody(httpx.AsyncByteStream):
    """The body of a document, of which each block comes in time or :class:`TooSlow` is raised."""

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
        """End the body, read or not."""
        await self._stream.aclose()


class BodyRate:
    """Whether the bytes of a body come at :data:`LEAST_RATE`, judged anew after each ``window_s`` of waiting.

    Only time that was spent waiting counts, not what a disk took meanwhile. One thread reads and notes;
    any may ask, also while that one is held in a read that does not end.
    """

    def __init__(self, window_s: float, *, now: Callable[[], float] = time.monotonic) -> None:
        self._window_s = window_s
        self._now = now
        self._since: float | None = None
        self._waited_s = 0.0
        self._came = 0
        self._failed = False

    def waits(self) -> None:
        """A read begins."""
        self._since = self._now()

    def came(self, size: int) -> None:
        """A read has ended with so many bytes."""
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
