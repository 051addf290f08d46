"""One process at a time on a transfer, whichever way its bytes go."""

import os
from pathlib import Path

from anaplan_tui.core.transfers.locks import STALE_AFTER_S, TransferLock, sweep


def test_another_process_is_told_who_has_it_and_gets_it_after(tmp_path: Path) -> None:
    first, second = TransferLock(tmp_path / "new", "key"), TransferLock(tmp_path / "new", "key")
    assert first.acquire()
    assert not second.acquire()
    assert second.holder() == str(os.getpid())
    first.release()
    assert second.acquire()
    second.release()


def test_a_lock_that_was_removed_before_it_was_released_excludes_nobody(tmp_path: Path) -> None:
    first, second, third = (TransferLock(tmp_path, "key") for _ in range(3))
    assert first.acquire()
    first.unlink()
    assert second.acquire()
    first.release()
    assert not third.acquire()
    second.release()


def test_all_that_has_the_key_is_swept_when_the_newest_of_it_is_old(tmp_path: Path) -> None:
    (tmp_path / "key.upload").write_text("sent: 3 chunks")
    (tmp_path / "key").mkdir()
    (tmp_path / "key" / "0").write_text("rows")
    newest = max(path.stat().st_mtime for path in tmp_path.rglob("*"))
    assert sweep(tmp_path, now=newest + STALE_AFTER_S - 1) == []
    swept = sweep(tmp_path, now=newest + STALE_AFTER_S + 1)
    assert sorted(path.name for path in swept) == ["key", "key.upload"]
    assert list(tmp_path.iterdir()) == []
