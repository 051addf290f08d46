"""Byte order marks before a first cell, quoted or not: dumps, saved rows, files to upload, merges."""

import csv
import io
from pathlib import Path

import pytest

from anaplan_tui.api.schemas import ImportDetail
from anaplan_tui.core.merging import Form, MergeRefused, merge
from anaplan_tui.core.triage import SourceForm, Triage
from anaplan_tui.core.triage.shape import sniff
from anaplan_tui.core.uploads.expected import differences, expectation
from anaplan_tui.core.uploads.source import inspect

MARK = "\ufeff"
MULTI = "First\nname"


def quoted(*rows: tuple[str, ...]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    return text.getvalue()


def written(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def saved(folder: Path, dump: str, form: SourceForm | None = None, encoding: str = "utf-8") -> bytes:
    """The rejected rows of a dump, saved for correction."""
    path = folder / "corrected.csv"
    with Triage.open(written(folder, "dump.csv", dump, encoding), work_dir=folder / "work") as triage:
        triage.save_rejected(path, form=form)
    return path.read_bytes()


# -- dumps ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("marks", [1, 2])
@pytest.mark.parametrize("name", ["Name", MULTI, 'a "b"'])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-32"])
def test_the_first_name_of_a_dump_has_neither_mark_nor_quotes(
    tmp_path: Path, encoding: str, name: str, marks: int
) -> None:
    dump = MARK * marks + quoted((name, "Units", "_Line_", "_Error_1_"), ("A", "x", "2", "Invalid number: x"))
    rows = saved(tmp_path, dump, encoding=encoding)
    assert sniff(tmp_path / "dump.csv").source_columns == (name, "Units")
    text = rows.decode("utf-8-sig" if encoding == "utf-8" else "utf-32" if "32" in encoding else "utf-16")
    assert text == quoted((name, "Units"), ("A", "x"))


SAID = ("_Line_", "_Error_1_")
ROW = ("E", "A", "x", "2", "Invalid number: x")


@pytest.mark.parametrize(
    "dump",
    [
        quoted(("_Status_", f"{MARK}Name", "Units", *SAID), ROW),
        quoted(("_Status_", f'{MARK}"Name"', "Units", *SAID), ROW),
        quoted(("_Status_", f'{MARK}{MARK}"Name"', "Units", *SAID), ROW),
        f"_Status_,{MARK}Name,Units,_Line_,_Error_1_\n{','.join(ROW)}\n",
        f'_Status_,{MARK}"Name",Units,_Line_,_Error_1_\n{",".join(ROW)}\n',
    ],
    ids=["quoted", "its quotes as signs", "two marks", "bare", "the source's own line"],
)
@pytest.mark.parametrize("header", [(), ("Name", "Units")])
def test_the_mark_of_a_source_is_no_part_of_a_name_and_stands_in_saved_rows_again(
    tmp_path: Path, dump: str, header: tuple[str, ...]
) -> None:
    rows = saved(tmp_path, dump, SourceForm(header=header, encoding="UTF-8"))
    assert rows.startswith(MARK.encode())
    assert list(csv.reader(io.StringIO(rows.decode("utf-8-sig")))) == [["Name", "Units"], ["A", "x"]]
    with Triage.open(tmp_path / "dump.csv", work_dir=tmp_path / "work") as triage:
        assert triage.shape.source_columns == ("Name", "Units")
        whole = tmp_path / "whole.csv"
        triage.save_rows(None, whole)
    assert f"{MARK}" in whole.read_text("utf-8").splitlines()[0], "rows of the dump keep its header"


def test_a_dump_that_took_over_a_name_of_two_lines_is_one(tmp_path: Path) -> None:
    dump = f'_Status_,{MARK}"{MULTI}",Units,_Line_,_Error_1_\n{",".join(ROW)}\n'
    rows = saved(tmp_path, dump)
    assert list(csv.reader(io.StringIO(rows.decode("utf-8-sig"), newline=""))) == [
        [MULTI, "Units"],
        ["A", "x"],
    ]


def test_no_mark_is_written_in_an_encoding_that_has_none(tmp_path: Path) -> None:
    dump = quoted(("_Status_", f'{MARK}"Name"', "Units", *SAID), ROW)
    assert saved(tmp_path, dump, SourceForm(encoding="ISO-8859-1")) == quoted(
        ("Name", "Units"), ("A", "x")
    ).encode("latin-1")


@pytest.mark.parametrize("marks", [1, 2])
@pytest.mark.parametrize("name", ["Name", MULTI])
@pytest.mark.parametrize("first", ["A", "two\nlines"])
def test_joined_dumps_have_the_rows_of_each(tmp_path: Path, name: str, first: str, marks: int) -> None:
    """The repeated header is not a row, whatever its mark does to its first cell."""
    header = (name, "Units", *SAID)
    one = quoted(header, ("B", "x", "2", "Invalid number: x"))
    other = quoted(header, (first, "y", "3", "Invalid number: y"))
    bare = MARK * marks + quoted((first, "z", "4", "Invalid number: z"))
    rows = saved(tmp_path, MARK + one + MARK * marks + other + bare)
    assert rows.decode("utf-8-sig") == quoted((name, "Units"), ("B", "x"), (first, "y"), (first, "z"))


def test_a_mark_in_a_cell_stays(tmp_path: Path) -> None:
    cells = (f"{MARK}A", f'end\n{MARK}", then', f'\n{MARK}"x"')
    dump = quoted(("One", "Two", "Three", *SAID), (*cells, "2", "Invalid name"))
    assert saved(tmp_path, dump).decode() == quoted(("One", "Two", "Three"), cells)


@pytest.mark.parametrize("again", [f"{MARK}Name", f'{MARK}"Name"', "Name"])
def test_the_header_of_a_joined_source_is_no_row(tmp_path: Path, again: str) -> None:
    twin = ("E", again, "Units", "9", "Invalid number: Units")
    dump = quoted(("_Status_", "Name", "Units", *SAID), ROW, twin)
    assert saved(tmp_path, dump).decode() == quoted(("Name", "Units"), ("A", "x"))


# -- uploads ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("marks", [1, 2])
@pytest.mark.parametrize("name", ["Name", MULTI])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-32-be"])
@pytest.mark.parametrize("above", [0, 1])
def test_the_header_of_a_source_is_read_without(
    tmp_path: Path, encoding: str, name: str, marks: int, above: int
) -> None:
    text = MARK * marks + quoted(*[("Title", "")] * above, (name, "Units"), ("A", "1"))
    source = inspect(written(tmp_path, "source.csv", text, encoding), header_row=1 + above)
    assert source.header == (name.replace("\n", "␊"), "Units")
    assert (source.columns, str(source.rows), source.obstacles, source.problems) == (2, "1 row", (), ())


def test_a_mark_before_a_header_further_down_is_left_aside(tmp_path: Path) -> None:
    source = inspect(written(tmp_path, "source.csv", f'Title\n{MARK}"Name",Units\nA,1\n'), header_row=2)
    assert source.header == ("Name", "Units")


@pytest.mark.parametrize("name", [f"{MARK}Name", f'{MARK}"Name"', "Name"])
def test_an_import_that_was_made_of_a_marked_file_expects_the_name(tmp_path: Path, name: str) -> None:
    detail = ImportDetail.model_validate({"type": "FILE", "headerNames": [name, "Units"]})
    expected = expectation(detail)
    assert expected.header == ("Name", "Units")
    source = inspect(written(tmp_path, "source.csv", MARK + quoted(("Name", "Units"), ("A", "1"))))
    assert differences(source, expected) == ()


# -- merging ----------------------------------------------------------------------------------------


def corrected(folder: Path, dump: str, was: str, now: str, form: SourceForm | None = None) -> Path:
    rows = saved(folder, dump, form or SourceForm(encoding="UTF-8")).decode()
    assert was in rows
    return written(folder, "corrected.csv", rows.replace(was, now))


@pytest.mark.parametrize("marks", [1, 2])
@pytest.mark.parametrize("name", ["Name", MULTI])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le"])
@pytest.mark.parametrize("mark", ["", MARK])
def test_a_source_with_marks_keeps_them(
    tmp_path: Path, encoding: str, name: str, marks: int, mark: str
) -> None:
    """`mark`: kept by the dump, in front of the name."""
    source = MARK * marks + quoted((name, "Units"), ("A", "x"), ("B", "7"))
    dump = quoted((f"{mark}{name}", "Units", *SAID), ("A", "x", "2", "Invalid number: x"))
    rows = corrected(tmp_path, dump, '"x"', '"5"')
    merged = merge(written(tmp_path, "source.csv", source, encoding), rows, Form(encoding, ","))
    assert merged.path.read_bytes() == source.replace('"x"', '"5"').encode(encoding)


@pytest.mark.parametrize("first", ["A", f"{MARK}A", f'{MARK}"A"'])
@pytest.mark.parametrize("now", ["A", "C"])
def test_the_first_row_of_a_source_without_a_header_keeps_the_mark(
    tmp_path: Path, first: str, now: str
) -> None:
    """`first`: the first cell as the service read it."""
    dump = quoted(("Column 1", "Column 2", *SAID), (first, "x", "1", "Invalid number: x"))
    bare = SourceForm(encoding="UTF-8", header_row=0)
    saved(tmp_path, dump, bare)
    own = first if now == "A" else first.replace("A", now)
    written(tmp_path, "corrected.csv", quoted((own, "5")))
    source = written(tmp_path, "source.csv", MARK + quoted(("A", "x"), ("B", "7")))
    merged = merge(source, tmp_path / "corrected.csv", Form("utf-8", ","))
    assert merged.path.read_text("utf-8") == MARK + quoted((now, "5"), ("B", "7"))


@pytest.mark.parametrize(("now", "mark"), [(f"{MARK}B", MARK), ("C", "")])
def test_a_mark_further_down_goes_with_its_cell(tmp_path: Path, now: str, mark: str) -> None:
    source = written(tmp_path, "source.csv", f"Name,Units\nA,1\n{MARK}B,x\n")
    dump = quoted(("Name", "Units", *SAID), (f"{MARK}B", "x", "3", "Invalid number: x"))
    saved(tmp_path, dump, SourceForm(encoding="UTF-8"))
    written(tmp_path, "corrected.csv", quoted(("Name", "Units"), (now, "5")))
    merged = merge(source, tmp_path / "corrected.csv", Form("utf-8", ","))
    assert merged.path.read_text("utf-8") == f"Name,Units\nA,1\n{mark}{now.lstrip(MARK)},5\n"


def test_an_editor_may_put_marks_before_corrected_rows(tmp_path: Path) -> None:
    dump = quoted(("Name", "Units", *SAID), ("A", "x", "2", "Invalid number: x"))
    rows = corrected(tmp_path, dump, '"x"', '"5"')
    written(tmp_path, "corrected.csv", MARK * 2 + rows.read_text("utf-8"))
    source = written(tmp_path, "source.csv", "Name,Units\nA,x\n")
    assert merge(source, rows, Form("utf-8", ",")).path.read_text("utf-8") == "Name,Units\nA,5\n"


def test_rows_without_a_header_and_a_mark_that_nobody_corrected_are_no_correction(tmp_path: Path) -> None:
    dump = f"Column 1,Column 2,_Line_,_Error_1_\n{MARK}A,x,1,Invalid number: x\n"
    rows = saved(tmp_path, dump, SourceForm(encoding="UTF-8", header_row=0))
    assert rows.startswith(MARK.encode())
    source = written(tmp_path, "source.csv", f"{MARK}A,x\n")
    with pytest.raises(MergeRefused, match=r"no row of corrected\.csv was corrected"):
        merge(source, tmp_path / "corrected.csv", Form("utf-8", ","))
