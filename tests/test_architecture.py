"""docs/architecture.md leads somewhere: what it names is there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/architecture.md").read_text()
PACKAGE = ROOT / "anaplan_tui"


def named() -> list[str]:
    """The files and folders in the page's code spans."""
    return [span for span in re.findall(r"`([\w./*]+)`", PAGE) if "/" in span or span.endswith(".py")]


def is_there(name: str) -> bool:
    bases = [ROOT, PACKAGE, *(path for path in PACKAGE.rglob("*") if path.is_dir())]
    return any(any(base.glob(name.rstrip("/"))) for base in bases)


def test_every_file_and_folder_that_the_page_names_exists() -> None:
    assert len(named()) > 40
    assert [name for name in named() if not is_there(name)] == []


def test_every_room_of_the_core_is_on_the_page() -> None:
    rooms = {path.name for path in (PACKAGE / "core").iterdir() if (path / "__init__.py").exists()}
    assert {room for room in rooms if f"core/{room}/" not in PAGE} == set()


def test_the_root_of_the_core_stays_small() -> None:
    assert len(list((PACKAGE / "core").glob("*.py"))) <= 16
