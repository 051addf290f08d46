"""Built packages point to nothing that only a checkout has."""

import email
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from email.message import Message
from pathlib import Path

import pytest

from anaplan_tui import __version__
from hatch_build import without_relative_links

ROOT = Path(__file__).parents[1]
_BUILD = "import hatchling.build as b, sys; print(getattr(b, f'build_{sys.argv[1]}')(sys.argv[2]))"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the files under version control, so that no stray file gets in."""
    place = tmp_path_factory.mktemp("packages") / "checkout"
    place.mkdir()
    listed = ("anaplan_tui", "docs", "screenshots", "tests")
    for name in listed:
        shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path in ROOT.iterdir():
        if path.is_file():
            shutil.copy(path, place)
    return place


def build(checkout: Path, kind: str) -> Path:
    """Build as a packager without a network does, with the installed tools."""
    done = subprocess.run(
        [sys.executable, "-c", _BUILD, kind, "dist"],
        cwd=checkout,
        env={"PATH": os.environ["PATH"], "HOME": str(checkout)},
        capture_output=True,
        text=True,
        check=True,
    )
    return checkout / "dist" / done.stdout.split()[-1]


@pytest.fixture(scope="module")
def wheel(checkout: Path) -> Path:
    return build(checkout, "wheel")


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as file:
        (name,) = (name for name in file.namelist() if name.endswith(".dist-info/METADATA"))
        return email.message_from_bytes(file.read(name))


def test_the_wheel_has_the_program_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as file:
        names = file.namelist()
    tops = {name.split("/")[0] for name in names}
    assert tops == {"anaplan_tui", f"anaplan_tui-{__version__}.dist-info"}
    here = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "anaplan_tui").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert here <= set(names)
    assert "anaplan_tui/config.example.toml" in names


def test_what_an_index_would_show_leads_nowhere_that_is_not_there(metadata: Message) -> None:
    text = str(metadata.get_payload(decode=True), "utf-8")  # type: ignore[arg-type]
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert text.startswith("# anaplan-tui\n")
    links = re.findall(r"\]\(([^)]*)\)", text)
    assert [link for link in links if not link.startswith("https://")] == []
    assert "![" not in text
    assert "config.example.toml" in text, "the text of a link stays"


def test_the_pythons_that_it_is_for_are_named(metadata: Message) -> None:
    classifiers = metadata.get_all("Classifier") or []
    pythons = {
        line.rpartition(" ")[2]
        for line in classifiers
        if line.startswith("Programming Language :: Python :: 3.")
    }
    assert pythons == {"3.11", "3.12", "3.13", "3.14"}
    assert metadata["Requires-Python"] == ">=3.11"


def test_the_source_package_builds_the_same_wheel_and_has_no_pictures(checkout: Path, wheel: Path) -> None:
    source = build(checkout, "sdist")
    with tarfile.open(source) as file:
        names = [name.partition("/")[2] for name in file.getnames()]
        file.extractall(checkout.parent / "unpacked", filter="data")
    pictures = [name for name in names if Path(name).suffix in {".png", ".jpg", ".gif", ".svg", ".cast"}]
    assert [name for name in pictures if not name.startswith("tests/")] == []
    assert {"tests/test_packages.py", "hatch_build.py", "README.md", "LICENSE"} <= set(names)
    again = build(checkout.parent / "unpacked" / f"anaplan_tui-{__version__}", "wheel")
    with zipfile.ZipFile(wheel) as one, zipfile.ZipFile(again) as other:
        assert {i.filename: i.CRC for i in one.infolist()} == {i.filename: i.CRC for i in other.infolist()}


def test_manual_and_completions_go_along_where_they_were_made(checkout: Path, wheel: Path) -> None:
    page = checkout / "build" / "share" / "man" / "man1" / "anaplan-tui.1"
    page.parent.mkdir(parents=True)
    page.write_text(".TH")
    try:
        with zipfile.ZipFile(build(checkout, "wheel")) as file:
            data = f"anaplan_tui-{__version__}.data/data/share/man/man1/anaplan-tui.1"
            assert data in file.namelist()
    finally:
        shutil.rmtree(checkout / "build")


@pytest.mark.parametrize(
    ("text", "alone"),
    [
        ("![A run](screenshots/run.svg)\n\nText", "Text"),
        ("see [the example](config.example.toml).", "see the example."),
        ("see [there](https://a.b/c)", "see [there](https://a.b/c)"),
        ("![far](https://a.b/c.svg)\n", "![far](https://a.b/c.svg)\n"),
        ("see [above](#keys)", "see above"),
    ],
)
def test_a_text_without_relative_links(text: str, alone: str) -> None:
    assert without_relative_links(text) == alone
