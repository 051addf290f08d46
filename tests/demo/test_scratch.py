"""The next start removes a killed tenant's temporary files, and leaves those of a running one."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def served(place: Path, *command: str) -> Iterator[subprocess.Popen[str]]:
    """A tenant that listens and keeps its temporary files in ``place``."""
    with subprocess.Popen(
        [sys.executable, "-m", *command],
        env={**os.environ, "TMPDIR": str(place)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().startswith("http://127.0.0.1:")
            yield process
        finally:
            process.kill()


def directories(place: Path) -> set[Path]:
    """Return the tenants' directories, made to look old."""
    found = set(place.glob("anaplan-demo-*"))
    for path in found:
        os.utime(path, (0, 0))
    return found


def test_what_a_killed_tenant_left_is_swept_and_a_living_one_s_is_not(tmp_path: Path) -> None:
    with served(tmp_path, "anaplan_tui.demo"):
        left = directories(tmp_path)
    assert len(left) == 1

    with served(tmp_path, "anaplan_tui.demo"):
        living = directories(tmp_path)
        assert living.isdisjoint(left)
        with served(tmp_path, "anaplan_tui.demo"):
            assert living < directories(tmp_path)


def test_what_is_not_a_tenant_s_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / ".in-use").touch()
    (tmp_path / "anaplan-demo-link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "anaplan-demo-mine").mkdir()
    (tmp_path / "anaplan-demo-mine" / "notes").touch()
    (tmp_path / "anaplan-demo-new").mkdir()
    (tmp_path / "anaplan-demo-new" / ".in-use").touch()
    os.utime(tmp_path / "anaplan-demo-mine", (0, 0))

    with served(tmp_path, "anaplan_tui.demo"):
        assert (tmp_path / "anaplan-demo-link" / ".in-use").exists()
        assert (tmp_path / "anaplan-demo-mine" / "notes").exists()
        assert (tmp_path / "anaplan-demo-new" / ".in-use").exists()


@pytest.mark.parametrize("end", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_the_simulator_leaves_nothing_when_it_is_told_to_end(tmp_path: Path, end: str) -> None:
    with served(tmp_path, "anaplan_tui", "simulator") as process:
        assert directories(tmp_path)
        process.send_signal(getattr(signal, end))
        assert process.wait(20) == 0
    assert not directories(tmp_path)
