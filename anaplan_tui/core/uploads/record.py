"""The record of an upload's accepted chunks, so that a later try sends only the rest.

The state directory has one file per target: the content on line 1, then a line for each chunk that the
service acknowledged, with the SHA-256 of its bytes. A line is written after the answer, so the record never
claims too much; a line lost in a kill or power cut only means that one chunk is sent twice. A new record
permanently replaces an older one.
"""

import errno
import hashlib
import json
import os
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from anaplan_tui.api.refs import FileRef
from anaplan_tui.whole_file import sync_folder

_FORMAT = 1
GOOD_FOR_S = 6 * 3600
"""Seconds for which a started upload can be resumed. It is not documented how long the service keeps one, and
the older it is, the likelier somebody has uploaded the same file from elsewhere in between."""


@dataclass(frozen=True, slots=True)
class Identity:
    """The user and target of an upload. Uploads are private to a user (service.md §8.2)."""

    service: str
    """The API's base URL."""
    user: str
    file: FileRef

    @property
    def key(self) -> str:
        """The name of the record and its lock."""
        text = json.dumps([self.service, self.user, self.file.chunks_path])
        return hashlib.sha256(text.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Content:
    """The content of an upload: if any of these differ, no sent chunk can be reused."""

    bytes: int
    mtime_ns: int
    chunk_bytes: int


class UploadRecord:
    """The record of one upload. The caller holds the lock of its identity meanwhile.

    Every method blocks on the disk and raises :class:`OSError` if it refuses.
    """

    def __init__(self, path: Path, sent: dict[int, str]) -> None:
        self._path = path
        self._writing = threading.Lock()
        self.sent = sent
        """The SHA-256 of each chunk that the service has accepted, by number."""

    @classmethod
    def resume(cls, path: Path, content: Content, now: float | None = None) -> Self | None:
        """Read the record at ``path``; ``None`` if it is missing, too old or of other content.

        ``now`` is in seconds since the epoch.
        """
        try:
            first, *rest = path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return None
        header = _document(first)
        began = header.pop("began", None)
        age = (time.time() if now is None else now) - (began if isinstance(began, int | float) else 0)
        if header != _header(content) or not 0 <= age <= GOOD_FOR_S:
            return None
        sent = {}
        for line in map(_document, rest):
            number, sha256 = line.get("chunk"), line.get("sha256")
            if isinstance(number, int) and isinstance(sha256, str):
                sent[number] = sha256
        return cls(path, sent)

    @classmethod
    def begin(cls, path: Path, content: Content) -> Self:
        """Begin a new record in place of any file at ``path``."""
        path.unlink(missing_ok=True)
        header = json.dumps({**_header(content), "began": time.time()})
        _append(path, header.encode(), os.O_CREAT | os.O_EXCL)
        # Otherwise a power cut could bring the old one back, with chunks that the service has forgotten.
        sync_folder(path.parent)
        return cls(path, {})

    def add(self, number: int, sha256: str) -> None:
        """Record a chunk that the service has accepted."""
        line = json.dumps({"chunk": number, "sha256": sha256})
        with self._writing:
            # The line end comes first, so that a line cut short by a kill does not swallow this one.
            _append(self._path, b"\n" + line.encode())
        self.sent[number] = sha256


def _append(path: Path, data: bytes, flags: int = 0) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC | flags, 0o600)
    try:
        if os.write(fd, data) != len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    finally:
        os.close(fd)


def _header(content: Content) -> dict[str, Any]:
    return {"format": _FORMAT, **asdict(content)}


def _document(line: bytes) -> dict[str, Any]:
    try:
        document = json.loads(line)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
