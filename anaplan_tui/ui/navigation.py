"""Screens and questions that jobs open: one after the other, and never on top of a dialog.

A job works while the operator types. If it pushed a screen as soon as it is ready, the screen could cover a
question asked meanwhile, or a question could come up where nobody expects it. So a job asks here, and waits
until a full screen is on top.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, TypeVar

from textual.screen import ModalScreen, Screen

from anaplan_tui.trouble import Trouble
from anaplan_tui.ui.terminal.key_queue import Hold, KeyQueue

if TYPE_CHECKING:
    from anaplan_tui.ui.shell import Shell

R = TypeVar("R")
Opening = Callable[[], Awaitable[object]]


class WentElsewhere(Trouble):
    """The operator left the screen on which they pressed the key; the message says what became of it."""

    def __init__(self) -> None:
        super().__init__("You went on before it could be asked; nothing was done. The same key asks again.")


class Navigation:
    """The openings that wait until no dialog is open."""

    def __init__(self, app: "Shell", keys: KeyQueue) -> None:
        self._app = app
        self._keys = keys
        self._waiting: deque[_Waiting] = deque()

    def request(self) -> "Request":
        """Register a key press that opens something later, and hold the keys behind it."""
        return Request(self, self._app.screen, self._keys.hold())

    def open(self, opening: Opening, on: Screen[Any] | None = None) -> asyncio.Future[None]:
        """Open a screen as soon as no dialog is open; the future is done when it is there.

        With ``on``, the future fails with :class:`WentElsewhere` if another screen is on top by then.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(opening, on, done))
        self.go_on()
        return done

    async def ask(self, question: Screen[R], on: Screen[Any] | None = None) -> "asyncio.Future[R]":
        """Ask a question as soon as no other dialog is open; return a future with its answer."""
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

        def answered(value: R | None) -> None:
            if not answer.done():  # the job that asked may be gone
                answer.set_result(value)

        async def put() -> None:
            await self._app.push_screen(question, answered)

        await self.open(put, on)
        return answer

    def go_on(self) -> None:
        """Open what waits, now that another screen is on top."""
        if self._waiting:
            self._app.call_later(self._open_waiting)

    async def _open_waiting(self) -> None:
        while self._waiting and self._app.screen_stack and not isinstance(self._app.screen, ModalScreen):
            waiting = self._waiting.popleft()
            if waiting.done.cancelled():
                continue
            if waiting.on not in (None, self._app.screen):
                waiting.done.set_exception(WentElsewhere())
                continue
            await waiting.opening()
            if not waiting.done.done():
                waiting.done.set_result(None)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """An opening, the screen it belongs to, and the future of whoever waits for it."""

    opening: Opening
    on: Screen[Any] | None
    done: asyncio.Future[None]


class Request:
    """A key press that opens something: the screen it belongs to, and the hold on the keys behind it."""

    def __init__(self, navigation: Navigation, on: Screen[Any], hold: Hold) -> None:
        self._navigation = navigation
        self._on = on
        self._hold = hold

    async def open(self, opening: Opening) -> bool:
        """Open a screen; return ``False`` if the operator has left the one on which they asked for it."""
        try:
            await self._navigation.open(opening, self._on)
        except WentElsewhere:
            return False
        finally:
            self.over()
        return True

    async def ask(self, question: Screen[R]) -> R:
        """Ask a question and return its answer.

        Raises:
            WentElsewhere: The operator has left the screen on which they asked for it.
        """
        try:
            answer = await self._navigation.ask(question, self._on)
        finally:
            self.over()
        return await answer

    def over(self) -> None:
        """Release the keys: nothing is about to open any more."""
        self._hold.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.over()
