"""Lists in pages, by the rows that really came (anaplan-api.md §3.3).

The service's paging numbers cannot be trusted: ``next`` is present where nothing follows, page sizes and
totals disagree with the rows, and the list itself is left out when it is empty.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from typing import Any

from anaplan_tui.api.clean import id_or_none
from anaplan_tui.api.failures import unreadable

PAGE_ROWS = 1000
"""Rows asked for at once: the first rows are on screen early, and a big model takes a handful of pages."""

MOST_ROWS = 500_000
"""No list is longer; a service that hands out new rows without end is stopped here."""

Row = Mapping[str, Any]
Document = Any


def rows_of(document: Document, keys: Iterable[str]) -> list[Row] | None:
    """The rows of a page: an array, one object, or a bare array (§3.1, §5.1); empty when left out.

    ``None`` when the document is neither an envelope nor a list: not an answer of this API.
    """
    if isinstance(document, list):
        found: Any = document
    elif isinstance(document, Mapping):
        found = next((document[key] for key in keys if document.get(key) is not None), [])
    else:
        return None
    if isinstance(found, Mapping):
        found = [found]
    return [row for row in found if isinstance(row, Mapping)] if isinstance(found, list) else None


def _total(document: Document) -> int | None:
    meta = document.get("meta") if isinstance(document, Mapping) else None
    paging = meta.get("paging") if isinstance(meta, Mapping) else None
    total = paging.get("totalSize") if isinstance(paging, Mapping) else None
    return total if isinstance(total, int) and not isinstance(total, bool) else None


async def pages(
    fetch: Callable[[int, int], Awaitable[Document]], keys: Iterable[str], *, doing: str, id_key: str = "id"
) -> AsyncIterator[list[Row]]:
    """Pages of rows not seen before, until as many came as the service counts, or no new ones do.

    ``fetch(offset, limit)`` gets one page. Rows without a usable id are left out, because nothing can be
    done with them. Raises :class:`Unreadable` for an answer that is no list, and for a list without end.
    """
    keys = tuple(keys)
    seen: set[str] = set()
    offset = 0
    while True:
        document = await fetch(offset, PAGE_ROWS)
        rows = rows_of(document, keys)
        if rows is None:
            raise unreadable(doing, "an answer that is no list")
        fresh = []
        for row in rows:
            ident = id_or_none(row.get(id_key))
            if ident is not None and ident not in seen:
                seen.add(ident)
                fresh.append(row)
        if fresh or offset == 0:
            yield fresh
        offset += len(rows)
        # More rows than the total: the number is wrong, so only an empty page can end the list.
        if not fresh or offset == _total(document):
            return
        if offset > MOST_ROWS:
            raise unreadable(doing, f"a list of more than {MOST_ROWS} rows")
