"""Where each chunk's bytes belong in the whole file.

The chunk list has no sizes (service.md §7.2), but a chunk's place is the sum of the sizes before it,
and a response without content coding announces its size before its body. So a chunk can usually be
written where it belongs although the ones before it are still on their way, which saves writing most of
a large dump twice.
"""

from anaplan_tui.core.downloads.errors import DownloadFailed


class DumpChanged(DownloadFailed):
    """A chunk's size is not what it was when later chunks were placed behind it."""


class ChunkPlaces:
    """Sizes and offsets of chunks ``0..count-1``, filled in as they become known."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._sizes: list[int | None] = [None] * count
        self._offsets: list[int | None] = [0, *[None] * count]
        self._known = 0
        self._sum = 0
        self.largest = 0
        """The largest size learned."""

    def size(self, chunk: int) -> int | None:
        """The chunk's size: learned, or left between two known places."""
        start, end = self._offsets[chunk], self._offsets[chunk + 1]
        return end - start if start is not None and end is not None else self._sizes[chunk]

    def offset(self, chunk: int) -> int | None:
        """Where the chunk starts; ``None`` while a size before it is unknown."""
        return self._offsets[chunk]

    @property
    def total(self) -> int | None:
        """Bytes of the whole file, once every size is known."""
        return self._offsets[self.count]

    def learn(self, chunk: int, size: int) -> None:
        """Record an announced or counted size.

        Raises :class:`DumpChanged` when it contradicts what is known: later chunks may already lie where
        the old size put them.
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
        """Record where an earlier try put a chunk, even if sizes before it are forgotten."""
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
        """Carry known places forward over known sizes."""
        while chunk < self.count:
            offset, size, following = self._offsets[chunk], self._sizes[chunk], self._offsets[chunk + 1]
            if offset is None or size is None or following is not None:
                return
            self._offsets[chunk + 1] = offset + size
            chunk += 1

    def estimate(self) -> int | None:
        """The total as the known sizes suggest it: all chunks but the last are usually alike.

        The last one counts as half of its siblings. ``None`` while only the last is known, or none.
        """
        if self.total is not None:
            return self.total
        last_known = self._sizes[-1] is not None
        if self._known <= last_known:
            return None
        guess = self.largest * (self.count - self._known)
        return self._sum + (guess if last_known else guess - self.largest // 2)
