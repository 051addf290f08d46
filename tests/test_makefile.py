"""``make`` sets up its environment when there is none, and again when it is stale, broken or moved."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is what is tested")

ROOT = Path(__file__).parents[1]
INSTALLED = "pip was called"
PYTHON = """#!/bin/sh
# pip is most of an environment's making, and nothing is installed here
[ "$2" = venv ] && set -- -m venv --without-pip "$3"
exec '{python}' "$@"
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the files that the Makefile needs."""
    place = tmp_path / "a checkout"
    place.mkdir()
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, place)
        os.utime(place / name, (0, 0))
    (tmp_path / "python").write_text(PYTHON.format(python=sys.executable))
    (tmp_path / "python").chmod(0o700)
    return place


def set_up(checkout: Path, stamp: str = ".demo") -> bool:
    """Make the environment; say whether anything was installed. Nothing is fetched from the network."""
    done = subprocess.run(
        ["make", f".venv/{stamp}", "PYTHON=../python", f"PIP=@echo {INSTALLED};:"],
        cwd=checkout,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    python = checkout / ".venv" / "bin" / "python"
    prefix = subprocess.run(
        [python, "-c", "import sys; print(sys.prefix)"], capture_output=True, text=True, check=True
    )
    assert prefix.stdout.strip() == str(checkout / ".venv")
    return INSTALLED in done.stdout


def test_the_environment_is_made_once_and_installed_into_when_the_dependencies_change(checkout: Path) -> None:
    assert set_up(checkout)
    assert not set_up(checkout)
    kept = checkout / ".venv" / "kept"
    kept.touch()

    for name in ("pyproject.toml", "constraints.txt"):
        (checkout / name).touch()
        assert set_up(checkout)
    assert set_up(checkout, ".dev")
    assert not set_up(checkout)
    assert kept.exists()


def test_a_moved_checkout_makes_its_environment_anew(checkout: Path) -> None:
    set_up(checkout)
    moved = checkout.rename(checkout.with_name("moved"))
    old = moved / ".venv" / "bin" / "script with the old place in it"
    old.touch()

    assert set_up(moved)
    assert not old.exists()
    assert not set_up(moved)


def test_an_environment_whose_python_is_gone_is_made_anew(checkout: Path) -> None:
    set_up(checkout)
    python = checkout / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to(checkout / "no such python")

    assert set_up(checkout)
    assert not set_up(checkout)


def test_an_environment_of_another_python_or_half_made_is_made_anew(checkout: Path) -> None:
    set_up(checkout)
    note = checkout / ".venv" / ".place"
    note.write_text(f"{checkout} (3, 10)")
    assert set_up(checkout)
    note.unlink()
    assert set_up(checkout)


def test_the_list_of_what_can_be_made_touches_nothing(checkout: Path) -> None:
    done = subprocess.run(["make"], cwd=checkout, capture_output=True, text=True, check=True)
    assert "make demo" in done.stdout
    assert not (checkout / ".venv").exists()
