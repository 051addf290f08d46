"""The exit code of each verdict."""

from anaplan_tui.core.snapshots import Verdict
from anaplan_tui.trouble import Exit

_OF_VERDICTS = {
    Verdict.COMPLETED: Exit.COMPLETED,
    Verdict.WARNINGS: Exit.WARNINGS,
    Verdict.FAILED: Exit.FAILED,
    Verdict.CANCELLED: Exit.CANCELLED,
    # The service lost the result: nobody can say how the run went, which is what 6 means to a script.
    Verdict.UNKNOWN: Exit.NOT_REACHABLE,
}


def exit_of(verdict: Verdict) -> Exit:
    """Return the exit code of a run with ``verdict``."""
    return _OF_VERDICTS[verdict]
