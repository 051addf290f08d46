"""A final name means a complete file; nothing is ever overwritten; folders stay where they belong."""

import errno
import os
import shutil
import stat
import threading
from pathlib import Path

import pytest

from anaplan_tui.core.downloads import DownloadFailed, make_folder
from anaplan_tui.core.downloads.folders import Folders
from anaplan_tui.core.downloads.publish import Published, check_folder, publish


def part(folder: Path, data: bytes, name: str = "whole") -> Path:
    place = folder / "parts" / name
    place.parent.mkdir(exist_ok=True)
    place.write_bytes(data)
    return place


def test_a_part_gets_its_name_and_its_mode(tmp_path: Path) -> None:
    source, final = part(tmp_path, b"rows"), tmp_path / "dump.csv"
    assert publish(source, final) == Published(final, unchanged=False)
    assert final.read_bytes() == b"rows"
    assert stat.S_IMODE(final.stat().st_mode) == 0o600
    assert not source.exists()


def test_the_same_bytes_are_kept_and_others_get_a_number(tmp_path: Path) -> None:
    final = tmp_path / "dump.csv"
    publish(part(tmp_path, b"one"), final)
    kept = final.stat()
    assert publish(part(tmp_path, b"one"), final) == Published(final, unchanged=True)
    assert final.stat().st_ino == kept.st_ino
    assert publish(part(tmp_path, b"two"), final) == Published(tmp_path / "dump (2).csv", unchanged=False)
    assert publish(part(tmp_path, b"two"), final) == Published(tmp_path / "dump (2).csv", unchanged=True)
    assert publish(part(tmp_path, b"six"), final).path.name == "dump (3).csv"
    assert final.read_bytes() == b"one"
    assert list((tmp_path / "parts").iterdir()) == []


def test_a_link_or_folder_of_that_name_is_never_written_through(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"rows")
    (tmp_path / "dump.csv").symlink_to(victim)
    (tmp_path / "dump (2).csv").mkdir()
    published = publish(part(tmp_path, b"rows"), tmp_path / "dump.csv")
    assert published == Published(tmp_path / "dump (3).csv", unchanged=False)
    assert (tmp_path / "dump.csv").is_symlink()


def test_a_part_that_was_linked_before_a_crash_is_done(tmp_path: Path) -> None:
    source, final = part(tmp_path, b"rows"), tmp_path / "dump.csv"
    os.link(source, final)
    assert publish(source, final) == Published(final, unchanged=True)
    assert final.read_bytes() == b"rows"


