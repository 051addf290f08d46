"""A file as the chunks that are sent, and reading one of them from a file that must not change meanwhile.

Chunks are cut at byte offsets, in the middle of a line or of a character if need be: the service joins them
to one file again. The specification asks for "between 1 and 50 MB" a chunk and says nothing of line ends
(openapi/integration-openapi.json, "Set the chunk count"; anaplan-api.md §8.2), and what comes back is
"identical to concatenating every chunk" (the same, "Download file content in a single call").
"""

import hashlib
import io
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from anaplan_tui.core.uploads.errors import changed, refused, unreadable
from anaplan_tui.core.uploads.source import SourceFile, Stamp

MOST_CHUNKS = 1000
"""At most so many in a file (§8.2)."""
LARGEST_CHUNK = 10_000_000
"""Bytes. The service takes five times as much, but a chunk is what is sent again after a cut."""
_BLOCK = 1 << 20
_GZIP = 31
"""``wbits`` of zlib for a gzip header and trailer."""
_LEVEL = 6
"""Links are slower than this compresses (30 MB/s); a higher level gains a hundredth."""


@dataclass(frozen=True, slots=True)
class Cut:
    """One chunk of a file: ``bytes`` of it from ``offset`` on."""

    number: int
    offset: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Payload:
    """A chunk ready to be sent."""

    data: bytes
    gzipped: bool
    sha256: str
    """Of the chunk's own bytes, not of the compressed ones."""


def cut(source: SourceFile, chunk_bytes: int) -> tuple[Cut, ...]:
    """The chunks of a file, all of ``chunk_bytes`` but the last; larger ones when there would be too many.

    Raises:
        UploadRefused: even the largest chunks would be too many.
    """
    total = source.bytes
    size = max(chunk_bytes, -(-total // MOST_CHUNKS))
    if size > LARGEST_CHUNK:
        most = f"{MOST_CHUNKS * LARGEST_CHUNK / 1e9:.0f} GB"
        said = f"it is larger than {most}, which is {MOST_CHUNKS:,} chunks"
        raise refused(source.path, said, "Split it, or load less at once.")
    offsets = range(0, total, size)
    return tuple(Cut(n, offset, min(size, total - offset)) for n, offset in enumerate(offsets))


class Reader:
    """The open source. Every read proves that the file is still the one that was looked at.

    All methods block on the disk and belong in a thread; several threads may read at once.
    """

    def __init__(self, source: SourceFile) -> None:
        """Raises :class:`SourceChanged` when the file is gone, :class:`UploadFailed` when it cannot be read."""
        self._source = source
        try:
            self._fd = os.open(source.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            raise changed(source.name) from None
        except OSError as error:
            raise unreadable(source.name, error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        os.close(self._fd)

    def payload(self, piece: Cut, *, gzip: bool) -> Payload:
        """The chunk's bytes, compressed where that makes them fewer.

        It is compressed as it is read, so that a chunk is never in memory both ways.

        Raises:
            SourceChanged: the file is not what it was. The chunk must not be sent.
            UploadFailed: the disk refused.
        """
        sha256, packed = hashlib.sha256(), io.BytesIO()
        packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP) if gzip else None
        for block in self._blocks(piece):
            sha256.update(block)
            packed.write(packer.compress(block) if packer else block)
        if packer is not None:
            packed.write(packer.flush())
            if packed.tell() >= piece.bytes:
                packed.close()
                return self.payload(piece, gzip=False)
        return Payload(packed.getvalue(), packer is not None, sha256.hexdigest())

    def sha256(self, piece: Cut) -> str:
        """The hash of a chunk, for comparing it with one that was sent. Raises as :meth:`payload`."""
        sha256 = hashlib.sha256()
        for block in self._blocks(piece):
            sha256.update(block)
        return sha256.hexdigest()

    def _blocks(self, piece: Cut) -> Iterator[bytes]:
        self._require_unchanged()
        at, end = piece.offset, piece.offset + piece.bytes
        while at < end:
            try:
                block = os.pread(self._fd, min(_BLOCK, end - at), at)
            except OSError as error:
                raise unreadable(self._source.name, error) from error
            if not block:
                raise changed(self._source.name)
            at += len(block)
            yield block
        self._require_unchanged()

    def _require_unchanged(self) -> None:
        """Both what the path names now and what is open must be what was looked at."""
        try:
            named = self._source.path.stat()
        except OSError:
            raise changed(self._source.name) from None
        if not Stamp.of(named) == Stamp.of(os.fstat(self._fd)) == self._source.stamp:
            raise changed(self._source.name)
