"""kill -9 while a run ends and its dump is captured, each followed by a fresh start that must get it.

The moments are requests in the tenant's log: the poll that sees the end, the chunk list, every chunk.
"""

import asyncio
import hashlib
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from anaplan_tui.core.snapshots import Fetch
from anaplan_tui.demo.rows import ledger_dump
from anaplan_tui.demo.server import DemoServer
from tests.reliability.killable import Sessions, sessions
from tests.support.apps import opener

PROCESS = "118000000303"
"""Dump of 12 MB in 12 chunks."""
GROUPS = 3
KILLS = 6
LAST_REQUEST = 13
"""The chunk list and the chunks; 0 means the last polls of the run."""


@pytest.fixture
def server() -> Iterator[DemoServer]:
    """A tenant with dumps of every shape."""
    with DemoServer(scenario="dumps", speed=50) as served:
        yield served


@pytest.fixture
def capturer() -> Iterator[Sessions]:
    """Sessions that capture the dumps of a process."""
    with sessions("capture") as begun:
        yield begun


def capture_and_kill(
    server: DemoServer, capturer: Sessions, state: Path, dice: random.Random
) -> tuple[int, bool]:
    """Kill one capture at a random request; return which, and whether that was answered first."""
    nth, answered = dice.randint(0, LAST_REQUEST), dice.random() < 0.5
    server.log.clear()
    capturer.begin(server.url, state, PROCESS)
    if nth:
        server.log.wait_for("GET", "*/dumps/*", nth, timeout=60, answered=answered)
    else:
        server.log.wait_for("GET", "*/tasks/*", dice.randint(2, 5), timeout=60, answered=answered)
    capturer.kill()
    return nth, answered


def chunks_on_disk(state: Path) -> set[int]:
    """Return the chunks that the ledgers of unfinished dumps name."""
    found = set()
    for ledger in (state / "parts").glob("*/ledger"):
        for line in ledger.read_bytes().split(b"\n")[1:]:
            try:
                found.add(int(json.loads(line)["chunk"]))
            except ValueError:
                continue
    return found


def first_chunks_asked_for(server: DemoServer) -> list[int]:
    """Return the chunks in the log in order; the engine asks for odd sizes a second time, at the end."""
    paths = (entry.path for entry in server.log.matching("GET", "*/dumps/*/chunks/*"))
    return [int(found[1]) for path in paths if (found := re.search(r"/chunks/(\d+)$", path))]


def content() -> bytes:
    dump = ledger_dump(12, status=True, chunk_size=1_000_000)
    return b"".join(bytes(piece) for piece in dump.pieces(0, dump.size))


@pytest.mark.parametrize("group", range(GROUPS))
async def test_after_kill_9_the_next_start_gets_the_dump(
    server: DemoServer, capturer: Sessions, tmp_path: Path, group: int
) -> None:
    dice = random.Random(f"kill -9 of a capture, group {group}")
    expected = hashlib.sha256(content()).hexdigest()
    for number in range(KILLS):
        state = tmp_path / f"state-{number}"
        state.mkdir()
        moment = await asyncio.to_thread(capture_and_kill, server, capturer, state, dice)
        told = f"group {group}, kill {number}, at request {moment}"
        kept = chunks_on_disk(state)
        server.log.clear()
        desk = await opener(server.url, state)()
        await desk.connect()
        await desk.chosen.choose()

        resumed = [asyncio.create_task(desk.runs.resume(run.run_id)) for run in await desk.unfinished()]
        await desk.resume_downloads()
        await asyncio.gather(*resumed)
        await desk.dumps.settled([download.download_id for download in desk.store.downloads])

        downloads = desk.store.downloads
        (run,) = await desk.remembered.recent()
        saved = desk.journal.run(run.run_id)
        assert saved is not None, told
        assert {d.state for d in downloads} <= {Fetch.DONE}, told
        assert {(file.sha256, file.path.is_file()) for file in saved.files} == {(expected, True)}, told
        asked = first_chunks_asked_for(server)
        assert not kept & set(asked[: 12 - len(kept)]), told
        assert desk.journal.wanted("demo") == [], told
        assert server.log.count("POST", "*/tasks") == 0, told
        await desk.aclose()
