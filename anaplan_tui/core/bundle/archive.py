"""Write a bundle: one zip to send to the owner of the data.

It holds nothing about this machine: no paths, no host or user names, no secrets.
"""

import json
import os
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from anaplan_tui.api.errors import AnaplanError
from anaplan_tui.core.bundle import excerpt
from anaplan_tui.core.bundle.contents import BundledDump, Contents, document
from anaplan_tui.core.bundle.markdown import summary
from anaplan_tui.core.bundle.service import TriageSummary
from anaplan_tui.core.downloads.errors import unusable
from anaplan_tui.core.downloads.naming import dump_name, numbered
from anaplan_tui.core.dumps.looked_at import read_again
from anaplan_tui.core.run_document import to_json
from anaplan_tui.core.snapshots import Action, OnDisk, Phase, RunSnapshot
from anaplan_tui.core.text import home
from anaplan_tui.core.verdict.compare import compare_runs
from anaplan_tui.trouble import Exit
from anaplan_tui.whole_file import binary_part

ROW_LIMIT = 10_000
BYTES_LIMIT = 10_000_000
"""Limit for one dump, which compresses to about a tenth: a size that mail servers accept."""

_DOING = "write the bundle"
_EPOCH = datetime(1980, 1, 1, tzinfo=UTC)
"""The oldest time that a zip can store."""


class BundleFailed(AnaplanError):
    """The bundle was not written: the run has not ended, the path is taken, or the disk refused."""

    exit_code = Exit.FILE


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle on disk."""

    path: Path
    bytes: int
    files: tuple[str, ...]
    """The names inside."""
    without: tuple[Action, ...] = ()
    """Actions that have a dump which is not in the bundle."""


def write_bundle(
    path: Path,
    run: RunSnapshot,
    *,
    now: datetime,
    previous: RunSnapshot | None = None,
    triage_summaries: Mapping[str, TriageSummary] | None = None,
    row_limit: int = ROW_LIMIT,
    bytes_limit: int = BYTES_LIMIT,
    overwrite: bool = False,
) -> Bundle:
    """Write an ended run and its dumps on disk as a zip. Blocks: call it in a thread.

    A dump whose file changed since it was fetched is no evidence: it is left out, and the summary says so.

    Args:
        now: timezone aware; the bundle's timestamp.
        previous: the previous run of the same target, for the comparison.
        triage_summaries: the errors of each dump, by action id.
        row_limit: a dump larger than ``bytes_limit`` is cut after this many rows …
        bytes_limit: … or before this many bytes, whichever comes first; always at the end of a row.
        overwrite: replace an existing file at ``path``.

    Raises:
        BundleFailed: the run has not ended, ``path`` is taken, or the file could not be written. Nothing is
            left behind.
    """
    if run.task_id is None or run.phase is not Phase.ENDED:
        raise BundleFailed(_DOING, "the run has not ended", "Wait for its end, then write the bundle.")
    if not overwrite:
        refuse_taken(path)
    with _disk_words(path.parent):
        standings = {a.id: read_again(a.dump) for a in run.actions if a.dump.path is not None}
        dumps = _dumps(run, standings, row_limit, bytes_limit)
        contents = Contents(
            run,
            dumps,
            triage_summaries or {},
            compare_runs(previous, run, now=now) if previous is not None else None,
            now,
            standings,
        )
        with binary_part(path) as part:
            files = _fill(part.file, contents)
            size = part.file.seek(0, os.SEEK_END)
            if overwrite and not path.is_dir():
                part.replace(path)
            elif not part.claim(path):  # taken a moment ago
                refuse_taken(path)
        return Bundle(path, size, files, contents.without)


def refuse_taken(path: Path) -> None:
    """Raise :class:`BundleFailed` if ``path`` exists: the caller expects the bundle under that exact name."""
    if os.path.lexists(path):
        raise BundleFailed(
            _DOING, f"{home(path)} is there already", "Name another file, or replace it with --overwrite."
        )


def _dumps(
    run: RunSnapshot, standings: Mapping[str, OnDisk], row_limit: int, bytes_limit: int
) -> dict[str, BundledDump]:
    """The dumps still on disk as fetched, each under a unique name."""
    found: dict[str, BundledDump] = {}
    for action in run.actions:
        path = action.dump.path
        if path is None or action.id in found or standings[action.id] is not OnDisk.SAME:
            continue
        part = excerpt.measure(path, row_limit=row_limit, bytes_limit=bytes_limit)
        if part is not None:
            name = Path("dumps") / dump_name(action.name, action.id)
            found[action.id] = BundledDump(path, _free(name, found), part)
    return found


def _free(name: Path, found: Mapping[str, BundledDump]) -> str:
    # On some receivers' disks, two names that differ only in case are one file.
    taken = {dump.name.casefold() for dump in found.values()}
    number = 1
    while str(numbered(name, number)).casefold() in taken:
        number += 1
    return str(numbered(name, number))


def _fill(file: IO[bytes], contents: Contents) -> tuple[str, ...]:
    texts = {"summary.md": summary(contents), "summary.json": to_json(document(contents)) + "\n"}
    if contents.run.raw is not None:
        # The answer is foreign and not cleaned: escaped, it is safe in any terminal.
        texts["task.json"] = json.dumps(contents.run.raw, indent=2, ensure_ascii=True, default=str) + "\n"
    when = max(contents.written_at, _EPOCH)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            archive.writestr(_entry(name, when), text)
        for dump in contents.dumps.values():
            with archive.open(_entry(dump.name, when), "w", force_zip64=True) as target:
                if excerpt.copy(dump.source, dump.excerpt, target) != dump.excerpt.bytes:
                    raise BundleFailed(_DOING, "a dump became shorter while it was read", "Write it again.")
    return (*texts, *(dump.name for dump in contents.dumps.values()))


def _entry(name: str, when: datetime) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, when.astimezone(UTC).timetuple()[:6])
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    return info


@contextmanager
def _disk_words(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        said = unusable(_DOING, folder, error).said
        raise BundleFailed(_DOING, said, "Put that right, or choose another place.") from error
