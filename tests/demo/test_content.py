"""Files in chunks: any chunk alone, the same bytes every time, and the awkward boundaries."""

import csv
import io
from collections import Counter
from functools import partial
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anaplan_tui.demo.content import CHUNK_LIMIT, Blob, Content, Joined, chunk, chunk_count, read_all
from anaplan_tui.demo.rows import (
    ledger_counts,
    ledger_dump,
    list_dump,
    regions_dump,
    sales_dump,
    stamped_dump,
)

SMALL = 200_000


def read_chunk(content: Content, number: int) -> bytes:
    length, pieces = chunk(content, number)
    data = b"".join(pieces)
    assert len(data) == length
    return data


@given(data=st.binary(max_size=500), size=st.integers(1, 600))
def test_chunks_joined_are_the_file(data: bytes, size: int) -> None:
    content = Blob(data, size)
    parts = [read_chunk(content, n) for n in range(chunk_count(content))]
    assert b"".join(parts) == data
    assert all(0 < len(part) <= size for part in parts)


@given(
    parts=st.lists(st.binary(min_size=1, max_size=50), max_size=8),
    span=st.tuples(st.integers(0, 400), st.integers(0, 400)),
)
def test_an_uploaded_file_is_read_in_any_range(parts: list[bytes], span: tuple[int, int]) -> None:
    content = Joined(tuple(partial(bytes, part) for part in parts), tuple(map(len, parts)))
    start, stop = sorted(min(at, content.size) for at in span)
    assert b"".join(content.pieces(start, stop)) == b"".join(parts)[start:stop]
    assert read_all(content) == b"".join(parts)


@given(span=st.tuples(st.integers(0, 3 * SMALL), st.integers(0, 3 * SMALL)))
def test_a_large_file_is_read_in_any_range(span: tuple[int, int]) -> None:
    content = ledger_dump(3, status=True, chunk_size=SMALL)
    start, stop = sorted(min(at, content.size) for at in span)
    assert b"".join(content.pieces(start, stop)) == LEDGER[start:stop]


LEDGER = read_all(ledger_dump(3, status=True, chunk_size=SMALL))


@pytest.mark.parametrize("status", [True, False])
def test_edges_of_a_large_dump_split_characters_and_line_ends(status: bool) -> None:
    content = ledger_dump(12, status=status, chunk_size=SMALL)
    assert chunk_count(content) == 12
    parts = [read_chunk(content, n) for n in range(12)]
    assert all(len(part) <= SMALL for part in parts)
    assert any(a.endswith(b"\r") and b.startswith(b"\n") for a, b in pairwise(parts))
    split = [part for part in parts[:-1] if part[-1] >= 0xC2]
    assert split
    for part in split:
        with pytest.raises(UnicodeDecodeError):
            part.decode()
    rows = list(csv.reader(io.StringIO(b"".join(parts).decode(), newline="")))
    assert ("_Status_" in rows[0]) is status
    widths = {len(row) for row in rows}
    assert widths == {len(rows[0]), len(rows[0]) + 1}
    place = rows[0].index("_Line_")
    numbers = [int(row[place]) for row in rows[1:]]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def test_counts_of_a_large_dump_are_those_of_its_rows() -> None:
    dump = ledger_dump(3, status=True, chunk_size=SMALL)
    found = ledger_counts(dump)
    rows = list(csv.reader(io.StringIO(LEDGER.decode(), newline="")))[1:]
    assert found.failed == sum(row[0] == "E" for row in rows)
    assert found.warned == sum(row[0] == "W" for row in rows)
    cells = [cell.partition(":")[0] for row in rows for cell in row[6:] if cell]
    assert found.errors == Counter(cells)


def test_the_gigabyte_is_a_hundred_full_chunks() -> None:
    content = stamped_dump(100)
    assert chunk_count(content) == 100
    assert 0.99e9 < content.size <= 1e9
    lengths = [chunk(content, n)[0] for n in range(100)]
    assert max(lengths) <= CHUNK_LIMIT
    assert sum(lengths) == content.size
    assert len({hash(read_chunk(content, n)) for n in (3, 4, 57, 98, 99)}) == 5


@pytest.mark.parametrize(
    ("content", "rows", "status"),
    [
        (sales_dump(True), 1_234, False),
        (sales_dump(False), 1_100, False),
        (regions_dump(), 77, True),
        (list_dump("Invalid name: Code", 13, 7), 20, True),
    ],
)
def test_small_dumps_hold_the_rows_that_the_results_count(content: Blob, rows: int, status: bool) -> None:
    parsed = list(csv.reader(io.StringIO(content.data.decode(), newline="")))
    assert len(parsed) == rows + 1
    assert (parsed[0][0] == "_Status_") is status
    assert "_Error_1_" in parsed[0]
    assert read_all(content) == b"".join(read_chunk(content, n) for n in range(chunk_count(content)))


def test_there_is_no_chunk_past_the_end() -> None:
    for number in (-1, 2):
        with pytest.raises(IndexError):
            chunk(Blob(b"abcd", 2), number)
    assert chunk_count(Blob(b"")) == 0
