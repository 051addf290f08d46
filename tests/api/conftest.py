"""A demo tenant and a client logged in to it."""

from collections.abc import AsyncIterator, Iterator

import pytest
from pydantic import SecretStr

from anaplan_tui.api.auth import BasicAuth
from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.api.hosts import Hosts
from anaplan_tui.demo.server import DemoServer
from tests.support.raw_server import PASSWORD, USER, fast


@pytest.fixture
def tenant() -> Iterator[DemoServer]:
    with DemoServer(speed=50) as server:
        yield server


@pytest.fixture
async def client(tenant: DemoServer) -> AsyncIterator[AnaplanClient]:
    auth = BasicAuth(USER, SecretStr(PASSWORD), tenant.url)
    async with AnaplanClient(Hosts(tenant.url, tenant.url), auth, options=fast()) as connected:
        yield connected


@pytest.fixture(autouse=True)
def no_proxy_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
