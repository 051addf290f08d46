"""Triage while a dump is read: the messages, what Esc stops, and what need not wait."""

import threading
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from textual.timer import Timer

from anaplan_tui.core.triage import Saved, Summary, Triage, TriageCancelled
from anaplan_tui.ui.screens.triage.screen import TriageScreen
from anaplan_tui.ui.screens.triage.work import DumpReader
from tests.support.apps import PATIENCE_S, Open, Opened, until
from tests.support.dump_files import found, is_reading, open_triage, read, rejected, write_dump


@contextmanager
def held_reading(monkeypatch: pytest.MonkeyPatch, path: Path) -> Iterator[None]:
    """Hold each reading of this file until it is interrupted or the block ends; until then it is busy."""
    gates: defaultdict[Triage, threading.Event] = defaultdict(threading.Event)
    over = threading.Event()
    load, interrupt = Triage.load, Triage.interrupt

    def held(self: Triage, *args: object) -> Summary:
        gate = gates[self]
        if self.path == path and not over.is_set():
            assert gate.wait(PATIENCE_S)
        return load(self, *args)  # type: ignore[arg-type]  # whatever the caller gave it

    def let_go(self: Triage) -> None:
        interrupt(self)
        gates[self].set()

    with monkeypatch.context() as patch:
        patch.setattr(Triage, "load", held)
        patch.setattr(Triage, "interrupt", let_go)
        try:
            yield
        finally:
            over.set()
            for gate in list(gates.values()):
                gate.set()


@asynccontextmanager
async def comparing(
    opened: Opened, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[TriageScreen]:
    """Open the triage of a dump of 30 rows, while the earlier one of 20 is still being read."""
    dump = write_dump(directory / "dump.csv", rejected(30))
    earlier = write_dump(directory / "earlier.csv", rejected(20))
    with held_reading(monkeypatch, earlier):
        screen = await open_triage(opened, dump, earlier)
        await opened.shows("comparing …")
        yield screen


@contextmanager
def held_thread(thread: ThreadPoolExecutor) -> Iterator[None]:
    """Keep this thread busy, so that its work waits."""
    let_go = threading.Event()
    thread.submit(let_go.wait, PATIENCE_S)
    try:
        yield
    finally:
        let_go.set()


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
        with held_reading(monkeypatch, dump):
            await opened.press("R")
            await until(opened.pilot, lambda: len(begun) == 2, "the second reading")
            await opened.press("R")
            await until(opened.pilot, lambda: len(begun) == 3, "the third reading")
        await until(opened.pilot, lambda: not is_reading(screen), "the end of reading")
        assert not screen.working
        assert all(timer._task is None for timer in begun)


async def test_rows_do_not_wait_for_the_earlier_dump(
    open_app: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_app() as opened:
        async with comparing(opened, tmp_path, monkeypatch) as screen:
            await opened.press("enter")
            await opened.shows("30 rows · Item not located in Region list")
            await opened.shows("Kettle 3 ")
            await opened.press("escape", "e")
            await opened.shows("dump_rejected.csv")
            await opened.press("enter")
            await opened.shows("30 rejected rows to correct and upload")
            assert is_reading(screen)
        await opened.shows("compared with")
        await opened.shows("↑ 10")


async def test_esc_stops_a_save_that_waits_for_its_turn_and_no_comparison(
    open_app: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_app() as opened:
        async with comparing(opened, tmp_path, monkeypatch) as screen:
            with held_thread(screen.reader._thread):
                await opened.press("e")
                await opened.shows("dump_rejected.csv")
                await opened.press("enter")
                await opened.shows("Saving the rows")
                await opened.press("escape")
            await opened.shows("Saving was stopped; no file was made.")
        await opened.shows("compared with")
        assert found(tmp_path, "*_rejected*") == []


async def test_an_interrupt_that_a_save_misses_stops_it_all_the_same(tmp_path: Path) -> None:
    """`stop` may come after the save's turn and before the engine begins it."""
    reader = DumpReader(write_dump(tmp_path / "dump.csv", rejected(30)))
    await reader.load()
    save_rejected = Triage.save_rejected

    def stopped_first(self: Triage, path: Path, *args: object, **named: object) -> Saved:
        reader.stop()
        return save_rejected(self, path, *args, **named)  # type: ignore[arg-type]  # the same arguments

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Triage, "save_rejected", stopped_first)
        with pytest.raises(TriageCancelled):
            await reader.save_rejected(tmp_path / "saved.csv")
    assert not (tmp_path / "saved.csv").exists()
    assert (await reader.save_rejected(tmp_path / "saved.csv")).rows == 30
    await reader.aclose()


async def test_leaving_stops_the_comparison(
    open_app: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_app() as opened, comparing(opened, tmp_path, monkeypatch) as screen:
        await until(opened.pilot, lambda: screen.reader._earlier is not None, "the earlier dump")
        await opened.press("escape")
        await until(opened.pilot, lambda: opened.app.screen is not screen, "the screen below")
        work_dir = tmp_path / "state" / "triage"
        await until(opened.pilot, lambda: not any(work_dir.iterdir()), "no files left behind")
