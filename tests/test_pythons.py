"""``.ci/pythons`` finds the Pythons that run, newest first, and says which are missing."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="bash is what runs it")


def test_a_python_is_found_and_a_shim_with_nothing_behind_it_is_none(tmp_path: Path) -> None:
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    place = tmp_path / ".pyenv" / "versions" / f"{here}.99" / "bin"
    place.mkdir(parents=True)
    (place / "python").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (place / "python").chmod(0o700)
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "env").symlink_to(shutil.which("env") or "")
    (programs / "bash").symlink_to(shutil.which("bash") or "")
    for minor in (11, 12, 13, 14):
        (programs / f"python3.{minor}").write_text("#!/bin/sh\necho not installed >&2; exit 127\n")
        (programs / f"python3.{minor}").chmod(0o700)

    done = subprocess.run(
        [ROOT / ".ci" / "pythons"],
        env={"PATH": str(programs), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == f"{here} {sys.executable}\n"
    missing = [f"3.{minor}" for minor in (14, 13, 12, 11) if f"3.{minor}" != here]
    assert done.stderr.splitlines() == [f"skipped: there is no Python {version} here" for version in missing]
