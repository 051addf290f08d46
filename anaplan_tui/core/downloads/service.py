"""Protocols for the parts of the API client that the download engine uses."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeVar

from anaplan_tui.api.refs import Chunked

T = TypeVar("T")


class Chunk(Protocol):
    """An entry of a chunk list."""

    @property
    def id(self) -> str:
        """The chunk's id, as used in its path."""


class ChunkStream(Protocol):
    """One chunk being received."""

    @property
    def length(self) -> int | None:
        """Bytes to come, if announced and not changed by a content coding; else ``None``."""

    @property
    def media_type(self) -> str:
        """The answer's media type, in lower case without parameters; empty if it has none."""

    @property
    def first(self) -> bytes:
        """The first decoded block, enough to distinguish a page from a chunk; empty if nothing comes."""

    async def drain(self, consumer: Callable[[Iterator[bytes]], T]) -> T:
        """Run ``consumer`` on all decoded blocks, in a thread; it has stopped when this returns or raises."""


class ChunkClient(Protocol):
    """The two calls of the chunk endpoints (service.md §7.1, §8.3)."""

    async def chunks(self, ref: Chunked) -> Sequence[Chunk]:
        """The whole chunk list, all pages."""

    def stream_chunk(self, ref: Chunked, chunk_id: str) -> AbstractAsyncContextManager[ChunkStream]:
        """Open one chunk with a single try; errors are those of ``api.errors``."""
