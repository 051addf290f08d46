"""File locks, so that one process at a time works on a transfer; and the sweep of abandoned transfers.

A transfer keeps the data to resume it in the state directory, under names that begin with its key.
"""

import contextlib
import fcntl
import logging
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

log = logging.getLogger(__name__)

STALE_AFTER_S = 7 * 24 * 3600
"""Seconds until the leftovers of a transfer are swept: the service drops a dump 48 h after its last read."""


class TransferLock:
    """An advisory lock on one transfer; the kernel frees it however its process dies."""

    def __init__(self, folder: Path, key: str) -> None:
        self._path = folder / f"{key}.lock"
        self._fd: int | None = None

    def acquire(self) -> bool:
        """Take the lock without waiting; return False while another process or transfer here has it."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        while True:
            fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(fd)
                return False
            if self._still_named(fd):
                break
            # The file was swept between open and lock; a lock on it would exclude nobody.
            os.close(fd)
        os.ftruncate(fd, 0)
        os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
        self._fd = fd
        return True

    def release(self) -> None:
        """Release the lock."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def holder(self) -> str:
        """The id of the process that holds the lock, for messages; empty if unknown."""
        try:
            text = self._path.read_text(encoding="ascii", errors="replace").strip()
        except OSError:
            return ""
        return text if text.isdigit() else ""

    def unlink(self) -> None:
        """Remove the lock's file. The lock must be held."""
        self._path.unlink(missing_ok=True)

    def _still_named(self, fd: int) -> bool:
        try:
            return os.path.samestat(os.fstat(fd), self._path.stat())
        except FileNotFoundError:
            return False


def sweep(folder: Path, *, older_than_s: float = STALE_AFTER_S, now: float | None = None) -> list[Path]:
    """Remove leftovers of transfers that were untouched for ``older_than_s`` seconds, with their locks.

    ``now`` is in seconds since the epoch. Transfers that a process works on are left alone. Returns the
    removed paths. Blocks on the disk: call it in a thread.
    """
    limit = (time.time() if now is None else now) - older_than_s
    gone = []
    for key in sorted({_key(path) for path in _entries(folder)}):
        try:
            gone += _sweep_key(folder, key, limit)
        except OSError as error:
            # Another process is sweeping too, or the disk refuses; the next sweep tries again.
            log.info("transfer %s not swept: %s", key, error)
    return gone


def _sweep_key(folder: Path, key: str, limit: float) -> list[Path]:
    lock = TransferLock(folder, key)
    ours = [path for path in _entries(folder) if _key(path) == key]
    if any(_touched(path) > limit for path in ours) or not lock.acquire():
        return []
    try:
        for path in ours:
            _remove(path)
        lock.unlink()
    finally:
        lock.release()
    return ours


def _key(path: Path) -> str:
    return path.name.split(".")[0]


def _entries(folder: Path) -> Iterator[Path]:
    with contextlib.suppress(FileNotFoundError):
        yield from folder.iterdir()


def _touched(path: Path) -> float:
    newest = path.lstat().st_mtime
    if path.is_dir() and not path.is_symlink():
        newest = max([newest, *(inner.lstat().st_mtime for inner in path.iterdir())])
    return newest


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
