"""A tenant to upload to, and a file to send."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.core.uploads import (
    SourceFile,
    UploadTerms,
    inspect,
)
from anaplan_tui.demo.server import DemoServer
from tests.support.uploads import connected, noise, terms_of


@pytest.fixture
def tenant() -> Iterator[DemoServer]:
    with DemoServer(speed=50) as server:
        yield server


@pytest.fixture
async def client(tenant: DemoServer) -> AsyncIterator[AnaplanClient]:
    async with connected(tenant) as client:
        yield client


@pytest.fixture
def source(tmp_path: Path) -> SourceFile:
    path = tmp_path / "targets.csv"
    path.write_bytes(noise(5_000))
    return inspect(path)


@pytest.fixture
def terms(tenant: DemoServer, tmp_path: Path) -> UploadTerms:
    return terms_of(tenant, tmp_path)
