"""One process at a time works on a dump's parts; parts that nobody wants any more are swept."""

import contextlib
import fcntl
import logging
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from anaplan_tui.core.downloads.receipts import Receipt

log = logging.getLogger(__name__)

STALE_AFTER_S = 7 * 24 * 3600
"""Seconds after which untouched parts are swept: the service drops a dump 48 h after its last read."""


class DumpLock:
    """An advisory lock on one dump's parts, freed by the kernel when its process dies however it dies."""

    def __init__(self, parts_dir: Path, key: str) -> None:
        self._path = parts_dir / f"{key}.lock"
        self._receipt = parts_dir / f"{key}.done"
        self._fd: int | None = None

    def acquire(self) -> bool:
        """Take the lock without waiting; False while another process, or another download here, has it."""
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
            # The file was swept between the open and the lock; a lock on it would exclude nobody.
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
        """The id of the process that holds the lock, for people; empty when it is not known."""
        try:
            text = self._path.read_text(encoding="ascii", errors="replace").strip()
        except OSError:
            return ""
        return text if text.isdigit() else ""

    def stamp(self) -> int | None:
        """Changes whenever a receipt is left; ``None`` while there is none."""
        try:
            return self._receipt.stat().st_mtime_ns
        except FileNotFoundError:
            return None

    def leave(self, receipt: Receipt) -> None:
        """Tell waiting processes where the file is. The lock must be held."""
        fresh = self._receipt.with_suffix(".done-new")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        # A courtesy: without it a waiting process fetches the dump again. This download is done.
        with contextlib.suppress(OSError):
            fresh.unlink(missing_ok=True)
            with os.fdopen(os.open(fresh, flags, 0o600), "w", encoding="utf-8") as file:
                file.write(receipt.to_json())
            fresh.replace(self._receipt)

    def receipt(self) -> Receipt | None:
        """The last receipt, if the file that it names is still there with its size."""
        try:
            receipt = Receipt.of_json(self._receipt.read_text(encoding="utf-8"))
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return receipt if receipt.plausible else None

    def unlink(self) -> None:
        """Remove the lock's own files. The lock must be held."""
        self._path.unlink(missing_ok=True)
        self._receipt.unlink(missing_ok=True)

    def _still_named(self, fd: int) -> bool:
        try:
            return os.path.samestat(os.fstat(fd), self._path.stat())
        except FileNotFoundError:
            return False


def sweep(parts_dir: Path, *, older_than_s: float = STALE_AFTER_S, now: float | None = None) -> list[Path]:
    """Remove parts, set-aside parts, locks and receipts untouched for ``older_than_s`` seconds.

    ``now`` is in seconds since the epoch. Whatever a process works on is left alone. Returns what went.
    Blocks on the disk: call it in a thread.
    """
    limit = (time.time() if now is None else now) - older_than_s
    gone = []
    for key in sorted({_key(path) for path in _entries(parts_dir)}):
        try:
            gone += _sweep_key(parts_dir, key, limit)
        except OSError as error:
            # Another process tidies here too, or the disk refuses; the next start tries again.
            log.info("parts %s not swept: %s", key, error)
    return gone


def leave_nothing(parts_dir: Path, key: str) -> None:
    """Remove the lock of a download that is done, and ``parts_dir`` with it when nothing else is in there."""
    lock = DumpLock(parts_dir, key)
    with contextlib.suppress(OSError):
        if lock.acquire():
            lock.unlink()
            parts_dir.rmdir()
    lock.release()


def _sweep_key(parts_dir: Path, key: str, limit: float) -> list[Path]:
    lock = DumpLock(parts_dir, key)
    ours = [path for path in _entries(parts_dir) if _key(path) == key]
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


def _entries(parts_dir: Path) -> Iterator[Path]:
    with contextlib.suppress(FileNotFoundError):
        yield from parts_dir.iterdir()


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
