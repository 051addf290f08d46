"""Unwraps a JSON document, in any shape ever seen, into the value that a method promises."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, cast

from pydantic import ValidationError

from anaplan_tui.api.clean import id_or_none
from anaplan_tui.api.failures import unreadable
from anaplan_tui.api.paging import Row, rows_of
from anaplan_tui.api.schemas import Wire

T = TypeVar("T")
W = TypeVar("W", bound=Wire)

_CHUNK_ID = re.compile(rb'"id"\s*:\s*"(\d{1,9})"')
_TOTAL = re.compile(rb'"totalSize"\s*:\s*(\d{1,9})')


def payload(doing: str, document: Any, keys: Sequence[str], kind: type[Wire]) -> Row:
    """The object under one of ``keys``, or the document itself when it came without its envelope."""
    if isinstance(document, Mapping):
        for key in keys:
            if isinstance(document.get(key), Mapping):
                return cast(Row, document[key])
        if document.keys() & {field.alias for field in kind.model_fields.values()}:
            return document
    raise unreadable(doing, f"an answer without '{keys[0]}'")


def checked(parse: Callable[[Row], T], doing: str, row: Row) -> T:
    """The value of a row. Raises :class:`Unreadable`, which does not repeat the answer."""
    try:
        return parse(row)
    except (ValidationError, RecursionError):
        raise unreadable(doing, "an answer of an unexpected shape") from None


def started_id(document: Any) -> str | None:
    """The task id of a start's answer: wrapped, bare, or only the end of ``taskUrl`` (service.md §4)."""
    if not isinstance(document, Mapping):
        return None
    places = [place for place in (document.get("task"), document) if isinstance(place, Mapping)]
    for place in places:
        if (task_id := id_or_none(place.get("taskId"))) is not None:
            return task_id
    for place in places:
        url = place.get("taskUrl")
        if isinstance(url, str) and "/tasks/" in url:
            return id_or_none(url.rstrip("/").rpartition("/")[2])
    return None


def require_numbers(doing: str, document: Any) -> None:
    """Raise :class:`Unreadable` for a chunk list in which a chunk has no number."""
    for row in rows_of(document, ("chunks",)) or []:
        ident = id_or_none(row.get("id")) if isinstance(row, Mapping) else None
        if ident is None or not (ident.isascii() and ident.isdigit()):
            raise unreadable(doing, "a chunk without a number")


def malformed_chunk_list(body: bytes) -> Any:
    """The list of the official pages, which repeats ``"chunks" : [`` and is not valid JSON (service.md §7.2).

    ``None`` when it is not that, or when fewer chunks are in it than it counts: half a list would make
    half a file.
    """
    _, found, listed = body.partition(b'"chunks"')
    if not found:
        return None
    ids = list(dict.fromkeys(match.decode() for match in _CHUNK_ID.findall(listed)))
    total = _TOTAL.search(body)
    if not ids or total is None or int(total[1]) > len(ids):
        return None
    return {"meta": {"paging": {"totalSize": len(ids)}}, "chunks": [{"id": number} for number in ids]}
