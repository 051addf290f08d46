"""Imports of the HTTP library: every process that imports it pays in memory and start time."""

import subprocess
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

import pytest

from anaplan_tui.api.client import AnaplanClient


class Searches:
    """Records the names of modules searched for, found or not."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def find_spec(
        self, name: str, _path: Sequence[str] | None = None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        self.names.append(name)
        return None


def test_the_command_line_of_httpx_stays_away() -> None:
    script = (
        "import sys, anaplan_tui.api.client, httpx\n"
        "assert callable(httpx.main) and httpx.AsyncClient\n"
        "print(sorted(m for m in ('pygments', 'rich', 'click') if m in sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


async def test_a_request_searches_for_no_module(
    client: AnaplanClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failing import is tried again at each call, and searches every folder of the path."""
    await client.workspaces()
    searches = Searches()
    monkeypatch.setattr(sys, "meta_path", [searches, *sys.meta_path])
    for _ in range(3):
        await client.workspaces()
    assert searches.names == []
