"""The tests' folders mirror those of the package."""

import ast
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parent
PACKAGE = TESTS.parent / "anaplan_tui"
MIRRORED = ("api", "commands", "config", "core", "demo", "ui")


def mirrored(part: str) -> Iterator[Path]:
    """Yield the test modules of a part of the package, relative to the folder of all tests."""
    return (path.relative_to(TESTS) for path in (TESTS / part).rglob("test_*.py"))


def homes(part: str, name: str) -> set[Path]:
    """Return the folders of a part of the package that have a module of this name."""
    return {path.parent.relative_to(PACKAGE) for path in (PACKAGE / part).rglob(f"{name}.py")}


def imported(path: Path) -> Iterator[Path]:
    """Yield the modules under ``tests`` that a module imports, as paths without a suffix."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tests."):
            yield Path(*(node.module or "").split(".")[1:])


def test_every_folder_is_one_of_the_package() -> None:
    folders = {path.parent for part in MIRRORED for path in mirrored(part)}
    assert len(folders) > 20
    assert {folder for folder in folders if not (PACKAGE / folder).is_dir()} == set()


def test_a_test_named_after_a_module_lies_where_the_module_lies() -> None:
    named = [
        (path, homes(part, path.stem.removeprefix("test_"))) for part in MIRRORED for path in mirrored(part)
    ]
    assert sum(bool(at) for _, at in named) > 60
    assert {path: at for path, at in named if at and path.parent not in at} == {}


def test_what_tests_of_several_folders_share_is_no_test() -> None:
    shared = {
        (path.relative_to(TESTS), used)
        for path in TESTS.rglob("*.py")
        for used in imported(path)
        if used.name.startswith(("test_", "conftest")) and used.parent != path.parent.relative_to(TESTS)
    }
    assert shared == set()


def test_what_every_test_stands_on_imports_no_test_folder() -> None:
    assert {used.parts[0] for used in imported(TESTS / "conftest.py")} <= {"support"}
