"""Detect chunks that arrive complete but wrong: truncated by a gateway, or replaced by an error page.

A gateway may cut a body and correct its length, or answer with its own page and status 200. No length and no
error shows that, but three signs do. All chunks but the last usually have the same size (service.md §7.2). A
dump ends with a line end. And a page is declared as one, or is a whole document not declared as data, or
differs the next time. The beginning of a chunk alone decides nothing: it may have been cut in the middle of
somebody's note in HTML.
"""

import json
import re
from collections.abc import Collection, Iterator

from anaplan_tui.core.downloads.chunk_places import ChunkPlaces

_UNEVEN = 2
"""Odd sizes to double-check; after this many, the service evidently does not cut equal chunks."""
_PAGE = re.compile(
    rb'(?:\xef\xbb\xbf)?\s*(?:<!doctype\s+html|<html\b|<\?xml\b|\{\s*"(?:meta|status)"\s*:\s*\{)',
    re.IGNORECASE,
)
_TYPES = {
    b"<": ("text/html", "application/xhtml+xml", "application/xml", "text/xml"),
    b"{": ("application/json", "application/problem+json"),
}
"""Media types that declare a page, by the first byte of the body."""
_DATA = ("application/octet-stream", "text/csv", "text/plain")
"""Media types that declare data."""
_END_OF_PAGE = re.compile(rb"</html\s*>", re.IGNORECASE)
_BLANKS = b"\xef\xbb\xbf \t\r\n"
_COMPARED = 4096
"""Bytes of the first block that are compared between two answers."""


def is_error_page(block: bytes) -> bool:
    """Whether a chunk begins like a web page, XML or the API's envelope (service.md §1.4)."""
    return _PAGE.match(block, 0, 64) is not None


def is_web_page(body: bytes) -> bool:
    """Whether a whole body is a single web page: its closing tag comes once, at the end."""
    end = _END_OF_PAGE.search(body)
    return end is not None and is_error_page(body) and not body[end.end() :].strip()


def is_object(body: bytes) -> bool:
    """Whether a whole body is one JSON object that is not empty, and so not part of a table."""
    if not body.lstrip(_BLANKS).startswith(b"{"):
        return False
    try:
        return bool(json.loads(body))
    except (ValueError, RecursionError):
        return False


class Pages:
    """Distinguishes pages sent in place of chunks from chunks that begin like a page."""

    def __init__(self) -> None:
        self._seen: dict[int, tuple[bytes, int | None]] = {}
        self._types: set[str] = set()
        """Media types seen on chunks that look nothing like a page; such a type proves nothing."""

    def is_one(self, chunk: int, first: bytes, *, length: int | None, media_type: str) -> bool:
        """Whether an answer is a page, and not a chunk.

        One that only begins like a page is a chunk if it comes again unchanged. ``first`` is its first block,
        ``length`` its announced bytes.
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
    """Whether two answers agree as far as both go: their first blocks may differ in size."""
    common = min(len(one[0]), len(other[0]))
    return one[1] == other[1] and one[0][:common] == other[0][:common]


class Doubts:
    """Decides which chunks to request a second time. Only a few: each doubt costs a request."""

    def __init__(self, places: ChunkPlaces) -> None:
        self._places = places
        self._asked: set[int] = set()

    def early(self, chunk: int, announced: int) -> bool:
        """Whether an announced size is odd compared with the known ones. True at most once per chunk."""
        return self._odd(chunk, announced) and self._ask(chunk)

    def late(self, fresh: Collection[int], *, ends_in_line: bool) -> Iterator[int]:
        """Yield the chunks of this pass whose size turns out to be odd now that all are known.

        Also the last one, if the file does not end with a line end.
        """
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
