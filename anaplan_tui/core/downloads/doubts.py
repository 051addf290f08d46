"""Chunks that came whole and may be wrong all the same.

A gateway that cuts a body and corrects its length, or answers with a page of its own and status 200, is
caught by no length and no error. What gives it away: all chunks but the last are usually of one size
(service.md §7.2), a dump ends with a line end, and a page says that it is one, is a whole document and
does not say that it is data, or is another the next time. Its beginning alone decides nothing: a chunk
begins where it was cut, perhaps in the middle of somebody's note in HTML.
"""

import json
import re
from collections.abc import Collection, Iterator

from anaplan_tui.core.downloads.chunk_places import ChunkPlaces

_UNEVEN = 2
"""After this many odd sizes were looked at twice, the service evidently does not cut equal chunks."""
_PAGE = re.compile(
    rb'(?:\xef\xbb\xbf)?\s*(?:<!doctype\s+html|<html\b|<\?xml\b|\{\s*"(?:meta|status)"\s*:\s*\{)',
    re.IGNORECASE,
)
_TYPES = {
    b"<": ("text/html", "application/xhtml+xml", "application/xml", "text/xml"),
    b"{": ("application/json", "application/problem+json"),
}
"""What says of itself that it is a page, by its first byte."""
_DATA = ("application/octet-stream", "text/csv", "text/plain")
"""What says of itself that it is none."""
_END_OF_PAGE = re.compile(rb"</html\s*>", re.IGNORECASE)
_BLANKS = b"\xef\xbb\xbf \t\r\n"
_COMPARED = 4096
"""Bytes of the first blocks of two answers."""


def is_error_page(block: bytes) -> bool:
    """Whether a chunk begins as a web page, as XML, or as the API's envelope does (service.md §1.4)."""
    return _PAGE.match(block, 0, 64) is not None


def is_web_page(body: bytes) -> bool:
    """Whether a whole body is one web page, which ends once. Rows with pages in them end more often."""
    end = _END_OF_PAGE.search(body)
    return end is not None and is_error_page(body) and not body[end.end() :].strip()


def is_object(body: bytes) -> bool:
    """Whether a whole body is one JSON object, which is no piece of a table."""
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
        self._types: set[str] = set()
        """What chunks that are like no page say that they are: of these it tells nothing."""

    def is_one(self, chunk: int, first: bytes, *, length: int | None, media_type: str) -> bool:
        """Whether to disbelieve an answer; one that comes a second time unchanged is a chunk.

        ``first`` is its first block, ``length`` the bytes that it announces.
        """
        kinds = _TYPES.get(first.lstrip(_BLANKS)[:1])
        if kinds is None:
            self._types.add(media_type)
            return False
        if media_type in kinds and media_type not in self._types:
            return True
        whole = length in (None, len(first))
        if whole and (is_object(first) or (media_type not in _DATA and is_web_page(first))):
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
