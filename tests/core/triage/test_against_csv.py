"""The triage gives the answer of a plain pass with Python's csv module, whatever the file looks like."""

from __future__ import annotations

import csv
import io
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from anaplan_tui.core.triage import NotADump, Triage
from anaplan_tui.core.triage.groups import group_key
from anaplan_tui.core.triage.layout import HeaderTwin
from anaplan_tui.core.triage.templates import Templates, literal, skeleton, split_error

RELAXED = settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
CELLS = st.text(alphabet="ab é,;\t\"'\n\r\\#0", max_size=6)
ERRORS = st.one_of(
    st.sampled_from(
        ["Invalid parent", "Item not located in Region list", "Invalid number: n/a", "", "_Error_1_"]
    ),
    CELLS,
    CELLS.map(lambda cell: f"Invalid date: {cell}"),
)


@dataclass
class PlainPass:
    """The groups of a dump, by the csv module alone."""

    header: list[str]
    rows: list[list[str]]
    primary: Counter[str] = field(default_factory=Counter)
    further: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        for row in self.rows:
            status = row[0].strip().upper() if self.has_status else ""
            known = status if status in ("E", "W") else None
            errors = [split_error(error)[0] for error in self.errors(row) if error] or [""]
            self.primary[group_key(known, errors[0])] += 1
            for further in set(errors[1:]) - {errors[0]}:
                self.further[group_key(known, further)] += 1

    @property
    def has_status(self) -> bool:
        return self.header[0] == "_Status_"

    def errors(self, row: list[str]) -> list[str]:
        return row[self.header.index("_Error_1_") :]

    def source(self, row: list[str]) -> list[str]:
        line = self.header.index("_Line_")
        padded = row + [""] * (len(self.header) - len(row))
        return padded[1 if self.has_status else 0 : line]

    @property
    def rejected(self) -> list[list[str]]:
        return [row for row in self.rows if not self.has_status or row[0].strip().upper() == "E"]


def plain_pass(raw: bytes, encoding: str, delimiter: str, *, cut_off: bool = False) -> PlainPass:
    """Group a dump's rows; ``cut_off`` omits the last record, where the file ends in the middle of it."""
    reader = csv.reader(io.StringIO(raw.decode(encoding), newline=""), delimiter=delimiter)
    header = next(reader)
    own = [position for position, name in enumerate(header) if name in ("_Status_", "_Line_", "_Error_1_")]

    def is_row(row: list[str]) -> bool:
        repeated = len(row) > own[-1] and all(row[position] == header[position] for position in own)
        return not repeated and (len(row) > 1 or row not in ([], [""]))

    rows = list(reader)
    if cut_off:
        rows.pop()
    return PlainPass(header, [row for row in rows if is_row(row)])


def parse(path: Path, encoding: str, delimiter: str) -> list[list[str]]:
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.reader(file, delimiter=delimiter))


@dataclass
class Dump:
    raw: bytes
    encoding: str
    delimiter: str


@st.composite
def dumps(draw: st.DrawFn) -> Dump:
    """Ragged dumps: any quoting, line ends, encodings, blank lines and repeated headers."""
    delimiter = draw(st.sampled_from([",", "\t", ";"]))
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "cp1252"]))
    quoting = draw(st.sampled_from(["all", "minimal", "mixed"]))
    line_ends = draw(st.sampled_from([["\n"], ["\r\n"], ["\n", "\r\n"]]))
    columns = draw(st.lists(st.sampled_from(["Region", "Code", "", "Region"]), min_size=1, max_size=4))
    status = draw(st.booleans())
    header = [*(["_Status_"] if status else []), *columns, "_Line_", "_Error_1_"]

    def record(cells: list[str]) -> str:
        def encode(cell: str) -> str:
            needs = any(mark in cell for mark in ('"', "\n", "\r", delimiter))
            if quoting == "all" or needs or (quoting == "mixed" and draw(st.booleans())):
                return '"' + cell.replace('"', '""') + '"'
            return cell

        return delimiter.join(map(encode, cells)) + draw(st.sampled_from(line_ends))

    text = record(header)
    for _ in range(draw(st.integers(0, 14))):
        kind = draw(st.sampled_from(["row"] * 6 + ["short", "header", "blank"]))
        if kind == "blank":
            text += draw(st.sampled_from(line_ends))
        elif kind == "header":
            text += record(header)
        else:
            cells = [draw(CELLS) for _ in columns]
            own = [draw(st.sampled_from(["E", "W", "e", "X", ""]))] if status else []
            row = [
                *own,
                *cells,
                str(draw(st.integers(2, 99))),
                *draw(st.lists(ERRORS, min_size=1, max_size=7)),
            ]
            text += record(row[: draw(st.integers(1, len(row)))] if kind == "short" else row)
    # A Latin-1 file is recognized by bytes that are not UTF-8.
    mark = record([*(["E"] if status else []), *["é" for _ in columns], "7", "Invalid parent"])
    return Dump((text + mark).encode(encoding), encoding, delimiter)


