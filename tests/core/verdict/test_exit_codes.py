"""The exit code of each verdict, which the README promises to scripts."""

from anaplan_tui.core.snapshots import Verdict
from anaplan_tui.core.verdict.exit_codes import exit_of
from anaplan_tui.trouble import Exit


def test_every_verdict_has_the_code_of_the_readme() -> None:
    assert {verdict: exit_of(verdict) for verdict in Verdict} == {
        Verdict.COMPLETED: Exit.COMPLETED,
        Verdict.WARNINGS: Exit.WARNINGS,
        Verdict.FAILED: Exit.FAILED,
        Verdict.CANCELLED: Exit.CANCELLED,
        Verdict.UNKNOWN: Exit.NOT_REACHABLE,
    }
