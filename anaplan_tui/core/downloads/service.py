"""What the engine needs of the API client, and nothing more."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from anaplan_tui.api.refs import Chunked


class Chunk(Protocol):
    """An entry of a chunk list."""

    @property
    def id(self) -> str: ...


class ChunkStream(Protocol):
    """One chunk on its way."""

    @property
    def length(self) -> int | None:
        """Bytes on the wire, where announced."""

    @property
    def encoded(self) -> bool:
        """Whether a content coding makes the bytes on the wire differ from the chunk's."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """The chunk's decoded bytes in blocks as they come."""


class ChunkClient(Protocol):
    """The two calls of the chunk endpoints (anaplan-api.md §7.1, §8.3)."""

    async def chunks(self, ref: Chunked) -> Sequence[Chunk]:
        """The whole chunk list, all pages."""

    def stream_chunk(self, ref: Chunked, chunk_id: str) -> AbstractAsyncContextManager[ChunkStream]:
        """Open one chunk, one try; errors are those of ``api.errors``."""
