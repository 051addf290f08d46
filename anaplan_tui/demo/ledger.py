"""The tenant's event log on disk, so that a run goes on while no process serves the tenant.

One JSON document per line. Several processes may append to one file; each reads what the others wrote.
Applying an event twice must be harmless.
"""

import contextlib
import fcntl
import json
import os
import time
from pathlib import Path
from typing import IO

from anaplan_tui.demo.model import Json

KEPT = 48 * 3600.0
"""Seconds after which an event is dropped; nothing it started is still served then (service.md §7.4)."""


class Ledger:
    """Events in order; without a path, in memory only."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._pending: list[Json] = []
        self._offset = 0
        self._lock: IO[bytes] | None = None
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = self._open(path)

    def append(self, event: Json) -> None:
        """Add an event; the next `fresh` returns it along with those of other processes."""
        if self._path is None:
            self._pending.append(event)
            return
        line = json.dumps(event, separators=(",", ":")).encode() + b"\n"
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, line)
        finally:
            os.close(descriptor)

    def fresh(self) -> list[Json]:
        """Return the events added since the last call, by any process."""
        if self._path is None:
            events, self._pending = self._pending, []
            return events
        if not self._path.exists() or self._path.stat().st_size <= self._offset:
            return []
        with self._path.open("rb") as file:
            file.seek(self._offset)
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        self._offset += len(whole)
        return _parsed(whole)

    def close(self) -> None:
        """Release the file."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _open(self, path: Path) -> IO[bytes]:
        """Take a shared lock; a process that is alone drops old events first."""
        descriptor = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        lock = os.fdopen(descriptor, "r+b")
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._drop_old(path)
        fcntl.flock(lock, fcntl.LOCK_SH)
        return lock

    @staticmethod
    def _drop_old(path: Path) -> None:
        if not path.exists():
            return
        events = _parsed(path.read_bytes())
        kept = [event for event in events if event["wall"] > time.time() - KEPT]
        if len(kept) < len(events):
            text = "".join(json.dumps(event, separators=(",", ":")) + "\n" for event in kept)
            fresh = path.with_suffix(".new")
            fresh.touch(mode=0o600)
            fresh.write_text(text)
            fresh.replace(path)


def _parsed(data: bytes) -> list[Json]:
    """Return the valid events; skip lines torn by a process that was killed while writing."""
    events: list[Json] = []
    for line in data.splitlines():
        with contextlib.suppress(ValueError):
            event = json.loads(line)
            if isinstance(event, dict) and all(isinstance(event.get(k), float) for k in ("at", "wall")):
                events.append(event)
    return events
