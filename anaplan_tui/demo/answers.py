"""The tenant's responses: envelopes, errors, sorting, filtering, files (service.md §1.4, §3.3, §9.1)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from anaplan_tui.demo.content import Piece
from anaplan_tui.demo.model import Json

_SEND_AT_ONCE = 1 << 20

REFUSALS = {
    404: "Not Found",
    405: "Method Not Allowed",
    422: "Model is archived",
    423: "Model is locked",
    424: "Model is offline",
    425: "Model is deployed",
}


class ApiError(Exception):
    """A 4xx answer in the envelope of service.md §9.1."""

    def __init__(self, status: int, message: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message or REFUSALS.get(status) or HTTPStatus(status).phrase


def error(request: Request, status: int, message: str, now: float) -> Response:
    """Return an error response: no meta, and a timestamp with nanoseconds."""
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "664Z"
    body = {"status": {"code": status, "message": message}, "path": request.url.path, "timestamp": stamp}
    return JSONResponse(body, status_code=status)


def envelope(request: Request, schema: str, payload: Json, paging: Json | None = None) -> Response:
    """Return a 200 with meta, status and the payload; `schema` is the path below `/2/0/`."""
    meta: Json = {"schema": f"{request.base_url}2/0/{schema}"}
    if paging is not None:
        meta["paging"] = paging
    return JSONResponse({"meta": meta, "status": {"code": 200, "message": "Success"}, **payload})


def number(request: Request, name: str, default: int, least: int = 0) -> int:
    """Return a whole number from the query. ApiError 400 if it is no number or below `least`."""
    text = request.query_params.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or int(text) < least:
        raise ApiError(400, f"Invalid value for parameter {name}: {text}")
    return int(text)


def sort_checked(request: Request, rows: Sequence[Json], fields: frozenset[str]) -> list[Json]:
    """Sort users, workspaces or models: each column needs a sign and must be in `fields`, else ApiError 400.

    Commas separate several columns.

    Source: service.md §3.3.
    """
    columns = _columns(request)
    for sign, name in columns:
        if not sign or name not in fields:
            raise ApiError(400, f"Invalid sort parameter: {request.query_params['sort']}")
    return _in_order(rows, columns)


def sort_lenient(request: Request, rows: Sequence[Json], fields: Mapping[str, str]) -> list[Json]:
    """Sort a list in a model: the sign is optional, and a column that is not in `fields` has no effect.

    `fields` maps each column to its key in a row.
    """
    columns = [(sign, fields[name]) for sign, name in _columns(request) if name in fields]
    return _in_order(rows, columns)


def _columns(request: Request) -> list[tuple[str, str]]:
    text = request.query_params.get("sort")
    if text is None:
        return []
    # an unescaped + arrives as a blank
    signed = [(column[:1].replace(" ", "+"), column[1:]) for column in text.split(",")]
    return [(sign, name) if sign in ("+", "-") else ("", sign + name) for sign, name in signed]


def _in_order(rows: Sequence[Json], columns: list[tuple[str, str]]) -> list[Json]:
    found = list(rows)
    for sign, name in reversed(columns):
        found = sorted(found, key=partial(_rank, name), reverse=sign == "-")
    return found


def _rank(name: str, row: Json) -> tuple[int, float, str]:
    value = row.get(name)
    if isinstance(value, (int, float)):
        return 0, value, ""
    return (1, 0.0, value.casefold()) if isinstance(value, str) else (2, 0.0, "")


def matching(request: Request, rows: Sequence[Json], *fields: str) -> list[Json]:
    """Return the rows in which one of `fields` contains the text of `s`, ignoring case.

    `%` matches any characters and `_` exactly one (service.md §3.3).
    """
    wanted = request.query_params.get("s")
    if not wanted:
        return list(rows)
    parts = (".*" if c == "%" else "." if c == "_" else re.escape(c) for c in wanted)
    pattern = re.compile("".join(parts), re.IGNORECASE | re.DOTALL)
    return [row for row in rows if any(pattern.search(str(row.get(field, ""))) for field in fields)]


class FileResponse(Response):
    """A file or a chunk, sent piece by piece with its exact length declared."""

    def __init__(self, length: int, pieces: Iterator[Piece], media_type: str) -> None:
        super().__init__(media_type=media_type, headers={"content-length": str(length)})
        self._pieces = pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the body, yielding to the event loop whenever the socket is full."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        for piece in self._pieces:
            for start in range(0, len(piece), _SEND_AT_ONCE):
                part = piece[start : start + _SEND_AT_ONCE]
                await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
