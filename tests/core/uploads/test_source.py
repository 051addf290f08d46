"""The report on a local file before it is sent."""

import codecs
import os
from pathlib import Path

import pytest

from anaplan_tui.core.uploads import (
    RowCount,
    SourceForm,
    UploadRefused,
    differences,
    inspect,
)
from anaplan_tui.core.uploads.source import HEAD_BYTES
from tests.support.uploads import file_of


@pytest.mark.parametrize(
    ("content", "encoding", "separator", "header"),
    [
        (b"Region,Month\r\nN,Jan\r\n", "ascii", ",", ("Region", "Month")),
        (b"Region;Month,Year\nN;J\n", "ascii", ";", ("Region", "Month,Year")),
        (b"Region\tMonth\nN\tJ\n", "ascii", "\t", ("Region", "Month")),
        (b"Region|Month|Menge\nN|J|1\n", "ascii", "|", ("Region", "Month", "Menge")),
        (b'"a;b;c;d",x\n1,2\n', "ascii", ",", ("a;b;c;d", "x")),
        (b'"two\nlines",x\n1,2\n', "ascii", ",", ("two␊lines", "x")),
        (b"a,b\rc,d\r", "ascii", ",", ("a", "b")),
        ("Größe,Łódź\n1,2\n".encode(), "utf-8", ",", ("Größe", "Łódź")),
        (codecs.BOM_UTF8 + b"a,b\n1,2\n", "utf-8-sig", ",", ("a", "b")),
        ("Größe;x\n1;2\n".encode("utf-16"), "utf-16", ";", ("Größe", "x")),
        ("a,b\n1,2\n".encode("utf-16-le"), "utf-16-le", ",", ("a", "b")),
        ("a,b\n1,2\n".encode("utf-16-be"), "utf-16-be", ",", ("a", "b")),
        ("a,b\n1,2\n".encode("utf-32"), "utf-32", ",", ("a", "b")),
        ("Größe,x\n1,2\n".encode("latin-1"), "latin-1", ",", ("Größe", "x")),
        ("12€,x\n1,2\n".encode("cp1252"), "cp1252", ",", ("12€", "x")),
        (b"Only one\n1\n", "ascii", None, ("Only one",)),
        (b"a\x1b]0;t\x07,b\n1,2\n" + b"x,y\n" * 40, "ascii", ",", ("a␛]0;t␇", "b")),
    ],
)
def test_what_a_file_is(
    tmp_path: Path, content: bytes, encoding: str, separator: str | None, header: tuple[str, ...]
) -> None:
    found = inspect(file_of(tmp_path, content))
    assert (found.encoding, found.separator, found.header) == (encoding, separator, header)
    assert found.bytes == len(content)


def test_a_header_line_further_down_is_read_where_it_stands(tmp_path: Path) -> None:
    path = file_of(tmp_path, b"Made by the warehouse\n\nRegion,Month\nN,Jan\n")
    assert inspect(path, header_row=3).header == ("Region", "Month")
    beyond = inspect(path, header_row=9)
    assert beyond.header == ()
    assert beyond.obstacles == (
        "The header line is missing: the file ends, or is blank, where it should stand.",
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "it is empty"),
        (b"\xef\xbb\xbf\r\n \n", "nothing but blank lines"),
        (b"PK\x03\x04rest", "an Office workbook, not text.*Save the sheet as CSV"),
        (b"\x1f\x8b\x08rest", "compressed with gzip, not text"),
        (bytes(range(256)) * 4, "it is not text"),
        (b"\0" * 100, "it is not text"),
        (b"\x01\x02\x03\x04\x05\x06", "it is not text"),
        (b"\xff\xfe\x00\xd8", "it is not text"),
    ],
)
def test_what_cannot_be_a_source_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(UploadRefused, match=f"Cannot upload source.csv: .*{said}") as caught:
        inspect(file_of(tmp_path, content))
    assert "Nothing was sent." in str(caught.value)


def test_what_is_no_plain_file_is_refused(tmp_path: Path) -> None:
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe)
    link.symlink_to(link)
    for path, said in (
        (tmp_path, "it is a directory"),
        (tmp_path / "gone.csv", "there is no such file"),
        (pipe, "it is not a plain file"),
        (link, "lead in a circle"),
        (tmp_path / ("x" * 300), "too long"),
    ):
        with pytest.raises(UploadRefused, match=said):
            inspect(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_rights_is_refused(tmp_path: Path) -> None:
    path = file_of(tmp_path, b"a,b\n")
    path.chmod(0)
    with pytest.raises(UploadRefused, match="this user may not read it"):
        inspect(path)


def test_odd_headers_are_said(tmp_path: Path) -> None:
    assert inspect(file_of(tmp_path, b"a,,a,b\n1,2,3,4\n")).problems == (
        "1 column in the header line has no name.",
        "Column names stand more than once: a.",
    )
    assert (
        inspect(file_of(tmp_path, b"one\n1\n")).problems[0].startswith("The header line has one column only")
    )
    endless = inspect(file_of(tmp_path, b"a,b" * HEAD_BYTES))
    assert (endless.rows, endless.obstacles) == (None, ("The header line does not end.",))
    bare = inspect(file_of(tmp_path, b"a,b\n\n,\n"))
    assert (bare.rows, bare.obstacles) == (
        RowCount(0, exact=True),
        ("There are no rows below the header line.",),
    )
    (guessed,) = differences(inspect(file_of(tmp_path, "ä,b\n1,2\n".encode("latin-1"))), SourceForm())
    assert (guessed.sentence, guessed.grave) == (
        "The text is not UTF-8; it is taken for ISO-8859-1.",
        False,
    )


@pytest.mark.parametrize(
    ("content", "header_row", "rows"),
    [
        (b"a,b\n1,2\n", 1, "1 row"),
        (b'a,b\r\n"two\nlines",2\r\n\r\n3,4', 1, "2 rows"),
        (b"1,2\n3,4\n", 0, "2 rows"),
        (b"made by\na,b\n1,2\n", 2, "1 row"),
        (b"a,b\n" + b"1,2345\n" * 300_000, 1, "about 300,000 rows"),
        (b"a,b\n" + b"1,2345\n" * 1_234_567, 1, "about 1,200,000 rows"),
    ],
)
def test_rows_are_counted_or_judged_by_the_beginning(
    tmp_path: Path, content: bytes, header_row: int, rows: str
) -> None:
    assert str(inspect(file_of(tmp_path, content), header_row=header_row).rows) == rows


def test_a_file_without_a_header_line_has_none_to_look_at(tmp_path: Path) -> None:
    found = inspect(file_of(tmp_path, b"1,2\n"), header_row=0)
    assert (found.header, found.columns, found.obstacles, found.problems) == ((), 2, (), ())


def test_a_character_cut_by_the_end_of_the_head_is_no_error(tmp_path: Path) -> None:
    for shift in range(3):
        content = b"a,b\n" + b"x" * (HEAD_BYTES - 4 - shift) + "€".encode() * 10
        assert inspect(file_of(tmp_path, content)).encoding in ("utf-8", "ascii")
