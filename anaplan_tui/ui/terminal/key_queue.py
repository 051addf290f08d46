"""The key queue: hands out one key at a time, each after the one before has done its work.

On its own, Textual hands a key to the focused widget as soon as it is read. A key that opens a screen takes
some turns of the event loop; how many depends on the scheduler. A slow link delivers several keys at once,
and the next one would still act on the screen before.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from textual.events import Event

_MOST_TURNS = 200
"""Turns of the loop that a key waits for the one before; only a loop that is never idle takes them all."""
HOLD_S = 0.5
"""The longest that keys wait for a screen to open; then they act on the visible one."""

Later = Callable[[Callable[[], Awaitable[None]]], object]


class KeyQueue:
    """Keys and pastes in the order typed.

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
        """Queue an event; it is handed out after those before it."""
        self._waiting.append(event)
        self._go_on()

    def hold(self) -> "Hold":
        """Hold back all keys until the hold is released, for ``HOLD_S`` at most."""
        hold = Hold(self)
        self._holds.add(hold)
        asyncio.get_running_loop().call_later(HOLD_S, hold.release)
        return hold

    def release(self, hold: "Hold") -> None:
        """End a hold: its screen is there, or will not come."""
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
    """A hold on the keys while a screen is about to open."""

    def __init__(self, queue: KeyQueue) -> None:
        self._queue = queue

    def release(self) -> None:
        """Hand out the keys that waited; does nothing the second time."""
        self._queue.release(self)


def has_work(loop: asyncio.AbstractEventLoop) -> bool:
    """Return whether the loop has callbacks that are ready to run.

    ``_ready`` is private (CPython 3.11 to 3.14); a loop without it always counts as busy.
    """
    return bool(getattr(loop, "_ready", True))
