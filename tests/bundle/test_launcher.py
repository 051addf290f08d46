"""The launcher finds its Python wherever the bundle is and however it is called."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

LAUNCHER = Path(__file__).parents[2] / "bundling" / "launcher"
PYTHON = """#!/bin/sh
printf '%s\\n' "$0" "$@"
env
"""


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A bundle whose Python prints how it was called, in a place with blanks and worse in its name."""
    place = tmp_path / "a place; with $HOME 'in' it"
    (place / "runtime" / "bin").mkdir(parents=True)
    shutil.copy(LAUNCHER, place / "anaplan-tui")
    python = place / "runtime" / "bin" / "python3"
    python.write_text(PYTHON)
    python.chmod(0o755)
    return place


def said(command: list[str], cwd: Path, **environment: str) -> list[str]:
    env = {"PATH": os.environ["PATH"], **environment}
    done = subprocess.run(command, cwd=cwd, env=env, check=True, capture_output=True, text=True)
    return done.stdout.splitlines()


def started(bundle: Path, *arguments: str) -> list[str]:
    place = bundle.resolve() / "runtime" / "bin"
    return [str(place / "python3"), "-I", str(place / "anaplan-tui"), *arguments]


def test_the_arguments_arrive_as_they_were_typed(bundle: Path) -> None:
    words = ["run", "Nightly load", "*", "", "a'b\"c$d"]
    lines = said([str(bundle / "anaplan-tui"), *words], bundle)
    assert lines[: 3 + len(words)] == started(bundle, *words)


@pytest.mark.parametrize("command", ["./anaplan-tui", "runtime/../anaplan-tui"])
def test_it_is_called_by_a_path_from_where_one_is(bundle: Path, command: str) -> None:
    assert said([command], bundle)[:3] == started(bundle)


def test_it_is_given_to_a_shell(bundle: Path) -> None:
    assert said(["sh", "anaplan-tui"], bundle)[:3] == started(bundle)


def test_links_in_the_path_lead_to_it(bundle: Path, tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "relative").symlink_to(os.path.relpath(bundle / "anaplan-tui", programs))
    (programs / "anaplan-tui").symlink_to("relative")
    path = f"{programs}:{os.environ['PATH']}"
    assert said(["anaplan-tui"], tmp_path, PATH=path)[:3] == started(bundle)


def test_a_link_to_the_whole_bundle_and_a_moved_bundle_work(bundle: Path, tmp_path: Path) -> None:
    moved = bundle.rename(tmp_path / "moved")
    (tmp_path / "current").symlink_to("moved")
    assert said([str(tmp_path / "current" / "anaplan-tui")], tmp_path)[:3] == started(moved)


def test_a_cdpath_says_nothing_and_leads_nowhere(bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere" / bundle.name).mkdir(parents=True)
    lines = said([f"{bundle.name}/anaplan-tui"], bundle.parent, CDPATH=str(tmp_path / "elsewhere"))
    assert lines[:3] == started(bundle)


def test_the_environment_is_handed_on_untouched(bundle: Path) -> None:
    own = {"PYTHONHOME": "/opt/py", "LD_LIBRARY_PATH": "/opt/lib", "CDPATH": "/"}
    lines = said([str(bundle / "anaplan-tui")], bundle, **own)
    found = dict(line.split("=", 1) for line in lines[3:] if "=" in line)
    assert {name: found.get(name) for name in own} == own
    assert set(found) - {"PWD", "OLDPWD", "SHLVL", "_"} == {"PATH", *own}
