"""A file cut into chunks: joined they are the file, and whatever exceeds the limits is refused."""

import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anaplan_tui.core.uploads import (
    SourceFile,
    UploadRefused,
    UploadTerms,
)
from anaplan_tui.core.uploads.cutting import MOST_CHUNKS, cut, payload
from anaplan_tui.core.uploads.source import Stamp
from tests.support.raw_server import USER


@given(data=st.binary(min_size=1, max_size=4_000), size=st.integers(1, 5_000), gzip=st.booleans())
@settings(max_examples=60)
def test_joined_chunks_are_the_file(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, size: int, gzip: bool
) -> None:
    path = tmp_path_factory.mktemp("cut") / "f.csv"
    path.write_bytes(b"h\n" + data)
    whole = inspect_as_text(path)
    pieces = [payload(whole, piece, gzip=gzip) for piece in cut(whole, size)]
    joined = b"".join(zlib.decompress(p.data, 31) if p.gzipped else p.data for p in pieces)
    assert joined == path.read_bytes()
    assert len(pieces) <= MOST_CHUNKS
    assert all(len(p.data) <= max(size, -(-len(joined) // MOST_CHUNKS)) for p in pieces)


def inspect_as_text(path: Path) -> SourceFile:
    """Return a source of any bytes: cutting does not care what they mean."""
    found = path.stat()
    return SourceFile(path, path.name, found.st_size, "ascii", None, (), 1, None, (), (), Stamp.of(found))


def test_a_file_beyond_the_limits_is_refused(source: SourceFile) -> None:
    assert len(cut(replace(source, bytes=9_999_999_999), 8_000_000)) == 1000
    with pytest.raises(UploadRefused, match="larger than 10 GB"):
        cut(replace(source, bytes=10_000_000_001), 8_000_000)


def test_chunks_of_more_than_ten_megabytes_are_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="a chunk has"):
        UploadTerms(tmp_path, "https://x", USER, chunk_bytes=10_000_001)
