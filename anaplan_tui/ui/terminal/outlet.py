"""The way to the terminal, which never holds up the app: what the terminal does not take is left out."""

import contextlib
import os
import select
import threading
import time
from collections import deque
from collections.abc import Callable

_MOST_BYTES = 64 * 1024
"""Waiting for the terminal; some frames of a large one. On a slow link more would be shown too late."""
_PIECE = 128
"""Bytes for a terminal that could only be opened so that writing may block: there is room for these."""
_LOOK_S = 0.2
_LAST_S = 1.0
"""How long the last write to a terminal that does not read may take."""


class Outlet:
    """Writes to a terminal from a thread of its own.

    Frames are left out while too much waits already; what sets the terminal's modes is not. As soon as the
    terminal has taken all that was kept, ``caught_up`` is called, from the thread: what it shows has gaps.
    """

    def __init__(
        self, descriptor: int, encoding: str, caught_up: Callable[[], object], errors: str = "replace"
    ) -> None:
        """``errors`` names the handler for characters that the terminal cannot show."""
        self._shared = descriptor
        self._own = _opened_anew(descriptor)
        self._encoding, self._errors = encoding, errors
        self._caught_up = caught_up
        self._waiting: deque[tuple[bytes, bool]] = deque()
        self._size = 0
        self._has_gaps = False
        self._deadline: float | None = None
        """When the thread gives up; set once the outlet is to be closed."""
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="terminal-output", daemon=True)
        self._thread.start()

    def write(self, text: str, *, sets_modes: bool = False) -> None:
        """Queue it for writing; returns at once."""
        data = text.encode(self._encoding, self._errors)
        with self._changed:
            if not sets_modes and (self._has_gaps or (self._size and self._size + len(data) > _MOST_BYTES)):
                self._leave_out_frames()
                return
            self._waiting.append((data, sets_modes))
            self._size += len(data)
            self._changed.notify()

    def close(self) -> None:
        """Write what sets the terminal's modes, and end; frames are of no use any more."""
        with self._changed:
            self._leave_out_frames()
            self._deadline = time.monotonic() + _LAST_S
            self._changed.notify()
        self._thread.join(_LAST_S + _LOOK_S)
        if not self._thread.is_alive() and self._own is not None:
            os.close(self._own)
            self._own = None

    def _leave_out_frames(self) -> None:
        self._has_gaps = True
        kept = [(data, sets_modes) for data, sets_modes in self._waiting if sets_modes]
        self._waiting = deque(kept)
        self._size = sum(len(data) for data, _ in kept)

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._waiting and self._deadline is None:
                    self._changed.wait()
                if not self._waiting:
                    return
                data, _ = self._waiting.popleft()
            if not self._send(data):
                return
            with self._changed:
                self._size -= min(len(data), self._size)
                shows_less = self._has_gaps and not self._waiting and self._deadline is None
                self._has_gaps = self._has_gaps and not shows_less
            if shows_less:
                self._caught_up()

    def _send(self, data: bytes) -> bool:
        """Write all of it, so that no sequence is cut; not if time is up or the terminal is gone."""
        descriptor = self._shared if self._own is None else self._own
        piece = _PIECE if self._own is None else _MOST_BYTES
        poll = select.poll()
        poll.register(descriptor, select.POLLOUT)
        while data:
            if self._deadline is not None and time.monotonic() > self._deadline:
                return False
            try:
                if poll.poll(_LOOK_S * 1000):
                    data = data[os.write(descriptor, data[:piece]) :]
            except BlockingIOError:
                continue
            except OSError:
                return False
        return True


def _opened_anew(descriptor: int) -> int | None:
    """The same terminal, so that writing never blocks; ``None`` where it cannot be opened (after ``su``).

    The descriptor that we were given is shared with the shell, which would find its own not blocking.
    """
    with contextlib.suppress(OSError):
        opened = os.open(os.ttyname(descriptor), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
        if os.fstat(opened).st_rdev == os.fstat(descriptor).st_rdev:
            return opened
        os.close(opened)
    return None
