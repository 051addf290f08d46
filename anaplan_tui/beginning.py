"""Start-up work before every other import: signals, closed streams, garbage collection.

Python's garbage collection is not made for a program that starts, works for a second, and ends.
"""

import _thread
import gc
import os
import signal
import sys
import time
from types import FrameType
from typing import Any

_WHILE_STARTING = 400_000
"""New objects after which garbage is collected.

The app makes 100,000 until its first frame and 170,000 until a list of 5,000 processes is shown, and all of
them stay. A collection among the first 100,000 takes 40 ms.
"""
_ordinary: tuple[int, int, int] | None = None

_OUT_OF_CALLBACK_S = 0.01
"""Longer than a callback takes; if it is too short, the signal is sent once more."""
_caught = int(signal.SIGINT)
"""The signal that was last turned into a KeyboardInterrupt."""


def postpone_gc() -> None:
    """Hardly collect garbage while everything is imported: that takes a seventh of a command's start."""
    global _ordinary
    _ordinary = gc.get_threshold()
    gc.set_threshold(_WHILE_STARTING, *_ordinary[1:])


def resume_gc() -> None:
    """Keep all objects that exist now, and collect garbage as Python does among later ones."""
    gc.freeze()
    if _ordinary is not None:
        gc.set_threshold(*_ordinary)


def skip_gc_at_exit() -> None:
    """Skip the collection at the end of the process, which takes a fifth of a short command.

    DuckDB's binding checks what is left at the end, and complains on stderr about what was not collected.
    """
    if "duckdb" in sys.modules:
        gc.unfreeze()
    else:
        gc.freeze()


def interrupt_on_signals() -> None:
    """Make SIGTERM and SIGHUP do what Ctrl-C does at that moment, until a session or the app handles them.

    Importing takes a second or two, during which they would end the process without a word and with a code of
    their own. A signal that is ignored (nohup, a shell's "&") stays ignored.
    """
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _interrupt)
    sys.unraisablehook = _keep_interrupts


def _interrupt(number: int, frame: FrameType | None) -> None:
    global _caught
    _caught = number
    of_ctrl_c = signal.getsignal(signal.SIGINT)
    (of_ctrl_c if callable(of_ctrl_c) else signal.default_int_handler)(number, frame)


def _keep_interrupts(lost: Any) -> None:
    """Send a signal again whose KeyboardInterrupt Python dropped, as it does in callbacks of weak references.

    The import system has such callbacks. A new thread sends it, because here it would be dropped once more.
    """
    if isinstance(lost.exc_value, KeyboardInterrupt):
        _thread.start_new_thread(_send_again, (_caught,))
    else:
        sys.__unraisablehook__(lost)


def _send_again(number: int) -> None:
    time.sleep(_OUT_OF_CALLBACK_S)
    os.kill(os.getpid(), number)


def open_closed_streams() -> None:
    """Replace standard streams that were closed (``>&-``).

    Python has ``None`` in their place, which swallows output, and the next file that is opened would get
    their number. Writing to a closed standard output fails, as it should; output to a closed standard error
    is lost; a closed standard input is empty.
    """
    if sys.stdin is None:
        sys.stdin = os.fdopen(os.open(os.devnull, os.O_RDONLY))
    if sys.stdout is None:
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w")
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")
