"""How this tenant words its answers: envelopes, pages, errors, files (service.md §1.4, §3.3, §9.1)."""

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
    """An answer of 4xx in the envelope of service.md §9.1."""

    def __init__(self, status: int, message: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message or REFUSALS.get(status) or HTTPStatus(status).phrase


def error(request: Request, status: int, message: str, now: float) -> Response:
    """The error body: no meta, and a timestamp with nanoseconds."""
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "664Z"
    body = {"status": {"code": status, "message": message}, "path": request.url.path, "timestamp": stamp}
    return JSONResponse(body, status_code=status)


def envelope(request: Request, schema: str, payload: Json, paging: Json | None = None) -> Response:
    """200 with meta, status and the payload; `schema` is the path below `/2/0/`."""
    meta: Json = {"schema": f"{request.base_url}2/0/{schema}"}
    if paging is not None:
        meta["paging"] = paging
    return JSONResponse({"meta": meta, "status": {"code": 200, "message": "Success"}, **payload})


def number(request: Request, name: str, default: int, least: int = 0) -> int:
    """A whole number from the query; ApiError 400 when it is not one, or less than `least`."""
    text = request.query_params.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or int(text) < least:
        raise ApiError(400, f"Invalid value for parameter {name}: {text}")
    return int(text)


def sort_checked(request: Request, rows: Sequence[Json], fields: frozenset[str]) -> list[Json]:
    """Users, workspaces and models: each column has a sign and is one of `fields`, else ApiError 400.

    Several are separated by commas (service.md §3.3).

    Source: service.md §3.3.
    """
    columns = _columns(request)
    for sign, name in columns:
        if not sign or name not in fields:
            raise ApiError(400, f"Invalid sort parameter: {request.query_params['sort']}")
    return _in_order(rows, columns)


def sort_lenient(request: Request, rows: Sequence[Json], fields: Mapping[str, str]) -> list[Json]:
    """Lists in a model: the sign may be left out, and a column that is not of `fields` changes nothing.

    `fields` has the key of a row for each column.
    """
    columns = [(sign, fields[name]) for sign, name in _columns(request) if name in fields]
    return _in_order(rows, columns)


def _columns(request: Request) -> list[tuple[str, str]]:
    text = request.query_params.get("sort")
    if text is None:
        return []
    # an unquoted + arrives as a blank
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
    """The rows that hold what `s` asks for in one of `fields`, anywhere, in either case.

    `%` stands for any characters and `_` for one (service.md §3.3).
    """
    wanted = request.query_params.get("s")
    if not wanted:
        return list(rows)
    parts = (".*" if c == "%" else "." if c == "_" else re.escape(c) for c in wanted)
    pattern = re.compile("".join(parts), re.IGNORECASE | re.DOTALL)
    return [row for row in rows if any(pattern.search(str(row.get(field, ""))) for field in fields)]


class FileResponse(Response):
    """A file or a chunk, sent piece by piece under its exact length."""

    def __init__(self, length: int, pieces: Iterator[Piece], media_type: str) -> None:
        super().__init__(media_type=media_type, headers={"content-length": str(length)})
        self._pieces = pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends; the event loop is given back whenever the socket is full."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        for piece in self._pieces:
            for start in range(0, len(piece), _SEND_AT_ONCE):
                part = piece[start : start + _SEND_AT_ONCE]
                await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
