"""From the errors to the corrected file: the form of saved rows, the report on them, the next step."""

from pathlib import Path

import pytest

from anaplan_tui.core.uploads import prepared
from anaplan_tui.demo.faults import Fault
from anaplan_tui.demo.server import DemoServer
from anaplan_tui.ui.screens.run.screen import RunScreen
from anaplan_tui.ui.screens.save_as import PathDialog
from anaplan_tui.ui.screens.triage.rows import TriageRowsScreen
from anaplan_tui.ui.screens.triage.screen import TriageScreen
from anaplan_tui.ui.screens.triage.values import GroupLine
from anaplan_tui.ui.screens.triage.words import lines_words, rows_words
from tests.support.apps import Open, until
from tests.support.dump_files import parsed, read, rejected, write_dump

ASKING = "Asking Anaplan what the import expects"


async def test_from_the_saved_file_to_its_upload_by_two_keys(open_app: Open) -> None:
    async with open_app(size=(80, 24)) as opened:
        await opened.run_process("nightly load")
        await opened.shows("on disk, exact.")
        await opened.press("g", "j")
        await opened.shows("▸ 2  Sales from sales.csv")
        await opened.press("o")
        await opened.shows("1,234 rows")
        await opened.press("e")
        await opened.shows("Save 1,234 rejected rows for correction")
        assert ASKING not in opened.text
        await opened.shows("separated by commas")
        await opened.press("enter")
        await opened.shows("✓ 1,234 rows saved: ")
        screen = opened.app.screen
        assert isinstance(screen, TriageScreen)
        assert screen.saved_to is not None
        flat = "".join(opened.text.split())
        assert screen.saved_to.name.replace(" ", "") in flat, "the whole path can be read"
        await opened.press("u")
        await opened.shows("Upload which file?")
        await opened.shows(screen.saved_to.name[:30])
        await opened.press("escape", "r")
        await opened.shows("Don't run")


async def test_waiting_for_what_the_import_expects_is_said(
    open_app: Open, tenant: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepared, "_PATIENCE_S", 60.0)
    async with open_app() as opened:
        await opened.run_process("regional targets load")
        await opened.shows("on disk, exact.")
        await opened.press("o")
        await opened.shows("Uberlingen")
        tenant.faults.add(Fault("GET */imports/*", "delay", seconds=60.0))
        await opened.press("e")
        await opened.shows(ASKING)
        await opened.press("escape")
        await opened.shows("Dump on disk")


async def test_a_dump_of_an_unknown_run_says_why_nothing_is_uploaded(open_app: Open, tmp_path: Path) -> None:
    async with open_app() as opened:
        await read(opened, write_dump(tmp_path / "dump.csv", rejected(3)))
        for key in ("u", "r"):
            await opened.press(key)
            await opened.shows("remembers the run of this dump")


async def test_the_rows_of_one_error_are_saved_for_correction(open_app: Open, tmp_path: Path) -> None:
    dump = write_dump(tmp_path / "dump.csv", [*rejected(3), *rejected(12, "Invalid parent", "Ost")])
    async with open_app() as opened:
        await read(opened, dump)
        await opened.press("enter")
        await opened.shows("12 rows · Invalid parent")
        await opened.press("slash", *"kettle", "space", "1", "enter")
        await opened.shows("3 rows · Invalid parent")
        await opened.press("e")
        await opened.shows("Save 3 rows of 'Invalid parent' that contain")
        await opened.press("enter")
        await opened.shows("3 rejected rows to correct and upload")
        saved = parsed(tmp_path / "dump_rejected_Invalid parent.csv")
        assert saved[1:] == [["Ost", f"Kettle {n}", "12"] for n in (1, 10, 11)]


async def test_the_dialog_says_that_nothing_narrows_all_rejected_rows(open_app: Open, tmp_path: Path) -> None:
    rows = [*rejected(2), (("", "x", "1"), "Invalid parent")]
    dump = write_dump(tmp_path / "dump.csv", rows)
    dump.write_text(dump.read_text().replace('"E","","x"', '"","","x"'))
    async with open_app(size=(80, 24)) as opened:
        await read(opened, dump)
        await opened.shows("2 rejected, 1 unclear")
        await opened.press("e")
        await opened.shows("Save 2 rejected rows for correction")
        flat = " ".join(opened.text.replace("│", " ").split())
        assert "whatever is filtered or highlighted" in flat
        assert "1 row without a known status is not among them" in flat
        assert "is not known here" in flat


async def test_a_repeated_header_line_is_left_out_and_said(open_app: Open, tmp_path: Path) -> None:
    dump = write_dump(
        tmp_path / "dump.csv", [*rejected(2), (("Region", "Product", "Menge"), "Invalid name: Region")]
    )
    async with open_app() as opened:
        await read(opened, dump)
        await opened.press("e", "enter")
        await opened.shows("✓ 2 rows saved")
        await opened.shows("Without 1 repeated header line of the source")


