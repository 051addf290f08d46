"""The input to nfpm; installing and removing the packages is tested in ``packages_in_root.py``."""

from pathlib import Path

import pytest

from anaplan_tui.commands.share import COMPLETIONS, MANUAL
from bundling.system_packages import recipe

TOLD = recipe(Path("/built/bundle"), "x86_64", (2, 30))


@pytest.mark.parametrize(("kind", "needed"), [("deb", "libc6 (>= 2.30)"), ("rpm", "glibc >= 2.30")])
def test_a_host_without_a_mirror_can_take_them(kind: str, needed: str) -> None:
    assert TOLD["overrides"][kind]["depends"] == [needed]
    assert "recommends" not in TOLD["overrides"][kind]


def test_manual_and_completions_are_where_the_system_looks() -> None:
    places = {entry["dst"] for entry in TOLD["contents"]}
    assert {f"/usr/share/{place}" for place in (MANUAL, *COMPLETIONS.values())} <= places


def test_every_folder_that_a_host_may_lack_is_the_packages_own() -> None:
    folders = {entry["dst"] for entry in TOLD["contents"] if entry.get("type") == "dir"}
    files = [Path(entry["dst"]) for entry in TOLD["contents"] if entry["dst"] not in folders]
    shells = {str(path.parent) for path in files if path.suffix != ".1" and "share" in path.parts}
    assert shells <= folders


def test_the_machine_is_named_as_packages_name_it() -> None:
    assert TOLD["arch"] == "amd64"
    assert recipe(Path("/b"), "aarch64", (2, 30))["arch"] == "arm64"
