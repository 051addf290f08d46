"""Atomic file writes: a file appears under its name whole, or not at all.

A file is written under a hidden name beside its own, readable by its owner only, and synced. Then it gets its
name, which is synced as well. A killed process or a power cut leaves no half file under a final name.
"""

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS)


class Part:
    """A file that does not have its name yet."""

    def __init__(self, file: IO[Any], path: Path) -> None:
        self.file = file
        self._path = path

    def replace(self, path: Path) -> None:
        """Give the file the name ``path``, replacing any file that has it. Raises ``OSError``."""
        self._sync()
        self._path.replace(path)
        sync_folder(path.parent)

    def claim(self, path: Path) -> bool:
        """Give the file the name ``path``; ``False`` when the name is taken. Raises ``OSError``."""
        self._sync()
        if not claim(self._path, path):
            return False
        sync_folder(path.parent)
        return True

    def _sync(self) -> None:
        self.file.flush()
        os.fsync(self.file.fileno())


@contextlib.contextmanager
def text_part(
    path: Path,
    *,
    encoding: str = "utf-8",
    errors: str = "strict",
    newline: str | None = None,
    prefix: str | None = None,
    suffix: str = "",
) -> Iterator[Part]:
    """Begin a text file that is to become ``path``; it is removed if it got no name by the end.

    Args:
        path: the name that it is meant for; its folder exists.
        encoding: as for ``open``, like ``errors`` and ``newline``.
        errors: as for ``open``.
        newline: as for ``open``.
        prefix: how its hidden name begins, if somebody looks for files that were left behind.
        suffix: how its hidden name ends.

    Raises:
        OSError: the file cannot be made.
    """
    number, part = _make(path, prefix, suffix)
    with _removed(part), os.fdopen(number, "w", encoding=encoding, errors=errors, newline=newline) as file:
        yield Part(file, part)


@contextlib.contextmanager
def binary_part(path: Path) -> Iterator[Part]:
    """Begin a binary file that is to become ``path``, as :func:`text_part` does."""
    number, part = _make(path, None, "")
    with _removed(part), os.fdopen(number, "wb") as file:
        yield Part(file, part)


def _make(path: Path, prefix: str | None, suffix: str) -> tuple[int, Path]:
    number, name = tempfile.mkstemp(suffix, f".{path.name[:40]}." if prefix is None else prefix, path.parent)
    return number, Path(name)


@contextlib.contextmanager
def _removed(part: Path) -> Iterator[None]:
    try:
        yield
    finally:
        part.unlink(missing_ok=True)


def replace(part: Path, path: Path) -> None:
    """Sync ``part`` and give it the name of ``path``, which may be taken. Blocks; raises ``OSError``."""
    sync_file(part)
    part.replace(path)
    sync_folder(path.parent)


def claim(part: Path, path: Path) -> bool:
    """Make ``path`` a name of the synced ``part``; ``False`` when the name is taken. Raises ``OSError``."""
    try:
        os.link(part, path, follow_symlinks=False)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # Without hard links (FAT, some network mounts) looking first is the best there is.
        if os.path.lexists(path):
            return False
        part.rename(path)
    return True


def sync_file(path: Path) -> None:
    """Flush the content of a file to the disk. Blocks; raises ``OSError``."""
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def sync_folder(folder: Path) -> None:
    """Make the names in ``folder`` survive a power cut."""
    try:
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except PermissionError:
        # A folder that we may not read can still be written to; only its names cannot be synced.
        return
    try:
        os.fsync(fd)
    except OSError as error:
        # Some network file systems cannot sync a folder; the file itself is synced.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(fd)
