"""The parts of an unfinished download on disk: its bytes so far, and a ledger of complete chunks.

One folder per dump, in the state directory::

    {key}/ledger      the identity on line 1, then a line for each complete chunk
    {key}/whole       the future file, each chunk at its place
    {key}/{n}.chunk   a chunk whose place is not known yet

A ledger line is written after a chunk's bytes, and carries their CRC-32. A resumed try trusts the CRC, not
the line, so no line needs an fsync to be safe: after ``kill -9`` or a power cut, a chunk is either whole on
disk or fetched again.
"""

import errno
import hashlib
import json
import os
import shutil
import threading
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from anaplan_tui.api.refs import Chunked, DumpRef

_FORMAT = 1
_BLOCK = 1 << 20


class _Hash(Protocol):
    def update(self, data: bytes | memoryview, /) -> None: ...


@dataclass(frozen=True, slots=True)
class PartIdentity:
    """Identifies the object that parts belong to. Parts of different identities are never mixed."""

    service: str
    """The API's base URL: ids of one tenant mean nothing to another."""
    source: Chunked
    edition: str | None = None
    """For a file of a model, the task that wrote it: the content changes under the same id.

    Source: service.md §8.3.
    """

    @property
    def resumable(self) -> bool:
        """Whether equal identities mean equal bytes."""
        return isinstance(self.source, DumpRef) or self.edition is not None

    @property
    def key(self) -> str:
        """The name of the parts' folder."""
        return hashlib.sha256(json.dumps(self.document(), sort_keys=True).encode()).hexdigest()[:32]

    def document(self) -> dict[str, Any]:
        """The identity as stored in the ledger."""
        return {
            "service": self.service,
            "source": self.source.chunks_path,
            "edition": self.edition,
        }


@dataclass(frozen=True, slots=True)
class ChunkRecord:
    """A complete chunk: its number, size, CRC-32 and offset in ``whole`` (``None``: in its own file)."""

    chunk: int
    size: int
    crc: int
    at: int | None


class Sink:
    """An open file, or a place in one, for a chunk's bytes."""

    def __init__(self, fd: int, base: int, at: int | None, *, own: bool) -> None:
        self._fd, self._base, self._own = fd, base, own
        self.at = at

    def write(self, block: bytes | memoryview, position: int) -> None:
        """Write ``block`` at ``position`` of the chunk. Raises ``OSError``, also for a short write."""
        offset = self._base + position
        written = os.pwrite(self._fd, block, offset)
        while written < len(block):
            # A limit inside the block (quota, RLIMIT_FSIZE) shows as an error only on the next write.
            more = os.pwrite(self._fd, memoryview(block)[written:], offset + written)
            if more == 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            written += more

    def close(self) -> None:
        """Close the chunk's own file, if it has one."""
        if self._own:
            os.close(self._fd)


