"""Triage by keyboard, from a failed run: errors, their rows, and changes since the run before."""

import threading
from pathlib import Path

import pytest
from textual.events import Key

from anaplan_tui.ui.screens.help import HelpScreen
from anaplan_tui.ui.screens.run.screen import RunScreen
from anaplan_tui.ui.screens.triage.rows import TriageRowsScreen
from anaplan_tui.ui.screens.triage.screen import TriageScreen
from anaplan_tui.ui.widgets.sheet import Sheet
from tests.support.apps import Open, Opened, until
from tests.support.dump_files import is_reading, open_triage, read, rejected, write_big_dump, write_dump

SIZES = [(120, 40), (80, 24)]


async def failed_run(opened: Opened) -> RunScreen:
    """Open the run screen after a failed run, its dumps on disk, the cursor on the rejected sales."""
    await opened.run_process("nightly load")
    await opened.shows("on disk, exact.")
    await opened.press("g", "j")
    await opened.shows("▸ 2  Sales from sales.csv")
    screen = opened.app.screen
    assert isinstance(screen, RunScreen)
    return screen


@pytest.mark.parametrize("size", SIZES)
async def test_a_failed_run_tells_which_rows_and_why(open_app: Open, size: tuple[int, int]) -> None:
    async with open_app(size=size) as opened:
        await failed_run(opened)
        await opened.press("o")
        await opened.shows("1,234 rows ·")
        await opened.shows("1,234 rejected")
        for word in ("1,234 rejected", "1,100", "Item not located in Region list", "Uberlingen", "Region"):
            await opened.shows(word)
        await opened.press("j")
        await opened.shows("n/a")
        await opened.press("k", "enter")
        await opened.shows("1,100 rows · Item not located in Region list")
        await opened.shows("! Region")
        await opened.shows("Uberlingen")
        await opened.press("escape", "escape")
        assert isinstance(opened.app.screen, RunScreen)


async def test_a_dump_that_is_gone_from_the_disk_is_fetched_first(open_app: Open) -> None:
    async with open_app() as opened:
        run = await failed_run(opened)
        paths = [action.dump.path for action in run.snapshot.actions if action.dump.path]
        for path in paths:
            path.unlink()
        await opened.press("o")
        await opened.shows("1,234 rows · 1,234 rejected")
        assert sum(path.is_file() for path in paths) == 1


async def test_downloads_open_the_triage_too(open_app: Open) -> None:
    async with open_app() as opened:
        await failed_run(opened)
        await opened.press("w")
        await opened.shows("✓ exact")
        await opened.press("slash", *"sales", "down", "o")
        await opened.shows("1,234 rows · 1,234 rejected")


async def test_an_action_without_dump_says_so(open_app: Open) -> None:
    async with open_app() as opened:
        await failed_run(opened)
        await opened.press("g", "o")
        await opened.shows("This action has no dump")
        assert isinstance(opened.app.screen, RunScreen)


async def test_the_run_before_is_compared_with(open_app: Open) -> None:
    async with open_app() as opened:
        first = await failed_run(opened)
        await opened.press("r")
        await opened.shows("Don't run")
        await opened.press("y")
        await until(opened.pilot, lambda: _other_run(opened, first) is not None, "the second run's dumps")
        await opened.press("g", "j", "o")
        await opened.shows("compared with")
        await opened.shows("= as many")


def _other_run(opened: Opened, first: RunScreen) -> RunScreen | None:
    screen = opened.app.screen
    if not isinstance(screen, RunScreen) or screen.run_id == first.run_id or screen.snapshot.live:
        return None
    dumps = [action.dump for action in screen.snapshot.actions if action.dump.available]
    return screen if dumps and all(dump.path for dump in dumps) else None


async def test_groups_are_marked_new_grown_shrunk_and_gone(open_app: Open, tmp_path: Path) -> None:
    old = rejected(5) + rejected(4, "Invalid parent") + rejected(3, "Invalid name: x")
    new = rejected(9) + rejected(1, "Invalid parent") + rejected(2, "Invalid number: n/a")
    earlier = write_dump(tmp_path / "earlier.csv", old)
    async with open_app() as opened:
        screen = await read(opened, write_dump(tmp_path / "now.csv", new), earlier)
        assert [(line.error, line.change) for line in screen.table.shown] == [
            ("Item not located in Region list", "↑ 4"),
            ("Invalid number: …", "new"),
            ("Invalid parent", "↓ 3"),
            ("Invalid name: …", "gone"),
        ]
        await opened.press("G", "enter")
        await opened.shows("This error is gone")
        assert opened.app.screen is screen
        assert "had 3 rows of it" in opened.text


