"""One key at a time: each is handed out when the one before it has done its work.

On its own, Textual hands a key to the focused widget as soon as it is read. A key that opens a screen takes
some turns of the event loop to do so, how many depends on the scheduler, and the key behind it would still
act on the screen before: a slow link delivers both at once.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from textual.events import Event

_MOST_TURNS = 200
"""Turns of the loop that a key waits for the one before; only a loop that is never idle gets there."""
HOLD_S = 0.5
"""The longest that keys wait for a screen that is on its way; then they act on what is seen."""

Later = Callable[[Callable[[], Awaitable[None]]], object]


class KeyQueue:
    """Keys and pastes in the order in which they were typed.

    Args:
        later: Runs a callback in the app's own turn.
        give: Hands an event to the app.
    """

    def __init__(self, later: Later, give: Callable[[Event], Awaitable[None]]) -> None:
        self._later = later
        self._give = give
        self._waiting: deque[Event] = deque()
        self._holds: set[Hold] = set()
        self._under_way = False

    def put(self, event: Event) -> None:
        """Hand it out in its turn."""
        self._waiting.append(event)
        self._go_on()

    def hold(self) -> "Hold":
        """Keep what is typed from now on until the hold is released, ``HOLD_S`` at most."""
        hold = Hold(self)
        self._holds.add(hold)
        asyncio.get_running_loop().call_later(HOLD_S, hold.release)
        return hold

    def release(self, hold: "Hold") -> None:
        """The screen that was waited for is there, or will not come."""
        self._holds.discard(hold)
        self._go_on()

    def _go_on(self) -> None:
        if self._waiting and not self._under_way and not self._holds:
            self._under_way = True
            asyncio.get_running_loop().call_soon(self._when_settled, _MOST_TURNS)

    def _when_settled(self, turns: int) -> None:
        loop = asyncio.get_running_loop()
        if turns and has_work(loop):
            loop.call_soon(self._when_settled, turns - 1)
            return
        self._under_way = False
        if self._waiting and not self._holds:
            self._under_way = True
            self._later(self._hand_out)

    async def _hand_out(self) -> None:
        try:
            await self._give(self._waiting.popleft())
        finally:
            self._under_way = False
            self._go_on()


class Hold:
    """A screen is on its way, and what is typed waits for it."""

    def __init__(self, queue: KeyQueue) -> None:
        self._queue = queue

    def release(self) -> None:
        """Hand out what waited; does nothing the second time."""
        self._queue.release(self)


def has_work(loop: asyncio.AbstractEventLoop) -> bool:
    """Whether the loop has something to run that waits for nothing.

    ``_ready`` is private (CPython 3.11 to 3.14); of a loop without it, some turns are taken on trust.
    """
    return bool(getattr(loop, "_ready", True))
