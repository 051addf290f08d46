"""Compute where each chunk's bytes belong in the whole file.

The chunk list gives no sizes (service.md §7.2), but a chunk's offset is the sum of the sizes before it, and a
response without content coding announces its size before its body. So a chunk can usually be written to its
final place while the ones before it are still coming, which saves writing most of a large dump twice.
"""

from anaplan_tui.core.downloads.errors import DownloadFailed


class DumpChanged(DownloadFailed):
    """A chunk's size contradicts the size by which later chunks were placed."""


class ChunkPlaces:
    """Sizes and offsets of chunks ``0..count-1``, filled in as they become known."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._sizes: list[int | None] = [None] * count
        self._offsets: list[int | None] = [0, *[None] * count]
        self._known = 0
        self._sum = 0
        self.largest = 0
        """The largest size learned so far."""

    def size(self, chunk: int) -> int | None:
        """The chunk's size: learned, or the gap between two known offsets."""
        start, end = self._offsets[chunk], self._offsets[chunk + 1]
        return end - start if start is not None and end is not None else self._sizes[chunk]

    def offset(self, chunk: int) -> int | None:
        """The offset where the chunk starts; ``None`` while unknown."""
        return self._offsets[chunk]

    @property
    def total(self) -> int | None:
        """Bytes of the whole file, once every size is known."""
        return self._offsets[self.count]

    def learn(self, chunk: int, size: int) -> None:
        """Record an announced or counted size.

        Raises :class:`DumpChanged` when it contradicts a known size: later chunks may already have been
        placed by that one.
        """
        known = self.size(chunk)
        if known is not None and known != size:
            raise DumpChanged(
                "put the chunks together",
                f"chunk {chunk} was {known} bytes and is now {size}",
                "The dump changed while it was fetched; try again.",
            )
        if self._sizes[chunk] is None:
            self._sizes[chunk] = size
            self._known += 1
            self._sum += size
            self.largest = max(self.largest, size)
        self._settle(chunk)

    def pin(self, chunk: int, offset: int) -> None:
        """Record where an earlier try put a chunk, even if sizes before it are unknown.

        Raises :class:`DumpChanged` when that contradicts the known offset.
        """
        known = self._offsets[chunk]
        if known is not None and known != offset:
            raise DumpChanged(
                "put the chunks together",
                f"chunk {chunk} lies at {offset} and belongs at {known}",
                "The parts on disk do not fit together; try again.",
            )
        self._offsets[chunk] = offset
        self._settle(chunk)

    def _settle(self, chunk: int) -> None:
        """Derive following offsets from known sizes."""
        while chunk < self.count:
            offset, size, following = self._offsets[chunk], self._sizes[chunk], self._offsets[chunk + 1]
            if offset is None or size is None or following is not None:
                return
            self._offsets[chunk + 1] = offset + size
            chunk += 1

    def estimate(self) -> int | None:
        """Estimate the total from the known sizes: all chunks but the last are usually the same size.

        The last one counts half. ``None`` while no size is known, or only the last.
        """
        if self.total is not None:
            return self.total
        last_known = self._sizes[-1] is not None
        if self._known <= last_known:
            return None
        guess = self.largest * (self.count - self._known)
        return self._sum + (guess if last_known else guess - self.largest // 2)
