"""``kill -9`` at any moment: never a wrong file, and no complete chunk is fetched again."""

import asyncio
import json
import multiprocessing
import random
from pathlib import Path

import pytest

from anaplan_tui.core.downloads import PartIdentity
from tests.support.downloads_child import END, download
from tests.support.downloads_server import DUMP, ChunkServer, dump_of

KILLS = 12
"""Kills of each download below: 60 in all, at moments chosen by a seed."""

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["tests.support.downloads_child"])


class Child:
    """The downloading process, and the states that it reports."""

    def __init__(self, url: str, folder: Path, window: int) -> None:
        self._states, theirs = _context.Pipe(duplex=False)
        self.process = _context.Process(target=download, args=(url, folder, window, theirs))
        self.process.start()
        theirs.close()

    def kill(self) -> None:
        self.process.kill()

    def kill_in(self, state: str) -> None:
        """Kill it as soon as it reports ``state``. Blocks."""
        while self._states.recv_bytes() != state.encode():
            continue
        self.kill()
        self.process.join()

    def last_word(self) -> bytes:
        """Return the last state it reported before it was gone. Blocks."""
        last = b""
        try:
            while True:
                last = self._states.recv_bytes()
        except EOFError:
            self.process.join()
            return last


def complete_chunks(folder: Path, url: str) -> set[int]:
    """Return the chunks that the ledger says are on disk."""
    ledger = folder / "parts" / PartIdentity(url, DUMP).key / "ledger"
    if not ledger.exists():
        return set()
    found = set()
    for line in ledger.read_bytes().split(b"\n")[1:]:
        try:
            found.add(int(json.loads(line)["chunk"]))
        except ValueError:
            continue
    return found


@pytest.mark.parametrize("seed", range(5))
async def test_killed_at_random_moments_it_goes_on_and_the_file_is_exact(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    chunks = dump_of([100_000] * 40 + [33_333])
    whole = b"".join(chunks)
    target = tmp_path / "dump.csv"
    window = rng.choice([1, 4, 8])
    kills = 0
    async with ChunkServer(chunks) as server:
        server.encoding = rng.choice(["length", "chunked"])
        while kills < KILLS:
            kept = complete_chunks(tmp_path, server.url)
            server.requests.clear()
            child = Child(server.url, tmp_path, window)
            _kill_after(server, child, server.sent + rng.randrange(1, 3 * len(whole) // KILLS // 2))
            assert await asyncio.to_thread(child.last_word) != END
            kills += 1
            assert not kept & set(server.chunk_requests)
            assert not target.exists() or target.read_bytes() == whole
        server.on_sent = None
        kept = complete_chunks(tmp_path, server.url)
        server.requests.clear()
        child = Child(server.url, tmp_path, window)
        assert await asyncio.to_thread(child.last_word) == END
        assert not kept & set(server.chunk_requests)
    assert target.read_bytes() == whole
    assert [path.name for path in _files(tmp_path)] == ["dump.csv"]


@pytest.mark.parametrize("state", ["listing", "fetching", "publishing"])
async def test_killed_in_each_state_it_goes_on(tmp_path: Path, state: str) -> None:
    chunks = dump_of([100_000] * 5)
    async with ChunkServer(chunks) as server:
        child = Child(server.url, tmp_path, 4)
        await asyncio.to_thread(child.kill_in, state)
        assert not _files(tmp_path) or (tmp_path / "dump.csv").read_bytes() == b"".join(chunks)
        child = Child(server.url, tmp_path, 4)
        assert await asyncio.to_thread(child.last_word) == END
    assert (tmp_path / "dump.csv").read_bytes() == b"".join(chunks)


def _kill_after(server: ChunkServer, child: Child, count: int) -> None:
    def watch(sent: int) -> None:
        if sent >= count:
            child.kill()

    server.on_sent = watch


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file())
