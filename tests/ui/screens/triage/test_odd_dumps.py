"""Triage of odd but valid dumps: bytes that are not text, nulls, rows of any width."""

from pathlib import Path

import pytest

from tests.support.apps import Open
from tests.support.dump_files import found, read, rejected, write_dump


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_a_cell_that_is_no_text_is_marked_counted_and_named(
    open_app: Open, tmp_path: Path, size: tuple[int, int]
) -> None:
    dump = write_dump(tmp_path / "dump.csv", rejected(4, region="Zürich"))
    dump.write_bytes(dump.read_bytes().replace('"Zürich","Kettle 2"'.encode(), b'"Caf\xe9","Kettle 2"'))
    async with open_app(size=size) as opened:
        await read(opened, dump)
        assert "1 cell no text" in opened.text
        await opened.shows(r"line 4, Region (Caf\xE9)")
        await opened.press("enter")
        await opened.shows(r"Caf\xE9")
        assert "Zürich" in opened.text
        await opened.press("escape", "e")
        await opened.shows("for correction")
        await opened.press("enter")
        await opened.shows("4 rows saved")
        (saved,) = found(tmp_path, "dump_rejected*.csv")
    assert saved.read_bytes().count("Zürich".encode()) == 3
    assert saved.read_bytes().count(b"Caf\xe9") == 1


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_two_thousand_columns_and_a_thousand_errors_can_be_looked_at(
    open_app: Open, tmp_path: Path, size: tuple[int, int]
) -> None:
    names = [f"Column {n} of many" for n in range(2_200)]
    rows = [([f"v{n}\0" for n in range(2_200)], "Invalid number: v7\0")] * 3
    dump = write_dump(tmp_path / "dump.csv", rows, columns=names)
    dump.write_text(dump.read_text().rstrip("\n") + ',"Invalid date: x"' * 1_400 + "\n")
    async with open_app(size=size) as opened:
        await read(opened, dump)
        assert "3 rows · 3 rejected" in opened.text
        await opened.press("enter")
        await opened.shows("of 2200")
        await opened.press("enter")
        await opened.shows("Line 2")
