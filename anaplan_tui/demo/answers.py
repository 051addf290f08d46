"""How this tenant words its answers: envelopes, pages, errors, files (`anaplan-api.md` §1.4, §3.3, §9.1)."""

from collections.abc import Iterator
from datetime import UTC, datetime
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
    """An answer of 4xx in the envelope of §9.1."""

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


def number(request: Request, name: str, default: int) -> int:
    """A whole number from the query; ApiError 400 when it is not one."""
    text = request.query_params.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit():
        raise ApiError(400, f"Invalid value for parameter {name}: {text}")
    return int(text)


def check_sort(request: Request, fields: frozenset[str]) -> None:
    """On users, workspaces and models a sort field is checked and its sign is mandatory (§3.3)."""
    sort = request.query_params.get("sort")
    # an unquoted + arrives as a blank
    if sort is not None and (sort[:1] not in ("+", "-", " ") or sort[1:] not in fields):
        raise ApiError(400, f"Invalid sort parameter: {sort}")


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
