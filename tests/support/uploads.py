"""One upload to the demo tenant: its file, its terms, and what the tenant holds afterwards."""

import contextlib
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from anaplan_tui.api.auth import TokenAuth
from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.api.errors import AnaplanError
from anaplan_tui.api.hosts import Hosts
from anaplan_tui.api.refs import FileRef
from anaplan_tui.core.transfers.pace import Patience
from anaplan_tui.core.uploads import (
    SourceFile,
    UploadTerms,
    upload,
)
from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.server import DemoServer
from tests.support.raw_server import MODEL, USER, Pauses, fast

FILE = FileRef(MODEL, "113000000006")
CHUNK = 1_000


def noise(count: int, seed: int = 1) -> bytes:
    """Return text that gzip cannot halve, with multi-byte characters that chunk boundaries may cut."""
    letters = "abcdefghijklmnopqrstuvwxyzäöü€,0123456789\n"
    return ("Region,Month,Target\n" + "".join(random.Random(seed).choices(letters, k=count))).encode()


@contextlib.asynccontextmanager
async def connected(tenant: DemoServer) -> AsyncIterator[AnaplanClient]:
    auth = TokenAuth(SecretStr(tenant.token()))
    async with AnaplanClient(Hosts(tenant.url, tenant.url), auth, options=fast()) as client:
        yield client


def terms_of(tenant: DemoServer, tmp_path: Path, *, window: int = 4, gzip: bool = True) -> UploadTerms:
    patience = Patience(tries=3, sleep=Pauses())
    state = tmp_path / "state"
    return UploadTerms(
        state, tenant.url, USER, window=window, chunk_bytes=CHUNK, gzip=gzip, patience=patience
    )


def held(tenant: DemoServer) -> bytes | None:
    """Return what the import would read now."""
    model = tenant.tenant.model(MODEL.model_id)
    assert model is not None
    content = tenant.tenant.file(tenant.tenant.user(USER), model, FILE.file_id)
    if content is None:
        return None
    return b"".join(bytes(piece) for piece in content.pieces(0, content.size))


def puts(tenant: DemoServer, number: int | str = "*") -> int:
    return tenant.log.count("PUT", f"*/files/{FILE.file_id}/chunks/{number}")


def file_of(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "source.csv"
    path.write_bytes(content)
    return path


def rewrite(path: Path) -> None:
    path.write_bytes(path.read_bytes().swapcase())


async def broken_off(tenant: DemoServer, client: AnaplanClient, source: SourceFile, tmp_path: Path) -> None:
    """Upload the first three chunks of six, then break off."""
    tenant.faults.add(Fault("PUT */chunks/3", "status", status=400))
    with pytest.raises(AnaplanError):
        await upload(client, FILE, source, terms_of(tenant, tmp_path, window=1))
    assert puts(tenant) == 4
