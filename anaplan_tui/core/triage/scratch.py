"""Where a dump's slices and what DuckDB spills lie while it is read: other people's rows, up to gigabytes."""

import contextlib
import fcntl
import os
import shutil
import stat
import time
from pathlib import Path
from tempfile import mkdtemp

_PREFIX = "triage-"
_LOCK = ".in-use"
_SETTLED_S = 60.0
"""A directory this young may not have been locked yet by the process that makes it."""
_FORGOTTEN_S = 24 * 3600.0
"""Nobody works in one without a lock for that long: earlier versions made none."""


class Scratch:
    """A private directory under ``work_dir``, gone after ``close``.

    What a killed process left there goes first. Raises ``OSError``.
    """

    def __init__(self, work_dir: Path) -> None:
        work_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sweep(work_dir)
        self.root = Path(mkdtemp(prefix=_PREFIX, dir=work_dir))
        self._lock = os.open(self.root / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        # Where a file system has no locks, nobody can tell what is left, and it stays.
        with contextlib.suppress(OSError):
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def close(self) -> None:
        """Remove it; a second call changes nothing."""
        if self._lock >= 0:
            # NFS keeps an open file under another name, and with it the directory.
            os.close(self._lock)
            self._lock = -1
            shutil.rmtree(self.root, ignore_errors=True)


def _sweep(work_dir: Path) -> None:
    settled = time.time() - _SETTLED_S
    for root in work_dir.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):  # somebody else sweeps it, or it is not ours to remove
            found = root.lstat()
            if stat.S_ISDIR(found.st_mode) and found.st_mtime < settled and not _in_use(root):
                shutil.rmtree(root)


def _in_use(root: Path) -> bool:
    """Whether a process that lives holds its lock; without a lock, whether one may have made it lately."""
    try:
        lock = os.open(root / _LOCK, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return root.lstat().st_mtime > time.time() - _FORGOTTEN_S
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(lock)
    return False
