"""Checks whether this terminal can show the app, before any of the app is imported.

Without a terminal, or with one that cannot place text, Textual neither fails nor ends: it asks for the size,
paints for another one, and starts over for ever, deaf to keys and signals.
"""

import fcntl
import os
import shutil
import struct
import termios
from typing import TYPE_CHECKING

from anaplan_tui.trouble import Exit, Trouble

if TYPE_CHECKING:
    from anaplan_tui.core.doctor.checks import Check

SMALLEST = (60, 15)
"""Columns and lines that the screens need."""

_USUAL = (24, 80)
"""Lines and columns assumed for a terminal that does not say."""

_NONE = ("", "dumb", "unknown")
_STREAMS = {0: "standard input", 1: "standard output", 2: "standard error"}


class NoTerminal(Trouble):
    """The app cannot be shown here. ``problem`` is one clause without a full stop, ``advice`` what to do."""

    exit_code = Exit.USAGE

    def __init__(self, problem: str, advice: str) -> None:
        self.problem = problem
        self.advice = advice
        super().__init__(problem, advice)

    def __str__(self) -> str:
        return f"The app cannot be shown here: {self.problem}.\n{self.advice}"


def require_terminal() -> None:
    """Return if there is a terminal that can show the app.

    Raises:
        NoTerminal: a standard stream is not a terminal, or ``TERM`` names one that cannot place text.
    """
    commands = "commands need none: anaplan-tui run TARGET, or --help."
    for descriptor, name in _STREAMS.items():
        if not os.isatty(descriptor):
            raise NoTerminal(f"{name} is no terminal", f"Without a terminal, {commands}")
    if not places_text():
        kind = os.environ.get("TERM", "")
        said = f"TERM is {kind!r}, which cannot place text" if kind else "TERM is not set"
        raise NoTerminal(said, f"Set TERM to what the terminal is, e.g. xterm-256color; {commands}")
    for descriptor in _STREAMS:
        _give_size(descriptor)


def places_text() -> bool:
    """Whether the terminal that ``TERM`` names takes the ANSI sequence that moves its cursor to a position.

    A name that this machine does not know is trusted: jump hosts rarely know the newest terminals. So is
    every name if Python was built without curses.
    """
    kind = os.environ.get("TERM", "")
    if kind in _NONE:
        return False
    try:
        import curses
    except ImportError:
        return True
    try:
        curses.setupterm(kind, 1)
    except curses.error:
        return True
    return (curses.tigetstr("cup") or b"").startswith((b"\x1b[", b"\x9b"))


def terminal_check() -> "Check":
    """The doctor's check of the terminal: whether it can show the screens."""
    from anaplan_tui.core.doctor.checks import ok, warn

    columns, lines = shutil.get_terminal_size()
    kind = os.environ.get("TERM", "")
    said = f"{columns}x{lines}, TERM={kind or 'not set'}{', inside tmux' if os.environ.get('TMUX') else ''}"
    if not os.isatty(1):
        return ok("terminal", "none here; the commands need none")
    if not places_text():
        return warn("terminal", said, "The app needs a terminal that can place text; the commands do not.")
    if columns < SMALLEST[0] or lines < SMALLEST[1]:
        return warn("terminal", said, f"The app needs {SMALLEST[0]}x{SMALLEST[1]}.")
    return ok("terminal", said)


def _give_size(descriptor: int) -> None:
    """Give a terminal without a size (a serial line, some ssh clients) the usual one.

    Textual and Rich each assume one, but not the same one, and would correct each other for ever.
    """
    lines, columns, width, height = struct.unpack(
        "HHHH", fcntl.ioctl(descriptor, termios.TIOCGWINSZ, bytes(8))
    )
    if not lines or not columns:
        size = struct.pack("HHHH", lines or _USUAL[0], columns or _USUAL[1], width, height)
        fcntl.ioctl(descriptor, termios.TIOCSWINSZ, size)
