"""The engine on the demo tenant: the dump of a process, through everything that can go wrong."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr

from anaplan_tui.api.auth import BasicAuth
from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.api.hosts import Hosts
from anaplan_tui.api.options import TransportOptions
from anaplan_tui.api.refs import DumpRef, Kind, ModelRef, TargetRef, TaskRef
from anaplan_tui.core.downloads import (
    Connections,
    DownloadFailed,
    DumpGone,
    PartIdentity,
    Patience,
    Terms,
    fetch,
)
from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.server import DemoServer
from tests.support.raw_server import targets_of

TARGET_NAME = "Dump of 108 chunks"


@pytest.fixture
def server() -> Iterator[DemoServer]:
    """A tenant with dumps of every shape."""
    with DemoServer(scenario="dumps", speed=50) as served:
        yield served


async def at_once(_: float) -> None:
    await asyncio.sleep(0)


@asynccontextmanager
async def logged_in(url: str) -> AsyncIterator[AnaplanClient]:
    auth = BasicAuth("demo@example.com", SecretStr("demo"), url)
    async with AnaplanClient(Hosts(url, url), auth, options=TransportOptions(sleep=at_once)) as client:
        yield client


async def run_to_the_end(client: AnaplanClient) -> DumpRef:
    """Run the process with the many chunks; return the reference of its dump."""
    found = next(m for m in await client.models() if m.name == "Demand plan")
    assert found.workspace_id is not None
    model = ModelRef(found.workspace_id, found.id)
    chosen = next(t for t in await targets_of(client, model, Kind.PROCESS) if t.name == TARGET_NAME)
    target = TargetRef(model, Kind.PROCESS, chosen.id)
    task = TaskRef(target, await client.start(target))
    result = None
    for _ in range(5_000):
        result = (await client.task(task)).result
        if result is not None:
            break
    assert result is not None
    nested = next(found for found in result.nested if found.failure_dump_available)
    return DumpRef(task, nested.object_id)


async def expected_bytes(client: AnaplanClient, dump: DumpRef) -> bytes:
    """Return the chunks, joined by the simplest code."""
    joined = b""
    for chunk in await client.chunks(dump):
        async with client.stream_chunk(dump, chunk.id) as stream:
            joined += await stream.drain(b"".join)
    return joined


FAULTS = [
    Fault("GET */dumps/*/chunks/1", "status", status=503, count=2, retry_after=0),
    Fault("GET */dumps/*/chunks/2", "cut", at=0.7),
    Fault("GET */dumps/*/chunks/3", "reset"),
    Fault("GET */dumps/*/chunks/4", "html", status=200),
    Fault("GET */dumps/*/chunks/5", "short", bytes=100),
    Fault("GET */dumps/*/chunks/6", "gzip", count=None),
    Fault("GET */dumps/*/chunks/7", "expire"),
    Fault("GET */dumps/*/chunks", "chunks-unordered", count=None),
]


async def test_a_dump_of_many_chunks_comes_exact_through_every_fault(
    server: DemoServer, tmp_path: Path
) -> None:
    async with logged_in(server.url) as client:
        dump = await run_to_the_end(client)
        whole = await expected_bytes(client, dump)
        server.faults.add(*FAULTS)
        terms = Terms(tmp_path / "parts", Connections(), 4, Patience(sleep=at_once))
        fetched = await fetch(
            client,
            dump,
            tmp_path / "dump.csv",
            identity=PartIdentity(server.url, dump),
            terms=terms,
        )
    assert fetched.chunks == 108
    assert fetched.sha256 == hashlib.sha256(whole).hexdigest()
    assert fetched.path.read_bytes() == whole


@pytest.mark.parametrize(
    ("kind", "said"),
    [("chunks-gap", "is missing from the list"), ("chunks-missing", "lists no chunks")],
)
async def test_a_broken_list_makes_no_file(server: DemoServer, tmp_path: Path, kind: str, said: str) -> None:
    async with logged_in(server.url) as client:
        dump = await run_to_the_end(client)
        server.faults.add(Fault("GET */dumps/*/chunks", kind, count=None))
        with pytest.raises(DownloadFailed, match=said):
            await fetch(
                client,
                dump,
                tmp_path / "dump.csv",
                identity=PartIdentity(server.url, dump),
                terms=Terms(tmp_path / "parts", Connections()),
            )
    assert not (tmp_path / "dump.csv").exists()


async def test_a_later_run_takes_the_dump(server: DemoServer, tmp_path: Path) -> None:
    async with logged_in(server.url) as client:
        dump = await run_to_the_end(client)
        assert (await run_to_the_end(client)) != dump
        with pytest.raises(DumpGone, match="a later run of the same user"):
            await fetch(
                client,
                dump,
                tmp_path / "dump.csv",
                identity=PartIdentity(server.url, dump),
                terms=Terms(tmp_path / "parts", Connections()),
            )
