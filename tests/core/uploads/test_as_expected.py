"""A local file is read as its import reads it: encoding, separator and quotes."""

import codecs
import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from anaplan_tui.api.auth import TokenAuth
from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.api.hosts import Hosts
from anaplan_tui.api.refs import FileRef, ModelRef
from anaplan_tui.api.schemas import FileInfo, ImportDetail
from anaplan_tui.core.encodings import guess, is_wide
from anaplan_tui.core.finding.finder import Finder
from anaplan_tui.core.journal.journal import Journal
from anaplan_tui.core.journal.last_known import LastKnown
from anaplan_tui.core.triage import SourceForm, Triage
from anaplan_tui.core.uploads import (
    SourceFile,
    UploadRefused,
    differences,
    encoding_words,
    expectation,
    inspect,
)
from anaplan_tui.core.uploads.encodings import agree
from anaplan_tui.core.uploads.prepared import Prepared, Sources
from anaplan_tui.core.uploads.source import HEAD_BYTES
from anaplan_tui.demo.server import DemoServer
from anaplan_tui.ui.screens.upload import why_no_source
from tests.support.raw_server import MODEL, fast

JAPANESE = "地域,金額\n東京,1200\n一,5\n"


def look(path: Path, expected: SourceForm) -> SourceFile:
    return inspect(
        path,
        header_row=1 if expected.header_row is None else expected.header_row,
        encoding=expected.encoding,
        separator=expected.separator,
        quote=expected.quote,
    )


def look_at(tmp_path: Path, content: bytes, expected: SourceForm) -> tuple[SourceFile, list[str]]:
    """Return the file as read, and the differences from what the import expects."""
    path = tmp_path / "source.csv"
    path.write_bytes(content)
    found = look(path, expected)
    return found, [d.sentence for d in differences(found, expected)]


@pytest.mark.parametrize(
    ("text", "encoding", "shown"),
    [
        ("Region,Město\nŁódź,Žižkov\n", "windows-1250", "Windows-1250"),
        ("Регион,Сумма\nМосква,1\n", "windows-1251", "Windows-1251"),
        ("Region,Miasto\nŁódź,Kraków\n", "ISO-8859-2", "ISO-8859-2"),
        ("Region,Preis\nKöln,5€\n", "ISO-8859-15", "ISO-8859-15"),
        (JAPANESE, "Shift_JIS", "shift_jis"),
        (JAPANESE, "EUC-JP", "euc_jp"),
        (JAPANESE, "ISO-2022-JP", "iso2022_jp"),
        ("지역,금액\n서울,1200\n", "ISO-2022-KR", "iso2022_kr"),
        ("地区,金额\n北京,1200\n", "HZ-GB-2312", "hz"),
        (JAPANESE, "UTF-7", "utf-7"),
        ("地區,金額\n台北,1200\n", "Big5", "big5"),
        ("地区,金额\n北京,1200\n", "GB18030", "gb18030"),
        (JAPANESE, "UTF-16LE", "UTF-16LE"),
        (JAPANESE, "UTF-16BE", "UTF-16BE"),
        (JAPANESE, "UTF-32LE", "utf-32-le"),
    ],
)
def test_the_right_file_fits_in_the_imports_encoding(
    tmp_path: Path, text: str, encoding: str, shown: str
) -> None:
    header = tuple(text.partition("\n")[0].split(","))
    expected = SourceForm(header, ",", encoding, 1, '"')
    found, said = look_at(tmp_path, text.encode(encoding), expected)
    assert said == []
    assert found.header == header
    assert encoding_words(found.encoding) == shown
    Prepared(FileRef(ModelRef("w", "m"), "1"), "f", found, expected, ()).require_fit()


@pytest.mark.parametrize("order", ["le", "be"])
def test_utf_16_without_a_mark_is_read_in_either_order(tmp_path: Path, order: str) -> None:
    found, said = look_at(
        tmp_path, JAPANESE.encode(f"utf-16-{order}"), SourceForm(("地域", "金額"), ",", "UTF-16")
    )
    assert (found.encoding, said) == (f"utf-16-{order}", [])
    # The dialog that asks for the file does not know the import's encoding.
    assert why_no_source(found.path) == ""


def test_a_character_cut_by_the_end_of_the_head_is_no_error(tmp_path: Path) -> None:
    for shift in range(2):
        content = ("地域,金額\n" + "x" * shift).encode("shift_jis") + "東".encode("shift_jis") * HEAD_BYTES
        assert look_at(tmp_path, content, SourceForm(encoding="Shift_JIS"))[0].encoding == "shift_jis"


