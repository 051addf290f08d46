"""Uploads: files for imports to read, sent in chunks, private to each user, gone after 48 h.

Source: service.md §8.2.
"""

import shutil
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from anaplan_tui.demo.content import Joined
from anaplan_tui.demo.model import Json
from anaplan_tui.demo.scratch import Scratch

KEPT = 48 * 3600.0
MOST_CHUNKS = 1000
Slot = tuple[str, str, str]
"""User, model and file."""


class BadUpload(Exception):
    """A chunk or completion that does not fit the declaration."""


@dataclass(slots=True)
class _Draft:
    """An unfinished upload; `count` is -1 if the number of chunks was not declared."""

    key: str
    count: int
    sizes: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Version:
    """A completed upload; without a key, a removal."""

    at: float
    key: str
    sizes: tuple[int, ...]


class Uploads:
    """Chunks on disk, in the state directory or a temporary one, and each file's versions, oldest first."""

    def __init__(self, directory: Path | None, announce: Callable[[Json], None]) -> None:
        if directory is None:
            self._scratch = Scratch()
            directory = self._scratch.root / "uploads"
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._directory = directory
        self._drop_old()
        self._announce = announce
        self._drafts: dict[Slot, _Draft] = {}
        self._versions: dict[Slot, list[_Version]] = {}

    def declare(self, slot: Slot, count: int) -> None:
        """Begin an upload of `count` chunks, -1 if unknown; an unfinished one is forgotten."""
        if count != -1 and not 1 <= count <= MOST_CHUNKS:
            raise BadUpload(f"chunkCount must be -1 or 1 to {MOST_CHUNKS}")
        self._drafts[slot] = _Draft(uuid.uuid4().hex, count)

    def put(self, slot: Slot, number: int, data: bytes) -> None:
        """Store or replace one chunk; if the count is known, the last missing chunk completes the upload."""
        draft = self._drafts.get(slot)
        if draft is None:
            raise BadUpload("Set the chunk count of the file first")
        if number < 0 or number >= (MOST_CHUNKS if draft.count == -1 else draft.count):
            raise BadUpload(f"Chunk {number} is outside of the declared count")
        path = self._path(draft.key, number)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        path.write_bytes(data)
        draft.sizes[number] = len(data)
        if len(draft.sizes) == draft.count:
            self._publish(slot, draft)

    def complete(self, slot: Slot) -> None:
        """Complete an upload; BadUpload if chunks are missing."""
        draft = self._drafts.get(slot)
        if draft is None:
            raise BadUpload("There is no upload to complete")
        if not draft.sizes or sorted(draft.sizes) != list(range(len(draft.sizes))):
            raise BadUpload("Chunks are missing")
        if draft.count not in (-1, len(draft.sizes)):
            raise BadUpload(f"{len(draft.sizes)} of {draft.count} chunks were uploaded")
        self._publish(slot, draft)
        del self._drafts[slot]

    def remove(self, slot: Slot) -> None:
        """Delete the user's own copy."""
        self._announce({"event": "upload", "slot": list(slot), "key": "", "sizes": []})

    def apply(self, event: Json) -> None:
        """Apply a completed upload or a removal, by this process or another."""
        slot: Slot = tuple(event["slot"])
        versions = self._versions.setdefault(slot, [])
        version = _Version(event["at"], event["key"], tuple(event["sizes"]))
        if version not in versions:
            versions.append(version)
            versions.sort(key=lambda v: v.at)

    def at(self, slot: Slot, when: float) -> Joined | None:
        """Return the user's copy as of that time, or None."""
        past = [v for v in self._versions.get(slot, []) if v.at <= when]
        if not past or not past[-1].key or when - past[-1].at > KEPT:
            return None
        version = past[-1]
        chunks = tuple(partial(self._path(version.key, n).read_bytes) for n in range(len(version.sizes)))
        return Joined(chunks, version.sizes)

    def _publish(self, slot: Slot, draft: _Draft) -> None:
        sizes = [draft.sizes[n] for n in range(len(draft.sizes))]
        self._announce({"event": "upload", "slot": list(slot), "key": draft.key, "sizes": sizes})

    def _drop_old(self) -> None:
        for kept in self._directory.iterdir():
            if kept.stat().st_mtime < time.time() - KEPT:
                shutil.rmtree(kept, ignore_errors=True)

    def _path(self, key: str, number: int) -> Path:
        return self._directory / key / f"{number:04}"
