"""Alternative answer shapes that documents and other clients report (service.md §3.2, §4, §7.2, §8.1)."""

import json
import re
from collections.abc import Callable

from anaplan_tui.demo.model import Json


def reshape(kind: str, body: bytes) -> bytes:
    """Return the body in another shape; unchanged if it is not the JSON that `kind` applies to."""
    try:
        document = json.loads(body)
    except ValueError:
        return body
    if not isinstance(document, dict):
        return body
    if kind == "chunks-malformed":
        return _as_printed(document)
    return json.dumps(_SHAPES[kind](document)).encode()


def _as_printed(document: Json) -> bytes:
    """Return a chunk list as printed (service.md §7.2): `"chunks" : [` before each chunk, odd brackets."""
    text = json.dumps(document, indent=2)
    text = re.sub(r"\},\s*\{(?=\s*\"id\")", '}, "chunks" : [ {', text)
    return re.sub(r"\]\s*\}\s*$", "]", text).encode()


def _without(key: str) -> Callable[[Json], Json]:
    return lambda document: {k: v for k, v in document.items() if k != key}


def _wrong_paging(document: Json) -> Json:
    meta = dict(document.get("meta", {}))
    meta["paging"] = {"currentPageSize": 1, "offset": 0, "totalSize": 3}
    return {**document, "meta": meta}


def _unordered(document: Json) -> Json:
    chunks = document.get("chunks", [])
    return {**document, "chunks": [*chunks[1::2], *chunks[::2]]}


def _with_gap(document: Json) -> Json:
    chunks = document.get("chunks", [])
    return {**document, "chunks": [c for i, c in enumerate(chunks) if i != len(chunks) // 2]}


def _bare(document: Json) -> Json:
    return {"taskId": document["task"]["taskId"]} if "task" in document else document


def _wrapped(document: Json) -> Json:
    if "taskId" not in document:
        return document
    return {"status": {"code": 200, "message": "Success"}, "task": document}


def _untimed(document: Json) -> Json:
    def strip(node: object) -> object:
        if isinstance(node, dict):
            return {k: strip(v) for k, v in node.items() if k not in ("duration", "startTime")}
        if isinstance(node, list):
            return [strip(item) for item in node]
        return node

    return {k: strip(v) for k, v in document.items()}


def _results_of(document: Json) -> list[Json]:
    """Return the result of a task and all results nested in it."""
    task = document.get("task")
    left = [task.get("result")] if isinstance(task, dict) else []
    found = []
    while left:
        result = left.pop()
        if isinstance(result, dict):
            found.append(result)
            left += result.get("nestedResults") or []
    return found


def _named_as_dumps(document: Json) -> Json:
    """Name each entry with a dump after its dump and import number, as recorded (service.md §3.2)."""
    for result in _results_of(document):
        nested = result is not document["task"]["result"]
        dump = nested and result.get("failureDumpAvailable")
        result["objectName"] = f"Failures for Import {int(result['objectId'][3:])}" if dump else None
    return document


def _all_cells(document: Json) -> Json:
    """Make `rowCount` of `lineItemRowsProcessed…` count every cell read; no source says (service.md §5.5)."""
    for result in _results_of(document):
        for entry in result.get("details") or []:
            if entry["type"].startswith("lineItemRowsProcessed"):
                _count_all(entry)
    return document


def _count_all(entry: Json) -> None:
    values = dict(zip(entry["values"][::2], entry["values"][1::2], strict=True))
    every = sum(int(values.get(key, 0)) for key in ("rowCount", "failureCount", "ignoredCount"))
    said = f" cells: {values['rowCount']}"
    entry["localMessageText"] = entry["localMessageText"].replace(said, f" cells: {every}", 1)
    entry["values"] = [part for pair in (values | {"rowCount": str(every)}).items() for part in pair]


_SHAPES: dict[str, Callable[[Json], Json]] = {
    "chunks-missing": _without("chunks"),
    "chunks-paging": _wrong_paging,
    "chunks-unordered": _unordered,
    "chunks-gap": _with_gap,
    "start-bare": _bare,
    "start-wrapped": _wrapped,
    "tasks-empty": _without("tasks"),
    "no-process-details": _untimed,
    "dump-names": _named_as_dumps,
    "cells-all": _all_cells,
}

RESHAPES = _SHAPES.keys() | {"chunks-malformed"}
"""The faults that change an answer's shape."""
