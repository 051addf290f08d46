"""Hand a run over to the owner of its data: group its dumps by error and write the bundle."""

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path

from anaplan_tui.core.bundle import Bundle, write_bundle
from anaplan_tui.core.clock import now
from anaplan_tui.core.dumps.looked_at import read_again
from anaplan_tui.core.snapshots import Action, OnDisk, RunSnapshot
from anaplan_tui.core.triage import Summary, Triage, TriageError, open_as_import

log = logging.getLogger(__name__)


def hand_over(
    path: Path,
    run: RunSnapshot,
    previous: RunSnapshot | None,
    work_dir: Path,
    encoding_of: Callable[[Action], str | None],
    *,
    overwrite: bool = False,
) -> Bundle:
    """Write the bundle of an ended run. Blocks for as long as its dumps take to read.

    Args:
        encoding_of: the encoding that an action's import reads, as the service names it; ``None`` if unknown.

    Raises:
        BundleFailed: see :func:`write_bundle`.
    """
    summaries = _summaries(run, work_dir, encoding_of)
    return write_bundle(
        path, run, now=now(), previous=previous, triage_summaries=summaries, overwrite=overwrite
    )


def _summaries(
    run: RunSnapshot, work_dir: Path, encoding_of: Callable[[Action], str | None]
) -> dict[str, Summary]:
    found = {}
    for action in run.actions:
        if action.dump.path is None or read_again(action.dump) is not OnDisk.SAME:
            continue
        try:
            read = partial(_read, action.dump.path, work_dir)
            with open_as_import(read, partial(encoding_of, action)) as triage:
                found[action.id] = triage.summary
        except TriageError as error:
            # The bundle still holds the file; only its groups are missing.
            log.warning("no groups for %s: %s", action.dump.path.name, error)
    return found


def _read(path: Path, work_dir: Path, encoding: str | None) -> Triage:
    return Triage.open(path, work_dir=work_dir, encoding=encoding)
