"""Work that outlives a screen is handed to the app as a callable."""

import ast
from pathlib import Path

import anaplan_tui.ui

SOURCES = sorted(Path(anaplan_tui.ui.__path__[0]).rglob("*.py"))


def handed(source: str) -> list[ast.expr]:
    """Return the first argument of each ``run_worker`` in a module."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return [
        call.args[0]
        for call in calls
        if isinstance(call.func, ast.Attribute) and call.func.attr == "run_worker"
    ]


def is_coroutine(work: ast.expr) -> bool:
    return isinstance(work, ast.Call) and not (isinstance(work.func, ast.Name) and work.func.id == "partial")


def test_no_worker_is_given_a_coroutine() -> None:
    """An app that ends before the worker's turn never awaits a coroutine, and Python complains later."""
    works = {path.name: handed(path.read_text(encoding="utf-8")) for path in SOURCES}
    assert sum(map(len, works.values())) >= 3
    assert [name for name, found in works.items() if any(map(is_coroutine, found))] == []
