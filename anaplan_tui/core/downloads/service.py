"""Protocols: what the engine needs of the API client, and nothing more."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeVar

from anaplan_tui.api.refs import Chunked

T = TypeVar("T")


class Chunk(Protocol):
    """An entry of a chunk list."""

    @property
    def id(self) -> str:
        """The chunk's id, as its path has it."""


class ChunkStream(Protocol):
    """One chunk on its way."""

    @property
    def length(self) -> int | None:
        """Bytes that will come, where announced and not changed by a content coding."""

    @property
    def media_type(self) -> str:
        """What the answer says it is, in lower case without parameters; empty where it does not say."""

    @property
    def first(self) -> bytes:
        """The first block, decoded, enough to tell a page from a chunk; empty if nothing comes."""

    async def drain(self, consumer: Callable[[Iterator[bytes]], T]) -> T:
        """Let ``consumer`` have all decoded blocks, in a thread; once this is left it does nothing more."""


class ChunkClient(Protocol):
    """The two calls of the chunk endpoints (service.md §7.1, §8.3)."""

    async def chunks(self, ref: Chunked) -> Sequence[Chunk]:
        """The whole chunk list, all pages."""

    def stream_chunk(self, ref: Chunked, chunk_id: str) -> AbstractAsyncContextManager[ChunkStream]:
        """Open one chunk, one try; errors are those of ``api.errors``."""
