"""Triage of files that are not dumps, and of malicious dumps: reported or shown, never a crash."""

from pathlib import Path

import pytest

from anaplan_tui.ui.screens.run.screen import RunScreen
from anaplan_tui.ui.screens.triage.screen import TriageScreen
from anaplan_tui.ui.widgets.sheet import Sheet
from tests.support.apps import Open, until
from tests.support.dump_files import found, open_triage, read, rejected, write_dump

MARKUP = "[/b] z [bold red]x[/] [@click=app.quit]q[/]"
ESCAPES = "\x1b]52;c;aGk=\x07\x1b[2J\x9b31m"
BIDI = "\u202eevil\u2066\u200bx"


def has_no_controls(text: str) -> bool:
    return not any(
        c != "\n" and (ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 or c in BIDI[0] + "\u2066\u200b") for c in text
    )


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
@pytest.mark.parametrize("evil", [MARKUP, ESCAPES, BIDI], ids=["markup", "escapes", "bidi"])
async def test_whatever_stands_in_a_dump_is_text(
    open_app: Open, tmp_path: Path, evil: str, size: tuple[int, int]
) -> None:
    dump = write_dump(
        tmp_path / "dump.csv", [((evil, evil, evil), f"{evil}: {evil}")] * 3, columns=(evil, "Product", "M")
    )
    async with open_app(size=size) as opened:
        await read(opened, dump)
        assert "3 rows · 3 rejected" in opened.text
        assert has_no_controls(opened.text)
        await opened.press("enter")
        await opened.shows("columns 1–3 of 3")
        assert has_no_controls(opened.text)
        await opened.press("enter")
        await opened.shows("Line 2")
        assert has_no_controls(opened.text)
        await opened.press("escape", "S")
        await opened.shows("Save 3 rows of")
        assert has_no_controls(opened.text)
        await opened.press("enter")
        await opened.shows("3 rows saved")
        assert has_no_controls(opened.text)
        assert len(found(tmp_path, "dump_*.csv")) == 1


async def test_markup_is_shown_as_it_is(open_app: Open, tmp_path: Path) -> None:
    async with open_app() as opened:
        await read(opened, write_dump(tmp_path / "dump.csv", rejected(2, "[/b] oops")))
        assert "[/b] oops" in opened.text


async def test_three_hundred_columns_scroll_one_by_one(open_app: Open, tmp_path: Path) -> None:
    names = [f"Column name {n}" for n in range(1, 301)]
    rows = [
        ([f"r{row}c{n}" for n in range(1, 301)], "Item not located in Column name 200 list")
        for row in range(80)
    ]
    dump = write_dump(tmp_path / "dump.csv", rows, columns=names)
    async with open_app(size=(80, 24)) as opened:
        await read(opened, dump)
        await opened.press("enter")
        await opened.shows("! Column name 200")  # scrolls into view by itself
        assert "r0c200" in opened.text
        await opened.press("0")
        await opened.shows("columns 1–")
        assert "r0c1 " in opened.text
        await opened.press("right")
        await opened.shows("columns 2–")
        assert "r0c1 " not in opened.text
        await opened.press("left")
        await opened.shows("columns 1–")
        await opened.press("$")
        await opened.shows("–300 of 300")
        await opened.press("right")
        assert "–300 of 300" in opened.text
        assert "LINE" in opened.text


async def test_very_long_cells_are_cut_and_cost_little(open_app: Open, tmp_path: Path) -> None:
    long = "x" * 200_000
    dump = write_dump(tmp_path / "dump.csv", [((long, "Kettle", "1"), f"Invalid name: {long}")] * 60)
    async with open_app(size=(80, 24)) as opened:
        await read(opened, dump)
        assert "Invalid name: …" in opened.text
        await opened.press("enter")
        await opened.shows("60 rows")
        sheet = opened.app.screen.query_one(Sheet)
        await until(opened.pilot, lambda: sheet.current is not None, "the first row")
        assert sheet.current is not None
        assert max(map(len, sheet.current.cells)) <= 2000
        await opened.press("enter")
        await opened.shows("Line 2")


@pytest.mark.parametrize(
    ("content", "said", "shown"),
    [
        (b"", "empty", "it has no bytes"),
        (b"\x00\x01\x1b[31m\x07PK\x03\x04" * 20, "binary", "\\x1b[31m"),
        (b"name,age\nAnn,3\n", "no _Error_1_ column", "name,age"),
        (b'"_Status_","Region","_Line_","_Error_1_"\n"E","Sud"', "in the middle of a row", '"_Status_"'),
        (b'"_Status_","Region","_Line_","_Err', "first line", '"_Status_"'),
        (b"<html>\x1b]0;own3d\x07</html>\n", "no _Error_1_ column", "<html>\\x1b]0;own3d\\x07"),
    ],
    ids=["empty", "binary", "table", "cut-row", "cut-header", "html"],
)
@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_what_is_no_dump_is_said_with_its_first_bytes(
    open_app: Open, tmp_path: Path, content: bytes, said: str, shown: str, size: tuple[int, int]
) -> None:
    path = tmp_path / "dump.csv"
    path.write_bytes(content)
    async with open_app(size=size) as opened:
        screen = await read(opened, path)
        await opened.shows("It begins with")
        flat = " ".join(opened.text.split())
        assert said in flat
        assert shown in flat
        assert has_no_controls(opened.text)
        for key in ("enter", "e", "S", "slash"):
            await opened.press(key)
            assert opened.app.screen is screen
        await opened.shows("cannot be read as a dump")
        await opened.press("escape")
        assert not isinstance(opened.app.screen, TriageScreen)


async def test_a_file_that_vanished_is_said(open_app: Open, tmp_path: Path) -> None:
    async with open_app() as opened:
        await open_triage(opened, tmp_path / "gone.csv")
        await opened.shows("cannot be read")


async def test_a_dump_that_changes_is_said_and_read_again(open_app: Open, tmp_path: Path) -> None:
    path = write_dump(tmp_path / "dump.csv", rejected(5))
    async with open_app() as opened:
        await read(opened, path)
        write_dump(path, rejected(7))
        await opened.press("enter")
        await opened.shows("changed while it was open")
        await opened.press("escape", "R")
        await opened.shows("7 rows · 7 rejected")
        assert not isinstance(opened.app.screen, RunScreen)


async def test_a_dump_without_rows_says_so(open_app: Open, tmp_path: Path) -> None:
    async with open_app() as opened:
        await read(opened, write_dump(tmp_path / "dump.csv", []))
        await opened.shows("The dump holds no rows")
        await opened.press("e")
        await opened.shows("no rejected rows")
