"""Corrected rows in the whole source: every other byte stays, and lines that do not fit are refused."""

import csv
import io
import re
import tracemalloc
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anaplan_tui.core.merging import Form, MergeRefused, has_lines, lines_file, merge
from anaplan_tui.core.merging.form import source_form
from anaplan_tui.core.merging.lines import SavedForm, noting_lines
from anaplan_tui.core.triage import SourceForm, Triage
from anaplan_tui.core.uploads import inspect

SOURCE = b'Region,Note,Amount\r\nNorth,"a ""b""",1\nSud,"two\r\nlines",2\r\n\r\nEast,,n/a\r\nWest,x,4'
"""Mixed line ends, a line end in a cell, a blank line, quotes, and no line end at the end."""
FORM = Form("utf-8", ",")
SUD, EAST = ("Sud", "two\r\nlines", "2"), ("East", "", "n/a")


def dump(folder: Path, rows: list[tuple[int, tuple[str, ...]]], header: tuple[str, ...]) -> Path:
    """A dump of rejected rows, as the service writes it (service.md §7.5)."""
    path = folder / "dump.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow((*header, "_Line_", "_Error_1_"))
        writer.writerows((*cells, line, "Invalid number: n/a") for line, cells in rows)
    return path


def saved(folder: Path, rows: list[tuple[int, tuple[str, ...]]], header: tuple[str, ...]) -> Path:
    """The rejected rows, saved for correction."""
    path = folder / "corrected.csv"
    with Triage.open(dump(folder, rows, header), work_dir=folder / "work") as triage:
        triage.save_rejected(path, form=SourceForm(separator=",", quote='"', encoding="UTF-8", header_row=1))
    return path


def replace_in(path: Path, *pairs: tuple[str, str]) -> None:
    """Edit a file as an editor would."""
    text = path.read_bytes().decode()
    for was, now in pairs:
        assert was in text
        text = text.replace(was, now)
    path.write_bytes(text.encode())


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "sales.csv"
    path.write_bytes(SOURCE)
    return path


HEADER = ("Region", "Note", "Amount")


@pytest.mark.parametrize(
    ("sud", "east"), [(3, 5), (3, 6), (3, 4)], ids=["records counted", "lines counted", "blank ones left out"]
)
def test_other_bytes_stay_whatever_the_lines_count(source: Path, tmp_path: Path, sud: int, east: int) -> None:
    rows = saved(tmp_path, [(sud, SUD), (east, EAST)], HEADER)
    replace_in(rows, ("Sud", "Süd"), ("n/a", "3"))
    merged = merge(source, rows, FORM)
    assert merged.path == tmp_path / "sales_merged.csv"
    assert merged.path.read_bytes() == SOURCE.replace(b"Sud", "Süd".encode()).replace(b"n/a", b"3")
    assert (merged.rows, merged.unchanged, source.read_bytes()) == (2, 0, SOURCE)


def test_a_row_that_nobody_corrected_keeps_its_bytes(source: Path, tmp_path: Path) -> None:
    rows = saved(tmp_path, [(2, ("North", 'a "b"', "1")), (5, EAST)], HEADER)
    replace_in(rows, ("n/a", "3"))
    merged = merge(source, rows, FORM)
    assert merged.path.read_bytes() == SOURCE.replace(b"n/a", b"3")
    assert merged.words == "1 corrected row merged into sales_merged.csv, 1 left as it was rejected"


def test_nothing_is_overwritten(source: Path, tmp_path: Path) -> None:
    (tmp_path / "sales_merged.csv").write_text("mine")
    rows = saved(tmp_path, [(5, EAST)], HEADER)
    replace_in(rows, ("n/a", "3"))
    assert merge(source, rows, FORM).path.name == "sales_merged (2).csv"
    assert (tmp_path / "sales_merged.csv").read_text() == "mine"


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        (
            b"East,,n/a\r\n",
            b"",
            "line 5 of the source does not hold what was rejected. Line 5 holds (West | x | 4)",
        ),
        (b"East", b"Ost", "Line 5 holds (Ost |  | n/a), rejected was (East |  | n/a)"),
        (SOURCE, b"Region,Note,Amount\n", "the source ends before line 5"),
    ],
    ids=["a line moved", "a cell changed", "shorter"],
)
def test_a_source_that_is_another_is_refused(
    source: Path, tmp_path: Path, was: bytes, now: bytes, said: str
) -> None:
    rows = saved(tmp_path, [(5, EAST)], HEADER)
    replace_in(rows, ("n/a", "3"))
    source.write_bytes(SOURCE.replace(was, now))
    refused(source, rows, said)


