"""What is written down of a file that was fetched whole, and whether it is still that file.

A dump of a task never changes, so a file that still has its recorded size and SHA-256 need not be fetched
again: not by whoever waited for another process, and not by whoever asks a second time.
"""

import hashlib
import json
import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Receipt:
    """A file that was whole under its final name; ``bytes`` and ``sha256`` are what it had then."""

    path: Path
    bytes: int
    sha256: str
    chunks: int

    @classmethod
    def of_json(cls, text: str) -> "Receipt":
        """Raises ``ValueError``, ``KeyError`` or ``TypeError`` for anything but :meth:`to_json`'s text."""
        document = json.loads(text)
        return cls(
            Path(document["path"]),
            int(document["bytes"]),
            str(document["sha256"]),
            int(document["chunks"]),
        )

    def to_json(self) -> str:
        document = {"bytes": self.bytes, "sha256": self.sha256, "chunks": self.chunks}
        return json.dumps({**document, "path": os.fspath(self.path.absolute())})

    def lies_in(self, folder: Path) -> bool:
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
    """The first of ``receipts`` whose file lies in ``folder`` unchanged. Reads it: call it in a thread."""
    return next((receipt for receipt in receipts if receipt.lies_in(folder) and receipt.holds()), None)
