"""Reads lists page by page, counting the rows that really came (service.md §3.3).

The service's paging numbers cannot be trusted: ``next`` is present when nothing follows, page sizes and
totals disagree with the rows, and an empty list is left out altogether.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from typing import Any

from anaplan_tui.api.clean import id_or_none
from anaplan_tui.api.failures import unreadable

PAGE_ROWS = 1000
"""Rows per page: the first rows are on screen early, and a big model takes a handful of pages."""

MOST_PAGES = 1000
"""No list is longer; a service that sends new rows without end is stopped here."""

Row = Mapping[str, Any]
Document = Any


def rows_of(document: Document, keys: Iterable[str]) -> list[Any] | None:
    """The rows of a page: an array, one object, or a bare array; an envelope may have none.

    ``None`` if the document is neither an envelope nor a list, so not an answer of this API.

    Source: service.md §3.1, §5.1.
    """
    if isinstance(document, list):
        found: Any = document
    elif isinstance(document, Mapping):
        empty: list[Any] | None = [] if "meta" in document or "status" in document else None
        found = next((document[key] for key in keys if document.get(key) is not None), empty)
    else:
        return None
    if isinstance(found, Mapping):
        found = [found]
    return found if isinstance(found, list) else None


def _total(document: Document) -> int | None:
    meta = document.get("meta") if isinstance(document, Mapping) else None
    paging = meta.get("paging") if isinstance(meta, Mapping) else None
    total = paging.get("totalSize") if isinstance(paging, Mapping) else None
    return total if isinstance(total, int) and not isinstance(total, bool) else None


async def pages(
    fetch: Callable[[int, int], Awaitable[Document]], keys: Iterable[str], *, doing: str, id_key: str = "id"
) -> AsyncIterator[list[Row]]:
    """Yield pages of rows not seen before, until the service's total has come or no new ones do.

    ``fetch(offset, limit)`` gets one page. Rows without a usable id are left out, because nothing can be
    done with them. Raises :class:`Unreadable` for an answer that is no list, and for a list without end.
    """
    keys = tuple(keys)
    seen: set[str] = set()
    offset = 0
    for _ in range(MOST_PAGES):
        document = await fetch(offset, PAGE_ROWS)
        rows = rows_of(document, keys)
        if rows is None:
            raise unreadable(doing, "an answer that is no list")
        fresh = {ident: row for row in rows if (ident := _ident(row, id_key)) and ident not in seen}
        if fresh or offset == 0:
            yield list(fresh.values())
        only_repeats = not fresh and any(_ident(row, id_key) for row in rows)
        seen.update(fresh)
        offset += len(rows)
        # More rows than the total: the number is wrong, so only an empty page can end the list.
        if not rows or only_repeats or offset == _total(document):
            return
    raise unreadable(doing, f"a list of more than {MOST_PAGES} pages")


def _ident(row: Any, id_key: str) -> str | None:
    return id_or_none(row.get(id_key)) if isinstance(row, Mapping) else None
