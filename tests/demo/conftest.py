"""A demo tenant for each test, and a user signed in to it."""

from collections.abc import Iterator

import pytest

from anaplan_tui.demo.server import DemoServer
from tests.support.tenants import PlainClient, sign_in


@pytest.fixture
def server() -> Iterator[DemoServer]:
    with DemoServer() as running:
        yield running


@pytest.fixture
def client(server: DemoServer) -> Iterator[PlainClient]:
    signed_in = sign_in(server)
    with signed_in.http:
        yield signed_in


@pytest.fixture
def other(server: DemoServer) -> Iterator[PlainClient]:
    """Another user of the same tenant."""
    signed_in = sign_in(server, "ana.planner@example.com")
    with signed_in.http:
        yield signed_in
