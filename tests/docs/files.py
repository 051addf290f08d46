"""The list of all files, made from the first line of each one's docstring."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.docs.blocks import ROOT

_PACKAGE = ROOT / "anaplan_tui"
_INTRO = """\
# Files

Every file of the package and what it is for: the first line of its docstring (`make reference`). Which one to
open for a symptom is in [architecture.md](architecture.md#rooms).
"""
_ROLE = re.compile(r":\w+:`~?(?:[\w.]+\.)?(\w+)`")


def page() -> str:
    """Return ``docs/files.md``."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield _INTRO
    for folder in sorted({path.parent for path in _PACKAGE.rglob("*.py")}):
        yield f"## {folder.relative_to(ROOT).as_posix()}/\n"
        yield f"{first_line(folder / '__init__.py')}\n"
        for path in sorted(folder.glob("*.py")):
            if path.name != "__init__.py":
                yield f"- `{path.name}`: {first_line(path)}"
        yield ""


def first_line(path: Path) -> str:
    """Return a file's first line as Markdown. Raises ValueError when it has none."""
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    if not docstring:
        raise ValueError(f"{path.relative_to(ROOT)} has no docstring")
    said = docstring.splitlines()[0]
    return _ROLE.sub(r"`\1`", said).replace("``", "`")