class Parts:
    """The open parts of one dump. The caller holds the dump's lock (``locks.DumpLock``) meanwhile.

    Everything but :meth:`sink` and :meth:`record` may read or write a lot: call it in a thread. All methods
    raise ``OSError`` if the disk refuses.
    """

    def __init__(self, folder: Path, ledger: int, whole: int, records: dict[int, ChunkRecord]) -> None:
        self.folder = folder
        self.records = records
        self._ledger = ledger
        self._whole = whole
        self._writing = threading.Lock()

    @classmethod
    def open(cls, parts_dir: Path, identity: PartIdentity, chunk_ids: Sequence[str]) -> "Parts":
        """Open the parts of ``identity``. Parts of another chunk list are set aside, and it starts over."""
        folder = parts_dir / identity.key
        header = {"format": _FORMAT, **identity.document(), "chunks": _fingerprint(chunk_ids)}
        records = _read_ledger(folder / "ledger", header, len(chunk_ids)) if identity.resumable else None
        if records is None and folder.exists():
            if _has_begun(folder / "ledger"):
                set_aside(folder)
            else:
                shutil.rmtree(folder)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        ledger = os.open(folder / "ledger", os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            whole = os.open(folder / "whole", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            os.close(ledger)
            raise
        parts = cls(folder, ledger, whole, records or {})
        # A line cut short by a kill must not swallow the next one; readers skip blank lines.
        parts._append(b"\n" if records is not None else _line(header))
        return parts

    def close(self) -> None:
        """Close the files; the parts stay on disk."""
        os.close(self._ledger)
        os.close(self._whole)

    def verify(self) -> None:
        """Forget every record whose bytes do not match its CRC: lost in a power cut, or tampered with."""
        self.records = {n: record for n, record in self.records.items() if self._holds(record)}

    def _holds(self, record: ChunkRecord) -> bool:
        crc = _Crc()
        try:
            self._read(record, (crc,))
        except (FileNotFoundError, EOFError):
            return False
        return crc.value == record.crc

    def sink(self, chunk: int, at: int | None) -> Sink:
        """Open a place for ``chunk``: at offset ``at`` in ``whole``, or its own file if that is ``None``."""
        if at is not None:
            return Sink(self._whole, at, at, own=False)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        return Sink(os.open(self._own_file(chunk), flags, 0o600), 0, None, own=True)

    def record(self, record: ChunkRecord) -> None:
        """Record a chunk whose bytes are all written."""
        self._append(_line(asdict(record)))
        self.records[record.chunk] = record

    def absorb(self, chunks: Iterable[int], places: Mapping[int, int], sha256: _Hash) -> None:
        """Feed these chunks to the hash, in the given order, and move those in own files into ``whole``."""
        for chunk in chunks:
            record, place = self.records[chunk], places[chunk]
            if record.at is None:
                self._read(record, (sha256, _Writer(self._whole, place)))
                self.record(ChunkRecord(chunk, record.size, record.crc, place))
                self._own_file(chunk).unlink()
            else:
                self._read(record, (sha256,))
            self._begin_writeback(place, record.size)

    def _begin_writeback(self, at: int, size: int) -> None:
        """Have the kernel write these bytes to disk while the next ones arrive.

        Otherwise they all wait for the final fsync, half a second for 1 GB on a quick disk, and fill the page
        cache until then. They are already hashed, so nothing here reads them again.
        """
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(self._whole, at, size, os.POSIX_FADV_DONTNEED)

    def ends_with(self, tail: bytes, total: int) -> bool:
        """Whether ``whole``, which has ``total`` bytes, ends with ``tail``; also true if it is empty."""
        return total == 0 or os.pread(self._whole, len(tail), max(0, total - len(tail))) == tail

    def finish(self, total: int) -> Path:
        """Truncate leftovers of a longer, failed try, and sync. Return the file, ready to be published."""
        os.ftruncate(self._whole, total)
        os.fsync(self._whole)
        return self.folder / "whole"

    def remove(self) -> None:
        """Remove the parts of a published file; what cannot be removed now is swept later."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _own_file(self, chunk: int) -> Path:
        return self.folder / f"{chunk}.chunk"

    def _append(self, line: bytes) -> None:
        with self._writing:
            if os.write(self._ledger, line) != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _read(self, record: ChunkRecord, takers: Sequence[_Hash]) -> None:
        """Hand the chunk's bytes to each of ``takers``. Raises ``EOFError`` when some are missing."""
        if record.at is not None:
            return _pump(self._whole, record.at, record.size, takers)
        fd = os.open(self._own_file(record.chunk), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            return _pump(fd, 0, record.size, takers)
        finally:
            os.close(fd)


class _Crc:
    def __init__(self) -> None:
        self.value = 0

    def update(self, data: bytes | memoryview, /) -> None:
        self.value = zlib.crc32(data, self.value)


class _Writer:
    def __init__(self, fd: int, at: int) -> None:
        self._sink, self._position = Sink(fd, at, at, own=False), 0

    def update(self, data: bytes | memoryview, /) -> None:
        self._sink.write(data, self._position)
        self._position += len(data)


def _pump(fd: int, offset: int, size: int, takers: Sequence[_Hash]) -> None:
    buffer = memoryview(bytearray(min(_BLOCK, size) or 1))
    end = offset + size
    while offset < end:
        count = os.preadv(fd, [buffer[: end - offset]], offset)
        if count == 0:
            raise EOFError(f"{end - offset} bytes are missing")
        for taker in takers:
            taker.update(buffer[:count])
        offset += count


def _line(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document).encode() + b"\n"


def _fingerprint(chunk_ids: Sequence[str]) -> str:
    return hashlib.sha256(json.dumps(list(chunk_ids)).encode()).hexdigest()


def _read_ledger(path: Path, header: Mapping[str, Any], count: int) -> dict[int, ChunkRecord] | None:
    """The complete chunks by number; ``None`` if there is no ledger or it belongs to something else."""
    try:
        first, *rest = path.read_bytes().split(b"\n")
    except (FileNotFoundError, NotADirectoryError):
        return None
    if _document(first) != header:
        return None
    records = {}
    for line in rest:
        record = _to_record(_document(line), count)
        if record is not None:
            records[record.chunk] = record
    return records


def _has_begun(ledger: Path) -> bool:
    """Whether the ledger has its first line; a process killed before it wrote that has kept no chunks."""
    try:
        return b"\n" in ledger.read_bytes()
    except FileNotFoundError:
        return False
    except OSError:
        return True


def _document(line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None


def _to_record(document: Any, count: int) -> ChunkRecord | None:
    try:
        record = ChunkRecord(**document)
    except TypeError:
        return None
    numbers = (record.chunk, record.size, record.crc, 0 if record.at is None else record.at)
    if not all(type(number) is int and number >= 0 for number in numbers) or record.chunk >= count:
        return None
    return record


def set_aside(folder: Path) -> None:
    """Rename parts that belong to something else: they are neither mixed in nor deleted at once."""
    for number in range(1, 1000):
        aside = folder.with_name(f"{folder.name}.stale-{number}")
        if not aside.exists():
            folder.rename(aside)
            return
    shutil.rmtree(folder)