def test_another_file_system_is_crossed_without_a_half_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shm = Path("/dev/shm")  # noqa: S108 - another file system is the point
    if not shm.is_dir() or shm.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("no second file system here")
    away = shm / f"anaplan-tui-test-{os.getpid()}-{tmp_path.name}"
    away.mkdir()
    try:
        source = part(away, b"rows" * 1000)
        assert publish(source, tmp_path / "dump.csv").path.read_bytes() == b"rows" * 1000
        assert not source.exists()

        def full(_: object, __: object, ___: int) -> None:
            raise OSError(errno.ENOSPC, "full")

        monkeypatch.setattr(shutil, "copyfileobj", full)
        source = part(away, b"more")
        with pytest.raises(DownloadFailed, match="disk is full"):
            publish(source, tmp_path / "other.csv")
        assert source.read_bytes() == b"more"
        assert sorted(path.name for path in tmp_path.iterdir()) == ["dump.csv"]
    finally:
        for path in sorted(away.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        away.rmdir()


def test_without_hard_links_the_part_is_renamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    final = tmp_path / "dump.csv"
    assert publish(part(tmp_path, b"one"), final) == Published(final, unchanged=False)
    assert publish(part(tmp_path, b"two"), final).path.name == "dump (2).csv"
    assert final.read_bytes() == b"one"


def test_a_vanished_folder_keeps_the_part(tmp_path: Path) -> None:
    source = part(tmp_path, b"rows")
    with pytest.raises(DownloadFailed, match="the directory is gone"):
        publish(source, tmp_path / "gone" / "dump.csv")
    assert source.read_bytes() == b"rows"


def test_many_at_once_each_get_a_name_of_their_own(tmp_path: Path) -> None:
    sources = [part(tmp_path, b"%d" % n, str(n)) for n in range(8)]
    found: list[Path] = []
    gate = threading.Barrier(len(sources))

    def work(source: Path) -> None:
        gate.wait()
        found.append(publish(source, tmp_path / "dump.csv").path)

    threads = [threading.Thread(target=work, args=(source,)) for source in sources]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == len(sources)
    assert sorted(path.read_bytes() for path in found) == [b"%d" % n for n in range(8)]


def test_folders_are_private_and_made_under_the_base(tmp_path: Path) -> None:
    make_folder(tmp_path, tmp_path / "model" / "process")
    assert stat.S_IMODE((tmp_path / "model" / "process").stat().st_mode) == 0o700
    make_folder(tmp_path, tmp_path / "model" / "process")


def test_a_folder_never_leaves_the_base(tmp_path: Path) -> None:
    base, outside = tmp_path / "base", tmp_path / "outside"
    base.mkdir()
    outside.mkdir()
    (base / "model").symlink_to(outside)
    with pytest.raises(DownloadFailed, match="is a link"):
        make_folder(base, base / "model" / "process")
    with pytest.raises(DownloadFailed, match="climbs out"):
        make_folder(base, base / ".." / "outside")
    with pytest.raises(DownloadFailed, match="is outside"):
        make_folder(base, outside)
    assert list(outside.iterdir()) == []


def test_an_unusable_folder_is_said_before_the_first_byte(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DownloadFailed, match="not a directory"):
        check_folder(tmp_path / "file")
    with pytest.raises(DownloadFailed, match="is gone"):
        check_folder(tmp_path / "nothing")
    if Path("/proc/sys").is_dir():
        with pytest.raises(DownloadFailed, match=r"not writable|read-only"):
            check_folder(Path("/proc/self"))


@pytest.mark.parametrize("place", ["/proc/anaplan-tui-dumps", "/sys/anaplan-tui-dumps/deeper"])
def test_where_no_directory_can_be_made_that_is_said_and_no_more(place: str) -> None:
    if not Path(place).parents[-2].is_dir():
        pytest.skip(f"there is no {place} here")
    with pytest.raises(DownloadFailed) as caught:
        make_folder(Path(place), Path(place) / "model")
    assert "no directory can be made there" in str(caught.value) or "read-only" in str(caught.value)
    assert "kept" not in str(caught.value)
    assert "gone" not in str(caught.value)


def test_a_file_in_the_way_of_a_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DownloadFailed, match="not a directory"):
        make_folder(tmp_path / "file", tmp_path / "file" / "model")
    with pytest.raises(DownloadFailed, match="not a directory"):
        make_folder(tmp_path, tmp_path / "file" / "model")


async def test_folders_that_stayed_empty_go_again_and_no_others(tmp_path: Path) -> None:
    folders, base = Folders(), tmp_path / "base"
    async with folders.held(base, base / "model" / "first"):
        async with folders.held(base, base / "model" / "second"):
            assert stat.S_IMODE(base.stat().st_mode) == 0o700
            assert (base / "model" / "second").is_dir()
        assert sorted(path.name for path in (base / "model").iterdir()) == ["first"]
        async with folders.held(base, base / "model" / "first"):
            pass
        assert (base / "model" / "first").is_dir()
    assert not base.exists()
    base.mkdir()
    async with folders.held(base, base / "model" / "third"):
        (base / "model" / "dump.csv").write_bytes(b"rows")
    assert [path.name for path in (base / "model").iterdir()] == ["dump.csv"]
    (base / "model" / "dump.csv").unlink()
    async with folders.held(base, base / "model"):
        pass
    assert (base / "model").is_dir()
