"""A run handed over to the owner of its data, by one key."""

import json
import zipfile
from pathlib import Path

from anaplan_tui.ui.screens.save_as import PathDialog
from tests.ui.conftest import Open, on
from tests.ui.desks import until
from tests.ui.dump_files import found


async def test_one_key_makes_the_bundle_of_a_run(open_app: Open, tmp_path: Path) -> None:
    async with open_app() as opened:
        await opened.run_process("nightly load")
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


async def test_the_triage_hands_over_its_run(open_app: Open, tmp_path: Path) -> None:
    async with open_app() as opened:
        await opened.run_process("nightly load")
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
