"""Comparing a file with the service's dump: how often a chunk is tried."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest

from anaplan_tui.api.errors import Broken, Unreachable
from anaplan_tui.api.refs import Chunked
from anaplan_tui.core.downloads.errors import DownloadFailed
from anaplan_tui.core.downloads.service import Chunk, ChunkStream
from anaplan_tui.core.downloads.verify import compare
from tests.support.downloads import TRIES, terms_in
from tests.support.downloads_server import DUMP


@dataclass(frozen=True)
class Named:
    """An entry of a chunk list."""

    id: str


class Broke:
    """A service on which every chunk ends with this error."""

    def __init__(self, broken: Broken) -> None:
        self.broken, self.asked = broken, 0

    async def chunks(self, ref: Chunked) -> Sequence[Chunk]:
        return [Named("0")]

    def stream_chunk(self, ref: Chunked, chunk_id: str) -> AbstractAsyncContextManager[ChunkStream]:
        self.asked += 1
        raise Unreachable("fetch a chunk", "it hardly moved", broken=self.broken, sent=True)


@pytest.mark.parametrize(("broken", "tries"), [(Broken.SLOW, 2), (Broken.CUT, TRIES)])
async def test_a_chunk_that_trickles_is_tried_as_rarely_as_in_a_download(
    tmp_path: Path, broken: Broken, tries: int
) -> None:
    service, file = Broke(broken), tmp_path / "dump.csv"
    file.write_bytes(b"1")
    with pytest.raises(DownloadFailed, match=f"failed {tries} times"):
        await compare(service, DUMP, file, terms_in(tmp_path))
    assert service.asked == tries
