"""Chunks that came whole and may be wrong all the same.

A gateway that cuts a body and corrects its length, or answers with a page of its own and status 200, is
caught by no length and no error. What gives it away: all chunks but the last are usually of one size
(anaplan-api.md §7.2), a dump ends with a line end, and no dump begins like a web page.
"""

import re
from collections.abc import Collection, Iterator

from anaplan_tui.core.downloads.layout import Layout

_UNEVEN = 2
"""So many odd sizes looked at twice, and the service just does not cut into equal chunks."""
_PAGE = re.compile(
    rb'(?:\xef\xbb\xbf)?\s*(?:<!doctype\s+html|<html\b|\{\s*"(?:meta|status)"\s*:\s*\{)', re.IGNORECASE
)


def is_error_page(block: bytes) -> bool:
    """Whether a chunk begins as a web page or as the API's envelope does (§1.4), which no chunk can."""
    return _PAGE.match(block, 0, 64) is not None


class Doubts:
    """Which chunks to ask for a second time. Few: each doubt costs a request."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._asked: set[int] = set()

    def early(self, chunk: int, announced: int) -> bool:
        """Whether an announced size is odd beside the known ones. True once a chunk at most."""
        return self._odd(chunk, announced) and self._ask(chunk)

    def late(self, fresh: Collection[int], *, ends_in_line: bool) -> Iterator[int]:
        """Of the chunks fetched in this pass, those whose size shows as odd now that all are known."""
        for chunk in sorted(fresh):
            if self._odd(chunk, self._layout.size(chunk) or 0) and self._ask(chunk):
                yield chunk
        last = self._layout.count - 1
        if not ends_in_line and last in fresh:
            yield last

    def _odd(self, chunk: int, size: int) -> bool:
        return chunk < self._layout.count - 1 and size < self._layout.largest

    def _ask(self, chunk: int) -> bool:
        if chunk in self._asked or len(self._asked) >= _UNEVEN:
            return False
        self._asked.add(chunk)
        return True
