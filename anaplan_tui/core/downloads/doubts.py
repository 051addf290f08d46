"""Chunks that came whole and may be wrong all the same.

A gateway that cuts a body and corrects its length, or answers with a page of its own and status 200, is
caught by no length and no error. What gives it away: all chunks but the last are usually of one size
(service.md §7.2), a dump ends with a line end, and a page says that it is one, is a whole document, or is
another the next time. Its beginning alone decides nothing: a chunk begins where it was cut, perhaps in
the middle of somebody's note in HTML.
"""

import json
import re
from collections.abc import Collection, Iterator

from anaplan_tui.core.downloads.chunk_places import ChunkPlaces

_UNEVEN = 2
"""After this many odd sizes were looked at twice, the service evidently does not cut equal chunks."""
_PAGE = re.compile(
    rb'(?:\xef\xbb\xbf)?\s*(?:<!doctype\s+html|<html\b|\{\s*"(?:meta|status)"\s*:\s*\{)', re.IGNORECASE
)


_TYPES = {
    b"<": ("text/html", "application/xhtml+xml"),
    b"{": ("application/json", "application/problem+json"),
}
"""What says of itself that it is a page, by its first byte."""
_END_OF_PAGE = re.compile(rb"</html>\s*\Z", re.IGNORECASE)
_BLANKS = b"\xef\xbb\xbf \t\r\n"
_COMPARED = 4096
"""Bytes of the first blocks of two answers."""


def is_error_page(block: bytes) -> bool:
    """Whether a chunk begins as a web page or as the API's envelope does (service.md §1.4)."""
    return _PAGE.match(block, 0, 64) is not None


def is_document(body: bytes) -> bool:
    """Whether a whole body is one web page or one JSON object, which is no piece of a table."""
    if is_error_page(body) and _END_OF_PAGE.search(body):
        return True
    if not body.lstrip(_BLANKS).startswith(b"{"):
        return False
    try:
        return bool(json.loads(body))
    except (ValueError, RecursionError):
        return False


class Pages:
    """Tells pages that came in place of chunks from chunks that begin like a page."""

    def __init__(self) -> None:
        self._seen: dict[int, tuple[bytes, int | None]] = {}

    def is_one(self, chunk: int, first: bytes, *, length: int | None, media_type: str) -> bool:
        """Whether to disbelieve an answer; one that comes a second time unchanged is a chunk.

        ``first`` is its first block, ``length`` the bytes that it announces.
        """
        if is_document(first) and length in (None, len(first)):
            return True
        if media_type in _TYPES.get(first.lstrip(_BLANKS)[:1], ()):
            return True
        if not is_error_page(first):
            return False
        before, self._seen[chunk] = self._seen.get(chunk), (first[:_COMPARED], length)
        return before is None or not _is_same(before, (first, length))


def _is_same(one: tuple[bytes, int | None], other: tuple[bytes, int | None]) -> bool:
    """Two answers may come in blocks of different sizes."""
    common = min(len(one[0]), len(other[0]))
    return one[1] == other[1] and one[0][:common] == other[0][:common]


class Doubts:
    """Which chunks to ask for a second time. Few: each doubt costs a request."""

    def __init__(self, places: ChunkPlaces) -> None:
        self._places = places
        self._asked: set[int] = set()

    def early(self, chunk: int, announced: int) -> bool:
        """Whether an announced size is odd beside the known ones. True at most once for each chunk."""
        return self._odd(chunk, announced) and self._ask(chunk)

    def late(self, fresh: Collection[int], *, ends_in_line: bool) -> Iterator[int]:
        """The chunks of this pass whose size turns out to be odd now that all are known."""
        for chunk in sorted(fresh):
            if self._odd(chunk, self._places.size(chunk) or 0) and self._ask(chunk):
                yield chunk
        last = self._places.count - 1
        if not ends_in_line and last in fresh:
            yield last

    def _odd(self, chunk: int, size: int) -> bool:
        return chunk < self._places.count - 1 and size < self._places.largest

    def _ask(self, chunk: int) -> bool:
        if chunk in self._asked or len(self._asked) >= _UNEVEN:
            return False
        self._asked.add(chunk)
        return True
