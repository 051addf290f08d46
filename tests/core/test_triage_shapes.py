"""What a triage says of each known shape of a dump (`anaplan-api.md` §7.5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from pathlib import Path

import pytest

from anaplan_tui.core.triage import Group, Triage, compare, sniff
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


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
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


def test_latin_1_is_found_out_even_behind_the_first_megabyte(opened: Opener) -> None:
    row = '"E","x","y","z","","2","Invalid parent"\n'
    head = LIST_IMPORT.splitlines()[0] + "\n" + row * 60_000
    with opened((head + row.replace("x", "Köln")).encode("latin-1")) as triage:
        assert triage.shape.encoding == "latin-1"
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
    errors = [f"Error {number}" for number in range(20)]
    row = ",".join(['"CC"', '"May"', '"1"', '"yes"', '"2"', *(f'"{error}"' for error in errors)])
    with opened(MODULE_IMPORT + row + "\n") as triage:
        assert triage.summary.rows == 3
        assert {
            error: group.also for error, group in by_error(triage).items() if group.also
        } == dict.fromkeys(errors[1:], 1)
        assert triage.rows(None, offset=2, limit=1).rows[0].errors == tuple(errors)


def test_kinds_of_errors_without_end_share_one_group(opened: Opener) -> None:
    rows = "".join(f'"CC","May","1","yes","{number}","Odd error {number}"\n' for number in range(2, 502))
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
