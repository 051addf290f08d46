"""The same runbook played by the app and by the command on one journal: the second gets a notice."""

import asyncio
import os
from pathlib import Path

import pytest

from anaplan_tui.core.play import Course
from anaplan_tui.demo.server import DemoServer
from tests.support.apps import SPEED, Open, shelf, starts, the_end
from tests.support.command import Place, running
from tests.support.others import LONG, somebody_else_runs

CALM = '[[step]]\nwait = "idle"\n[[step]]\nrun = "Nightly purge"\n'


class Beside(Place):
    """The command on the app's own journal and profile."""

    @property
    def state(self) -> Path:
        return self.root

    def write_config(self) -> Path:
        config = super().write_config()
        config.write_text(
            config.read_text().replace('"here"', '"demo"').replace("profiles.here", "profiles.demo")
        )
        return config


@pytest.fixture
def beside(tenant: DemoServer, tmp_path: Path) -> Place:
    return Beside(tmp_path, tenant.url)


async def test_the_command_is_told_that_the_app_plays_it_and_must_say_force(
    open_app: Open, tenant: DemoServer, tmp_path: Path, beside: Place
) -> None:
    runbook = str(tmp_path / "calm.toml")
    async with open_app() as opened:
        await shelf(opened, tmp_path, calm=CALM)
        somebody_else_runs(tenant, LONG)
        others = starts(tenant)
        await opened.press("r")
        await opened.shows("From the top")
        await opened.press("y")
        await opened.shows("▶ waiting: ")
        told = await asyncio.to_thread(beside, "play", runbook)
        assert (told.code, starts(tenant)) == (2, others)
        assert f"process {os.getpid()}" in told.err
        assert "--force plays it all the same" in told.err
        tenant.clock.speed = SPEED
        forced = await asyncio.to_thread(beside, "play", runbook, "--only", "1", "--force")
        assert forced.code == 0, forced.err
        assert (await the_end(opened)).course is Course.ENDED
        assert starts(tenant) == others + 1


async def test_the_app_says_who_plays_it_and_neither_plays_nor_stops_it(
    open_app: Open, tenant: DemoServer, tmp_path: Path, beside: Place
) -> None:
    async with open_app() as opened:
        await shelf(opened, tmp_path, calm=CALM)
        somebody_else_runs(tenant, LONG)
        others = starts(tenant)
        looks = tenant.log.count("GET", "*/status")
        with running(beside, "play", str(tmp_path / "calm.toml")) as process:
            await asyncio.to_thread(tenant.wait_for, "GET", "*/status", looks + 3)
            await opened.press("R")
            await opened.shows(f"played by process {process.pid}")
            await opened.press("r")
            await opened.shows(f"It is being played by process {process.pid}")
            await opened.shows("play --force")
            await opened.press("x")
            await opened.shows("stop it there")
            assert not opened.desk.store.plays
            tenant.clock.speed = SPEED
            _out, err = await asyncio.to_thread(process.communicate)
            assert process.returncode == 0, err
        await opened.press("R")
        await opened.shows("✓ completed")
        assert starts(tenant) == others + 1
