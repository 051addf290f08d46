"""Copying reports what it sent, and no more."""

from pathlib import Path

import pytest

from anaplan_tui.ui import clipboard
from anaplan_tui.ui.screens.catalog import CatalogScreen
from tests.support.apps import Open, until


@pytest.fixture
def sent() -> list[str]:
    return []


async def test_outside_tmux_it_is_osc_52(sent: list[str]) -> None:
    said = await clipboard.send("112000000103", sent.append)
    assert sent == ["112000000103"]
    assert said == "Sent to your terminal (OSC 52): 112000000103"


def fake_tmux(directory: Path, monkeypatch: pytest.MonkeyPatch, *, code: int) -> Path:
    """A tmux that keeps its input; the real one needs a server."""
    got = directory / "got"
    script = directory / "tmux"
    script.write_text(f'#!/bin/sh\n[ "$*" = "load-buffer -w -" ] && cat > "{got}"\nexit {code}\n')
    script.chmod(0o755)
    monkeypatch.setenv("TMUX", "/tmp/tmux-0/default,1,0")  # noqa: S108  # never opened
    monkeypatch.setenv("PATH", f"{directory}:/usr/bin:/bin")
    return got


async def test_inside_tmux_it_is_its_buffer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sent: list[str]
) -> None:
    got = fake_tmux(tmp_path, monkeypatch, code=0)
    said = await clipboard.send("[/b] ünïcode", sent.append)
    assert got.read_text() == "[/b] ünïcode"
    assert sent == []
    assert "tmux's buffer" in said


async def test_a_tmux_that_refuses_is_named_and_osc_52_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sent: list[str]
) -> None:
    fake_tmux(tmp_path, monkeypatch, code=1)
    assert "tmux: refused (exit 1)" in await clipboard.send("x", sent.append)
    assert sent == ["x"]


async def test_too_much_is_not_sent(sent: list[str]) -> None:
    assert (await clipboard.send("x" * (clipboard.LIMIT + 1), sent.append)).startswith("Not sent")
    assert sent == []


async def test_y_offers_what_is_there_and_a_digit_sends_it(open_app: Open) -> None:
    async with open_app() as opened:
        # The catalog's first line depends on what others ran meanwhile; this one does not.
        await opened.open_process("nightly load")
        await opened.press("escape")
        await until(opened.pilot, lambda: isinstance(opened.app.screen, CatalogScreen), "the catalog")
        await opened.press("y")
        await opened.shows("Copy what?")
        await opened.press("2")
        await opened.shows("Sent to your terminal (OSC 52): 118000000042")
        assert opened.app.clipboard == "118000000042"
