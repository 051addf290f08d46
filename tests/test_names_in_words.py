"""Modules, files and references named in docstrings and comments exist."""

import ast
import builtins
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "anaplan_tui"
SOURCES = sorted([*PACKAGE.rglob("*.py"), *(ROOT / "tests").rglob("*.py")])
SOURCES.remove(Path(__file__))

DOTTED = re.compile(r"(?<![\w./~-])((?:\w+\.)+\w+)(?![\w./-]|\()")
FILE = re.compile(r"(?<![\w./-])([\w./]+\.py)\b")
REFERENCE = re.compile(r":(?:class|func|meth|attr|mod|data):`~?!?\.?([\w.]+)`")
SUFFIXES = ("py", "md", "toml", "tcss", "json")


@cache
def words(path: Path) -> tuple[str, ...]:
    """Docstrings and comments."""
    tokens = tokenize.generate_tokens(io.StringIO(path.read_text("utf-8")).readline)
    return tuple(
        token.string
        for token in tokens
        if token.type == tokenize.COMMENT
        or (token.type == tokenize.STRING and token.string.startswith('"""'))
    )


@cache
def defined(path: Path) -> frozenset[str]:
    """Return the names a module defines, at any depth; for a package, also those it re-exports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                found.add(name)
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                found.add(name)
            case ast.ImportFrom(names=names) if path.name == "__init__.py":
                found.update(alias.name for alias in names)
    return frozenset(found)


def has(folder: Path, name: str) -> bool:
    """Say whether a folder has a module or a package of this name."""
    return (folder / f"{name}.py").is_file() or (folder / name / "__init__.py").is_file()


def is_there(folder: Path, dotted: list[str]) -> bool:
    """Say whether the name leads through packages to a module and a definition in it."""
    first, *rest = dotted
    if (module := folder / f"{first}.py").is_file():
        return not rest or rest[0] in defined(module)
    if not (folder / first).is_dir():
        return False
    return not rest or is_there(folder / first, rest) or rest[0] in defined(folder / first / "__init__.py")


def missing(path: Path, text: str) -> Iterator[str]:
    """Yield the names in a module's text that do not exist."""
    for dotted in DOTTED.findall(text):
        first, *rest = dotted.removeprefix("anaplan_tui.").split(".")
        folders = [folder for folder in (PACKAGE, path.parent) if has(folder, first)]
        if (
            folders
            and rest
            and rest[-1] not in SUFFIXES
            and not any(is_there(f, [first, *rest]) for f in folders)
        ):
            yield dotted
    for name in FILE.findall(text):
        bases = (ROOT, PACKAGE, path.parent)
        if not any((base / name).is_file() for base in bases) and not list(PACKAGE.rglob(name)):
            yield name


def test_modules_and_files_that_docstrings_and_comments_name_are_there() -> None:
    found = {
        (str(path.relative_to(ROOT)), name)
        for path in SOURCES
        for text in words(path)
        for name in missing(path, text)
    }
    assert found == set()


def test_what_references_lead_to_is_there() -> None:
    everything = {name for path in SOURCES for name in defined(path)} | {path.stem for path in SOURCES}
    everything |= set(dir(builtins))
    cited = {
        (str(path.relative_to(ROOT)), reference)
        for path in SOURCES
        for text in words(path)
        for reference in REFERENCE.findall(text)
    }
    assert len(cited) > 100
    assert {(path, name) for path, name in cited if name.rpartition(".")[2] not in everything} == set()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("``core.usual`` says", ["core.usual"]),
        ("``core.clock`` says, as ``core.verdict.judge.TERMINAL`` does", []),
        ("of ``anaplan_tui.core.text.nothing_of_it``", ["anaplan_tui.core.text.nothing_of_it"]),
        ("through query.literal only", ["query.literal"]),
        ("through templates.literal only", []),
        ("see layout.py and laidout.py", ["laidout.py"]),
    ],
)
def test_what_is_not_there_is_found(text: str, found: list[str]) -> None:
    assert list(missing(PACKAGE / "core/triage/query.py", text)) == found
