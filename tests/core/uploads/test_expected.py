"""What an import expects of its file, and how a file differs from it."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.api.refs import Kind, TargetRef
from anaplan_tui.api.schemas import FileInfo, ImportDetail
from anaplan_tui.core.uploads import (
    Differs,
    RowCount,
    SourceFile,
    SourceForm,
    differences,
    expectation,
    inspect,
)
from anaplan_tui.core.uploads.source import Stamp
from tests.support.raw_server import MODEL
from tests.support.uploads import FILE, file_of


async def test_the_demo_tenants_own_import_is_matched_by_its_file(
    client: AnaplanClient, tmp_path: Path
) -> None:
    detail = await client.import_detail(TargetRef(MODEL, Kind.IMPORT, "112000000108"))
    info = next(file for file in await client.files(MODEL) if file.id == FILE.file_id)
    expected = expectation(detail, info)
    assert expected == SourceForm(("Region", "Month", "Target"), ",", "UTF-8", 1, '"')
    good = inspect(file_of(tmp_path, b"Region,Month,Target\nNorth,Jan 26,1\n"))
    assert differences(good, expected) == ()
    bad = inspect(file_of(tmp_path, b"month;Region;Remark\nJan 26;North;x\n"))
    assert [d.sentence for d in differences(bad, expected)] == [
        "The file separates columns with semicolons, the import with commas.",
        "Missing in the file: Target.",
        "Written differently in the file: month for Month.",
        "The columns stand in another order than expected, from month on.",
        "Not expected by the import: Remark.",
    ]


def test_where_the_import_is_silent_the_file_speaks() -> None:
    info = FileInfo.model_validate(
        {"id": "113", "separator": "\\t", "encoding": "ISO-8859-1", "headerRow": 2, "name": "f"}
    )
    assert expectation(None, info) == SourceForm((), "\t", "ISO-8859-1", 2)
    detail = ImportDetail.of({"name": "i", "source": {"columnSeparator": ";", "headerNames": [" a ", "b"]}})
    assert expectation(detail, info) == SourceForm(("a", "b"), ";", "ISO-8859-1", 2)
    assert expectation(None) == SourceForm()


@pytest.mark.parametrize(
    ("content", "expected", "harm"),
    [
        (b"a,b\n1,2\n", "ISO-8859-1", None),
        ("ä,b\n1,2\n".encode(), "ISO-8859-1", "no character outside ASCII would be read right."),
        ("ä,b\n1,2\n".encode(), "UTF-8", None),
        ("\ufeffä,b\n1,2\n".encode(), "UTF-8", None),
        ("ä,b\n1,2\n".encode("latin-1"), "windows-1252", None),
        ("€,b\n1,2\n".encode("cp1252"), "ISO-8859-1", "no character outside ASCII would be read right."),
        ("ä,b\n1,2\n".encode("utf-16"), "UTF-16LE", None),
        ("a,b\n1,2\n".encode("utf-16"), "UTF-8", "nothing of it would be read right."),
        (b"a,b\n1,2\n", "UTF-16LE", "nothing of it would be read right."),
        ("ä,b\n1,2\n".encode(), "KLINGON-8", None),
    ],
)
def test_encodings_that_fit(tmp_path: Path, content: bytes, expected: str, harm: str | None) -> None:
    found = differences(inspect(file_of(tmp_path, content)), SourceForm(encoding=expected))
    assert [d.sentence.partition(": ")[2] for d in found] == ([harm] if harm else [])
    assert [d.grave for d in found] == ([harm.startswith("nothing")] if harm else [])


def test_a_file_of_one_column_needs_no_separator(tmp_path: Path) -> None:
    found = inspect(file_of(tmp_path, b"Code\nX\n"))
    assert differences(found, SourceForm(("Code",), ",")) == ()
    (first, second) = differences(found, SourceForm(("Code", "Name"), ","))
    assert first.sentence == "The header line has no separator; the import expects commas."
    assert second.columns == ("Name",)


def test_without_a_header_line_names_are_not_compared(tmp_path: Path) -> None:
    found = inspect(file_of(tmp_path, b"1,2\n3,4\n"))
    assert differences(found, SourceForm(("a", "b"), ",", header_row=0)) == ()


NAMES = st.lists(
    st.sampled_from(["Region", "region", "Month", "Menge ", "Größe", "Grösse", "", "x"]), max_size=8
)


def source_with(header: Sequence[str]) -> SourceFile:
    rows = RowCount(1, exact=True)
    return SourceFile(
        Path("f"), "f", 1, "ascii", ",", tuple(header), len(header), rows, (), (), Stamp(0, 0, 1, 0)
    )


@given(ours=NAMES, theirs=NAMES)
def test_differences_account_for_every_column(ours: list[str], theirs: list[str]) -> None:
    found = {d.kind: d for d in differences(source_with(ours), SourceForm(tuple(theirs)))}
    if not theirs or ours == theirs:
        assert found == {}
        return
    missing, extra = found.get(Differs.MISSING), found.get(Differs.EXTRA)
    lost = len(missing.columns) if missing else 0
    surplus = len(extra.columns) if extra else 0
    assert len(ours) - surplus == len(theirs) - lost
    assert not {a.casefold() for a in (missing.columns if missing else ())} & {
        b.casefold() for b in (extra.columns if extra else ())
    }
    assert all(d.sentence.endswith(".") and "\n" not in d.sentence for d in found.values())
    assert found != {}


@given(header=st.lists(st.text("abc", min_size=1), min_size=1, unique=True), data=st.data())
def test_a_shuffled_header_differs_in_order_only(header: list[str], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(header))
    found = [d.kind for d in differences(source_with(shuffled), SourceForm(tuple(header)))]
    assert found == ([] if shuffled == header else [Differs.ORDER])