def refused(source: Path, rows: Path, said: str) -> None:
    before = sorted(source.parent.iterdir())
    with pytest.raises(MergeRefused) as told:
        merge(source, rows, FORM)
    assert said in str(told.value)
    assert "Nothing was written" in str(told.value)
    assert sorted(source.parent.iterdir()) == before


def test_line_ends_that_an_editor_changed_are_no_matter(source: Path, tmp_path: Path) -> None:
    rows = saved(tmp_path, [(3, SUD), (5, EAST)], HEADER)
    rows.write_bytes(b"\xef\xbb\xbf" + rows.read_bytes().replace(b"\r\n", b"\n").replace(b"n/a", b"3"))
    assert merge(source, rows, FORM).path.read_bytes() == SOURCE.replace(b"n/a", b"3")


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda lines: lines[:-1], "holds 1 row where 2 were saved, so some were dropped; from line 5 on"),
        (lambda lines: [*lines, lines[-1]], "holds 3 rows where 2 were saved, so some were added"),
        (
            lambda lines: [lines[0], lines[2], lines[1]],
            "another order than they were saved in, at lines 2, 5",
        ),
        (lambda lines: [lines[0].replace("Note", "Text"), *lines[1:]], "the header line of corrected.csv"),
        (lambda lines: [*lines[:2], lines[2] + ",7"], "the rows of line 5 have more than 3 cells"),
        (lambda lines: lines, "no row of corrected.csv was corrected"),
    ],
    ids=["dropped", "added", "moved", "header", "wider", "nothing"],
)
def test_what_an_editor_did_to_the_rows_is_noticed(source: Path, tmp_path: Path, edit, said: str) -> None:  # type: ignore[no-untyped-def]
    rows = saved(tmp_path, [(2, ("North", 'a "b"', "1")), (5, EAST)], HEADER)
    rows.write_text("\n".join(edit(rows.read_text().splitlines())) + "\n")
    refused(source, rows, said)


def test_rows_that_were_corrected_and_then_sorted_are_noticed(tmp_path: Path) -> None:
    bad: list[tuple[int, tuple[str, ...]]] = [
        (n + 2, (f"Sud {9 - n}", f"note {n}", str(n))) for n in range(9)
    ]
    source = tmp_path / "sales.csv"
    source.write_text("Region,Note,Amount\n" + "".join(",".join(cells) + "\n" for _, cells in bad))
    rows = saved(tmp_path, bad, HEADER)
    head, *lines = rows.read_text().replace("Sud", "Süd").splitlines()
    rows.write_text("\n".join([head, *lines]))
    assert merge(source, rows, FORM).path.read_text() == source.read_text().replace("Sud", "Süd")
    rows.write_text("\n".join([head, *sorted(lines)]))
    refused(source, rows, "rows stand in another order")


def test_rows_without_their_lines_say_what_to_do(source: Path, tmp_path: Path) -> None:
    rows = saved(tmp_path, [(5, EAST)], HEADER)
    lines_file(rows).unlink()
    assert not has_lines(rows)
    refused(source, rows, "there is no corrected.csv.lines beside corrected.csv")
    lines_file(rows).write_text("{}\n")
    refused(source, rows, "corrected.csv.lines is damaged")


def test_a_dump_without_lines_leaves_no_file_of_lines(tmp_path: Path) -> None:
    path = tmp_path / "dump.csv"
    path.write_text('"Region","_Error_1_"\n"Sud","Invalid"\n')
    with Triage.open(path, work_dir=tmp_path / "work") as triage:
        triage.save_rejected(tmp_path / "corrected.csv")
    assert not lines_file(tmp_path / "corrected.csv").exists()


def test_lines_that_could_be_two_places_are_refused(tmp_path: Path) -> None:
    source = tmp_path / "sales.csv"
    source.write_text("Region,Note,Amount\n\nSud,,1\nSud,,1\n")
    rows = saved(tmp_path, [(3, ("Sud", "", "1"))], HEADER)
    replace_in(rows, ("Sud", "Süd"))
    refused(source, rows, "line 3 can be counted in two ways")


