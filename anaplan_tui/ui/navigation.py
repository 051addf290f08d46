"""What jobs open: one after the other, in the app's own turn, and never on top of a dialog.

A job works beside the keys. If it pushed a screen when it is ready, the screen could cover a question that
was asked meanwhile, or a question could come up where nobody expects it. So a job asks here, and waits until
a full screen is on top.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, TypeVar

from textual.screen import ModalScreen, Screen

from anaplan_tui.trouble import Trouble
from anaplan_tui.ui.key_queue import Hold, KeyQueue

if TYPE_CHECKING:
    from anaplan_tui.ui.shell import Shell

R = TypeVar("R")
Opening = Callable[[], Awaitable[object]]


class WentElsewhere(Trouble):
    """The operator left the screen on which something was asked for; the message says what became of it."""

    def __init__(self) -> None:
        super().__init__("You went on before it could be asked; nothing was done. The same key asks again.")


class Navigation:
    """The openings that wait for their turn."""

    def __init__(self, app: "Shell", keys: KeyQueue) -> None:
        self._app = app
        self._keys = keys
        self._waiting: deque[_Waiting] = deque()

    def request(self) -> "Request":
        """A key was pressed that opens something, as soon as that is known or read."""
        return Request(self, self._app.screen, self._keys.hold())

    def open(self, opening: Opening, on: Screen[Any] | None = None) -> asyncio.Future[None]:
        """Open a screen as soon as no dialog is open; done when it is there.

        With ``on`` it fails with :class:`WentElsewhere` if another screen is on top by then.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(opening, on, done))
        self.go_on()
        return done

    async def ask(self, question: Screen[R], on: Screen[Any] | None = None) -> "asyncio.Future[R]":
        """Put a question as soon as no other dialog is open; its answer comes later."""
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

        def answered(value: R | None) -> None:
            if not answer.done():  # whoever asked may be gone
                answer.set_result(value)

        async def put() -> None:
            await self._app.push_screen(question, answered)

        await self.open(put, on)
        return answer

    def go_on(self) -> None:
        """The screen on top is another one."""
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
    """An opening, the screen that it belongs to, and who waits for it."""

    opening: Opening
    on: Screen[Any] | None
    done: asyncio.Future[None]


class Request:
    """What a key asked for: on which screen, and that the keys behind it wait until it is there."""

    def __init__(self, navigation: Navigation, on: Screen[Any], hold: Hold) -> None:
        self._navigation = navigation
        self._on = on
        self._hold = hold

    async def open(self, opening: Opening) -> bool:
        """Open a screen; ``False`` if the operator has left the one on which it was asked for."""
        try:
            await self._navigation.open(opening, self._on)
        except WentElsewhere:
            return False
        finally:
            self.over()
        return True

    async def ask(self, question: Screen[R]) -> R:
        """Put a question, and return its answer.

        Raises:
            WentElsewhere: The operator has left the screen on which it was asked for.
        """
        try:
            answer = await self._navigation.ask(question, self._on)
        finally:
            self.over()
        return await answer

    def over(self) -> None:
        """Nothing is on its way any more."""
        self._hold.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.over()
