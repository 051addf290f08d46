"""The core works without a terminal library, and help loads nothing that it does not need."""

import json
import subprocess
import sys

import pytest


def modules_after(code: str) -> set[str]:
    """Return the top-level packages that a fresh interpreter has loaded after ``code``."""
    found = "{name.partition('.')[0] for name, module in sys.modules.items() if module is not None}"
    tell = f"import json, sys; print(json.dumps(sorted({found})))"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{tell}"], capture_output=True, text=True, check=True, timeout=60
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


IMPORT_ALL = """
import sys
sys.modules["rich"] = sys.modules["textual"] = None  # importing them fails from here on
import importlib, pkgutil, anaplan_tui.{room} as room
for module in pkgutil.walk_packages(room.__path__, room.__name__ + "."):
    importlib.import_module(module.name)
del sys.modules["rich"], sys.modules["textual"]
"""
"""httpx itself imports rich for its own command line where it finds it, and works without."""


@pytest.mark.parametrize("room", ["api", "core"])
def test_api_and_core_work_without_a_terminal_library(room: str) -> None:
    loaded = modules_after(IMPORT_ALL.format(room=room))
    assert "httpx" in loaded
    assert not loaded & {"textual", "rich"}


def test_help_loads_nothing_heavy() -> None:
    code = "from anaplan_tui.cli import cli\ncli(['--help'], standalone_mode=False)"
    loaded = modules_after(code)
    assert "click" in loaded
    assert not loaded & {"httpx", "textual", "rich", "duckdb", "pydantic", "starlette", "uvicorn"}


THE_APP = "import anaplan_tui.cli, anaplan_tui.launch, anaplan_tui.ui.app, anaplan_tui.core.opening"


def test_the_app_starts_without_what_its_first_list_does_not_need() -> None:
    loaded = modules_after(THE_APP)
    assert {"textual", "httpx", "pydantic"} <= loaded
    assert not loaded & {"duckdb", "urllib3", "cryptography", "segno", "starlette", "uvicorn", "pygments"}


def test_what_talks_to_the_service_comes_after_the_first_paint() -> None:
    loaded = modules_after(
        "import anaplan_tui.ui.app, anaplan_tui.ui.jobs.sign_in, anaplan_tui.config.settings"
    )
    assert "textual" in loaded
    assert not loaded & {"httpx", "httpcore", "anyio", "sqlite3"}


def test_models_of_runbooks_are_built_when_one_is_read() -> None:
    """They took a fifth of all import time, most of it for the text of a schema."""
    built = (
        "from anaplan_tui.core.runbooks.steps import KINDS, Runbook\n"
        "print([model.__name__ for model in (Runbook, *KINDS) if model.__pydantic_complete__])"
    )
    done = subprocess.run(
        [sys.executable, "-c", f"{THE_APP}\n{built}"], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
