"""Prefetch chunk lists before their download begins, while its file name is still being looked up."""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

from anaplan_tui.api.refs import Chunked
from anaplan_tui.core.downloads.service import Chunk, ChunkClient, ChunkStream


class AskedAhead:
    """A :class:`ChunkClient` that answers once from a prefetched chunk list, if there is one."""

    def __init__(self, client: ChunkClient) -> None:
        self._client = client
        self._lists: dict[Chunked, asyncio.Task[Sequence[Chunk]]] = {}

    def ask(self, ref: Chunked) -> None:
        """Request a list now; the next caller of ``chunks`` gets it, or the error that came instead."""
        self._lists[ref] = asyncio.create_task(self._fetched(ref))

    async def chunks(self, ref: Chunked) -> Sequence[Chunk]:
        """Return the list of chunks; it may already have been requested."""
        asked = self._lists.pop(ref, None)
        return await asked if asked is not None else await self._client.chunks(ref)

    def stream_chunk(self, ref: Chunked, chunk_id: str) -> AbstractAsyncContextManager[ChunkStream]:
        """Open a chunk at the service."""
        return self._client.stream_chunk(ref, chunk_id)

    async def aclose(self) -> None:
        """Cancel the requests whose lists nobody fetched."""
        asked = [*self._lists.values()]
        self._lists.clear()
        for task in asked:
            task.cancel()
        await asyncio.gather(*asked, return_exceptions=True)

    async def _fetched(self, ref: Chunked) -> Sequence[Chunk]:
        return await self._client.chunks(ref)
