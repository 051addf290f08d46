"""What comes before every other import: signals, closed streams, how rarely garbage is looked for.

And the search for garbage, which knows nothing of a program that starts, works for a second, and ends.
"""

import gc
import os
import signal
import sys
from types import FrameType

_WHILE_STARTING = 400_000
"""New objects after which garbage is looked for.

The app makes 100,000 until its first frame and 170,000 until a list of 5,000 processes stands, and all of
them stay. A search among the first 100,000 takes 40 ms.
"""
_ordinary: tuple[int, int, int] | None = None


def put_off_garbage() -> None:
    """Hardly look for garbage while everything is imported: that takes a seventh of a command's start."""
    global _ordinary
    _ordinary = gc.get_threshold()
    gc.set_threshold(_WHILE_STARTING, *_ordinary[1:])


def collect_garbage() -> None:
    """What there is now stays: from here on look for garbage as Python does, among what comes."""
    gc.freeze()
    if _ordinary is not None:
        gc.set_threshold(*_ordinary)


def leave_garbage() -> None:
    """This process ends: its memory goes back whole, unsearched. The search takes a fifth of a short command.

    DuckDB's binding looks what is left at the end, and complains on stderr about what was not searched.
    """
    if "duckdb" in sys.modules:
        gc.unfreeze()
    else:
        gc.freeze()


def interrupt_on_signals() -> None:
    """Make SIGTERM and SIGHUP do what Ctrl-C does at that moment, until a session or the app knows better.

    Importing takes a second or two in which they would end the process without a word and with a code of
    their own. Those that are meant to be ignored (nohup, a shell's "&") stay so.
    """
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _interrupt)


def _interrupt(number: int, frame: FrameType | None) -> None:
    of_ctrl_c = signal.getsignal(signal.SIGINT)
    (of_ctrl_c if callable(of_ctrl_c) else signal.default_int_handler)(number, frame)


def open_closed_streams() -> None:
    """Put something in the place of standard streams that were closed (``>&-``).

    Python has ``None`` there, which swallows what is printed; and the next file that is opened would get the
    number 1 or 2. What is written to a closed standard output fails, as it should; nothing can be said on a
    closed standard error; nothing comes from a closed standard input.
    """
    if sys.stdin is None:
        sys.stdin = os.fdopen(os.open(os.devnull, os.O_RDONLY))
    if sys.stdout is None:
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w")
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")