def opened(raw: bytes, directory: str, slice_bytes: int) -> Triage:
    path = Path(directory) / "dump.csv"
    path.write_bytes(raw)
    triage = Triage(path, work_dir=Path(directory) / "work", slice_bytes=slice_bytes)
    try:
        triage.load()
    except BaseException:
        triage.close()
        raise
    return triage


@RELAXED
@given(dump=dumps(), slice_bytes=st.sampled_from([40, 150, 600, 1 << 20]))
def test_groups_rows_and_files_are_those_of_a_plain_pass(dump: Dump, slice_bytes: int) -> None:
    plain = plain_pass(dump.raw, dump.encoding, dump.delimiter)
    with tempfile.TemporaryDirectory() as directory, opened(dump.raw, directory, slice_bytes) as triage:
        summary = triage.summary
        assert (triage.shape.encoding, triage.shape.delimiter) == (dump.encoding, dump.delimiter)
        assert {group.key: group.rows for group in summary.groups if group.rows} == plain.primary
        assert {group.key: group.also for group in summary.groups if group.also} == plain.further
        assert sum(group.rows for group in summary.groups) == summary.rows == len(plain.rows)
        assert summary.rejected == len(plain.rejected)
        assert summary.rejected + summary.warnings + summary.unclear == summary.rows

        for group in summary.groups:
            assert triage.rows(group.key, offset=0, limit=99).total == group.rows + group.also
        assert paged(triage) == [tuple(plain.source(row)) for row in plain.rows]

        saved = Path(directory) / "saved.csv"
        assert triage.save_rows(None, saved) == len(plain.rows)
        assert parse(saved, dump.encoding, dump.delimiter) == [plain.header, *plain.rows]
        corrected = Path(directory) / "corrected.csv"
        twin = HeaderTwin(triage.shape)
        kept = [cells for row in plain.rejected if not twin.is_repeated(cells := plain.source(row))]
        if plain.rejected:
            found = triage.save_rejected(corrected)
            assert (found.rows, found.headers_left_out) == (len(kept), len(plain.rejected) - len(kept))
            assert parse(corrected, dump.encoding, dump.delimiter)[1:] == kept


def paged(triage: Triage) -> list[tuple[str, ...]]:
    """Return all rows, fetched three at a time."""

    def pages() -> Iterator[tuple[str, ...]]:
        for offset in range(0, triage.summary.rows + 3, 3):
            yield from (row.cells for row in triage.rows(None, offset=offset, limit=3).rows)

    return list(pages())


@RELAXED
@given(
    body=st.text(alphabet='ab ,"\n\r', max_size=120),
    line_end=st.sampled_from(["\n", "\r\n"]),
    slice_bytes=st.sampled_from([10, 40, 1 << 20]),
)
@example(body='a"\n"\n', line_end="\n", slice_bytes=10)
@example(body='a","\n', line_end="\n", slice_bytes=10)
@example(body='a\r"', line_end="\n", slice_bytes=10)
@example(body='a, "b" ,c\n', line_end="\n", slice_bytes=40)
@example(body='"a" "b"\n', line_end="\n", slice_bytes=40)
def test_stray_quotes_and_line_ends_are_read_as_the_csv_module_does_or_refused(
    body: str, line_end: str, slice_bytes: int
) -> None:
    raw = f"Code,_Line_,_Error_1_{line_end}{body}".encode()
    with tempfile.TemporaryDirectory() as directory:
        try:
            triage = opened(raw, directory, slice_bytes)
        except NotADump:
            # Only a file that stops in mid-row may be refused.
            assert not body.endswith("\n") or ends_in_quotes(body)
            return
        with triage:
            plain = plain_pass(raw, "utf-8", ",")
            if triage.summary.cut_off:
                assert not body.endswith("\n") or ends_in_quotes(body)
                plain = plain_pass(raw, "utf-8", ",", cut_off=True)
            assert {group.key: group.rows for group in triage.summary.groups if group.rows} == plain.primary
            saved = Path(directory) / "saved.csv"
            triage.save_rows(None, saved)
            assert parse(saved, "utf-8", ",")[1:] == plain.rows


def ends_in_quotes(body: str) -> bool:
    """Say whether a quote is open at the end: the last cell would swallow a further line."""
    marked = list(csv.reader(io.StringIO(body + "\nmark\n", newline="")))
    return marked[-1:] != [["mark"]]


@settings(RELAXED, max_examples=200)
@given(
    error=st.one_of(
        st.text(alphabet="Row 12-.,_:'\"„“”x\n…(é", max_size=30),
        st.from_regex(r"\A(Row|Item) ('\w+'|\"[^\"]*\"|[A-Z]{0,2}[0-9]{1,4}):? not found\Z"),
    )
)
def test_python_and_duckdb_tell_errors_apart_alike(error: str) -> None:
    plain = split_error(error)[0]
    templates = Templates(frozenset({skeleton(plain)}))
    with duckdb.connect() as database:
        answer = database.execute(
            f"SELECT {templates.sql_of('e')}, {templates.sql_value('e', 't')}"  # noqa: S608
            f" FROM (SELECT {literal(error)} AS e, {literal(templates.of(error))} AS t)"
        ).fetchone()
    assert answer == (templates.of(error), templates.value(error))
