"""A run handed over to the data's owner with one key."""

import json
import zipfile
from pathlib import Path

import pytest

from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.server import DemoServer
from anaplan_tui.ui.screens.save_as import PathDialog
from tests.support.apps import Open, Opened, on, run_to_its_end, until
from tests.support.dump_files import found


async def test_one_key_makes_the_bundle_of_a_run(open_app: Open, tmp_path: Path) -> None:
    async with open_app() as opened:
        await run_to_its_end(opened, "nightly load")
        await opened.shows("on disk, exact.")
        await opened.press("b")
        await opened.shows("Bundle 'Nightly load' for the owner")
        await opened.press("enter")
        await until(opened.pilot, lambda: bool(found(tmp_path, "**/*.zip")), "the bundle")
        [bundle] = found(tmp_path, "**/*.zip")
        await opened.shows(f"{bundle.name}, beside the dumps")
        with zipfile.ZipFile(bundle) as archive:
            names = archive.namelist()
            summary = json.loads(archive.read("summary.json"))
        assert {"summary.md", "summary.json", "task.json"} < set(names)
        assert sum(name.startswith("dumps/") for name in names) == 2
        assert "Item not located in Region list" in json.dumps(summary)


def dumps_in(bundle: Path) -> int:
    """Count the dumps in a bundle."""
    with zipfile.ZipFile(bundle) as archive:
        return sum(name.startswith("dumps/") for name in archive.namelist())


async def run_without_capture(opened: Opened) -> None:
    """Run a process whose dumps nobody fetches."""
    await opened.shows("model idle")
    opened.desk.auto_capture.on = False
    await run_to_its_end(opened, "nightly load")
    assert not opened.desk.store.downloads


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_dumps_that_are_not_on_disk_are_fetched_for_the_bundle(
    open_app: Open, tmp_path: Path, size: tuple[int, int]
) -> None:
    async with open_app(size=size) as opened:
        await run_without_capture(opened)
        await opened.press("b")
        await opened.shows("Fetch 2 dumps for the bundle of 'Nightly load'?")
        await opened.shows("Sales from sales.csv")
        await opened.press("enter")
        await opened.shows("Bundle 'Nightly load' for the owner")
        await opened.press("enter")
        await until(opened.pilot, lambda: bool(found(tmp_path, "**/*.zip")), "the bundle")
        [bundle] = found(tmp_path, "**/*.zip")
        assert dumps_in(bundle) == 2


async def test_a_bundle_may_go_without_them_or_not_at_all(open_app: Open, tmp_path: Path) -> None:
    async with open_app() as opened:
        await run_without_capture(opened)
        await opened.press("b")
        await opened.shows("Fetch 2 dumps for the bundle")
        await opened.press("escape")
        assert "Bundle 'Nightly load' for the owner" not in opened.text
        await opened.press("b")
        await opened.shows("Fetch 2 dumps for the bundle")
        await opened.press("right", "enter")
        await opened.shows("Bundle 'Nightly load' for the owner")
        await opened.press("ctrl+u")
        await opened.type(str(tmp_path / "bare.zip"))
        await opened.press("enter")
        await opened.shows("bare.zip")
        await until(opened.pilot, lambda: (tmp_path / "bare.zip").exists(), "the bundle")
        assert dumps_in(tmp_path / "bare.zip") == 0
        assert not opened.desk.store.downloads


async def test_a_dump_that_cannot_be_fetched_is_named(
    open_app: Open, tenant: DemoServer, tmp_path: Path
) -> None:
    async with open_app() as opened:
        await run_without_capture(opened)
        tenant.faults.add(Fault("GET *dumps/112000000103/*", "status", status=404, count=None))
        await opened.press("b")
        await opened.shows("Fetch 2 dumps for the bundle")
        await opened.press("y")
        await opened.shows("Bundle 'Nightly load' for the owner")
        await opened.press("enter")
        await opened.shows("! Without the dump of 'Regions from regions.csv': 4 files")
        [bundle] = found(tmp_path, "**/*.zip")
        assert dumps_in(bundle) == 1


async def test_a_dump_that_is_gone_is_not_offered_and_the_bundle_says_why(
    open_app: Open, tenant: DemoServer, tmp_path: Path
) -> None:
    async with open_app() as opened:
        await run_without_capture(opened)
        tenant.faults.add(Fault("GET *dumps/*", "status", status=404, count=None))
        await opened.press("D")
        await opened.shows("was not fetched")
        asked = tenant.log.count("GET", "*dumps/*")
        await opened.press("b")
        await opened.shows("Bundle 'Nightly load' for the owner")
        await opened.shows("Without the dumps of 'Sales from sales.csv', 'Regions from regions.csv'")
        await opened.shows("no longer has this dump")
        await opened.press("ctrl+u")
        await opened.type(str(tmp_path / "bare.zip"))
        await opened.press("enter")
        await opened.shows(
            "! Without the dumps of 'Sales from sales.csv', 'Regions from regions.csv': 3 files"
        )
        assert dumps_in(tmp_path / "bare.zip") == 0
        assert tenant.log.count("GET", "*dumps/*") == asked


async def test_the_triage_hands_over_its_run(open_app: Open, tmp_path: Path) -> None:
    async with open_app() as opened:
        await run_to_its_end(opened, "nightly load")
        await opened.shows("on disk, exact.")
        await opened.press("o")
        await opened.shows("rejected")
        await opened.press("b")
        await opened.shows("Bundle 'Nightly load' for the owner")
        await opened.press("escape")
        assert not isinstance(opened.app.screen, PathDialog)
        assert not found(tmp_path, "**/*.zip")


@on(speed=1)
async def test_a_run_that_goes_on_cannot_be_handed_over(open_app: Open) -> None:
    async with open_app() as opened:
        await opened.open_process("nightly load")
        await opened.press("r")
        await opened.shows("Don't run")
        await opened.press("y")
        await opened.shows("▶ running")
        await opened.press("b")
        await opened.shows("still goes on; a bundle is made")
