"""Publish a finished download: give the part file its final name, whole or not at all.

A file under a final name is complete: its bytes are synced before the name exists, ``link`` makes the name
and never replaces anything, and the folder is synced afterwards.
"""

import errno
import filecmp
import os
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from anaplan_tui.core.downloads.errors import DownloadFailed, disk_failed, not_made, unusable
from anaplan_tui.core.downloads.naming import numbered
from anaplan_tui.whole_file import claim, replace, sync_file, sync_folder

_MAKING = "make the folder for the files"
_DOING = "put the file under its final name"
_MOST_NAMESAKES = 1000


@dataclass(frozen=True, slots=True)
class Published:
    """Where the file ended up."""

    path: Path
    unchanged: bool
    """A file of that name with the same bytes was already there and was kept."""


def make_folder(base: Path, folder: Path, made: set[Path] | None = None) -> None:
    """Make ``folder`` under ``base``, each level with mode 0700; refuse to leave ``base`` by a symbolic link.

    ``base`` is the operator's choice and may be a link itself. New folders are added to ``made``, even if a
    later step fails. Raises :class:`DownloadFailed`.
    """
    made = set() if made is None else made
    try:
        steps = folder.relative_to(base).parts
    except ValueError:
        raise DownloadFailed(
            _MAKING, f"{folder} is outside {base}", "This is a defect; please report it."
        ) from None
    try:
        for parent in (*reversed(base.parents), base):
            if not parent.is_dir():
                _make(parent, made)
        here = base
        for step in steps:
            if step == "..":
                raise DownloadFailed(_MAKING, f"{folder} climbs out of {base}", "Name a folder without '..'.")
            here = here / step
            _make(here, made)
            if not stat.S_ISDIR(here.lstat().st_mode):
                raise DownloadFailed(
                    _MAKING, f"{here} is a link, not a folder", "Remove it, or choose another directory."
                )
    except OSError as error:
        raise not_made(_MAKING, folder, error) from error


def _make(path: Path, made: set[Path]) -> None:
    """Make one folder unless it, or a link to one, already exists. Raises ``OSError``."""
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        if not path.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, "", os.fspath(path)) from None
    else:
        made.add(path)
        # A synced file is lost all the same if its folder's name is not on disk.
        sync_folder(path.parent)


def check_folder(folder: Path) -> None:
    """Fail before the first byte, not after the last, if ``folder`` cannot take a file.

    Raises :class:`DownloadFailed`.
    """
    try:
        if not stat.S_ISDIR(folder.stat().st_mode):
            raise NotADirectoryError(errno.ENOTDIR, "", str(folder))
        if not os.access(folder, os.W_OK | os.X_OK):
            read_only = os.statvfs(folder).f_flag & os.ST_RDONLY
            raise OSError(errno.EROFS if read_only else errno.EACCES, "", str(folder))
    except OSError as error:
        raise unusable("write to the download directory", folder, error) from error


def publish(part: Path, final: Path, *, overwrite: bool = False) -> Published:
    """Sync ``part`` and give it the name ``final``, or the next free `` (2)`` beside it; remove ``part``.

    An existing file with the same bytes is kept and reported as ``unchanged``. ``overwrite`` replaces an
    existing file of that name. Blocks on the disk: call it in a thread. Raises :class:`DownloadFailed` with
    ``part`` still there.
    """
    name = _take if overwrite else _name
    try:
        part.chmod(0o600)
        sync_file(part)
        if part.stat().st_dev == final.parent.stat().st_dev:
            return name(part, final)
        near = final.parent / f".{part.parent.name[:32]}.part"
        try:
            _copy(part, near)
            published = name(near, final)
        finally:
            near.unlink(missing_ok=True)
        part.unlink()
        return published
    except OSError as error:
        raise disk_failed(_DOING, final.parent, error) from error


def _copy(part: Path, near: Path) -> None:
    near.unlink(missing_ok=True)
    with part.open("rb") as source, os.fdopen(_create(near), "wb") as target:
        shutil.copyfileobj(source, target, 1 << 20)
        target.flush()
        os.fsync(target.fileno())


def _create(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def _name(part: Path, final: Path) -> Published:
    for number in range(1, _MOST_NAMESAKES + 1):
        path = numbered(final, number)
        if claim(part, path):
            sync_folder(path.parent)
            part.unlink(missing_ok=True)
            return Published(path, unchanged=False)
        if _same(part, path):
            part.unlink()
            return Published(path, unchanged=True)
    raise DownloadFailed(_DOING, f"{_MOST_NAMESAKES} other files have the name {final}", "Move them away.")


def _take(part: Path, final: Path) -> Published:
    if _same(part, final):
        part.unlink()
        return Published(final, unchanged=True)
    replace(part, final)
    return Published(final, unchanged=False)


def _same(part: Path, path: Path) -> bool:
    try:
        found = path.lstat()
    except FileNotFoundError:
        return False
    if not stat.S_ISREG(found.st_mode) or found.st_size != part.stat().st_size:
        return False
    return path.samefile(part) or filecmp.cmp(part, path, shallow=False)
