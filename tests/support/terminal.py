"""The installed command in a real terminal: a pty, read through an emulator, and its processes."""

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import pyte

T = TypeVar("T")

DEADLINE_S = 60.0
"""Longest wait for what takes a second on an idle machine; waited for, not slept through."""

ALTERNATE_SCREEN = 1049 << 5
"""Pyte's number for this private mode."""

# Whoever runs the tests may ignore signals, as nohup does; a login shell passes none of that on.
_AS_SESSION_LEADER = (
    "import fcntl, os, signal, sys, termios; os.setsid(); fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "[signal.signal(s, signal.SIG_DFL) for s in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)]; "
    "os.execv(sys.argv[1], sys.argv[1:])"
)


class Terminal:
    """A command in its own terminal. A context manager that kills leftover processes on exit.

    With 0 rows and columns the terminal, of 24 by 80, does not report its size.
    """

    def __init__(
        self, command: list[str], env: dict[str, str], *, rows: int = 30, columns: int = 110
    ) -> None:
        self._screen = pyte.Screen(columns or 80, rows or 24)
        self._stream = pyte.ByteStream(self._screen)
        self._changed = threading.Condition()
        self._master, self._slave = pty.openpty()
        self._ends = [self._master, self._slave]
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._modes = termios.tcgetattr(self._slave)
        self.raw = bytearray()
        self.process = subprocess.Popen(
            [sys.executable, "-c", _AS_SESSION_LEADER, *command],
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
            env=env,
        )
        self._stop, self._stopped = os.pipe()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.wait()
        self.hang_up()
        for descriptor in (self._stop, self._stopped):
            os.close(descriptor)

    @property
    def text(self) -> str:
        """The text on the screen."""
        with self._changed:
            return "\n".join(line.rstrip() for line in self._screen.display)

    @property
    def before_cursor(self) -> str:
        """The text left of the cursor on its line."""
        with self._changed:
            cursor = self._screen.cursor
            return self._screen.display[cursor.y][: cursor.x]

    def look(self, how: Callable[[pyte.Screen], T]) -> T:
        """Return what ``how`` sees of the screen, which holds still meanwhile."""
        with self._changed:
            return how(self._screen)

    def wait_until_still(self, seconds: float = 0.4) -> None:
        """Wait until nothing was painted for that long; a clock on the screen also ends the wait."""
        deadline = time.monotonic() + 4 * seconds
        with self._changed:
            while self._changed.wait(seconds) and time.monotonic() < deadline:
                pass

    def wait_for(self, wanted: str | Callable[[], bool]) -> None:
        """Wait until the screen shows the text, or the condition holds after something was painted."""
        found = wanted if callable(wanted) else lambda: wanted in self.text
        deadline = time.monotonic() + DEADLINE_S
        while not self._comes(found, deadline):
            if self.process.poll() is None or not self._reader.is_alive():
                raise AssertionError(
                    f"never seen: {wanted}\n{self.text}\nbefore the cursor: {self.before_cursor!r}"
                )
            self._drain()

    def _comes(self, found: Callable[[], bool], deadline: float) -> bool:
        """Wait until it is found; return false on timeout or when the command has ended.

        The command's last output may not have been read yet.
        """
        with self._changed:
            while not found():
                left = deadline - time.monotonic()
                if left <= 0 or self.process.poll() is not None:
                    return False
                self._changed.wait(min(left, 0.5))
        return True

    def wait_for_line(self, wanted: str, *, hidden: bool = False) -> None:
        """Wait until the prompt shows and the terminal takes a line, as on no screen of the app.

        ``hidden``: without echo; input typed before echo is turned off is dropped.
        """

        def asked() -> bool:
            modes = int(termios.tcgetattr(self._slave)[3])
            return (
                wanted in self.text and bool(modes & termios.ICANON) and not (hidden and modes & termios.ECHO)
            )

        self.wait_for(asked)
        self._wait_until_it_waits()

    def _wait_until_it_waits(self) -> None:
        """Wait until the command sleeps in its read: it would see an earlier signal only with the next key.

        Python runs its signal handlers between two steps; there is none between the last step and the read.
        """
        stat = Path(f"/proc/{self.process.pid}/stat")
        deadline = time.monotonic() + DEADLINE_S
        while stat.read_text().rpartition(")")[2].split()[0] != "S":
            assert time.monotonic() < deadline, "it keeps working"
            time.sleep(0.002)

    def press(self, keys: str | bytes) -> None:
        """Type."""
        os.write(self._master, keys if isinstance(keys, bytes) else keys.encode())

    def stop_reading(self) -> None:
        """Read nothing more, like the terminal of a laptop that went to sleep."""
        self._drain()

    def read_on(self) -> None:
        """Read again, as when the laptop wakes up."""
        os.read(self._stop, 1)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def stopped(self) -> None:
        """Wait until a signal has stopped the command."""
        result = os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WNOWAIT)
        assert result is not None
        assert result.si_status in (signal.SIGSTOP, signal.SIGTSTP, signal.SIGTTOU)

    def hang_up(self) -> None:
        """Close the terminal, as when its window is closed or a link drops."""
        if self._reader.is_alive():
            os.write(self._stopped, b".")
            self._reader.join()
        while self._ends:  # each once: by the second time, the number may be somebody else's file
            os.close(self._ends.pop())

    @property
    def modes(self) -> set[int]:
        """Return the active private modes, by pyte's numbers."""
        with self._changed:
            return set(self._screen.mode)

    @property
    def modes_of_line(self) -> list[object]:
        """How the terminal treats input: echo, signals."""
        return list(termios.tcgetattr(self._slave))

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns, as the terminal reports them."""
        size = os.get_terminal_size(self._slave)
        return size.lines, size.columns

    @property
    def foreground(self) -> int:
        """The process group in the foreground of the terminal."""
        return os.tcgetpgrp(self._master)

    def signal(self, number: int) -> None:
        """Send the command a signal."""
        os.kill(self.process.pid, number)

    def ended(self) -> int:
        """Return the exit code once the command has ended by itself; negative for a signal that killed it."""
        return self.process.wait(DEADLINE_S)

    def assert_restored(self) -> None:
        """Check that the terminal is as a shell wants it back: its modes, the main screen, a cursor."""
        modes: list[Any] = termios.tcgetattr(self._slave)
        assert modes == self._modes
        self._drain()
        assert ALTERNATE_SCREEN not in self._screen.mode
        assert not self._screen.cursor.hidden
        assert self.raw.rfind(b"\x1b[?1004h") <= self.raw.rfind(b"\x1b[?1004l")
        assert self.raw.rfind(b"\x1b[?2004h") <= self.raw.rfind(b"\x1b[?2004l")
        assert self.raw.rfind(b"\x1b[?1000h") <= self.raw.rfind(b"\x1b[?1000l")

    def _drain(self) -> None:
        """Read what the command wrote before it ended."""
        os.write(self._stopped, b".")
        self._reader.join()

    def _read(self) -> None:
        while True:
            ready, _, _ = select.select([self._master, self._stop], [], [])
            if self._master in ready:
                try:
                    data = os.read(self._master, 65536)
                except OSError:
                    return
                with self._changed:
                    self.raw += data
                    self._stream.feed(data)
                    self._changed.notify_all()
            elif self._stop in ready:
                return


def processes_in(state: Path) -> set[int]:
    """Return the processes with this state directory: the command's own, and any that it left behind."""
    wanted = f"ANAPLAN_TUI_STATE_DIR={state}".encode()
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if wanted in (entry / "environ").read_bytes().split(b"\0"):
                    found.add(int(entry.name))
    return found


def wait_until_gone(state: Path) -> None:
    """Wait until no process with that state directory is left; fail if one does not end by itself."""
    deadline = time.monotonic() + DEADLINE_S
    while pids := processes_in(state):
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                handle = os.pidfd_open(pid)
                try:
                    gone, _, _ = select.select([handle], [], [], max(deadline - time.monotonic(), 0))
                finally:
                    os.close(handle)
                assert gone, f"process {pid} did not end: {Path(f'/proc/{pid}/cmdline').read_bytes()!r}"
