"""Files that import each other in a circle can only be understood together: few may."""

from collections.abc import Iterator, Mapping

import grimp

MOST = 3
"""Files in one circle, including those that import each other for types only."""


def circles(imports: Mapping[str, frozenset[str]]) -> Iterator[frozenset[str]]:
    """Yield the largest sets of modules that all reach each other."""
    reached = {module: _reached(module, imports) for module in imports}
    seen: set[str] = set()
    for module, there in reached.items():
        if module in there and module not in seen:
            circle = frozenset(other for other in there if module in reached[other])
            seen |= circle
            yield circle


def _reached(start: str, imports: Mapping[str, frozenset[str]]) -> set[str]:
    found: set[str] = set()
    left = [start]
    while left:
        for module in imports[left.pop()] - found:
            found.add(module)
            left.append(module)
    return found


def test_circles_are_found() -> None:
    imports = {"a": frozenset("b"), "b": frozenset("c"), "c": frozenset("a"), "d": frozenset("a")}
    assert list(circles(imports)) == [frozenset("abc")]


def test_no_circle_is_larger_than_a_few_files() -> None:
    graph = grimp.build_graph("anaplan_tui", cache_dir=None)
    imports = {module: frozenset(graph.find_modules_directly_imported_by(module)) for module in graph.modules}
    assert [sorted(circle) for circle in circles(imports) if len(circle) > MOST] == []
