"""Output to the terminal that never blocks the app: frames that the terminal is too slow for are dropped."""

import contextlib
import os
import select
import threading
import time
from collections import deque
from collections.abc import Callable

_MOST_BYTES = 64 * 1024
"""Bytes that may wait: some frames of a large terminal. On a slow link, more would be shown too late."""
_PIECE = 128
"""Bytes for one write to a descriptor on which writing may block: a ready terminal has room for these."""
_LOOK_S = 0.2
_LAST_S = 1.0
"""How long the last write to a terminal that does not read may take."""


class Outlet:
    """Writes to a terminal from a thread of its own.

    It drops frames while too much is waiting, but never what sets the terminal's modes. Once the terminal has
    taken everything that was kept, the thread calls ``caught_up``: the picture has gaps.
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
        """When the thread gives up; set by :meth:`close`."""
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="terminal-output", daemon=True)
        self._thread.start()

    def write(self, text: str, *, sets_modes: bool = False) -> None:
        """Queue text for writing; return at once."""
        data = text.encode(self._encoding, self._errors)
        with self._changed:
            if not sets_modes and (self._has_gaps or (self._size and self._size + len(data) > _MOST_BYTES)):
                self._leave_out_frames()
                return
            self._waiting.append((data, sets_modes))
            self._size += len(data)
            self._changed.notify()

    def close(self) -> None:
        """Write what sets the terminal's modes, and end; pending frames are dropped."""
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
        """Write all of it, so that no sequence is cut; ``False`` if time is up or the terminal is gone."""
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
    """Open the same terminal anew for non-blocking writes; ``None`` if it cannot be opened (after ``su``).

    The given descriptor is shared with the shell, whose own would become non-blocking with it.
    """
    with contextlib.suppress(OSError):
        opened = os.open(os.ttyname(descriptor), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
        if os.fstat(opened).st_rdev == os.fstat(descriptor).st_rdev:
            return opened
        os.close(opened)
    return None
