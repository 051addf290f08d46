"""Chunk lists that are asked for before their download begins, while its name is still looked up."""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

from anaplan_tui.api.refs import Chunked
from anaplan_tui.core.downloads.service import Chunk, ChunkClient, ChunkStream


class AskedAhead:
    """A :class:`ChunkClient` that gives out a list once without asking, where it was asked for before."""

    def __init__(self, client: ChunkClient) -> None:
        self._client = client
        self._lists: dict[Chunked, asyncio.Task[Sequence[Chunk]]] = {}

    def ask(self, ref: Chunked) -> None:
        """Ask for a list now; whoever wants it next gets it, or the error that came instead."""
        self._lists[ref] = asyncio.create_task(self._fetched(ref))

    async def chunks(self, ref: Chunked) -> Sequence[Chunk]:
        """The list of chunks, which may be on its way already."""
        asked = self._lists.pop(ref, None)
        return await asked if asked is not None else await self._client.chunks(ref)

    def stream_chunk(self, ref: Chunked, chunk_id: str) -> AbstractAsyncContextManager[ChunkStream]:
        """A chunk, as the service sends it."""
        return self._client.stream_chunk(ref, chunk_id)

    async def aclose(self) -> None:
        """Break off what nobody came for."""
        asked = [*self._lists.values()]
        self._lists.clear()
        for task in asked:
            task.cancel()
        await asyncio.gather(*asked, return_exceptions=True)

    async def _fetched(self, ref: Chunked) -> Sequence[Chunk]:
        return await self._client.chunks(ref)