def test_memory_does_not_grow_with_the_source(tmp_path: Path) -> None:
    source = tmp_path / "large.csv"
    line = b'"North","a note of some length, so that it adds up",1\n'
    with source.open("wb") as file:
        file.write(b"Region,Note,Amount\n" + b"East,,n/a\n")
        for _ in range(25):
            file.write(line * 10_000)
    rows = saved(tmp_path, [(2, EAST)], HEADER)
    replace_in(rows, ("n/a", "3"))
    tracemalloc.start()
    merged = merge(source, rows, FORM)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert merged.path.stat().st_size == source.stat().st_size - 2 > 13_000_000
    assert peak < 8_000_000


# -- exactness, whatever the source is ----------------------------------------------------------------

TEXT = st.text(st.sampled_from("ab ,;\"\n\r'é€Ü"), max_size=5)
CELLS = st.lists(TEXT, min_size=3, max_size=3)
CODECS = ("utf-8", "utf-8-sig", "cp1252", "utf-16-le", "utf-16-be", "utf-32-le")


@settings(max_examples=300, deadline=None)
@given(
    rows=st.lists(
        st.tuples(CELLS, st.sampled_from(("\n", "\r\n", "\r")), st.booleans(), st.booleans()),
        min_size=1,
        max_size=8,
    ),
    codec=st.sampled_from(CODECS),
    separator=st.sampled_from(",;\t"),
    has_end=st.booleans(),
    has_mark=st.booleans(),
    now=TEXT,
)
def test_all_but_the_corrected_rows_is_the_same_to_the_byte(
    rows: list[tuple[list[str], str, bool, bool]],
    codec: str,
    separator: str,
    has_end: bool,
    has_mark: bool,
    now: str,
) -> None:
    form = Form(codec, separator)
    pieces = [f"A{separator}B{separator}C\r\n"]
    rejected: list[tuple[int, tuple[str, ...]]] = []
    wanted: list[str | None] = [None]
    for number, (cells, end, quotes_all, is_rejected) in enumerate(rows):
        keyed = [f"k{number}", *cells]
        pieces.append(written(keyed, separator, quotes_all) + end)
        wanted.append(None)
        if is_rejected:
            rejected.append((number + 2, tuple(keyed)))
            if re.sub("\r\n?", "\n", cells[1]) != re.sub("\r\n?", "\n", now):
                wanted[-1] = written([*keyed[:2], now, keyed[3]], separator, quotes_all) + end
    pieces[0] = f"K{separator}{pieces[0]}"
    if not has_end and len(pieces[-1]) > 2:
        end = rows[-1][1]
        pieces[-1] = pieces[-1].removesuffix(end)
        wanted[-1] = None if wanted[-1] is None else wanted[-1].removesuffix(end)
    mark = "\ufeff" if has_mark and codec.startswith("utf") else ""
    with TemporaryDirectory() as made:
        folder = Path(made)
        source = folder / "source.csv"
        source.write_bytes(form.encode(mark + "".join(pieces)))
        if all(one is None for one in wanted):
            return
        corrected = folder / "corrected.csv"
        head = ("K", "A", "B", "C")
        with noting_lines(corrected, SavedForm(head, ",", '"', "utf-8", 1, 2)) as lines:
            for line, row in rejected:
                lines.add(line, row)
        with corrected.open("w", newline="", encoding="utf-8") as file:
            changed = ((*row[:2], now, row[3]) for _, row in rejected)
            csv.writer(file, quoting=csv.QUOTE_ALL).writerows([head, *changed])
        merged = merge(source, corrected, form)
        expected = "".join(piece if new is None else new for piece, new in zip(pieces, wanted, strict=True))
        assert merged.path.read_bytes() == form.encode(mark + expected)


def written(cells: list[str], separator: str, quotes_all: bool) -> str:
    """Return a row as other programs write it: all cells quoted, or only those that need it."""
    text = io.StringIO(newline="")
    quoting: Literal[0, 1] = csv.QUOTE_ALL if quotes_all else csv.QUOTE_MINIMAL
    csv.writer(text, delimiter=separator, quoting=quoting, lineterminator="\r\n").writerow(cells)
    return text.getvalue().removesuffix("\r\n")


def test_a_source_whose_lines_cannot_be_written_alone_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "source.csv"
    path.write_bytes("지역,금액\n서울,1200\n".encode("iso2022_kr"))
    source = inspect(path, encoding="ISO-2022-KR")
    with pytest.raises(MergeRefused, match="no line can be written alone"):
        source_form(source, SourceForm(encoding="ISO-2022-KR"))
