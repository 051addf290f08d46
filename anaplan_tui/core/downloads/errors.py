"""Download errors: why no file was written, in words that an operator can act on."""

import errno
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

from anaplan_tui.api.errors import AnaplanError, NotFound
from anaplan_tui.api.refs import Chunked, DumpRef
from anaplan_tui.core.downloads.retention import KEPT_FOR
from anaplan_tui.core.text import size
from anaplan_tui.trouble import Exit

_KEPT = "What was fetched so far is kept; try again and only the rest is fetched."


class DownloadFailed(AnaplanError):
    """No file was published. Fetched chunks are kept for the next try, unless ``said`` disagrees."""

    exit_code = Exit.FILE

    place: Path | None = None
    """The directory that refused, if the local disk was the reason: another one may work."""

    def at(self, place: Path) -> Self:
        """Set the directory that refused; return the error itself."""
        self.place = place
        return self


NOTHING_WRITTEN = "No file was written."


class NoRoom(DownloadFailed):
    """The disk is full or lacks room for the rest of the file."""


class DumpGone(DownloadFailed):
    """The service no longer has the dump (404). Nothing was written under a final name."""


@dataclass(frozen=True, slots=True)
class Traces:
    """Facts about a dump that the service no longer has; ``None`` means unknown."""

    ended_at: datetime | None = None
    """When the task ended, timezone aware."""
    later_run: bool | None = None
    """Whether the same user has run the same target again since."""
    own_run: bool | None = None
    """Whether the logged-in user ran the task."""


def gone(doing: str, source: Chunked, traces: Traces, now: datetime) -> DumpGone:
    """Name the retention rule that removed a dump, as far as ``traces`` can tell (service.md §7.4)."""
    if not isinstance(source, DumpRef):
        said = "the service has no such file for this user: never written, removed, or 48 h without access"
        return DumpGone(doing, said, f"Run the export again. {NOTHING_WRITTEN}", status=404)
    again = f"Run it again to get a new dump. {NOTHING_WRITTEN}"
    if traces.own_run is False:
        said = (
            "the dump belongs to another user's run, and dumps are readable only by the user who ran the task"
        )
        return DumpGone(doing, said, f"Fetch it as that user. {NOTHING_WRITTEN}", status=404)
    if traces.later_run:
        said = "the dump was replaced: a later run by the same user takes the dumps of earlier ones"
        return DumpGone(doing, said, f"Fetch the dump of the latest run. {NOTHING_WRITTEN}", status=404)
    if traces.ended_at is not None and now - traces.ended_at > KEPT_FOR:
        said = "the dump expired: the service deletes it 48 h after it was last read"
        return DumpGone(doing, said, again, status=404)
    said = (
        "the service no longer has this dump: 48 h unread, replaced by a later run of the same user, "
        "or another user's"
    )
    return DumpGone(doing, said, again, status=404)


_DISK_WORDS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file would be larger than this system or its limits allow",
    errno.EACCES: "the directory is not writable by this user",
    errno.EPERM: "the directory is not writable by this user",
    errno.EROFS: "the file system is read-only",
    errno.ENOENT: "the directory is gone",
    errno.ENOTDIR: "a part of the path is not a directory",
    errno.EIO: "the disk reported an error",
    errno.ESTALE: "the network file system lost the directory",
    errno.EMFILE: "too many files are open",
    errno.ENAMETOOLONG: "the path is too long for this file system",
    errno.ELOOP: "a part of the path is a symbolic link",
}
_NO_PLACE = (errno.ENOENT, errno.EPERM, errno.ENOSYS, errno.ENOTSUP, errno.EINVAL)
"""Errors of making a directory in ``/proc`` or ``/sys``, where only the kernel can."""
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


def disk_failed(doing: str, path: Path, error: OSError) -> DownloadFailed:
    """Say what an ``OSError`` of the local disk means for a download under way."""
    failed = unusable(doing, path, error)
    return type(failed)(doing, failed.said, f"{failed.advice} {_KEPT}").at(path)


def unusable(doing: str, path: Path, error: OSError) -> DownloadFailed:
    """Say why the file system refused ``path``, without a word about chunks that are kept."""
    code = error.errno or 0
    what = _DISK_WORDS.get(code, error.strerror or "the file system refused")
    if code in _NO_ROOM:
        return NoRoom(doing, f"{what} ({path})", "Make room there.").at(path)
    advice = "Put that right, or choose another directory."
    return DownloadFailed(doing, f"{what} ({path})", advice).at(path)


def not_made(doing: str, path: Path, error: OSError) -> DownloadFailed:
    """A directory cannot be made; the usual wording would imply that it exists."""
    if error.errno in _NO_PLACE:
        said = f"no directory can be made there ({path})"
        return DownloadFailed(doing, said, "Choose another directory.").at(path)
    return unusable(doing, path, error)


def no_room(doing: str, path: Path, needed: int, free: int, spare: int) -> NoRoom:
    """Too little room is left, although the disk is not full yet.

    ``spare`` bytes of the disk stay free; ``needed`` does not include them, and is 0 if the size is unknown.
    """
    if needed:
        kept = f", of which {size(spare)} are left alone" if needed <= free else ""
        said = f"{size(needed)} more are needed and {size(free)} are free{kept}"
    else:
        said = f"only {size(free)} are free, and {size(spare)} are to stay free"
    return NoRoom(doing, f"{said} ({path})", f"Make room there. {_KEPT}").at(path)


def not_there(doing: str, chunk: NotFound) -> DownloadFailed:
    """A listed chunk answers 404 although the dump is not gone."""
    said = "the service lists the dump and does not find one of its chunks (404)"
    return DownloadFailed(doing, said, _KEPT, status=chunk.status)


def gave_up(doing: str, chunk: str, tries: int, last: AnaplanError) -> DownloadFailed:
    """A chunk failed as often as patience allows; ``last`` is the last error."""
    said = f"chunk {chunk} failed {tries} times, last: {last.said or last.doing}"
    return DownloadFailed(doing, said, _KEPT, status=last.status)