async def test_blanks_are_seen_and_copied_as_they_are(open_app: Open, tmp_path: Path) -> None:
    dump = write_dump(tmp_path / "dump.csv", rejected(3, region="EMEA "))
    async with open_app() as opened:
        screen = await read(opened, dump)
        await opened.shows("EMEA␠ (3)")
        await opened.shows("Commonest values: ends with a blank")
        assert ("commonest value", "EMEA ") in screen.copyable()
        await opened.press("enter")
        await opened.shows("EMEA␠")
        rows = opened.app.screen
        assert isinstance(rows, TriageRowsScreen)
        assert ("bad value", "EMEA ") in rows.copyable()
        await opened.press("enter")
        await opened.shows("! Region")
        assert "EMEA␠" in opened.text


async def test_from_one_whole_row_to_the_next(open_app: Open, tmp_path: Path) -> None:
    dump = write_dump(tmp_path / "dump.csv", rejected(3))
    async with open_app() as opened:
        await read(opened, dump)
        await opened.press("enter")
        await opened.shows("Kettle 2")
        await opened.press("enter")
        await opened.shows("row 1 of 3")
        assert "↵ all rows" in opened.text
        assert "whole row" not in opened.text
        await opened.press("n")
        await opened.shows("row 2 of 3")
        assert "Kettle 1" in opened.text
        await opened.press("n", "n")
        await opened.shows("This is the last row.")
        await opened.press("p")
        await opened.shows("row 2 of 3")
        await opened.press("enter")
        await opened.shows("Kettle 2")
        assert "↵ whole row" in opened.text


async def test_why_a_key_does_nothing_is_not_said_elsewhere(open_app: Open, tmp_path: Path) -> None:
    async with open_app() as opened:
        await read(opened, write_dump(tmp_path / "dump.csv", []))
        await opened.press("enter")
        await opened.shows("There is no group in the list.")
        await opened.press("t")
        await until(
            opened.pilot, lambda: "There is no group" not in opened.text, "the status line without it"
        )


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_of_a_cut_dump_the_whole_rows_are_shown(
    open_app: Open, tmp_path: Path, size: tuple[int, int]
) -> None:
    dump = write_dump(tmp_path / "dump.csv", rejected(5))
    with dump.open("ab") as file:
        file.write(b'"E","Su')
    async with open_app(size=size) as opened:
        await read(opened, dump)
        await opened.shows("cut off")
        flat = " ".join(opened.text.replace("│", "").replace("█", "").split())
        assert "The file ends in the middle of a quoted cell. The 5 whole rows before that are shown." in flat


async def test_the_dialog_shows_the_folder_that_is_typed(open_app: Open, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    async with open_app() as opened:
        await read(opened, write_dump(tmp_path / "dump.csv", rejected(3)))
        await opened.press("e")
        await opened.shows("dump_rejected.csv")
        assert isinstance(opened.app.screen, PathDialog)
        await opened.press("ctrl+u", *"/usr/x.csv")
        await opened.shows("in /usr/")
        await opened.press("ctrl+u", *"a/x.csv")
        await opened.shows("/a/ ")


async def test_reading_again_is_not_asking_anaplan(open_app: Open, tmp_path: Path) -> None:
    async with open_app() as opened:
        await read(opened, write_dump(tmp_path / "dump.csv", rejected(3)))
        await opened.press("question_mark")
        await opened.shows("Read the dump's file again")
        assert "Ask Anaplan again" not in opened.text
        await opened.press("escape")
        assert not isinstance(opened.app.screen, RunScreen)


@pytest.mark.parametrize(
    ("rows", "also", "shown"),
    [
        (129, 0, "129"),
        (129, 76, "129 +76"),
        (0, 318_365, "+318,365"),
        (583_928, 318_365, "583,928 +318k"),
        (1_583_928, 999, "1,583,928 +"),
        (1_583_928, 2_318_365, "1,583,928 +2M"),
    ],
)
def test_rows_of_a_further_error_stand_beside_the_others(rows: int, also: int, shown: str) -> None:
    line = GroupLine("k", "Invalid parent", "E", "E", rows, also, 1.0, "", None, (), ())
    assert str(rows_words(line, 13)) == shown


def test_first_lines_are_whole_numbers() -> None:
    line = GroupLine("k", "x", "E", "E", 9, 0, 1.0, "", None, (), (1_000_001, 1_000_002, 1_000_003))
    assert str(lines_words(line, 3, 15)) == "1,000,001 …"
    assert str(lines_words(line, 3)) == "1,000,001, 1,000,002, 1,000,003 …"
