"""The shell's job control: stops the job as Ctrl-Z does, and waits until the terminal is ours again.

The terminal's modes are not touched here: the app resets and sets them again (``ui/app.py``, the driver).
"""

import os
import signal
import threading

_IN_ORDER_S = 1.5
_MOST_TRIES = 20
"""Attempts to be stopped; a job that no shell controls is never stopped, however often it tries."""


def stop(terminal: int) -> None:
    """Stop this job; return when the shell has put it into the foreground again.

    All processes of the job are stopped, a wrapper around us too: the shell waits for each. If no shell could
    ever continue the job, the system does not stop it.
    """
    handlers = {number: signal.signal(number, signal.SIG_DFL) for number in (signal.SIGTSTP, signal.SIGCONT)}
    try:
        os.kill(0, signal.SIGTSTP)
        wait_for_foreground(terminal)
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def wait_for_foreground(terminal: int) -> None:
    """Stay stopped until the terminal is ours: in the background we would paint over the shell's lines."""
    for _ in range(_MOST_TRIES):
        if is_in_foreground(terminal):
            return
        os.kill(0, signal.SIGTTOU)


def is_in_foreground(terminal: int) -> bool:
    """Return whether we may use the terminal; true if it is gone, as then no other job has it."""
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return True


def end_without(terminal: int, code: int) -> None:
    """End the process soon if its terminal is gone and its orderly end takes too long.

    That loses no more than a power cut would: everything that must be kept is on disk.
    """

    def end() -> None:
        if not os.isatty(terminal):
            os._exit(code)

    last = threading.Timer(_IN_ORDER_S, end)
    last.daemon = True
    last.start()
