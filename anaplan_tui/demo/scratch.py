"""Temporary directories that end with their process; a later process sweeps those of killed ones."""

import fcntl
import os
import shutil
import stat
import tempfile
import time
import weakref
from pathlib import Path

_PREFIX = "anaplan-demo-"
_LOCK = ".in-use"
_SETTLED_S = 60.0
"""Seconds; the creator of a directory this young may not have locked it yet."""


class Scratch:
    """A private directory in the system's temporary directory, removed with this object."""

    def __init__(self) -> None:
        root = Path(tempfile.mkdtemp(prefix=_PREFIX))
        lock = os.open(root / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        weakref.finalize(self, _remove, root, lock)
        self.root = root


def sweep() -> None:
    """Remove this user's directories whose process is gone; a live process holds the lock of its own."""
    settled = time.time() - _SETTLED_S
    for root in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        try:
            found = root.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mtime > settled:
                continue
            lock = os.open(root / _LOCK, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(lock)
            else:
                _remove(root, lock)
        except OSError:
            continue  # it has no lock file, or another process is sweeping it


def _remove(root: Path, lock: int) -> None:
    shutil.rmtree(root, ignore_errors=True)
    os.close(lock)
