"""What every test stands on: places of its own, and a tenant and desks for those that ask."""

import gc
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from anaplan_tui.core.desk import Desk
from anaplan_tui.demo.server import DemoServer
from tests.support.desks import Desks

# A busy machine is no mistake of a test: neither its examples nor their making have a deadline.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


def pytest_configure() -> None:
    """A shell's ``&`` and ``nohup`` have whoever runs the tests ignore signals; what they start must not.

    An ignored signal stays ignored in every program that is executed, a handled one does not.
    """
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda *_: None)


def pytest_collection_finish() -> None:
    """What was imported stays; look for garbage among what the tests make, and not after every 700 objects.

    That took a seventh of what the tests of the screens take.
    """
    gc.freeze()
    gc.set_threshold(5_000, 10, 50)


def pytest_unconfigure() -> None:
    """DuckDB's binding complains at the end about what was not searched."""
    gc.unfreeze()


@pytest.fixture(autouse=True)
def places_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test reads or writes the configuration, state or proxy of whoever runs it."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name in ("CONFIG", "PASSWORD", "TOKEN", "PRIVATE_KEY_PASSWORD"):
        monkeypatch.delenv(f"ANAPLAN_TUI_{name}", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("ANAPLAN_TUI_STATE_DIR", str(tmp_path / "state"))


@pytest.fixture
def server() -> Iterator[DemoServer]:
    """A demo tenant on a clock that makes seconds of a run into hundredths."""
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
    """Makes desks on the tenant, all on one state directory; closes them all at the end."""
    made = Desks(server.url, tmp_path / "state")
    yield made
    await made.aclose()


@pytest.fixture
async def desk(desks: Desks) -> Desk:
    """A desk that is logged in and works in the demand plan."""
    return await desks.ready()