async def test_an_earlier_dump_that_cannot_be_read_is_no_obstacle(open_app: Open, tmp_path: Path) -> None:
    broken = tmp_path / "earlier.csv"
    broken.write_bytes(b"")
    async with open_app() as opened:
        await read(opened, write_dump(tmp_path / "now.csv", rejected(3)), broken)
        await opened.shows("cannot be compared")
        assert "3 rows · 3 rejected" in opened.text


async def test_rows_are_fetched_as_they_come_into_view(open_app: Open, tmp_path: Path) -> None:
    dump = write_dump(tmp_path / "dump.csv", rejected(1000))
    async with open_app(size=(80, 24)) as opened:
        await read(opened, dump)
        await opened.press("enter")
        await opened.shows("Kettle 0 ")
        sheet = opened.app.screen.query_one(Sheet)
        assert sheet.total == 1000
        await opened.press("G")
        await opened.shows("Kettle 999")
        assert "1,001" in opened.text  # its line in the source
        await opened.press("pageup")
        await until(opened.pilot, lambda: sheet.current is not None, "the row above")
        await opened.press("g")
        await opened.shows("Kettle 0 ")


async def test_the_filter_looks_into_every_cell(open_app: Open, tmp_path: Path) -> None:
    dump = write_dump(tmp_path / "dump.csv", rejected(300))
    async with open_app() as opened:
        await read(opened, dump)
        await opened.press("enter")
        await opened.shows("300 rows")
        await opened.press("slash", *"kettle", "space", *"29")
        await opened.shows("11 rows")  # 29 and 290 to 299
        await opened.press("enter", "escape")
        await opened.shows("300 rows")
        await opened.press("slash", *"nothing")
        await opened.shows('No row contains "nothing"')


async def test_enter_shows_a_whole_row(open_app: Open, tmp_path: Path) -> None:
    dump = write_dump(tmp_path / "dump.csv", rejected(3))
    async with open_app() as opened:
        await read(opened, dump)
        await opened.press("enter")
        await opened.shows("Kettle 2")
        await opened.press("j", "enter")
        await opened.shows("Line 3")
        assert "✗ Item not located in Region list" in opened.text
        assert "Kettle 2" not in opened.text
        await opened.press("escape")
        await opened.shows("Kettle 2")
        assert isinstance(opened.app.screen, TriageRowsScreen)


async def test_groups_are_filtered_and_sorted(open_app: Open, tmp_path: Path) -> None:
    dump = write_dump(tmp_path / "dump.csv", rejected(2, "B error") + rejected(1, "A error"))
    async with open_app() as opened:
        screen = await read(opened, dump)
        await opened.press("s", "s")
        assert [line.error for line in screen.table.shown] == ["A error", "B error"]
        await opened.press("slash", "b", "space", "e")
        await opened.shows("filter: b e")
        assert [line.error for line in screen.table.shown] == ["B error"]


async def test_keys_are_answered_while_a_large_dump_is_read(open_app: Open, tmp_path: Path) -> None:
    dump = write_big_dump(tmp_path / "big.csv", 60)
    async with open_app() as opened:
        screen = await open_triage(opened, dump)
        answered = 0
        # The keys are posted because the pilot's own wait for the process to be idle.
        while is_reading(screen):
            opened.app.post_message(Key("question_mark", "?"))
            await until(opened.pilot, lambda: isinstance(opened.app.screen, HelpScreen), "the help")
            opened.app.post_message(Key("escape", None))
            await until(opened.pilot, lambda: opened.app.screen is screen, "the triage")
            answered += is_reading(screen)
        assert answered >= 2
        await opened.shows("Item not located in Region list")
        assert screen.summary is not None
        assert screen.summary.rows % 20_000 == 0


async def test_leaving_stops_the_reading(open_app: Open, tmp_path: Path) -> None:
    dump = write_big_dump(tmp_path / "big.csv", 60)
    async with open_app() as opened:
        await open_triage(opened, dump)
        await opened.shows("Reading the dump")
        await opened.press("escape")
        await until(opened.pilot, lambda: not isinstance(opened.app.screen, TriageScreen), "the screen below")
        await until(opened.pilot, lambda: not _triage_threads(), "the end of reading")
        work_dir = tmp_path / "state" / "triage"
        await until(opened.pilot, lambda: not any(work_dir.iterdir()), "no files left behind")


def _triage_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("triage")]


async def test_of_two_columns_with_one_name_the_one_with_the_bad_value_is_marked(
    open_app: Open, tmp_path: Path
) -> None:
    rows = [(("Nord", "1", "Sudd"), "Invalid parent: Sudd")] * 3
    dump = write_dump(tmp_path / "dump.csv", rows, columns=("Region", "Amount", "Region"))
    async with open_app() as opened:
        await read(opened, dump)
        await opened.press("enter")
        await opened.shows("3 rows")
        screen = opened.app.screen
        assert isinstance(screen, TriageRowsScreen)
        await until(opened.pilot, lambda: "Sudd" in dict(screen.copyable()).values(), "the bad value to copy")
