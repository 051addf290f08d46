"""Rows of any width: no library limits the columns, errors in a row, or lengths of lines and cells."""

import csv
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anaplan_tui.core.triage import Group, Triage
from anaplan_tui.core.triage.slices import MAX_COLUMNS
from anaplan_tui.core.uploads import inspect


def line(*cells: str) -> str:
    return ",".join('"' + cell.replace('"', '""') + '"' for cell in cells) + "\n"


def wide_dump(columns: int, rows: int, name: str = "Column") -> str:
    """Write a dump where the bad value of row n is in its column n."""
    names = [f"{name} {number}" for number in range(columns)]
    text = line("_Status_", *names, "_Line_", "_Error_1_")
    for row in range(rows):
        cells = [f"v{number}" for number in range(columns)]
        cells[row] = f"bad {row}"
        text += line("E", *cells, str(row + 2), f"Invalid number: bad {row}")
    return text


@pytest.mark.parametrize("columns", [MAX_COLUMNS - 6, MAX_COLUMNS - 5, MAX_COLUMNS + 1, 2_200, 16_000])
def test_a_dump_of_many_columns(tmp_path: Path, columns: int) -> None:
    path = tmp_path / "dump.csv"
    path.write_text(wide_dump(columns, 3))
    with Triage.open(path, work_dir=tmp_path / "work") as triage:
        (group,) = triage.summary.groups
        assert (group.error, group.rows, len(triage.shape.source)) == ("Invalid number: …", 3, columns)
        page = triage.rows(group.key, offset=1, limit=1)
        assert (page.rows[0].line, page.rows[0].cells[1], page.total) == (3, "bad 1", 3)
        assert triage.rows(None, offset=0, limit=9, filter="BAD 2").total == 1
        triage.save_rows(None, tmp_path / "same.csv")
        assert triage.save_rejected(tmp_path / "saved.csv").rows == 3
    assert (tmp_path / "same.csv").read_text() == path.read_text()
    head, *rows = (tmp_path / "saved.csv").read_text().splitlines()
    assert (len(head.split(",")), len(rows), rows[2].split(",")[2]) == (columns, 3, '"bad 2"')


@pytest.mark.parametrize("columns", [5, 1_900])
def test_the_column_of_the_bad_values_is_found_however_many_there_are(tmp_path: Path, columns: int) -> None:
    path = tmp_path / "dump.csv"
    at = columns - 2
    names = [f"Name {number}" for number in range(columns)]
    text = line("_Status_", *names, "_Line_", "_Error_1_")
    for row in range(5):
        cells = ["x"] * columns
        cells[at], cells[1] = f"n{row}", f"d{row}"
        text += line("E", *cells, str(row), f"Invalid number: n{row}", f"Invalid date: d{row}")
    path.write_text(text)
    with Triage.open(path, work_dir=tmp_path / "work") as triage:
        found = {group.error: (group.column, group.also) for group in triage.summary.groups}
    assert found == {"Invalid number: …": (f"Name {at}", 0), "Invalid date: …": ("Name 1", 5)}


@pytest.mark.parametrize("errors", [1_400, 20_000])
@pytest.mark.parametrize("declared", [False, True])
def test_a_row_of_many_errors(tmp_path: Path, errors: int, declared: bool) -> None:
    path = tmp_path / "dump.csv"
    names = [f"_Error_{number}_" for number in range(1, errors + 1)] if declared else ["_Error_1_"]
    text = line("_Status_", "Code", "_Line_", *names) + line("E", "a", "2", "Invalid parent")
    text += line("E", "b", "3", *(f"Invalid number: {number}" for number in range(errors)))
    text += line("E", "c", "4", "Invalid parent")
    path.write_text(text)
    with Triage.open(path, work_dir=tmp_path / "work") as triage:
        found = {group.error: group.rows for group in triage.summary.groups}
        assert found == {"Invalid parent": 2, "Invalid number: …": 1}
        (row,) = triage.rows(None, offset=1, limit=1).rows
        assert (row.cells, len(row.errors), row.errors[-1]) == (
            ("b",),
            errors,
            f"Invalid number: {errors - 1}",
        )
        triage.save_rows(None, tmp_path / "same.csv")
    assert (tmp_path / "same.csv").read_text() == text


