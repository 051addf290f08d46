"""Rows saved for an import are in its format, or are refused by name and line."""

from pathlib import Path

import pytest

from anaplan_tui.api.schemas import FileInfo, ImportDetail
from anaplan_tui.core.source_form import NO_QUOTE
from anaplan_tui.core.triage import SourceForm, Triage, TriageError
from anaplan_tui.core.uploads import differences, expectation, inspect

HEAD = '"_Status_","Region","Amount","_Line_","_Error_1_"\n'


def save(tmp_path: Path, form: SourceForm, *rows: str) -> str:
    dump, saved = tmp_path / "dump.csv", tmp_path / "saved.csv"
    dump.write_text(HEAD + "".join(f"{row}\n" for row in rows))
    with Triage.open(dump, work_dir=tmp_path / "work") as triage:
        triage.save_rejected(saved, form=form)
    return saved.read_text()


@pytest.mark.parametrize(
    ("header_row", "first_data_row", "lines"),
    [
        (None, None, ["R", "x"]),
        (1, 0, ["R", "x"]),
        (1, 2, ["R", "x"]),
        (1, 4, ["R", "", "", "x"]),
        (2, 5, ["", "R", "", "", "x"]),
        (0, 3, ["", "", "x"]),
        (0, 1, ["x"]),
        (3, 2, ["", "", "R", "x"]),
        (1, -1, ["R", "x"]),
        (1, 10**9, ["R", "x"]),
    ],
)
def test_rows_begin_where_the_import_begins_to_read(
    tmp_path: Path, header_row: int | None, first_data_row: int | None, lines: list[str]
) -> None:
    form = SourceForm(header_row=header_row, first_data_row=first_data_row)
    text = save(tmp_path, form, '"E","x","1","2","Invalid"')
    meant = {"R": '"Region","Amount"', "": '"",""', "x": '"x","1"'}
    assert text.splitlines() == [meant[line] for line in lines]
    expected = SourceForm(("Region", "Amount"), ",", None, header_row, '"', first_data_row)
    found = inspect(
        tmp_path / "saved.csv",
        header_row=1 if header_row is None else header_row,
        first_data_row=first_data_row if first_data_row != 10**9 else None,
    )
    assert differences(found, expected) == ()
    assert (found.rows.number if found.rows else None, found.obstacles, found.problems) == (1, (), ())


def test_an_upload_whose_rows_stand_above_the_first_that_is_read_says_so(tmp_path: Path) -> None:
    path = tmp_path / "source.csv"
    path.write_text("Region,Amount\nNorth,1\nSouth,2\n")
    found = inspect(path, first_data_row=3)
    assert found.problems == ("The import reads rows from line 3 on: 1 row above is not loaded.",)
    assert str(found.rows) == "1 row"
    found = inspect(path, first_data_row=9)
    assert found.obstacles == ("There are no rows from line 9 on, where the import begins to read them.",)
    assert inspect(path, header_row=0, first_data_row=3).problems == (
        "The import reads rows from line 3 on: 2 rows above are not loaded.",
    )


@pytest.mark.parametrize("said", ["", "None", "none", " NONE "])
def test_an_import_without_text_delimiter_is_known_by_what_the_service_says(said: str) -> None:
    detail = ImportDetail.of({"name": "i", "source": {"textDelimiter": said, "firstDataRow": 4}})
    found = expectation(detail, FileInfo.model_validate({"id": "113", "name": "f", "delimiter": '"'}))
    assert (found.quote, found.first_data_row) == (NO_QUOTE, 4)
    silent = ImportDetail.of({"name": "i", "source": {"textDelimiter": None}})
    assert expectation(silent).quote is None


@pytest.mark.parametrize("quote", [NO_QUOTE, "none", ""])
def test_without_text_delimiter_nothing_is_quoted(tmp_path: Path, quote: str) -> None:
    form = SourceForm(separator=";", quote=quote, first_data_row=3)
    text = save(tmp_path, form, '"E","5"" pipe, new","","2","Invalid"', '"E"," x ","\'1\'","3","Invalid"')
    assert text.splitlines() == ["Region;Amount", ";", '5" pipe, new;', " x ;'1'"]
    found = inspect(tmp_path / "saved.csv", quote=NO_QUOTE, separator=";", first_data_row=3)
    assert (found.header, found.separator, str(found.rows)) == (("Region", "Amount"), ";", "2 rows")


@pytest.mark.parametrize("cell", ["a;b", "a\nb", "a\rb"])
def test_a_cell_that_would_need_quotes_is_refused_by_name_and_line(tmp_path: Path, cell: str) -> None:
    form = SourceForm(separator=";", quote=NO_QUOTE)
    rows = ['"E","x","1","2","Invalid"', f'"E","{cell}","1","7","Invalid"', f'"E","x","{cell}","9","Invalid"']
    with pytest.raises(TriageError) as refused:
        save(tmp_path, form, *rows)
    assert "2 cells would need one: line 7, Region (a" in refused.value.what
    assert "line 9, Amount (a" in refused.value.what
    assert not (tmp_path / "saved.csv").exists()


def test_a_blank_line_of_one_column_is_no_row(tmp_path: Path) -> None:
    dump, saved = tmp_path / "dump.csv", tmp_path / "saved.csv"
    dump.write_text('"Region","_Line_","_Error_1_"\n"x","2","e"\n"","3","e"\n')
    with (
        Triage.open(dump, work_dir=tmp_path / "work") as triage,
        pytest.raises(TriageError, match="1 cell would need one: line 3, Region"),
    ):
        triage.save_rejected(saved, form=SourceForm(quote=NO_QUOTE))
