"""Write one chunk's bytes to disk, in the thread that receives them."""

import zlib
from collections.abc import Iterator

from anaplan_tui.core.downloads.parts import Sink

_WRITE_FROM = 256 * 1024
"""Bytes to gather before a write: TLS delivers blocks of 16 KB, and each would cost two calls."""


class TooMuch(Exception):
    """More bytes came than the chunk's size."""


class Intake:
    """Checks, counts and writes the blocks of one chunk.

    ``receive`` is called once, in a thread; any thread may read ``size`` meanwhile.
    """

    def __init__(self, sink: Sink, expected: int | None) -> None:
        """``expected`` is the chunk's size in bytes, if known."""
        self._sink, self._expected = sink, expected
        self._gathered: list[bytes] = []
        self._written = 0
        self.size = 0
        """Bytes received, including those not yet written."""
        self.crc = 0
        """CRC-32 of what was written."""

    def receive(self, blocks: Iterator[bytes]) -> None:
        """Write all blocks. Raises :class:`TooMuch`, ``OSError``, or whatever the iterator raises."""
        for block in blocks:
            size = self.size + len(block)
            # Checked before the write: the next chunk may already lie right behind this one.
            if self._expected is not None and size > self._expected:
                raise TooMuch
            self._gathered.append(block)
            self.size = size
            if size - self._written >= _WRITE_FROM:
                self._write()
        self._write()

    def _write(self) -> None:
        block = self._gathered[0] if len(self._gathered) == 1 else b"".join(self._gathered)
        self._sink.write(block, self._written)
        self.crc = zlib.crc32(block, self.crc)
        self._written += len(block)
        self._gathered.clear()
