"""What can be downloaded in chunks: a small file in memory, or a large one made up as it is read.

A large file is never held whole: it is a head and numbered blocks of one size, so that any range of it, and
hence any chunk, can be made alone.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Protocol, Self

CHUNK_LIMIT = 10_000_000
"""A chunk has at most 10 MB (service.md §7.2); whether those are 10^6 or 2^20 bytes is not said."""

_WINDOW = 4096
_LEAD_BYTE = re.compile(rb"[\xc2-\xf4](?=[\x80-\xbf])")

Piece = bytes | memoryview


class Content(Protocol):
    """A file that is served in chunks."""

    @property
    def size(self) -> int:
        """Bytes in all."""

    @property
    def edges(self) -> tuple[int, ...]:
        """Where chunks begin and end: chunk n is `edges[n]` to `edges[n + 1]`."""

    def pieces(self, start: int, stop: int) -> Iterator[Piece]:
        """The bytes from `start` up to `stop`, in pieces that are cheap to send."""


class Blob:
    """A small file, made when it is first asked for."""

    def __init__(self, make: bytes | Callable[[], bytes], chunk_size: int = CHUNK_LIMIT) -> None:
        self._make = make
        self._chunk_size = chunk_size

    @cached_property
    def data(self) -> bytes:
        """The whole file."""
        return self._make if isinstance(self._make, bytes) else self._make()

    @property
    def size(self) -> int:
        """Bytes in all."""
        return len(self.data)

    @cached_property
    def edges(self) -> tuple[int, ...]:
        """Equal chunks, the last one smaller."""
        return (*range(0, self.size, self._chunk_size), self.size) if self.size else (0,)

    def pieces(self, start: int, stop: int) -> Iterator[Piece]:
        """The bytes from `start` up to `stop`."""
        yield memoryview(self.data)[start:stop]


class Pattern:
    """A large file: a head, then `count` blocks of `block_size` bytes each, made by `block(n)`.

    Chunk edges are put where they hurt a careless reader: in turn between CR and LF, and inside a multi-byte
    character.
    """

    def __init__(
        self,
        head: bytes,
        block: Callable[[int], tuple[Piece, ...]],
        block_size: int,
        count: int,
        chunk_size: int = CHUNK_LIMIT,
    ) -> None:
        self._head = head
        self.block = block
        self._block_size = block_size
        self.blocks = count
        self._chunk_size = chunk_size

    @classmethod
    def filling(
        cls,
        chunks: int,
        head: bytes,
        block: Callable[[int], tuple[Piece, ...]],
        block_size: int,
        chunk_size: int = CHUNK_LIMIT,
    ) -> Self:
        """As many blocks as that number of chunks holds; a chunk must be larger than a block and 4 KB."""
        count = (chunks * (chunk_size - _WINDOW) - len(head)) // block_size
        return cls(head, block, block_size, count, chunk_size)

    @property
    def size(self) -> int:
        """Bytes in all."""
        return len(self._head) + self._block_size * self.blocks

    @cached_property
    def edges(self) -> tuple[int, ...]:
        """Edges at most one chunk size apart."""
        step = self._chunk_size - _WINDOW
        inner = [self._cut_before(at, k) for k, at in enumerate(range(step, self.size, step))]
        return (0, *inner, self.size)

    def pieces(self, start: int, stop: int) -> Iterator[Piece]:
        """The bytes from `start` up to `stop`: only the blocks that overlap are made."""
        head = len(self._head)
        if start < head:
            yield self._head[start : min(stop, head)]
        at = max(start, head)
        while at < stop:
            number, offset = divmod(at - head, self._block_size)
            for piece in self.block(number):
                if offset >= len(piece):
                    offset -= len(piece)
                    continue
                part = memoryview(piece)[offset : offset + stop - at]
                yield part
                at += len(part)
                offset = 0
                if at >= stop:
                    return

    def _cut_before(self, at: int, turn: int) -> int:
        start = at - _WINDOW
        window = b"".join(self.pieces(start, at))
        if turn % 2 == 0:
            found = window.rfind(b"\r\n")
            return start + found + 1 if found >= 0 else at
        leads = [m.start() for m in _LEAD_BYTE.finditer(window)]
        return start + leads[-1] + 1 if leads else at


class Joined:
    """A file kept as the chunks in which it was uploaded."""

    def __init__(self, chunks: tuple[Callable[[], bytes], ...], sizes: tuple[int, ...]) -> None:
        self._chunks = chunks
        edges = [0]
        for size in sizes:
            edges.append(edges[-1] + size)
        self.edges: tuple[int, ...] = tuple(edges)

    @property
    def size(self) -> int:
        """Bytes in all."""
        return self.edges[-1]

    def pieces(self, start: int, stop: int) -> Iterator[Piece]:
        """The bytes from `start` up to `stop`, one uploaded chunk after the other."""
        number = bisect_right(self.edges, start) - 1
        while start < stop and number < len(self._chunks):
            low, high = self.edges[number], self.edges[number + 1]
            yield self._chunks[number]()[start - low : min(stop, high) - low]
            start, number = high, number + 1


def chunk_count(content: Content) -> int:
    """How many chunks the file has; an empty file has none."""
    return len(content.edges) - 1


def chunk(content: Content, number: int) -> tuple[int, Iterator[Piece]]:
    """Length and pieces of one chunk; IndexError when there is none of that number."""
    if not 0 <= number < chunk_count(content):
        raise IndexError(number)
    start, stop = content.edges[number], content.edges[number + 1]
    return stop - start, content.pieces(start, stop)


def whole(content: Content) -> tuple[int, Iterator[Piece]]:
    """Length and pieces of the whole file: byte for byte its chunks, joined."""
    return content.size, content.pieces(0, content.size)


def read_all(content: Content) -> bytes:
    """The whole file in memory; for small ones and for tests."""
    return b"".join(content.pieces(0, content.size))
