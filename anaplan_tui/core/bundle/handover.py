"""Hand a run over to the owner of its data: its dumps grouped by error, and everything in one file."""

import logging
from pathlib import Path

from anaplan_tui.core.bundle import Bundle, write_bundle
from anaplan_tui.core.clock import now
from anaplan_tui.core.dumps.looked_at import read_again
from anaplan_tui.core.snapshots import OnDisk, RunSnapshot
from anaplan_tui.core.triage import Summary, Triage, TriageError

log = logging.getLogger(__name__)


def hand_over(
    path: Path, run: RunSnapshot, previous: RunSnapshot | None, work_dir: Path, *, overwrite: bool = False
) -> Bundle:
    """Write the bundle of a run that ended. Blocks, for as long as its dumps take to read.

    Raises:
        BundleFailed: see :func:`write_bundle`.
    """
    summaries = _summaries(run, work_dir)
    return write_bundle(
        path, run, now=now(), previous=previous, triage_summaries=summaries, overwrite=overwrite
    )


def _summaries(run: RunSnapshot, work_dir: Path) -> dict[str, Summary]:
    found = {}
    for action in run.actions:
        if action.dump.path is None or read_again(action.dump) is not OnDisk.SAME:
            continue
        try:
            with Triage.open(action.dump.path, work_dir=work_dir) as triage:
                found[action.id] = triage.summary
        except TriageError as error:
            # The bundle holds the file all the same; only its groups are missing.
            log.warning("no groups for %s: %s", action.dump.path.name, error)
    return found
