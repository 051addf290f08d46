"""The triage of each known shape of a dump (service.md §7.5)."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from pathlib import Path

import pytest

from anaplan_tui.core.triage import (
    Group,
    Saved,
    SourceForm,
    Triage,
    TriageError,
    compare,
    earlier_rows,
    sniff,
)
from anaplan_tui.core.triage.scan import MAX_ERRORS

Opener = Callable[[str | bytes], AbstractContextManager[Triage]]

LIST_IMPORT = """"_Status_","Column 1","Parent","Code","Hire Date","_Line_","_Error_1_"
"W","Łucja Nowak","Sales, EMEA","E-0417","02/29/23","118","Invalid date: 02/29/23"
"W","O""Neil, Pat","Retired ,,","E-0902","","240","Invalid parent"
"E","","Parent","Code","Hire Date","5001","Invalid name: Code"
"E","Zoë Ruiz","Ops","E-0417","","5120","Name or code already exists","Invalid parent"
"""
MODULE_IMPORT = """"Cost Centers","Periods","Amount","Active","_Line_","_Error_1_"
"CC-9911","May 26","1200","true","2","Item not located in Cost Centers list"
"CC-0007","Nay 26","n/a","yes","7","Invalid number: n/a"
"""


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opener]:
    def open_dump(content: str | bytes) -> AbstractContextManager[Triage]:
        path = tmp_path / "dump.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return closing(Triage.open(path, work_dir=tmp_path / "work"))

    yield open_dump
    assert not list((tmp_path / "work").glob("*")), "temporary files were left behind"


def by_error(triage: Triage) -> dict[str, Group]:
    return {group.error: group for group in triage.summary.groups}


def test_a_list_import_with_a_ragged_row_and_a_header_of_the_source_in_the_middle(opened: Opener) -> None:
    with opened(LIST_IMPORT) as triage:
        summary, groups = triage.summary, by_error(triage)
        assert (summary.rows, summary.rejected, summary.warnings) == (4, 2, 2)
        assert triage.shape.source_columns == ("Column 1", "Parent", "Code", "Hire Date")
        assert {group.key: (group.rows, group.also, group.column) for group in summary.groups} == {
            "W Invalid date: …": (1, 0, "Hire Date"),
            "W Invalid parent": (1, 0, "Parent"),
            "E Invalid name: …": (1, 0, "Code"),
            "E Name or code already exists": (1, 0, "Code"),
            "E Invalid parent": (0, 1, "Parent"),
        }
        assert groups["Invalid date: …"].top_values == (("02/29/23", 1),)
        # Rows of a further error also have their column and values.
        further = summary.groups[-1]
        assert (further.error, further.column, further.top_values) == (
            "Invalid parent",
            "Parent",
            (("Ops", 1),),
        )
        assert further.examples == ((5120, "Ops"),)


def test_an_error_that_is_only_a_further_one_has_a_group_and_its_rows_can_be_read(opened: Opener) -> None:
    with opened(LIST_IMPORT) as triage:
        further = triage.summary.groups[-1]
        assert (further.error, further.status, further.rows, further.also) == ("Invalid parent", "E", 0, 1)
        page = triage.rows(further.key, offset=0, limit=9)
        assert [row.line for row in page.rows] == [5120]
        assert page.rows[0].errors == ("Name or code already exists", "Invalid parent")
        assert page.rows[0].cells == ("Zoë Ruiz", "Ops", "E-0417", "")


def test_a_module_import_has_no_status_and_all_its_rows_are_rejected(opened: Opener) -> None:
    with opened(MODULE_IMPORT) as triage:
        summary, groups = triage.summary, by_error(triage)
        assert (summary.rows, summary.rejected, summary.warnings) == (2, 2, 0)
        located = groups["Item not located in Cost Centers list"]
        assert (located.status, located.column, located.percent) == (None, "Cost Centers", 50.0)
        assert located.top_values == (("CC-9911", 1),)
        number = groups["Invalid number: …"]
        assert (number.column, number.top_values, number.examples) == ("Amount", (("n/a", 1),), ((7, "n/a"),))
        assert number.first_lines == (7,)


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|", "^", "~", "\x1f", "\x01", "§"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_other_delimiters_and_line_ends(opened: Opener, delimiter: str, line_end: str) -> None:
    lines = ["Demo List|name|_Line_|_Error_1_", "a|c|2|Invalid parent", "e|n/a|3|Invalid number: n/a"]
    text = line_end.join(lines).replace("|", delimiter) + line_end
    with opened(text) as triage:
        shape = triage.shape
        assert (shape.delimiter, shape.newline, shape.quoted) == (delimiter, line_end, False)
        assert [row.cells for row in triage.rows(None, offset=0, limit=9).rows] == [("a", "c"), ("e", "n/a")]
        assert by_error(triage)["Invalid number: …"].column == "name"


def test_a_byte_order_mark_is_not_part_of_the_first_name(opened: Opener) -> None:
    with opened(b"\xef\xbb\xbf" + LIST_IMPORT.encode()) as triage:
        assert triage.shape.encoding == "utf-8-sig"
        assert triage.shape.status == 0
        assert triage.summary.warnings == 2


def test_an_8_bit_encoding_is_found_out_even_behind_the_first_megabyte(opened: Opener) -> None:
    row = '"E","x","y","z","","2","Invalid parent"\n'
    head = LIST_IMPORT.splitlines()[0] + "\n" + row * 60_000
    with opened((head + row.replace("x", "Köln")).encode("latin-1")) as triage:
        assert triage.shape.encoding == "cp1252"  # it reads these bytes the same
        assert triage.summary.rows == 60_001
        assert triage.rows(None, offset=60_000, limit=1).rows[0].cells[0] == "Köln"


def test_blank_lines_and_the_dumps_own_header_are_not_rows(opened: Opener) -> None:
    header, *rows = MODULE_IMPORT.splitlines()
    with opened("\n".join([header, "", rows[0], header, "", "", rows[1], ""])) as triage:
        assert triage.summary.rows == 2


def test_quoted_line_ends_and_quotes_are_kept_in_cells(opened: Opener) -> None:
    row = '"E","two\nlines, ""x"" ","","","","9","Invalid parent"\n'
    with opened(LIST_IMPORT.splitlines()[0] + "\n" + row * 3) as triage:
        assert triage.rows(None, offset=2, limit=1).rows[0].cells[0] == 'two\nlines, "x" '


def test_blank_names_are_counted_over_the_sources_columns(tmp_path: Path) -> None:
    path = tmp_path / "dump.csv"
    path.write_text('"_Status_",""," ","Code","_Line_","_Error_1_","_Error_2_"\n')
    shape = sniff(path)
    assert shape.source_columns == ("Column 1", "Column 2", "Code")
    assert (shape.status, shape.line, shape.errors) == (0, 4, (5, 6))


def test_a_dump_of_a_dump_keeps_the_inner_columns_as_the_sources(tmp_path: Path) -> None:
    path = tmp_path / "dump.csv"
    path.write_text('"_Status_","Code","_Line_","_Error_1_","_Line_","_Error_1_"\n')
    assert sniff(path).source_columns == ("Code", "_Line_", "_Error_1_")


def test_a_dump_without_rows_is_a_dump(opened: Opener) -> None:
    with opened(MODULE_IMPORT.splitlines()[0]) as triage:
        assert (triage.summary.rows, triage.summary.groups) == (0, ())


def test_more_errors_in_a_row_than_the_header_names(opened: Opener) -> None:
    errors = [f"Error {letter}" for letter in "abcdefghijklmnopqrst"]
    row = ",".join(['"CC"', '"May"', '"1"', '"yes"', '"2"', *(f'"{error}"' for error in errors)])
    with opened(MODULE_IMPORT + row + "\n") as triage:
        assert triage.summary.rows == 3
        assert {
            error: group.also for error, group in by_error(triage).items() if group.also
        } == dict.fromkeys(errors[1:], 1)
        assert triage.rows(None, offset=2, limit=1).rows[0].errors == tuple(errors)


def test_kinds_of_errors_without_end_share_one_group(opened: Opener) -> None:
    names = ["".join(letters) for letters in itertools.product("abcdefgh", repeat=3)][:500]
    rows = "".join(f'"CC","May","1","yes","2","Odd error {name}"\n' for name in names)
    with opened(MODULE_IMPORT + rows) as triage:
        groups = triage.summary.groups
        assert len(groups) == MAX_ERRORS + 1
        assert sum(group.rows for group in groups) == triage.summary.rows == 502
        assert groups[0].error == "Other errors"
        assert triage.rows(groups[0].key, offset=0, limit=1).total == groups[0].rows


def test_a_filter_finds_text_in_any_cell_whatever_its_case(opened: Opener) -> None:
    with opened(LIST_IMPORT) as triage:
        page = triage.rows(None, offset=0, limit=9, filter="łUCJA")
        assert (page.total, page.rows[0].line) == (1, 118)
        assert triage.rows(None, offset=0, limit=9, filter="' OR true --").total == 0


def test_text_of_the_dump_never_becomes_sql(opened: Opener) -> None:
    evil = "'; DROP TABLE bad_values; --: x') OR true"
    row = f'"E","a","b","c","x\') OR true","3","{evil}"\n'
    with opened(LIST_IMPORT + row) as triage:
        group = by_error(triage)["'; DROP TABLE bad_values; --: …"]
        assert (group.rows, group.column, group.top_values) == (1, "Hire Date", (("x') OR true", 1),))


def test_two_dumps_are_compared_by_group(opened: Opener) -> None:
    with opened(MODULE_IMPORT) as triage:
        old = triage.summary
    row = MODULE_IMPORT.splitlines()[2] + "\n"
    more = MODULE_IMPORT.splitlines()[0] + "\n" + row * 3 + row.replace("number", "date")
    with opened(more) as triage:
        new = triage.summary
    comparison = compare(old, new)
    assert [group.error for group in comparison.new] == ["Invalid date: …"]
    assert [group.error for group in comparison.gone] == ["Item not located in Cost Centers list"]
    assert [(c.error, c.old_rows, c.new_rows) for c in comparison.grown] == [("Invalid number: …", 1, 3)]
    assert [(c.old_rows, c.new_rows) for c in compare(new, old).shrunk] == [(3, 1)]


@pytest.mark.parametrize(
    ("error", "group", "column", "top"),
    [
        ("Row {n}: item not found", "Row …: …", None, "item not found"),
        ("Item 'I {n}' is not known", "Item … is not known", None, "'I 2'"),
        ('Item ""CC-{n}"" is not known', "Item … is not known", None, '"CC-2"'),
        ("Item CC-{n} is not known", "Item … is not known", "Cost Centers", "CC-2"),
    ],
)
@pytest.mark.parametrize("rows_before", [0, 40_000])
def test_errors_that_differ_in_numbers_and_quoted_parts_are_one_kind_where_they_are_many(
    tmp_path: Path, error: str, group: str, column: str | None, top: str, rows_before: int
) -> None:
    """Also when the first of them appear after slices that are already counted."""
    path = tmp_path / "dump.csv"
    header, located, _number = MODULE_IMPORT.splitlines()
    few = [error.format(n=n) for n in range(2, 7)]
    many = [error.format(n=n) for n in range(2, 302)]
    rows = [f'"CC-{n}","May","1","yes","{n}","{text}"' for n, text in enumerate(many, 2)]
    first = [f'"CC-{n}","May","1","yes","{n}","{text}"' for n, text in enumerate(few, 2)]
    path.write_text("\n".join([header, *first, *[located] * (rows_before // 100), *rows, ""]))
    with Triage(path, work_dir=tmp_path / "work", slice_bytes=2000) as triage:
        summary = triage.load()
        found = by_error(triage)[group]
        assert (found.rows, found.column) == (305, column)
        assert (top, 305 if top == "item not found" else 2) in found.top_values
        assert sum(each.rows for each in summary.groups) == summary.rows
        assert triage.rows(found.key, offset=0, limit=1).total == 305


def test_a_few_errors_with_numbers_stay_apart(opened: Opener) -> None:
    rows = "".join(f'"CC","May","1","yes","{n}","Item not located in P{n} list"\n' for n in range(2, 9))
    with opened(MODULE_IMPORT + rows) as triage:
        assert "Item not located in P3 list" in by_error(triage)


def test_a_comparison_knows_one_kind_that_only_one_dump_has_in_pieces(opened: Opener) -> None:
    def dump_of(count: int) -> str:
        rows = [f'"CC","May","1","yes","{n}","Row {n}: no such item"' for n in range(2, 2 + count)]
        return "\n".join([MODULE_IMPORT.splitlines()[0], *rows, ""])

    with opened(dump_of(3)) as triage:
        few = triage.summary
    with opened(dump_of(30)) as triage:
        many = triage.summary
    up, down = compare(few, many), compare(many, few)
    assert [(c.error, c.old_rows, c.new_rows) for c in up.grown] == [("Row …: …", 3, 30)]
    assert [(c.error, c.old_rows, c.new_rows) for c in down.shrunk] == [("Row …: …", 30, 3)]
    assert [*up.new, *up.gone, *down.new, *down.gone] == []
    assert earlier_rows(few, many) == {"- Row …: …": 3}
    assert set(earlier_rows(many, few).values()) == {None}


def test_rows_without_a_known_status_are_counted(opened: Opener) -> None:
    rows = '"","a","b","c","","7","Invalid parent"\n"X","a","b","c","","8","Invalid parent"\n'
    with opened(LIST_IMPORT + rows) as triage:
        summary = triage.summary
        assert (summary.rows, summary.rejected, summary.warnings, summary.unclear) == (6, 2, 2, 2)


def test_a_header_line_of_the_source_is_not_saved_for_correction(opened: Opener, tmp_path: Path) -> None:
    with opened(LIST_IMPORT) as triage:
        saved = triage.save_rejected(tmp_path / "saved.csv")
        assert (saved.rows, saved.headers_left_out) == (1, 1)
    assert "Zoë Ruiz" in (tmp_path / "saved.csv").read_text()


def test_rejected_rows_are_saved_as_the_import_expects_its_source(opened: Opener, tmp_path: Path) -> None:
    saved = tmp_path / "saved.csv"
    form = SourceForm(("", "Parent", "Code", "Hire Date"), "\t", "ISO-8859-1", 2, "'")
    with opened(LIST_IMPORT) as triage:
        assert triage.save_rejected(saved, form=form).rows == 1
    assert saved.read_text("latin-1") == (
        "''\t''\t''\t''\n''\t'Parent'\t'Code'\t'Hire Date'\n'Zoë Ruiz'\t'Ops'\t'E-0417'\t''\n"
    )


def test_a_source_without_header_line_gets_none(opened: Opener, tmp_path: Path) -> None:
    with opened(MODULE_IMPORT) as triage:
        triage.save_rejected(tmp_path / "saved.csv", form=SourceForm(separator=";", header_row=0))
    assert (tmp_path / "saved.csv").read_text().splitlines()[0] == '"CC-9911";"May 26";"1200";"true"'


def test_names_in_another_order_than_the_import_has_them_are_kept(opened: Opener, tmp_path: Path) -> None:
    form = SourceForm(header=("Periods", "Cost Centers", "Amount", "Active"))
    with opened(MODULE_IMPORT) as triage:
        triage.save_rejected(tmp_path / "saved.csv", form=form)
    assert (tmp_path / "saved.csv").read_text().startswith('"Cost Centers","Periods"')


def test_what_the_imports_encoding_has_no_sign_for_is_named_and_nothing_is_written(
    opened: Opener, tmp_path: Path
) -> None:
    row = '"E","Łucja","","","","3","Invalid parent"\n'
    with (
        opened(LIST_IMPORT + row) as triage,
        pytest.raises(TriageError, match=r"ISO-8859-1 cannot hold 1 cell: line 3, Column 1 \(Łucja\)"),
    ):
        triage.save_rejected(tmp_path / "saved.csv", form=SourceForm(encoding="ISO-8859-1"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dump.csv", "work"]


def test_the_rows_of_one_group_are_saved_for_correction(opened: Opener, tmp_path: Path) -> None:
    saved = tmp_path / "saved.csv"
    with opened(MODULE_IMPORT) as triage:
        [number] = [group for group in triage.summary.groups if group.error == "Invalid number: …"]
        assert triage.save_group(number.key, saved, form=SourceForm(separator="\t")).rows == 1
    assert saved.read_text().splitlines()[1] == '"CC-0007"\t"Nay 26"\t"n/a"\t"yes"'


def test_windows_1252_is_saved_as_it_came(opened: Opener, tmp_path: Path) -> None:
    saved = tmp_path / "saved.csv"
    row = '"E","€ 5 – “x”","Ops","E-1","","2","Invalid parent"\n'
    with opened((LIST_IMPORT.splitlines()[0] + "\n" + row).encode("cp1252")) as triage:
        assert triage.shape.encoding == "cp1252"
        assert triage.save_rejected(saved, form=SourceForm(encoding="windows-1252")) == Saved(1)
    assert "€ 5 – “x”" in saved.read_text("cp1252")


def test_bytes_that_windows_1252_does_not_know_are_latin_1(opened: Opener) -> None:
    row = '"E","K\xf6ln\x81","y","z","","2","Invalid parent"\n'
    head = LIST_IMPORT.splitlines()[0] + "\n"
    with opened((head + row).encode("latin-1")) as triage:
        assert triage.shape.encoding == "latin-1"
        assert triage.rows(None, offset=0, limit=1).rows[0].cells[0] == "K\xf6ln\x81"


def test_of_columns_with_one_name_the_one_with_the_bad_value_is_told(opened: Opener) -> None:
    dump = (
        '"_Status_","Region","Amount","Region","_Line_","_Error_1_"\n'
        '"E","Nord","1","Sudd","2","Invalid item: Sudd"\n'
    )
    with opened(dump) as triage:
        (group,) = triage.summary.groups
        assert (group.column, group.position) == ("Region", 2)
        assert group.examples == ((2, "Sudd"),)
