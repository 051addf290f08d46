"""One download over a chunk server, and the files it leaves in its folder."""

import asyncio
from pathlib import Path

from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.core.downloads import (
    Connections,
    Fetched,
    PartIdentity,
    Patience,
    Tally,
    Terms,
    fetch,
)
from tests.support.downloads_server import DUMP, ChunkServer

TRIES = 6


async def at_once(_: float) -> None:
    await asyncio.sleep(0)


def terms_in(folder: Path, *, window: int = 4, connections: int = 8) -> Terms:
    patience = Patience(tries=TRIES, sleep=at_once)
    return Terms(folder / "parts", Connections(connections), window, patience)


async def get(
    server: ChunkServer,
    client: AnaplanClient,
    folder: Path,
    *,
    window: int = 4,
    tally: Tally | None = None,
    identity: PartIdentity | None = None,
) -> Fetched:
    identity = identity or PartIdentity(server.url, DUMP)
    target = folder / "dump.csv"
    return await fetch(
        client, DUMP, target, identity=identity, terms=terms_in(folder, window=window), tally=tally
    )


def parts_left(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "parts").iterdir() if path.is_dir())


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.csv"))
