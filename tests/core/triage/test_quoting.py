"""Texts not checked for blanks at quotes: DuckDB reads them as the csv module does, or refuses."""

from __future__ import annotations

import csv
import io
import itertools
from pathlib import Path

import pytest

from anaplan_tui.core.triage.database import Database
from anaplan_tui.core.triage.quoting import may_have_blanks_at_quotes
from anaplan_tui.core.triage.slices import Records, Refused

WIDTH = 7
END = ["", "", "end"]


@pytest.mark.parametrize(("delimiter", "line_end"), [(",", "\n"), (",", "\r\n"), ("\t", "\n")])
def test_short_texts_without_blanks_at_quotes_are_read_as_the_csv_module_does_or_refused(
    tmp_path: Path, delimiter: str, line_end: str
) -> None:
    database = Database(tmp_path, 64)
    texts = map("".join, itertools.product(['"', "a", " ", ",", "\n"], repeat=5))
    compared = 0
    for text in (text for text in texts if text.count('"') in (2, 4)):
        raw = (text + "\n").replace("\n", line_end).replace(",", delimiter).encode()
        if may_have_blanks_at_quotes(raw, delimiter.encode()):
            continue
        records = Records(raw, delimiter, line_end).followed_by(END)
        plain = [row for row in csv.reader(io.StringIO(raw.decode(), newline=""), delimiter=delimiter) if row]
        try:
            with database.slice(records, WIDTH) as table:
                answer = database.ask(f"SELECT * FROM {table}")  # noqa: S608
        except Refused:
            continue
        read = [[cell for cell in row if cell is not None] for row in answer]
        # The last row is missing where the slice ends in the middle of a cell: such a slice is cut again.
        if END in read:
            compared += 1
            assert without_blank_lines(read) == without_blank_lines([*plain, END]), raw
    database.close()
    assert compared > 250, "most of them are neither refused nor looked into"


def without_blank_lines(rows: list[list[str]]) -> list[list[str]]:
    return [row for row in rows if row != [""]]


@pytest.mark.parametrize(
    ("raw", "there"),
    [
        (b'"a" ,"b"\n', True),
        (b'"a"  \n', True),
        (b'"a" ', True),
        (b'"a", "b"\n', True),
        (b' "a"\n', True),
        (b'x\n   "a"\n', True),
        (b'"a" "b"\n', True),
        (b'"a b","c d"\n', False),
        (b'" a","b "\n', False),
        (b"a ,b \n c, d\n", False),
        (b'"","",x y\n', False),
    ],
)
def test_blanks_at_quotes_are_seen_and_others_cost_nothing(raw: bytes, there: bool) -> None:
    assert may_have_blanks_at_quotes(raw, b",") is there
