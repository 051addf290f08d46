"""Textual's terminal driver, prepared for links and shells that misbehave (Textual 8.2.8).

It needs from Textual: ``LinuxDriver`` with ``exit_event`` and the methods in ``_NEEDED``, and a parser that
takes text and yields events. Without one of these, :func:`terminal_driver` returns ``None`` and the app uses
Textual's own driver.
"""

import asyncio
import contextlib
import os
import selectors
import signal
import sys
import time
from collections.abc import Callable
from typing import Any, Protocol, cast

from textual.app import App
from textual.driver import Driver
from typing_extensions import override

from anaplan_tui.ui.terminal.outlet import Outlet
from anaplan_tui.ui.terminal.typed import Typed

_LOOK_S = 0.1
_NEEDED = ("run_input_thread", "write", "close", "start_application_mode", "stop_application_mode")


class OnTerminal(Protocol):
    """An app's reactions to its terminal; called on its loop."""

    def terminal_gone(self) -> None:
        """Nothing can be read any more."""

    def paint_whole(self) -> None:
        """The terminal's picture has gaps; repaint it whole."""

    def taken_back(self) -> str:
        """Return the sequence that undoes what we set around the screen; the terminal is being given away."""

    def stop_job(self) -> None:
        """Stop the job, as Ctrl-Z does."""

    def job_continued(self) -> None:
        """The job was stopped without our doing, and continues."""


def terminal_driver() -> type[Driver] | None:
    """Return the driver for a real terminal; ``None`` if Textual lacks what it needs."""
    try:
        return _made()
    except (ImportError, AttributeError, TypeError):
        return None


def _made() -> type[Driver]:
    from textual import constants
    from textual._xterm_parser import XTermParser
    from textual.drivers.linux_driver import LinuxDriver

    escape_s = constants.ESCAPE_DELAY
    for needed in _NEEDED:
        getattr(LinuxDriver, needed)
    Typed(XTermParser, escape_s).feed(b"a\x1b[A", 0.0)

    class TerminalDriver(LinuxDriver):
        """Never waits for the terminal to take output, accepts any input, and reads in one thread only."""

        def __init__(self, app: App[Any], **how: Any) -> None:
            is_ignored = signal.getsignal(signal.SIGTSTP) is signal.SIG_IGN
            super().__init__(app, **how)
            self._on = cast("OnTerminal", app)
            self._running_loop = asyncio.get_running_loop()
            self._outlet: Outlet | None = None
            self._sets_modes = False
            # Textual would start reading a second time after any SIGCONT.
            signal.signal(signal.SIGCONT, lambda *_: self._tell(self._on.job_continued))
            signal.signal(
                signal.SIGTSTP, signal.SIG_IGN if is_ignored else lambda *_: self._tell(self._on.stop_job)
            )

        def _tell(self, what: Callable[[], object]) -> None:
            with contextlib.suppress(RuntimeError):  # the app has ended
                self._running_loop.call_soon_threadsafe(what)

        # -- output --------------------------------------------------------------------------------

        @override
        def start_application_mode(self) -> None:
            stream = sys.__stderr__
            assert stream is not None  # noqa: S101  # the app does not start without it
            self._outlet = Outlet(
                stream.fileno(),
                stream.encoding or "utf-8",
                lambda: self._tell(self._on.paint_whole),
                stream.errors or "replace",
            )
            self._sets_modes = True
            super().start_application_mode()  # type: ignore[no-untyped-call]
            self._sets_modes = False

        @override
        def stop_application_mode(self) -> None:
            self._sets_modes = True
            self.write(self._on.taken_back())
            super().stop_application_mode()

        @override
        def write(self, data: str) -> None:
            if self._outlet is not None:
                self._outlet.write(data, sets_modes=self._sets_modes)

        @override
        def close(self) -> None:
            super().close()
            if self._outlet is not None:
                self._outlet.close()
                self._outlet = None

        # -- input ---------------------------------------------------------------------------------

        @override
        def run_input_thread(self) -> None:
            try:
                self._read()
            except Exception as error:
                self._fail(error)

        def _fail(self, error: Exception) -> None:
            def fail() -> None:
                raise error

            self._tell(lambda: self._app.call_later(fail))

        def _read(self) -> None:
            typed = Typed(lambda: XTermParser(self._debug), escape_s)
            with selectors.SelectSelector() as selector:
                selector.register(self.fileno, selectors.EVENT_READ)
                while not self.exit_event.is_set():
                    found = typed.tick(time.monotonic())
                    if selector.select(_LOOK_S if not typed.is_waiting else _LOOK_S / 4):
                        try:
                            data = os.read(self.fileno, 4096)
                        except OSError:
                            data = b""
                        if not data:
                            self._tell(self._on.terminal_gone)
                            return
                        found += typed.feed(data, time.monotonic())
                    for event in found:
                        self.process_message(event)

    return TerminalDriver
