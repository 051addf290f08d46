"""A place for the installed command, on a tenant whose log the test can read."""

from pathlib import Path

import pytest

from anaplan_tui.demo.server import DemoServer
from tests.support.command import Place


@pytest.fixture
def place(server: DemoServer, tmp_path: Path) -> Place:
    return Place(tmp_path, server.url)
