"""Desks over the night of the demo tenant."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from anaplan_tui.demo.server import DemoServer
from tests.support.desks import Desks


@pytest.fixture
async def desks(night: DemoServer, tmp_path: Path) -> AsyncIterator[Desks]:
    made = Desks(night.url, tmp_path / "state")
    yield made
    await made.aclose()
