"""Fixtures of the screens' tests: a hurried tenant, and an app on it that is closed at the end."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from anaplan_tui.demo.server import DemoServer
from anaplan_tui.ui.app import AnaplanApp
from anaplan_tui.ui.commands import use_keys
from anaplan_tui.ui.habits import NO_HABITS, Habits
from anaplan_tui.ui.terminal import key_queue
from tests.support.apps import PATIENCE_S, SPEED, Open, Opened, opener


@pytest.fixture(autouse=True)
def _plain_terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hide the colours, time zone and multiplexer of whoever runs the tests."""
    for name in ("NO_COLOR", "TMUX", "TEXTUAL_THEME", "TEXTUAL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    use_keys({})
    yield
    use_keys({})
    monkeypatch.undo()
    time.tzset()


@pytest.fixture(autouse=True)
def _patient_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold keys longer: in the half second that the next key is held, a busy machine opens no screen."""
    monkeypatch.setattr(key_queue, "HOLD_S", PATIENCE_S)


@pytest.fixture(autouse=True)
async def _tasks_begin_as_in_the_app() -> None:
    """Start tasks eagerly, as Textual does where Python can (3.12), but not under its pilot."""
    factory = getattr(asyncio, "eager_task_factory", None)
    if factory is not None:
        asyncio.get_running_loop().set_task_factory(factory)


@pytest.fixture
def tenant(request: pytest.FixtureRequest) -> Iterator[DemoServer]:
    """A tenant; :func:`on` chooses another one or another speed."""
    scenario, speed = getattr(request, "param", ("company", SPEED))
    with DemoServer(scenario=scenario, speed=speed) as server:
        yield server


@pytest.fixture
def open_app(tenant: DemoServer, tmp_path: Path) -> Open:
    """Open the app on the tenant; takes the keyword arguments of ``opener`` and the terminal's size."""

    @asynccontextmanager
    async def opened(
        size: tuple[int, int] = (120, 40), habits: Habits = NO_HABITS, **how: object
    ) -> AsyncIterator[Opened]:
        desk = opener(tenant.url, tmp_path, **how)  # type: ignore[arg-type]
        app = AnaplanApp(desk, profile="demo", demo=True, habits=habits)
        try:
            async with app.run_test(size=size) as pilot:
                yield Opened(app, pilot, tmp_path)
        finally:
            await app.aclose()

    return opened