def test_a_header_line_and_cells_longer_than_the_csv_modules_own_limit(tmp_path: Path) -> None:
    path = tmp_path / "dump.csv"
    cell = "x" * 300_000
    path.write_text(
        line("_Status_", cell, "_Line_", "_Error_1_") + line("E", cell + '"\n', "2", "Invalid parent")
    )
    with Triage.open(path, work_dir=tmp_path / "work") as triage:
        assert triage.shape.source_columns == (cell,)
        assert triage.rows(None, offset=0, limit=1).rows[0].cells == (cell + '"\n',)


def test_a_header_line_of_megabytes(tmp_path: Path) -> None:
    path, source = tmp_path / "dump.csv", tmp_path / "source.csv"
    path.write_text(wide_dump(16_000, 2, name="A long name for a column " * 4))
    with Triage.open(path, work_dir=tmp_path / "work") as triage:
        assert (triage.summary.rows, len(triage.shape.source)) == (2, 16_000)
        triage.save_rejected(source)
    found = inspect(source)
    assert (len(found.header), str(found.rows), found.obstacles) == (16_000, "2 rows", ())


def test_no_limit_is_left_for_others_to_run_into(tmp_path: Path) -> None:
    before = csv.field_size_limit(1_000)
    try:
        path = tmp_path / "dump.csv"
        path.write_text(line("Code", "_Line_", "_Error_1_") + line("x" * 5_000, "2", 'a "quoted\n thing') * 3)
        with Triage(path, work_dir=tmp_path / "work", slice_bytes=50) as triage:
            assert triage.load().rows == 3
    finally:
        csv.field_size_limit(before)


NAMES = ["Region", "Größe"]
CELL = st.text(alphabet='aü, "\n|', max_size=4)
ERROR = st.one_of(
    st.sampled_from(["Invalid parent", "", "Invalid number: x"]), CELL.map(lambda cell: f"Bad: {cell}")
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(
    rows=st.lists(st.tuples(st.sampled_from("EWX"), CELL, CELL, st.lists(ERROR, max_size=4)), max_size=6),
    width=st.sampled_from([0, MAX_COLUMNS]),
    slice_bytes=st.sampled_from([1_000, 1 << 20]),
)
def test_wide_rows_are_grouped_as_narrow_ones(
    rows: list[tuple[str, str, str, list[str]]], width: int, slice_bytes: int
) -> None:
    """The same rows with empty columns added."""

    # The column of an error is chosen from the first slice that has it: slices with so few rows offer other
    # choices when rows are wider.
    def told_of(group: Group) -> tuple[object, ...]:
        return (group.column, group.top_values, group.examples) if slice_bytes > 1_000 else ()

    def look(padding: int) -> tuple[object, ...]:
        names = [f"P{number}" for number in range(padding)]
        text = line("_Status_", *NAMES, *names, "_Line_", "_Error_1_", "_Error_2_")
        for number, (status, first, second, errors) in enumerate(rows, 2):
            text += line(status, first, second, *["-"] * padding, str(number), *errors)
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / "dump.csv"
            path.write_text(text)
            with Triage(path, work_dir=Path(directory) / "work", slice_bytes=slice_bytes) as triage:
                summary = triage.load()
                groups = Counter({group.key: group.rows * 1000 + group.also for group in summary.groups})
                found = [
                    (group.key, tuple(lines), *told_of(group))
                    for group in summary.groups
                    for lines in [[r.line for r in triage.rows(group.key, offset=0, limit=9).rows]]
                ]
                mentions = [
                    (text, triage.rows(None, offset=0, limit=9, filter=text).total)
                    for text in ("ü", "AA", "|")
                ]
        return groups, found, mentions

    assert look(width) == look(0)
