"""Sentences that say why a run or an action has nothing to fetch."""

from collections.abc import Sequence

from anaplan_tui.core.dumps.outputs import is_empty
from anaplan_tui.core.snapshots import Action, RunSnapshot, Verdict
from anaplan_tui.trouble import Exit, Trouble


class NoDumps(Trouble):
    """There is nothing to download; the message says why."""

    exit_code = Exit.NOT_FOUND


def why_no_dumps(run: RunSnapshot, object_ids: Sequence[str] | None) -> str:
    """Why a run, or some of its actions, have no dumps."""
    if run.live:
        return "The run has not ended; Anaplan tells about dumps when it has."
    if object_ids:
        return "This action has no dump: only imports with rejected rows or warnings have one."
    if run.verdict is Verdict.UNKNOWN:
        return "The result of this run is unknown, and with it its dumps."
    return "No action of this run has a dump."


def why_no_output(action: Action) -> str:
    """Why an action has no file to fetch."""
    if is_empty(action):
        return "The export's file is empty: there is nothing to fetch."
    return "This action has no file to fetch: only exports that succeeded have one."
