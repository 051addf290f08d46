"""A refused login is not sent again by itself: that locks accounts."""

import pytest
from pydantic import SecretStr

from anaplan_tui.api.auth import BasicAuth
from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.api.errors import NotAuthenticated
from anaplan_tui.api.hosts import Hosts
from anaplan_tui.demo.server import DemoServer

LOGIN = "/token/authenticate"


async def test_a_refused_login_is_sent_again_only_when_somebody_asks() -> None:
    with DemoServer() as server:
        hosts = Hosts(server.url, server.url)
        auth = BasicAuth("demo@example.com", SecretStr("wrong"), server.url)
        async with AnaplanClient(hosts, auth) as client:
            for _ in range(3):
                with pytest.raises(NotAuthenticated):
                    await client.me()
            assert server.log.count("POST", LOGIN) == 1
            client.allow_login()
            with pytest.raises(NotAuthenticated, match="The next try sends it all the same"):
                await client.me()
            assert server.log.count("POST", LOGIN) == 1
            client.allow_login()
            with pytest.raises(NotAuthenticated):
                await client.me()
            assert server.log.count("POST", LOGIN) == 2
