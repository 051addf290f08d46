"""The lock on a dump's parts, and the receipt that its holder leaves for waiting processes."""

import contextlib
import os
from pathlib import Path

from anaplan_tui.core.downloads.receipts import Receipt
from anaplan_tui.core.transfers.locks import TransferLock


class DumpLock(TransferLock):
    """The lock of one dump, and its receipt beside it."""

    def __init__(self, parts_dir: Path, key: str) -> None:
        super().__init__(parts_dir, key)
        self._receipt = parts_dir / f"{key}.done"

    def stamp(self) -> int | None:
        """A value that changes whenever a receipt is left; ``None`` while there is none."""
        try:
            return self._receipt.stat().st_mtime_ns
        except FileNotFoundError:
            return None

    def leave(self, receipt: Receipt) -> None:
        """Leave a receipt that tells waiting processes where the file is. The lock must be held."""
        fresh = self._receipt.with_suffix(".done-new")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        # A courtesy: without it a waiting process fetches the dump again. This download is done anyway.
        with contextlib.suppress(OSError):
            fresh.unlink(missing_ok=True)
            with os.fdopen(os.open(fresh, flags, 0o600), "w", encoding="utf-8") as file:
                file.write(receipt.to_json())
            fresh.replace(self._receipt)

    def receipt(self) -> Receipt | None:
        """The last receipt, if its file still exists with the recorded size."""
        try:
            receipt = Receipt.of_json(self._receipt.read_text(encoding="utf-8"))
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return receipt if receipt.plausible else None

    def unlink(self) -> None:
        """Remove the lock's file and the receipt. The lock must be held."""
        super().unlink()
        self._receipt.unlink(missing_ok=True)


def leave_nothing(parts_dir: Path, key: str) -> None:
    """Remove the lock of a finished download, and ``parts_dir`` if nothing else is in it."""
    lock = DumpLock(parts_dir, key)
    with contextlib.suppress(OSError):
        if lock.acquire():
            lock.unlink()
            parts_dir.rmdir()
    lock.release()
