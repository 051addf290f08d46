"""Files and folders named in docs/architecture.md exist."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/architecture.md").read_text()
PACKAGE = ROOT / "anaplan_tui"


def named() -> list[str]:
    """Return the files and folders in the page's code spans."""
    return [span for span in re.findall(r"`([\w./*]+)`", PAGE) if "/" in span or span.endswith(".py")]


def is_there(name: str) -> bool:
    bases = [ROOT, PACKAGE, *(path for path in PACKAGE.rglob("*") if path.is_dir())]
    return any(any(base.glob(name.rstrip("/"))) for base in bases)


def led_to() -> Iterator[str]:
    """Yield the targets of the map's rows: a bare name is in the folder of the one before it, or in none."""
    for place in re.findall(r"^\| .+? \| (.+) \|$", PAGE, re.M):
        folder = ""
        for span in re.findall(r"`([\w/*]+(?:\.py|/))`", place):
            if (PACKAGE / folder / span).exists() and "/" not in span.rstrip("/"):
                yield f"{folder}{span}"
            else:
                inside = span.removeprefix(f"{PACKAGE.name}/")
                folder = inside[: inside.rfind("/") + 1]
                yield inside


def test_every_file_and_folder_that_the_page_names_exists() -> None:
    assert len(named()) > 40
    assert [name for name in named() if not is_there(name)] == []


def test_the_map_leads_to_files_of_the_folders_that_it_names() -> None:
    assert len(list(led_to())) > 200
    assert [name for name in led_to() if not any(PACKAGE.glob(name.rstrip("/")))] == []


def test_every_room_is_on_the_map() -> None:
    rooms = {f"{path.parent.relative_to(PACKAGE)}/" for path in PACKAGE.rglob("*/__init__.py")}
    assert len(rooms) > 20
    assert rooms - {name[: name.rfind("/") + 1] for name in led_to()} == set()


def test_the_root_of_the_core_stays_small() -> None:
    assert len(list((PACKAGE / "core").glob("*.py"))) <= 16
