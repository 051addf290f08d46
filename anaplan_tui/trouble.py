"""The base class of every error that is not a bug, and the exit codes that a script sees.

A new error is a subclass beside the code that raises it, with its exit code and its words. Nothing else has
to know about it.
"""

from collections.abc import Iterable
from enum import IntEnum
from typing import ClassVar


class Exit(IntEnum):
    """The exit codes that a script can rely on; README has the table."""

    COMPLETED = 0
    FAILED = 1
    USAGE = 2
    WARNINGS = 3
    CANCELLED = 4
    NOT_AUTHENTICATED = 5
    NOT_REACHABLE = 6
    NOT_FOUND = 7
    START_UNKNOWN = 8
    FILE = 9
    BUG = 70
    INTERRUPTED = 130


_WORSE = (
    Exit.COMPLETED,
    Exit.WARNINGS,
    Exit.CANCELLED,
    Exit.FILE,
    Exit.FAILED,
    Exit.USAGE,
    Exit.NOT_FOUND,
    Exit.NOT_AUTHENTICATED,
    Exit.NOT_REACHABLE,
    Exit.START_UNKNOWN,
    Exit.INTERRUPTED,
    Exit.BUG,
)
"""From good to bad: a run that may go on must not be started again, so it is worse than a failed one."""


def badness(code: Exit) -> int:
    """How bad a code is compared with others, for several runs or steps that end as one command."""
    return _WORSE.index(code)


def worst(codes: Iterable[Exit]) -> Exit:
    """The code of several runs or steps that end as one command; 0 for none."""
    return max(codes, key=badness, default=Exit.COMPLETED)


class Trouble(Exception):
    """An error to report to the operator: what was being done, what was said, and what to do.

    ``str()`` is what they read: a line or two, no traceback, no secret.
    """

    exit_code: ClassVar[Exit] = Exit.FAILED
    """The code that a command ends with."""

    doing: str = ""
    """What was being done, as a phrase: "list the processes"."""
    said: str = ""
    """What was found or said, a clause without a full stop."""
    advice: str = ""
    """What to do next; empty when nothing sensible can be said."""
    command: str = ""
    """A command to copy, at the end of ``str()``; we never break it into lines."""

    @property
    def code(self) -> Exit:
        """The exit code of this very error."""
        return self.exit_code

    @property
    def before_command(self) -> str:
        """``str()`` without the ``command`` that it ends with."""
        return str(self)
