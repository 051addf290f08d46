"""The environment passed to child processes, however the app was packaged."""

import ast
import sys
from pathlib import Path

import pytest

from anaplan_tui.children import environment, python_module

PACKAGE = Path(__file__).parents[1] / "anaplan_tui"
_STARTERS = {
    "Popen", "run", "call", "check_call", "check_output", "getoutput", "getstatusoutput",
    "create_subprocess_exec", "create_subprocess_shell", "posix_spawn", "posix_spawnp", "system", "popen",
    "execv", "execvp", "execl", "execlp", "execle", "execve", "execvpe", "execlpe", "spawnv", "spawnl",
}  # fmt: skip


def started(tree: ast.AST) -> list[ast.Call]:
    """Return the calls in a module that start a process."""
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in _STARTERS
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in {"subprocess", "asyncio", "os"}
        and (node.func.value.id, node.func.attr) != ("asyncio", "run")
    ]


def test_every_process_is_started_with_the_environment_for_children() -> None:
    found = 0
    for path in PACKAGE.rglob("*.py"):
        for call in started(ast.parse(path.read_text("utf-8"))):
            found += 1
            given = next((word.value for word in call.keywords if word.arg == "env"), None)
            where = f"{path.relative_to(PACKAGE)}:{call.lineno}"
            assert given is not None, f"{where} passes on its own environment"
            assert ast.unparse(given).startswith("environment("), where
    assert found >= 5


def test_processes_are_started_where_the_test_above_looks() -> None:
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module in {"subprocess", "asyncio.subprocess", "os"}:
                assert not {name.name for name in node.names} & _STARTERS, path


@pytest.mark.parametrize("name", ["LD_LIBRARY_PATH", "LIBPATH", "DYLD_LIBRARY_PATH"])
def test_the_paths_of_a_frozen_bundle_stay_in_it(name: str) -> None:
    bundled = {name: "/bundle/lib", "HOME": "/home/ops"}
    assert environment(bundled, frozen=True) == {"HOME": "/home/ops"}
    assert environment({**bundled, f"{name}_ORIG": "/own"}, frozen=True) == {
        name: "/own",
        "HOME": "/home/ops",
    }
    assert environment({**bundled, f"{name}_ORIG": ""}, frozen=True) == {name: "", "HOME": "/home/ops"}


def test_what_a_bootloader_tells_itself_is_not_handed_on() -> None:
    told = {"_PYI_ARCHIVE_FILE": "x", "_PYI_SPLASH_IPC": "1", "_MEIPASS2": "/x/_MEI1", "PATH": "/bin"}
    assert environment(told, frozen=True) == environment(told, frozen=False) == {"PATH": "/bin"}


def test_the_operators_own_settings_reach_the_operators_own_programs() -> None:
    own = {"LD_LIBRARY_PATH": "/opt/oracle/lib", "PYTHONHOME": "/opt/py", "PYTHONPATH": "/x"}
    assert environment(own, frozen=False) == own
    assert environment({**own, "SECRET": "x"}, without=["SECRET"], frozen=False) == own


def test_a_module_of_ours_runs_as_isolated_as_we_do(monkeypatch: pytest.MonkeyPatch) -> None:
    assert python_module("a.b", "--c") == [sys.executable, "-u", "-m", "a.b", "--c"]

    class Isolated:
        isolated = 1

    monkeypatch.setattr(sys, "flags", Isolated())
    assert python_module("a.b") == [sys.executable, "-I", "-u", "-m", "a.b"]
