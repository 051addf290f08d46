"""A separate process that downloads one dump and can be killed at any moment."""

import asyncio
from multiprocessing.connection import Connection
from pathlib import Path

from anaplan_tui.core.downloads import Connections, PartIdentity, Patience, Tally, Terms, fetch
from anaplan_tui.core.snapshots import Fetch
from anaplan_tui.core.transfers import tally as transfers
from tests.support.downloads_server import DUMP, client_of

END = b"end"


def download(url: str, folder: Path, window: int, states: "Connection[bytes, bytes]") -> None:
    """Fetch to ``folder``; send the name of each state on entering it, and ``END`` at the end."""
    asyncio.run(_download(url, folder, window, states))


async def _download(url: str, folder: Path, window: int, states: "Connection[bytes, bytes]") -> None:
    def tell(tally: transfers.Tally[Fetch]) -> None:
        states.send_bytes(tally.state.encode())

    terms = Terms(folder / "parts", Connections(), window, Patience())
    async with client_of(url) as client:
        await fetch(
            client,
            DUMP,
            folder / "dump.csv",
            identity=PartIdentity(url, DUMP),
            terms=terms,
            tally=Tally(tell),
        )
    states.send_bytes(END)
