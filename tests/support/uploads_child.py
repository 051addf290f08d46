"""An upload in a process of its own that tests kill: ``python -m tests.support.uploads_child …``."""

import asyncio
import json
import sys
from pathlib import Path

from pydantic import SecretStr

from anaplan_tui.api.auth import TokenAuth
from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.api.hosts import Hosts
from anaplan_tui.api.refs import FileRef, ModelRef
from anaplan_tui.core.uploads import UploadTerms, inspect, upload


async def main(order: dict[str, str]) -> None:
    file = FileRef(ModelRef(order["workspace"], order["model"]), order["file"])
    terms = UploadTerms(Path(order["state"]), order["url"], order["user"], window=1, chunk_bytes=1_000)
    auth = TokenAuth(SecretStr(order["token"]))
    async with AnaplanClient(Hosts(order["url"], order["url"]), auth) as client:
        await upload(client, file, inspect(Path(order["source"])), terms)


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