@pytest.mark.parametrize(
    ("content", "encoding", "found"),
    [
        ("ä,b\n1,2\n".encode(), "windows-1250", "utf-8"),
        ("\ufeffä,b\n1,2\n".encode(), "Shift_JIS", "utf-8-sig"),
        ("ä,b\n1,2\n".encode("utf-16"), "GB18030", "utf-16"),
        ("ä,b\n1,2\n".encode("utf-16-le"), "ISO-8859-2", "utf-16-le"),
        ("ä,b\n1,2\n".encode("latin-1"), "UTF-8", "latin-1"),
        ("ä,b\n1,2\n".encode("latin-1"), "UTF-16LE", "latin-1"),
        ("ä,b\n1,2\n".encode("latin-1"), "Shift_JIS", "latin-1"),
        ("€,b\n1,2\n".encode("cp1252"), "ISO-8859-2", "cp1252"),
    ],
)
def test_what_is_clearly_another_encoding_is_said(
    tmp_path: Path, content: bytes, encoding: str, found: str
) -> None:
    source, said = look_at(tmp_path, content, SourceForm(encoding=encoding))
    assert source.encoding == found
    (sentence,) = said
    assert sentence.startswith(f"The file is {encoding_words(found)}, the import reads {encoding}: no")


@pytest.mark.parametrize("content", [bytes(range(256)) * 4, b"\0" * 100, b"\x7fELF\x02\x01\x01" + b"\0" * 64])
@pytest.mark.parametrize(
    "encoding", ["ISO-8859-2", "windows-1251", "GB18030", "UTF-16LE", "UTF-16", "UTF-32"]
)
def test_binary_stays_binary_whatever_is_expected(tmp_path: Path, content: bytes, encoding: str) -> None:
    with pytest.raises(UploadRefused, match="it is not text"):
        look_at(tmp_path, content, SourceForm(encoding=encoding))


@pytest.mark.parametrize(
    "name", ["KLINGON-8", "hex", "rot13", "undefined", "idna", "a\0b", "é\ud800", "x" * 9_999]
)
def test_a_name_that_is_no_encoding_says_nothing(tmp_path: Path, name: str) -> None:
    content = "ä,b\n1,2\n".encode("latin-1")
    assert guess(content, whole=True, expected=name) == "latin-1"
    assert not is_wide(name)
    if name != "idna":
        assert agree("latin-1", name)
    look_at(tmp_path, content, SourceForm(encoding=name))


def test_the_imports_encoding_does_not_rename_ascii(tmp_path: Path) -> None:
    for encoding in ("Shift_JIS", "windows-1250", "UTF-8", "UTF-7"):
        found, said = look_at(tmp_path, b"a,b\n1,2\n", SourceForm(("a", "b"), ",", encoding))
        assert (found.encoding, said) == ("ascii", [])


@pytest.mark.parametrize("separator", ["^", " ", "~", "¦", "'"])
def test_the_imports_own_separator_is_tried(tmp_path: Path, separator: str) -> None:
    text = f"Region{separator}Month\nNorth{separator}Jan\nSouth{separator}Feb\n"
    found, said = look_at(tmp_path, text.encode(), SourceForm(("Region", "Month"), separator, "UTF-8"))
    assert (found.separator, found.header, said) == (separator, ("Region", "Month"), [])
    assert found.problems == ()


def test_the_imports_separator_is_taken_where_another_explains_no_more(tmp_path: Path) -> None:
    content = b"Net, sum, all;Name\n1,2,3;x\n4,5,6;y\n"
    assert look_at(tmp_path, content, SourceForm())[0].separator == ","
    found, said = look_at(tmp_path, content, SourceForm(("Net, sum, all", "Name"), ";"))
    assert (found.separator, said) == (";", [])


def test_another_separator_is_said_as_before(tmp_path: Path) -> None:
    _found, said = look_at(tmp_path, b"Region;Month\nN;Jan\n", SourceForm(("Region", "Month"), "^"))
    assert said == ['The file separates columns with semicolons, the import with "^".']


@pytest.mark.parametrize("separator", ["", "::", "\n", "\r", "\0"])
@pytest.mark.parametrize("quote", ["", "''", "\n", "\0", ",", ";"])
def test_what_can_be_no_mark_is_left_aside(tmp_path: Path, separator: str, quote: str) -> None:
    expected = SourceForm(separator=separator, quote=quote)
    found, _said = look_at(tmp_path, b'"a,1",b\n"c,2",d\n', expected)
    assert (found.separator, found.header) == (",", ("a,1", "b"))


def test_a_mark_that_is_both_is_the_separator(tmp_path: Path) -> None:
    found, _said = look_at(tmp_path, b'"a"^"b"\n"c"^"d"\n', SourceForm(separator="^", quote="^"))
    assert (found.separator, found.header) == ("^", ("a", "b"))


def test_the_text_delimiter_comes_from_the_import_and_else_from_the_file() -> None:
    info = FileInfo.model_validate({"id": "113", "name": "f", "delimiter": "'"})
    detail = ImportDetail.of({"name": "i", "source": {"textDelimiter": "~"}})
    assert expectation(detail, info).quote == "~"
    assert expectation(None, info).quote == "'"


