"""Garbage collection skips the objects made at the start, for as long as the app runs."""

import gc

import pytest

from tests.support.apps import Open, until


async def test_what_stands_after_the_start_is_put_aside_until_the_end(open_app: Open) -> None:
    gc.unfreeze()  # objects that the tests themselves have frozen
    async with open_app() as opened:
        await opened.shows("118000000001")
        await until(opened.pilot, lambda: gc.get_freeze_count() > 10_000, "the frozen objects")
    assert gc.get_freeze_count() == 0


async def test_a_start_that_is_not_connected_is_over_after_a_while(
    open_app: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("anaplan_tui.ui.app.LONGEST_START_S", 0.1)
    gc.unfreeze()
    async with open_app(password="wrong") as opened:
        await opened.shows("✗ Not connected")
        await until(opened.pilot, lambda: gc.get_freeze_count() > 10_000, "the frozen objects")
