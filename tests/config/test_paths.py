"""The state directory is private; one of somebody else's is refused."""

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from anaplan_tui.config.paths import (
    UnsafePath,
    default_config_file,
    demo_dir,
    private_dir,
    private_file,
    state_dir,
)


@pytest.fixture(autouse=True)
def _open_umask() -> Iterator[None]:
    """Set the widest umask, so that every missing right was removed on purpose."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_the_state_directory_is_made_private_with_all_its_parents(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANAPLAN_TUI_STATE_DIR", str(tmp_path / "a" / "b"))
    state = state_dir()
    assert state.root == tmp_path / "a" / "b"
    assert [mode(p) for p in (tmp_path / "a", state.root, state.parts)] == [0o700] * 3
    assert {state.journal.parent, state.log.parent, state.parts.parent} == {state.root}
    assert state_dir() == state


def test_the_state_directory_may_be_named_from_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("ANAPLAN_TUI_STATE_DIR", "~/mine")
    assert state_dir().root == tmp_path / "mine"


@pytest.mark.skipif(sys.platform != "linux", reason="each platform has its own places")
def test_the_platform_s_places_are_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("ANAPLAN_TUI_STATE_DIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    assert default_config_file() == tmp_path / ".config" / "anaplan-tui" / "config.toml"
    assert state_dir().root == tmp_path / ".local" / "state" / "anaplan-tui"


def test_what_is_ours_in_a_state_directory_is_tightened_and_a_named_one_keeps_its_mode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANAPLAN_TUI_STATE_DIR", str(tmp_path))
    state = state_dir()
    for path in (tmp_path, state.parts, state.uploads, state.work):
        path.chmod(0o755)
    state_dir()
    assert [mode(p) for p in (tmp_path, state.parts, state.uploads, state.work)] == [0o755] + [0o700] * 3


@pytest.mark.skipif(sys.platform != "linux", reason="each platform has its own places")
def test_the_platform_s_place_is_tightened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANAPLAN_TUI_STATE_DIR", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    tmp_path.chmod(0o755)
    (tmp_path / "anaplan-tui").mkdir(0o755)
    assert mode(state_dir().root) == 0o700
    assert mode(tmp_path) == 0o755


def test_a_directory_of_one_s_own_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert mode(private_dir(tmp_path)) == 0o755


def test_a_directory_for_everybody_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o1777)
    with pytest.raises(UnsafePath, match="can be written by everybody"):
        private_dir(tmp_path)


def test_a_directory_of_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
    with pytest.raises(UnsafePath, match="belongs to another user"):
        private_dir(tmp_path)


def test_a_file_in_the_directory_s_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state").touch()
    for path in (tmp_path / "state", tmp_path / "state" / "below"):
        with pytest.raises(UnsafePath) as caught:
            private_dir(path)
        assert str(path) in str(caught.value)
        assert "ANAPLAN_TUI_STATE_DIR" in str(caught.value)


def test_a_file_is_made_private_and_kept(tmp_path: Path) -> None:
    path = private_file(tmp_path / "file")
    assert mode(path) == 0o600
    path.write_text("kept")
    path.chmod(0o666)
    assert mode(private_file(path)) == 0o600
    assert path.read_text() == "kept"


def test_a_link_or_anything_but_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("kept")
    (tmp_path / "precious").chmod(0o644)
    (tmp_path / "link").symlink_to(tmp_path / "precious")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    (tmp_path / "directory").mkdir()
    os.mkfifo(tmp_path / "fifo")
    for name in ("link", "dangling", "directory", "fifo"):
        with pytest.raises(UnsafePath, match="is not a plain file"):
            private_file(tmp_path / name)
    assert mode(tmp_path / "precious") == 0o644
    assert not (tmp_path / "nowhere").exists()


def test_a_file_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    with pytest.raises(UnsafePath, match="no such file or directory"):
        private_file(tmp_path / "missing" / "file")


def test_a_lock_held_on_the_file_survives(tmp_path: Path) -> None:
    path = private_file(tmp_path / "file")
    with path.open("w") as held:
        fcntl.lockf(held, fcntl.LOCK_EX)
        private_file(path)
        other = subprocess.run([sys.executable, "-c", _TRY_LOCK, path], check=False)
    assert other.returncode == 3, "closing another handle dropped the lock"


_TRY_LOCK = """
import fcntl, sys
with open(sys.argv[1], "w") as file:
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(3)
"""


def test_the_demo_tenant_is_beside_the_state_directory_and_brings_its_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANAPLAN_TUI_STATE_DIR", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    before = private_dir(tmp_path / "anaplan-tui" / "demo-tenant")
    (before / "runs").touch()
    found = demo_dir()
    assert found == tmp_path / "anaplan-tui-demo"
    assert (mode(found), (found / "runs").exists(), before.exists()) == (0o700, True, False)
    assert demo_dir() == found


def test_a_state_directory_that_was_named_holds_the_demo_tenant_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANAPLAN_TUI_STATE_DIR", str(tmp_path / "mine"))
    assert demo_dir() == tmp_path / "mine" / "demo-tenant"
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
