"""Bytes of a dump that are invalid in its encoding: marked, counted and kept; nothing else is affected."""

import csv
import io
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anaplan_tui.api.clean import clean
from anaplan_tui.core.report import triage_document
from anaplan_tui.core.triage import SourceForm, Triage, TriageError

HEAD = b'"_Status_","Region","Amount","_Line_","_Error_1_"\r\n'
UTF8 = SourceForm(separator=",", encoding="UTF-8")


def dump_of(*regions: bytes) -> bytes:
    """Write one row for each region, from line 2 on."""
    rows = (
        b'"E","%b","5","%d","Item not located in Region list"\r\n' % (region, line)
        for line, region in enumerate(regions, 2)
    )
    return HEAD + b"".join(rows)


def opened(tmp_path: Path, raw: bytes, *, encoding: str | None = None, slice_bytes: int = 1 << 20) -> Triage:
    path = tmp_path / "dump.csv"
    path.write_bytes(raw)
    triage = Triage(path, work_dir=tmp_path / "work", encoding=encoding, slice_bytes=slice_bytes)
    triage.load()
    return triage


ODD = {
    "a letter of Latin-1": b"Caf\xe9",
    "a lone no-break blank of Latin-1": b"North\xa0",
    "CESU-8": b"\xed\xa0\xbd\xed\xb8\x80",
    "an overlong form": b"a\xc0\x80b",
    "a character cut off": b"Caf\xc3",
    "a byte that no encoding has": b"x\xffy",
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
@pytest.mark.parametrize("slice_bytes", [60, 1 << 20])
def test_one_bad_cell_spoils_no_other(tmp_path: Path, odd: bytes, slice_bytes: int) -> None:
    regions = [*["Zürich".encode()] * 9, odd, "Łódź 😀".encode()]
    with opened(tmp_path, dump_of(*regions), slice_bytes=slice_bytes) as triage:
        assert triage.shape.encoding == "utf-8"
        found = triage.summary.without_text
        (place,) = found.first
        assert (found.count, place.line, place.column) == (1, 11, "Region")
        assert place.value.encode("utf-8", "surrogateescape") == odd
        cells = [row.cells[0] for row in triage.rows(None, offset=0, limit=99).rows]
        assert [cell.encode("utf-8", "surrogateescape") for cell in cells] == regions
        assert triage.rows(None, offset=0, limit=9, filter="zürich").total == 9
        assert triage.rows(None, offset=0, limit=9, filter=place.value).total == 1
        saved = triage.save_rejected(tmp_path / "saved.csv", form=UTF8)
        assert (saved.rows, saved.without_text.first) == (11, found.first)
        triage.save_rows(None, tmp_path / "same.csv")
    kept = b"".join(b'"%b","5"\r\n' % region for region in regions)
    assert (tmp_path / "saved.csv").read_bytes() == b'"Region","Amount"\r\n' + kept
    assert (tmp_path / "same.csv").read_bytes() == (tmp_path / "dump.csv").read_bytes()


def test_bytes_are_shown_as_bytes(tmp_path: Path) -> None:
    with opened(tmp_path, dump_of("Zürich".encode(), b"Caf\xe9")) as triage:
        document = triage_document(triage.summary)
        assert triage.summary.without_text.words == r"line 3, Region (Caf\xE9)"
    assert document["without_text"] == {
        "cells": 1,
        "first": [{"line": 3, "column": "Region", "value": r"Caf\xE9"}],
    }
    assert document["groups"][0]["examples"] == [
        {"line": 2, "value": "Zürich"},
        {"line": 3, "value": r"Caf\xE9"},
    ]
    assert clean("Caf\udce9") == r"Caf\xE9"


def test_a_byte_in_an_error_or_a_name_is_kept_too(tmp_path: Path) -> None:
    raw = (
        '"_Status_","Größe","R\udce9gion","_Line_","_Error_1_"\n'
        '"E","1","x","2","Invalid number: \udce9, R\udce9gion"\n'
        '"E","1","x","3","Falsch\udcff"\n'
    ).encode("utf-8", "surrogateescape")
    with opened(tmp_path, raw) as triage:
        assert triage.shape.source_columns == ("Größe", "R\udce9gion")
        for group in triage.summary.groups:
            assert triage.rows(group.key, offset=0, limit=9).total == 1
        assert "Falsch\udcff" in {group.error for group in triage.summary.groups}
        assert triage.summary.without_text.count == 3
        triage.save_rows(None, tmp_path / "same.csv")
    assert (tmp_path / "same.csv").read_bytes() == raw


def test_a_character_of_the_block_that_stands_for_bytes_is_no_byte(tmp_path: Path) -> None:
    regions = ["\U0010f8e9", "\U0010f800", "é\U0010f8ff"]
    raw = dump_of(*(region.encode() for region in regions))
    with opened(tmp_path, raw) as triage:
        assert triage.summary.without_text.count == 0
        assert [row.cells[0] for row in triage.rows(None, offset=0, limit=9).rows] == regions
        triage.save_rows(None, tmp_path / "same.csv")
    assert (tmp_path / "same.csv").read_bytes() == raw


@pytest.mark.parametrize("marks", [1, 2, 3])
def test_byte_order_marks_are_read_over_wherever_files_were_joined(tmp_path: Path, marks: int) -> None:
    mark = b"\xef\xbb\xbf"
    raw = mark * marks + dump_of("Zürich".encode()) + mark + dump_of(b"x")
    with opened(tmp_path, raw) as triage:
        assert (triage.shape.status, triage.summary.rows, triage.summary.rejected) == (0, 2, 2)


def test_a_name_in_the_header_is_counted_among_what_is_no_text(tmp_path: Path) -> None:
    raw = dump_of("Zürich".encode()).replace(b"Region", b"Regi\xe9n", 1)
    with opened(tmp_path, raw) as triage:
        said = "1 cell holds bytes that are no text: the header (Regi\\xE9n)"
        assert triage.summary.without_text.no_text_words == said
        saved = triage.save_rejected(tmp_path / "saved.csv", form=UTF8)
        assert saved.without_text.no_text_words == said
        bare = SourceForm(separator=",", encoding="UTF-8", header_row=0)
        assert not triage.save_rejected(tmp_path / "bare.csv", form=bare).without_text.count
    assert (tmp_path / "saved.csv").read_bytes().startswith(b'"Regi\xe9n","Amount"')


def test_a_byte_order_mark_before_a_row_takes_nothing_from_it(tmp_path: Path) -> None:
    first, second = dump_of(b"A", b"B").removeprefix(HEAD).splitlines(keepends=True)
    with opened(tmp_path, HEAD + first + b"\xef\xbb\xbf" + second) as triage:
        assert (triage.summary.rejected, triage.summary.unclear, len(triage.summary.groups)) == (2, 0, 1)
        assert [row.status for row in triage.rows(None, offset=0, limit=9).rows] == ["E", "E"]
        triage.save_rejected(tmp_path / "saved.csv", form=UTF8)
    assert (tmp_path / "saved.csv").read_text("utf-8-sig").split() == [
        '"Region","Amount"',
        '"A","5"',
        '"B","5"',
    ]


def test_a_file_cut_inside_a_character_has_one_odd_cell(tmp_path: Path) -> None:
    raw = b"_Status_,Region,_Line_,_Error_1_\n" + "E,Zürich,2,falsch\nE,x,3,Ungültig".encode()
    with opened(tmp_path, raw[:-5]) as triage:
        assert (triage.shape.encoding, triage.summary.rows) == ("utf-8", 2)
        assert triage.rows(None, offset=1, limit=1).rows[0].errors == ("Ung\udcc3",)


def test_a_dump_that_is_windows_1252_as_a_whole_is_read_as_such(tmp_path: Path) -> None:
    # ß» is by accident also a character of UTF-8.
    text = "Größe Süd Öl é è ç à ô ï ñ ".encode("cp1252") * 5
    with opened(tmp_path, dump_of(text, *[text] * 40, "Fuß» – 5 €".encode("cp1252"))) as triage:
        assert triage.shape.encoding == "cp1252"
        assert triage.rows(None, offset=41, limit=1).rows[0].cells[0] == "Fuß» – 5 €"
        assert triage.summary.without_text.count == 0


@pytest.mark.parametrize("odd_first", [True, False])
def test_what_the_head_seems_to_be_is_settled_by_the_whole(tmp_path: Path, odd_first: bool) -> None:
    plain, text = [b"x"] * 40_000, ["Zürich".encode()] * 60
    regions = [*plain, b"Caf\xe9", *text] if not odd_first else [b"Caf\xe9", *plain, *text]
    with opened(tmp_path, dump_of(*regions)) as triage:
        assert (triage.shape.encoding, triage.summary.without_text.count) == ("utf-8", 1)
        assert triage.rows(None, offset=0, limit=9, filter="zürich").total == 60


@pytest.mark.parametrize(
    ("encoding", "region"),
    [
        ("ISO-8859-2", "Łódź"),
        ("windows-1251", "Москва"),
        ("Shift_JIS", "東京|ソ"),
        ("EUC-JP", "東京"),
        ("ISO-2022-JP", "東京"),
        ("ISO-2022-JP-2", "서울"),
        ("ISO-2022-KR", "서울, 부산"),
        ("HZ-GB-2312", "北京, 上海"),
        ("UTF-7", "東京, 大阪"),
        ("UTF-32BE", "東京"),
        ("GB18030", "北京"),
        ("UTF-16LE", "Łódź"),
        ("UTF-16", "東京"),
        ("ISO-8859-15", "5€"),
    ],
)
def test_a_dump_in_the_imports_encoding_is_read_as_such(tmp_path: Path, encoding: str, region: str) -> None:
    raw = dump_of(*["Zürich".encode()] * 3).decode().replace("Zürich", region).encode(encoding)
    with opened(tmp_path, raw, encoding=encoding) as triage:
        assert triage.rows(None, offset=0, limit=1).rows[0].cells[0] == region
        assert triage.summary.without_text.count == 0
        triage.save_rows(None, tmp_path / "same.csv")
        triage.save_rejected(tmp_path / "saved.csv", form=SourceForm(encoding=encoding))
    assert (tmp_path / "same.csv").read_bytes() == raw
    assert region in (tmp_path / "saved.csv").read_text(encoding)


def test_utf_16_with_a_mark_needs_no_import_to_be_read(tmp_path: Path) -> None:
    with opened(tmp_path, dump_of("Łódź".encode()).decode().encode("utf-16")) as triage:
        assert triage.rows(None, offset=0, limit=1).rows[0].cells[0] == "Łódź"


def test_utf_8_stays_utf_8_whatever_the_import_reads(tmp_path: Path) -> None:
    with opened(tmp_path, dump_of("Zürich".encode(), b"Caf\xe9"), encoding="ISO-8859-1") as triage:
        assert triage.shape.encoding == "utf-8"
        with pytest.raises(TriageError, match=r"ISO-8859-1 cannot hold 1 cell: line 3, Region \(Caf\\xE9\)"):
            triage.save_rejected(tmp_path / "saved.csv", form=SourceForm(encoding="ISO-8859-1"))
        assert not (tmp_path / "saved.csv").exists()


def test_a_null_in_a_cell_is_a_cell(tmp_path: Path) -> None:
    raw = dump_of(b"Nor\0th", b"\0\0\0\0\0\0", b"South")
    with opened(tmp_path, raw) as triage:
        assert triage.summary.rows == 3
        assert triage.rows(None, offset=0, limit=2).rows[1].cells[0] == "\0" * 6
        assert triage.rows(None, offset=0, limit=9, filter="r\0t").total == 1
        triage.save_rows(None, tmp_path / "same.csv")
    assert (tmp_path / "same.csv").read_bytes() == raw


CELL = st.lists(
    st.sampled_from(
        [b"a", b"\xc3\xbc", b"\xe9", b"\xa0", b"\xf0\x9f\x98\x80", b"\xed\xa0\xbd", b"\0", b",", b"\n"]
    ),
    max_size=4,
).map(b"".join)


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(
    cells=st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=8),
    slice_bytes=st.sampled_from([50, 200, 1 << 20]),
    wide=st.booleans(),
)
def test_any_bytes_come_back_as_they_were(
    cells: list[tuple[bytes, bytes, bytes]], slice_bytes: int, wide: bool
) -> None:
    more = b',"x"' * 200 if wide else b""
    names = b',"x"' * 200 if wide else b""
    raw = b'"A","B"%b,"_Line_","_Error_1_"\n"\xc3\xbc\xc3\xbc","y"%b,"1","z"\n' % (names, more)
    for line, (first, second, error) in enumerate(cells, 2):
        raw += b'"%b","%b"%b,"%d","%b"\n' % (first, second, more, line, error)
    plain = list(csv.reader(io.StringIO(raw.decode("utf-8", "surrogateescape"), newline="")))[1:]
    odd = [cell for row in plain for cell in row if not cell.isprintable() and _has_bytes(cell)]
    with tempfile.TemporaryDirectory() as directory:
        work = Path(directory)
        with opened(work, raw, slice_bytes=slice_bytes) as triage:
            shown = triage.rows(None, offset=0, limit=99).rows
            assert [(*row.cells, str(row.line), *row.errors) for row in shown] == [
                tuple(row[:-1] + ([row[-1]] if row[-1] else [])) for row in plain
            ]
            assert triage.summary.without_text.count == len(odd)
            errors = Counter(group.error for group in triage.summary.groups for _ in range(group.rows))
            assert errors == Counter(row[-1] or "No error given" for row in plain)
            triage.save_rows(None, work / "same.csv")
        assert (work / "same.csv").read_bytes() == raw


def _has_bytes(cell: str) -> bool:
    return any("\udc80" <= sign <= "\udcff" for sign in cell)
