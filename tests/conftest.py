"""Fixtures of every test: places of its own, and a tenant and desks for tests that ask."""

import gc
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from anaplan_tui.core.desk import Desk
from anaplan_tui.demo.server import DemoServer
from tests.support.desks import Desks

# A slow machine is not a test's fault: neither examples nor their generation have a deadline.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


def pytest_configure() -> None:
    """Heed signals that a shell's ``&`` and ``nohup`` tell us to ignore, so that our children heed them.

    An ignored signal stays ignored in every program that is executed; a handled one does not.
    """
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda *_: None)


def pytest_collection_finish() -> None:
    """Keep imported objects out of garbage collection, and collect less often than every 700 objects.

    Collecting took a seventh of the time of the screens' tests.
    """
    gc.freeze()
    gc.set_threshold(5_000, 10, 50)


def pytest_unconfigure() -> None:
    """Let frozen objects be collected: DuckDB's binding complains at exit about those that are not."""
    gc.unfreeze()


@pytest.fixture(autouse=True)
def places_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep every test away from the configuration, state and proxy of whoever runs it."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name in ("CONFIG", "PASSWORD", "TOKEN", "PRIVATE_KEY_PASSWORD"):
        monkeypatch.delenv(f"ANAPLAN_TUI_{name}", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("ANAPLAN_TUI_STATE_DIR", str(tmp_path / "state"))


@pytest.fixture
def server() -> Iterator[DemoServer]:
    """A demo tenant on a clock that turns seconds of a run into hundredths."""
    with DemoServer(speed=50) as served:
        yield served


@pytest.fixture
def night() -> Iterator[DemoServer]:
    """A demo tenant in which others ran things last night, on a clock that hardly moves."""
    with DemoServer(scenario="night") as served:
        served.clock.speed = 0.001
        yield served


@pytest.fixture
async def desks(server: DemoServer, tmp_path: Path) -> AsyncIterator[Desks]:
    """Make desks on the tenant, all on one state directory; close them all at the end."""
    made = Desks(server.url, tmp_path / "state")
    yield made
    await made.aclose()


@pytest.fixture
async def desk(desks: Desks) -> Desk:
    """A desk that is logged in and works in the demand plan."""
    return await desks.ready()
