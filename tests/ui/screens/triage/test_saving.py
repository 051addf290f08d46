"""Rows saved from the triage: the right ones, complete, and never over another file."""

from pathlib import Path

from textual.events import Key

from anaplan_tui.ui.screens.save_as import PathDialog
from tests.support.apps import Open, until
from tests.support.dump_files import COLUMNS, Row, found, parsed, read, rejected, write_big_dump, write_dump

ODD: list[Row] = [
    (('Sud, "the old"', "line\nbreak", ""), "Invalid parent"),
    ((" [b] ", "=1+1;\t", "Łódź"), "Invalid parent"),
]


async def test_rejected_rows_have_the_sources_own_columns(open_app: Open, tmp_path: Path) -> None:
    dump = write_dump(tmp_path / "dump.csv", [*ODD, *rejected(3)])
    async with open_app() as opened:
        screen = await read(opened, dump)
        await opened.press("e")
        await opened.shows("dump_rejected.csv")
        await opened.press("enter")
        await opened.shows("5 rejected rows to correct and upload: dump_rejected.csv, beside the dump")
        saved = tmp_path / "dump_rejected.csv"
        assert parsed(saved) == [list(COLUMNS), *(list(cells) for cells, _error in [*ODD, *rejected(3)])]
        assert saved.stat().st_mode & 0o777 == 0o600
        assert ("saved file's path", str(saved)) in screen.copyable()


async def test_rows_loaded_with_a_warning_are_not_among_the_rejected(open_app: Open, tmp_path: Path) -> None:
    dump = write_dump(tmp_path / "dump.csv", rejected(4), status="W")
    async with open_app() as opened:
        await read(opened, dump)
        assert "4 loaded with warnings" in opened.text
        await opened.press("e")
        await opened.shows("all of its rows were loaded")


async def test_the_shown_rows_are_saved_as_they_stand_in_the_dump(open_app: Open, tmp_path: Path) -> None:
    dump = write_dump(tmp_path / "dump.csv", [*rejected(30), *ODD])
    async with open_app() as opened:
        await read(opened, dump)
        await opened.press("enter")
        await opened.shows("30 rows")
        await opened.press("slash", *"kettle", "space", "1")
        await opened.shows("11 rows")
        await opened.press("enter", "S")
        await opened.shows('that contain "kettle 1"')
        await opened.press("enter")
        await opened.shows("11 rows saved")
        [saved] = found(tmp_path, "dump_Item*.csv")
        whole = parsed(dump)
        assert parsed(saved) == [whole[0], *(row for row in whole if "Kettle 1" in row[2])]


async def test_the_rows_of_the_highlighted_error_are_saved_from_the_list(
    open_app: Open, tmp_path: Path
) -> None:
    dump = write_dump(tmp_path / "dump.csv", [*rejected(3), *ODD])
    async with open_app() as opened:
        await read(opened, dump)
        await opened.press("j", "S", "enter")
        await opened.shows("2 rows saved: dump_Invalid parent.csv")
        assert [row[1] for row in parsed(tmp_path / "dump_Invalid parent.csv")[1:]] == [c[0] for c, _ in ODD]


async def test_nothing_is_ever_overwritten(open_app: Open, tmp_path: Path) -> None:
    dump = write_dump(tmp_path / "dump.csv", rejected(3))
    taken = tmp_path / "dump_rejected.csv"
    taken.write_text("mine")
    async with open_app() as opened:
        await read(opened, dump)
        await opened.press("e")
        await opened.shows("dump_rejected (2).csv")  # a free name is offered
        await opened.press("ctrl+u", *"dump_rejected.csv", "enter")
        await opened.shows("There is a file of this name already")
        assert isinstance(opened.app.screen, PathDialog)
        await opened.press("escape")
        assert taken.read_text() == "mine"
        await opened.press("e")
        await opened.shows("dump_rejected (2).csv")
        # Somebody creates the file after the question and before the answer reaches the disk.
        screen = opened.app.screen
        assert isinstance(screen, PathDialog)
        raced = tmp_path / "dump_rejected (2).csv"
        raced.write_text("theirs")
        screen.dismiss(raced)
        await opened.shows("exists already")
        assert raced.read_text() == "theirs"
        assert len(found(tmp_path, "*.csv")) == 3


async def test_a_place_that_cannot_be_written_is_said(open_app: Open, tmp_path: Path) -> None:
    dump = write_dump(tmp_path / "dump.csv", rejected(3))
    async with open_app() as opened:
        await read(opened, dump)
        await opened.press("e")
        await opened.shows("Tab completes")
        await opened.press("ctrl+u", *"none/x.csv", "enter")
        await opened.shows("There is no such directory")
        await opened.press("ctrl+u", "enter")
        await opened.shows("Type a path")
        await opened.press("escape")
        await until(opened.pilot, lambda: not isinstance(opened.app.screen, PathDialog), "the triage")


async def test_esc_stops_saving_and_leaves_no_file(open_app: Open, tmp_path: Path) -> None:
    dump = write_big_dump(tmp_path / "big.csv", 60)
    async with open_app() as opened:
        screen = await read(opened, dump)
        await opened.press("e")
        await opened.shows("big_rejected.csv")
        # Posted, because the pilot's own keys wait for the process to be idle.
        opened.app.post_message(Key("enter", None))
        await until(opened.pilot, lambda: screen.working == "Saving the rows", "the saving")
        opened.app.post_message(Key("escape", None))
        await opened.shows("Saving was stopped; no file was made.")
        assert opened.app.screen is screen
        assert found(tmp_path, "*.csv") == [dump]
        await opened.press("enter")
        await opened.shows("columns 1–3 of 3")  # and the dump answers queries again


async def test_tab_completes_paths(open_app: Open, tmp_path: Path) -> None:
    dump = write_dump(tmp_path / "a" / "dump.csv", rejected(3))
    for name in ("corrections", "corners"):
        (tmp_path / "a" / name).mkdir()
    async with open_app() as opened:
        await read(opened, dump)
        await opened.press("e")
        await opened.shows("Tab completes")
        await opened.press("ctrl+u", "c", "tab")
        await opened.shows("corners/   corrections/")
        await opened.press("r", "tab")
        await opened.shows("corrections/")
        await opened.press(*"fixed.csv", "enter")
        await opened.shows("3 rejected rows to correct and upload")
        assert (tmp_path / "a" / "corrections" / "fixed.csv").is_file()
