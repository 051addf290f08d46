"""The root of every error that can happen without being a bug, and the exit code that a script sees.

A new error is a subclass beside the code that raises it: its exit code and its words stand there, and
nothing else has to know it.
"""

from enum import IntEnum
from typing import ClassVar


class Exit(IntEnum):
    """What a script can rely on; README has the table."""

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


class Trouble(Exception):
    """Something that an operator is told: what was being done, what was said, and what to do.

    ``str()`` is what they read: a line or two, no traceback, no secret.
    """

    exit_code: ClassVar[Exit] = Exit.FAILED
    """What a command ends with."""

    doing: str = ""
    """What was being done, as a phrase: "list the processes"."""
    said: str = ""
    """What was found or said, a clause without a full stop."""
    advice: str = ""
    """What to do next; empty when nothing sensible can be said."""

    @property
    def code(self) -> Exit:
        """The exit code of this very error."""
        return self.exit_code
