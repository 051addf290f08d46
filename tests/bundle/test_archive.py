"""An archive packed twice is identical, and states which glibc it needs."""

import hashlib
import os
import tarfile
from pathlib import Path

import pytest

from bundling.archive import pack, stamp
from bundling.bundle import glibc_of


def folder(place: Path, *names: str) -> Path:
    root = place / "app-1"
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    (root / "link").symlink_to("b/c")
    return root


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_neither_order_nor_time_nor_mode_nor_owner_matters(tmp_path: Path) -> None:
    one = folder(tmp_path / "1", "a", "b/c", "z")
    other = folder(tmp_path / "2", "z", "b/c", "a")
    (one / "a").chmod(0o600)
    (other / "b").chmod(0o700)
    os.utime(other / "z", (1, 1))
    assert digest(pack(one, tmp_path / "1.tar.xz", 7)) == digest(pack(other, tmp_path / "2.tar.xz", 7))
    with tarfile.open(tmp_path / "1.tar.xz") as file:
        members = {member.name: member for member in file}
    assert {member.mtime for member in members.values()} == {7}
    assert {member.uid for member in members.values()} == {0}
    assert members["app-1/a"].mode == 0o644
    assert members["app-1/link"].linkname == "b/c"


def test_programs_stay_programs(tmp_path: Path) -> None:
    root = folder(tmp_path, "run")
    (root / "run").chmod(0o700)
    with tarfile.open(pack(root, tmp_path / "out" / "x.tar.xz", 0)) as file:
        assert file.getmember("app-1/run").mode == 0o755


def test_the_time_of_what_is_packed_can_be_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "12345")
    assert stamp() == 12345


def test_the_newest_glibc_that_any_of_them_asks_for_is_needed(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "python").write_bytes(b"\x7fELF..GLIBC_2.9\0GLIBC_2.17\0")
    (tmp_path / "lib" / "x.so").write_bytes(b"\x7fELF..GLIBC_2.28\0GLIBC_2.3.4\0GLIBC_PRIVATE\0")
    (tmp_path / "notes").write_bytes(b"GLIBC_2.99")
    assert glibc_of(tmp_path) == (2, 28)
