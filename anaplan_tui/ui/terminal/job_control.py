"""The shell's job control: to be stopped as by Ctrl-Z, and to wait until the terminal is ours again.

The terminal's modes are not touched here: the app gives them back and takes them again (``ui/app.py``, the
driver).
"""

import os
import signal
import threading

_IN_ORDER_S = 1.5
_MOST_TRIES = 20
"""A job that nobody controls is not stopped, however often it asks."""


def stop(terminal: int) -> None:
    """Stop this job; returns when the shell has put it into the foreground again.

    All processes of the job are stopped, a wrapper around us too: the shell waits for each. Where no shell
    would ever continue the job, the system does not stop it.
    """
    handlers = {number: signal.signal(number, signal.SIG_DFL) for number in (signal.SIGTSTP, signal.SIGCONT)}
    try:
        os.kill(0, signal.SIGTSTP)
        wait_for_foreground(terminal)
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def wait_for_foreground(terminal: int) -> None:
    """Be stopped until the terminal is ours: in the background we would paint over the shell's lines."""
    for _ in range(_MOST_TRIES):
        if is_in_foreground(terminal):
            return
        os.kill(0, signal.SIGTTOU)


def is_in_foreground(terminal: int) -> bool:
    """Whether we may use the terminal; one that is gone is nobody's."""
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return True


def end_without(terminal: int, code: int) -> None:
    """End the process soon if its terminal is gone and whatever it still does takes too long.

    Nothing is lost that a power cut would not take as well: what must be kept is on disk.
    """

    def end() -> None:
        if not os.isatty(terminal):
            os._exit(code)

    last = threading.Timer(_IN_ORDER_S, end)
    last.daemon = True
    last.start()
