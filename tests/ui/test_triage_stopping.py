"""Triage while a dump is read: what is said, what Esc stops, and what need not wait."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from textual.events import Key
from textual.timer import Timer

from anaplan_tui.core.triage import Summary, Triage
from anaplan_tui.ui.screens.triage import TriageScreen
from tests.ui.conftest import Open
from tests.ui.desks import PATIENCE_S, until
from tests.ui.dump_files import is_reading, read, rejected, write_dump


@contextmanager
def held_reading(monkeypatch: pytest.MonkeyPatch, path: Path) -> Iterator[threading.Semaphore]:
    """Each reading of this file waits until it is let go, as that of a large one would take its time."""
    let_go, load = threading.Semaphore(0), Triage.load

    def held(self: Triage, *args: object) -> Summary:
        if self.path == path:
            assert let_go.acquire(timeout=PATIENCE_S)
        return load(self, *args)  # type: ignore[arg-type]  # whatever the caller gave it

    with monkeypatch.context() as patch:
        patch.setattr(Triage, "load", held)
        try:
            yield let_go
        finally:
            let_go.release(9)


async def test_reading_again_says_so(open_app: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dump = write_dump(tmp_path / "dump.csv", rejected(30))
    async with open_app() as opened:
        await read(opened, dump)
        assert "30 rows · 30 rejected" in opened.text
        with held_reading(monkeypatch, dump):
            await opened.press("R")
            await opened.shows("The errors stand here once the dump has been read.")
            assert "holds no rows" not in opened.text
            assert "30 rows" not in opened.text
        await opened.shows("30 rows · 30 rejected")


async def test_a_reading_that_gives_way_to_another_leaves_no_timer(
    open_app: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dump = write_dump(tmp_path / "dump.csv", rejected(30))
    begun: list[Timer] = []
    begin = TriageScreen.begin_work

    def begin_work(self: TriageScreen, what: str) -> None:
        begin(self, what)
        assert self._sampler is not None
        begun.append(self._sampler)

    monkeypatch.setattr(TriageScreen, "begin_work", begin_work)
    async with open_app() as opened:
        screen = await read(opened, dump)
        with held_reading(monkeypatch, dump) as let_go:
            await opened.press("R")
            await until(opened.pilot, lambda: len(begun) == 2, "the second reading")
            reader = screen.reader
            # Posted, because the key is done with when the reading has ended.
            opened.app.post_message(Key("R", "R"))
            await until(opened.pilot, lambda: reader._closed, "the end of the second")
            let_go.release()
            await until(opened.pilot, lambda: len(begun) == 3, "the third reading")
        await until(opened.pilot, lambda: not is_reading(screen), "the end of the reading")
        assert not screen.working
        assert all(timer._task is None for timer in begun)
