"""A refused login is not sent again by itself: that locks accounts."""

import pytest

from anaplan_tui.api.errors import NotAuthenticated
from anaplan_tui.demo.server import DemoServer
from tests.reliability.desks import Desks

LOGIN = "/token/authenticate"


async def test_a_refused_login_is_sent_again_only_when_somebody_asks(
    desks: Desks, server: DemoServer
) -> None:
    desk = desks.open(password="wrong")
    with pytest.raises(NotAuthenticated):
        await desk.connect()
    with pytest.raises(NotAuthenticated):
        await desk.workspaces()
    assert server.log.count("POST", LOGIN) == 1
    with pytest.raises(NotAuthenticated):
        await desk.connect()
    assert server.log.count("POST", LOGIN) == 2