@pytest.mark.parametrize(
    ("form", "names", "cell"),
    [
        (SourceForm(separator="^"), ("Région", "Größe"), "Süd"),
        (SourceForm(separator=" "), ("Région", "Größe"), "Süd"),
        (SourceForm(separator=",", quote="'"), ("Région", "Größe"), "Süd, d'Or"),
        (SourceForm(separator="^", quote="~", encoding="UTF-16LE"), ("Région", "Größe"), "Süd"),
        (SourceForm(separator=";", encoding="windows-1250"), ("Rěgion", "Größe"), "Süd"),
        (SourceForm(separator=",", encoding="Shift_JIS"), ("地域", "金額"), "東京"),
    ],
)
def test_rows_saved_for_correction_fit_the_import_they_came_from(
    tmp_path: Path, form: SourceForm, names: tuple[str, str], cell: str
) -> None:
    dump, saved = tmp_path / "dump.csv", tmp_path / "rejected.csv"
    lines = io.StringIO(newline="")
    writer = csv.writer(lines, quoting=csv.QUOTE_ALL)
    writer.writerow(["_Status_", *names, "_Line_", "_Error_1_"])
    writer.writerow(["E", cell, "5", "2", "Invalid number: 5"])
    dump.write_bytes(codecs.BOM_UTF8 + lines.getvalue().encode())
    with Triage.open(dump, work_dir=tmp_path / "work") as triage:
        triage.save_rejected(saved, form=form)
    expected = SourceForm(names, form.separator, form.encoding, form.header_row, form.quote)
    found = look(saved, expected)
    assert differences(found, expected) == ()
    assert (found.header, found.obstacles, found.problems) == (names, (), ())


async def test_a_file_is_looked_at_as_its_import_reads_it(tmp_path: Path) -> None:
    with DemoServer(speed=50) as server, Journal.open(tmp_path / "journal.db") as journal:
        files = next(m for m in server.tenant.company.models if m.id == MODEL.model_id).files
        name = "targets.csv"
        found = next(file for file in files.values() if file.name == name)
        files[found.id] = replace(found, columns=("地域", "金額"), separator="^", encoding="Shift_JIS")
        auth = TokenAuth(SecretStr(server.token()))
        async with AnaplanClient(Hosts(server.url, server.url), auth, options=fast()) as client:
            path = tmp_path / "corrected.csv"
            path.write_bytes('地域^"金額"\n東京^1200\n'.encode("shift_jis"))
            prepared = await Sources(
                client, Finder(client, journal, "demo", LastKnown(journal, "demo", server.url))
            ).prepare(MODEL, name, path)
    assert (prepared.obstacles, prepared.doubts) == ((), ())
    assert prepared.source.header == ("地域", "金額")
    prepared.require_fit()


@pytest.mark.parametrize("separator", ["\x01", "\x1c", "\x1f"])
@pytest.mark.parametrize("rows", [1, 3, 5_000])
def test_a_control_character_may_separate_columns(tmp_path: Path, separator: str, rows: int) -> None:
    text = f"Region|Month|Net\n{'North|Jan|1' + chr(10)}" + "Süd|Feb|2\n" * (rows - 1)
    for expected in (SourceForm(), SourceForm(("Region", "Month", "Net"), separator)):
        found, said = look_at(tmp_path, text.replace("|", separator).encode(), expected)
        assert (found.separator, found.header, said) == (separator, ("Region", "Month", "Net"), [])


def test_a_byte_that_is_no_text_is_named_and_spoils_no_other(tmp_path: Path) -> None:
    content = "Region,Menge\nZürich,1\n".encode() + b"Caf\xe9,2\nx\xa0,3\n"
    for encoding in ("UTF-8", None):
        found, said = look_at(tmp_path, content, SourceForm(("Region", "Menge"), ",", encoding))
        assert (found.encoding, said) == ("utf-8", [])
        assert found.problems == (
            r"2 cells hold bytes that are no UTF-8: line 3, Region (Caf\xE9), line 4, Region (x\xA0).",
        )


def test_a_header_line_of_any_length_ends(tmp_path: Path) -> None:
    names = tuple(f"A column with a long name, number {number}" for number in range(9_000))
    content = ",".join(f'"{name}"' for name in names) + "\n" + ",".join("1" * 9_000) + "\n"
    found, said = look_at(tmp_path, content.encode(), SourceForm(names, ",", "UTF-8"))
    assert (found.header, found.obstacles, said, str(found.rows)) == (names, (), [], "1 row")


def test_a_null_in_a_cell_is_no_reason_to_call_a_text_binary(tmp_path: Path) -> None:
    found, _said = look_at(tmp_path, b"Region,Menge\nNor\0th,1\n", SourceForm())
    assert (found.encoding, found.header) == ("ascii", ("Region", "Menge"))
