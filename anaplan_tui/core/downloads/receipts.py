"""Receipts of downloaded files, and checks whether a file is still what was fetched.

The dump of a task never changes, so a file that still has its recorded size and SHA-256 need not be fetched
again: neither by a process that waited for another one, nor on a second request.
"""

import hashlib
import json
import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from anaplan_tui.core.snapshots import OnDisk


@dataclass(frozen=True, slots=True)
class Receipt:
    """A file that was whole under its final name, with its size and SHA-256 at that time."""

    path: Path
    bytes: int
    sha256: str
    chunks: int
    mtime_ns: int | None = field(default=None, compare=False)
    """The file's mtime at that time; ``None`` if it was not recorded."""

    @classmethod
    def of_json(cls, text: str) -> "Receipt":
        """Read a receipt that :meth:`to_json` wrote.

        Raises ``ValueError``, ``KeyError`` or ``TypeError`` for anything else.
        """
        document = json.loads(text)
        if not isinstance(document, dict):
            raise TypeError("not an object")
        mtime_ns = document.get("mtime_ns")
        return cls(
            Path(document["path"]),
            int(document["bytes"]),
            str(document["sha256"]),
            int(document["chunks"]),
            None if mtime_ns is None else int(mtime_ns),
        )

    def to_json(self) -> str:
        """Return the receipt as one line of JSON."""
        document = {
            "bytes": self.bytes,
            "sha256": self.sha256,
            "chunks": self.chunks,
            "mtime_ns": self.mtime_ns,
        }
        return json.dumps({**document, "path": os.fspath(self.path.absolute())})

    def lies_in(self, folder: Path) -> bool:
        """Whether the file is in ``folder`` itself."""
        return self.path.absolute().parent == folder.absolute()

    @property
    def plausible(self) -> bool:
        """Whether a plain file of that path and size exists."""
        try:
            found = self.path.lstat()
        except OSError:
            return False
        return stat.S_ISREG(found.st_mode) and found.st_size == self.bytes

    def holds(self) -> bool:
        """Whether the file still has the same bytes. Reads all of it: call it in a thread."""
        if not self.plausible:
            return False
        try:
            with os.fdopen(os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == self.sha256
        except OSError:
            return False


def still_there(receipts: Iterable[Receipt], folder: Path) -> Receipt | None:
    """The first of ``receipts`` whose file lies unchanged in ``folder``, with the file's present mtime.

    Reads the files: call it in a thread.
    """
    for receipt in receipts:
        # Taken before reading: a change meanwhile shows at the next look.
        now = stamp(receipt.path)
        if receipt.lies_in(folder) and receipt.holds():
            return replace(receipt, mtime_ns=now)
    return None


def stamp(path: Path) -> int | None:
    """The mtime of a file, for a later :func:`look`; ``None`` if it cannot be read."""
    try:
        return path.lstat().st_mtime_ns
    except OSError:
        return None


def look(path: Path, size: int | None, mtime_ns: int | None) -> OnDisk:
    """Whether the file at ``path`` still has the given size and mtime; ``None`` is not compared.

    Makes one call to the file system, which may block: call it in a thread.
    """
    try:
        found = path.lstat()
    except (OSError, ValueError):
        # This includes a mount that gives an error: the file cannot be used.
        return OnDisk.MISSING
    same = (
        stat.S_ISREG(found.st_mode)
        and size in (None, found.st_size)
        and mtime_ns in (None, found.st_mtime_ns)
    )
    return OnDisk.SAME if same else OnDisk.CHANGED
