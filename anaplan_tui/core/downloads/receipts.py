"""What is recorded of a file that was fetched whole, and whether it is still that file.

A dump of a task never changes, so a file that still has its recorded size and SHA-256 need not be fetched
again: not by whoever waited for another process, and not by whoever asks a second time.
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
    """A file that was whole under its final name; ``bytes`` and ``sha256`` are what it had then."""

    path: Path
    bytes: int
    sha256: str
    chunks: int
    mtime_ns: int | None = field(default=None, compare=False)
    """The file's time then; ``None`` where it was not recorded."""

    @classmethod
    def of_json(cls, text: str) -> "Receipt":
        """Raises ``ValueError``, ``KeyError`` or ``TypeError`` for anything but :meth:`to_json`'s text."""
        document = json.loads(text)
        mtime_ns = document.get("mtime_ns")
        return cls(
            Path(document["path"]),
            int(document["bytes"]),
            str(document["sha256"]),
            int(document["chunks"]),
            None if mtime_ns is None else int(mtime_ns),
        )

    def to_json(self) -> str:
        """Return the line that is written down."""
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
        """Whether a file of that name and size is there."""
        try:
            found = self.path.lstat()
        except OSError:
            return False
        return stat.S_ISREG(found.st_mode) and found.st_size == self.bytes

    def holds(self) -> bool:
        """Whether the file is there, byte by byte. Reads all of it: call it in a thread."""
        if not self.plausible:
            return False
        try:
            with os.fdopen(os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == self.sha256
        except OSError:
            return False


def still_there(receipts: Iterable[Receipt], folder: Path) -> Receipt | None:
    """The first of ``receipts`` whose file lies in ``folder`` unchanged, with the time that the file has now.

    Reads it: call it in a thread.
    """
    for receipt in receipts:
        # Before the reading: a change meanwhile shows in a later look.
        now = stamp(receipt.path)
        if receipt.lies_in(folder) and receipt.holds():
            return replace(receipt, mtime_ns=now)
    return None


def stamp(path: Path) -> int | None:
    """The time of a file, for a later :func:`look`; ``None`` when it cannot be read."""
    try:
        return path.lstat().st_mtime_ns
    except OSError:
        return None


def look(path: Path, size: int | None, mtime_ns: int | None) -> OnDisk:
    """Whether the file at ``path`` still looks like what was fetched; what is ``None`` is not compared.

    One call to the file system, which may block: call it in a thread.
    """
    try:
        found = path.lstat()
    except (OSError, ValueError):
        # Also for a mount that gives an error: nobody here can use the file.
        return OnDisk.MISSING
    same = (
        stat.S_ISREG(found.st_mode)
        and size in (None, found.st_size)
        and mtime_ns in (None, found.st_mtime_ns)
    )
    return OnDisk.SAME if same else OnDisk.CHANGED
