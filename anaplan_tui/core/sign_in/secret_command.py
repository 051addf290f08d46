"""Run the operator's command for a secret (``password_command``), and lend it the terminal if it asks.

The command runs in a process group of its own, in the background, because the screens own the terminal. If it
tries to read the terminal, as a password store does for its PIN, the kernel stops it. It then gets the
terminal and the foreground until it ends, as from a shell.
"""

import os
import signal
import subprocess
import termios
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import IO

from anaplan_tui.children import environment

_LOOK_S = 0.02
_LONGEST = 64 * 1024

Lend = Callable[[], AbstractContextManager[None]]
"""Clears the terminal for somebody else while the context lasts; entered in the command's thread."""


class TerminalLoan:
    """Lends the terminal for a while: at once, or after the app that owns it has cleared it."""

    def __init__(self) -> None:
        self.owner: Lend | None = None
        """Clears the terminal; ``None`` while no app owns it."""

    def __call__(self) -> AbstractContextManager[None]:
        """Lend the terminal; an app that owns it is suspended meanwhile."""
        return nullcontext() if self.owner is None else self.owner()


class CommandFailed(Exception):
    """The command gave no secret; ``problem`` is a clause that quotes nothing of its output."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__(problem)


class _WantsTerminal(Exception):
    """The command was stopped for using the terminal, which an app owns."""


def output_of(command: Sequence[str], timeout_s: float, loan: TerminalLoan) -> bytes:
    """Return the command's output. Blocks; while the command has the foreground, without a time limit.

    If an app owns the terminal, the command is started again there: it may have read the app's modes already.

    Raises:
        CommandFailed: it cannot be run, fails, or does not end in time; it and its helpers are killed.
    """
    try:
        with _started(command) as process:
            return _Running(process, timeout_s, may_go_on=loan.owner is None).output()
    except _WantsTerminal:
        with loan(), _started(command) as process:
            running = _Running(process, timeout_s, may_go_on=True)
            running.run_in_front()
            return running.output()


@contextmanager
def _started(command: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    """Start the command in a process group of its own, and kill the group if the context raises."""
    stdin = 0 if _is_terminal(0) else subprocess.DEVNULL
    try:
        process = subprocess.Popen(
            command,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            process_group=0,
            env=environment(),
        )
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else "not a program"
        raise CommandFailed(f"its command cannot be run ({why.lower()})") from None
    with process:
        try:
            yield process
        except BaseException:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            raise


class _Running:
    """A running command."""

    def __init__(self, process: subprocess.Popen[bytes], timeout_s: float, *, may_go_on: bool) -> None:
        assert process.stdout is not None and process.stderr is not None  # noqa: S101, PT018  # asked for
        self._process = process
        self._may_go_on = may_go_on
        """Whether the command may use the terminal after it was stopped for trying."""
        self._timeout_s = timeout_s
        self._deadline = time.monotonic() + timeout_s
        self._output = _Pipe(process.stdout)
        self._errors = _Pipe(process.stderr)

    def output(self) -> bytes:
        while self._process.returncode is None:
            self._look()
            time.sleep(_LOOK_S)
        code = self._process.returncode
        if code == -signal.SIGINT:
            raise CommandFailed("its command was interrupted")
        if code != 0:
            raise CommandFailed(f"its command failed with exit code {code}")
        # Helpers that it left behind may still hold its output open.
        while not self._output.ended.wait(_LOOK_S):
            self._check_time()
        return self._output.text

    def run_in_front(self) -> None:
        """Give the command the terminal until it ends."""
        with _foreground(self._process.pid) as terminal:
            self._errors.show_on(terminal)
            while self._process.returncode is None:
                with suppress(ProcessLookupError):
                    os.killpg(self._process.pid, signal.SIGCONT)
                self._note(os.waitpid(self._process.pid, os.WUNTRACED)[1])
            self._errors.hide()
        self._deadline = time.monotonic() + self._timeout_s

    def _look(self) -> None:
        pid, status = os.waitpid(self._process.pid, os.WNOHANG | os.WUNTRACED)
        if pid == 0:
            self._check_time()
        elif os.WIFSTOPPED(status) and os.WSTOPSIG(status) in (signal.SIGTTIN, signal.SIGTTOU):
            if not self._may_go_on:
                raise _WantsTerminal
            self.run_in_front()
        else:
            self._note(status)

    def _note(self, status: int) -> None:
        if not os.WIFSTOPPED(status):
            self._process.returncode = os.waitstatus_to_exitcode(status)

    def _check_time(self) -> None:
        if time.monotonic() > self._deadline:
            raise CommandFailed(f"its command did not end within {self._timeout_s:g} s")


class _Pipe:
    """Reads a pipe to its end in a thread, keeps the beginning, and can show it on a terminal."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self.text = b""
        self.ended = threading.Event()
        self._pipe = pipe
        self._terminal: int | None = None
        self._lock = threading.Lock()
        threading.Thread(target=self._read, daemon=True).start()

    def show_on(self, terminal: int) -> None:
        """Write what has come so far, perhaps a question, and everything that comes."""
        with self._lock:
            self._terminal = terminal
            _write(terminal, self.text)

    def hide(self) -> None:
        """Stop writing to the terminal."""
        with self._lock:
            self._terminal = None

    def _read(self) -> None:
        with suppress(OSError, ValueError):
            while block := os.read(self._pipe.fileno(), 4096):
                with self._lock:
                    self.text = (self.text + block)[:_LONGEST]
                    if self._terminal is not None:
                        _write(self._terminal, block)
        self.ended.set()


def _write(terminal: int, text: bytes) -> None:
    with suppress(OSError):
        os.write(terminal, text)


def _is_terminal(descriptor: int) -> bool:
    try:
        return os.isatty(descriptor)
    except OSError:
        return False


@contextmanager
def _foreground(group: int) -> Iterator[int]:
    """Open the controlling terminal, with ``group`` in its foreground while the context lasts."""
    try:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        raise CommandFailed("its command wants to read the terminal, and there is none") from None
    try:
        ours = os.getpgrp()
        if os.tcgetpgrp(terminal) != ours:
            raise CommandFailed("its command wants to read the terminal, which another job is using")
        modes = termios.tcgetattr(terminal)
        os.tcsetpgrp(terminal, group)
        try:
            yield terminal
        finally:
            _take_back(terminal, ours, modes)
    except (OSError, termios.error):
        raise CommandFailed("its command wants to read the terminal, which is gone") from None
    finally:
        os.close(terminal)


def _take_back(terminal: int, group: int, modes: list[object]) -> None:
    # We are in the background now, where this is only allowed with SIGTTOU blocked.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
    try:
        os.tcsetpgrp(terminal, group)
        termios.tcsetattr(terminal, termios.TCSADRAIN, modes)  # type: ignore[arg-type]
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
