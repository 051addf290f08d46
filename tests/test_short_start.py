"""Work that a command skips between its start and its end."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from anaplan_tui.demo.server import DemoServer
from tests.support.command import DEADLINE_S, Place

pytestmark = pytest.mark.e2e

# Written by a hook at the interpreter's exit, which runs after the command's own.
_LOOK = """
import atexit, gc, json, os, sys
seen = {"whole": 0, "modules": []}
ordinary = gc.get_threshold()

def count(phase, info):
    seen["whole"] += phase == "start" and info["generation"] == 2

def tell():
    seen["modules"] = sorted(name for name in sys.modules if name.startswith("anaplan_tui."))
    seen["ordinary"] = gc.get_threshold() == ordinary
    seen["left"] = len(gc.get_objects())
    seen["unsearched"] = gc.get_freeze_count()
    with open(os.environ["SEEN"], "w") as file:
        json.dump(seen, file)

gc.callbacks.append(count)
atexit.register(tell)
"""


@pytest.fixture
def seen(server: DemoServer, tmp_path: Path) -> dict[str, Any]:
    """What the hook saw of a command that lists the processes."""
    place = Place(tmp_path, server.url)
    (tmp_path / "sitecustomize.py").write_text(_LOOK)
    report = tmp_path / "seen.json"
    done = subprocess.run(
        [sys.executable, *place.arguments("processes")],
        env={**place.env, "PYTHONPATH": str(tmp_path), "SEEN": str(report)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    found: dict[str, Any] = json.loads(report.read_text())
    return found


def test_nothing_that_was_imported_is_searched_for_garbage(seen: dict[str, Any]) -> None:
    assert seen["whole"] == 0
    assert seen["unsearched"] > 10 * seen["left"]


def test_a_process_that_stays_looks_for_garbage_as_python_does(seen: dict[str, Any]) -> None:
    assert seen["ordinary"]


def test_runbooks_are_not_imported_where_none_is_played(seen: dict[str, Any]) -> None:
    assert "anaplan_tui.core.opening" in seen["modules"]
    assert not [name for name in seen["modules"] if name.startswith("anaplan_tui.core.runbooks.steps")]
