"""The layer between sockets and routes: logs requests, sets the date, and carries out faults."""

import asyncio
import gzip
import json
import time
from dataclasses import dataclass, field
from email.utils import formatdate

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from anaplan_tui.demo.clock import Clock
from anaplan_tui.demo.connections import Connection, Connections
from anaplan_tui.demo.faults import Fault, FaultPlan
from anaplan_tui.demo.request_log import LoggedRequest, RequestLog
from anaplan_tui.demo.reshape import RESHAPES, reshape
from anaplan_tui.demo.tokens import Tokens

LOGGED_BODY = 65_536
_SLICE = 16_384
_TOO_MANY = Fault(kind="status", status=429, retry_after=1)
_REWRITES = {"short", "broken-json", "gzip", "cut", "cut-reset", "nonsense"} | RESHAPES

Headers = list[tuple[bytes, bytes]]


@dataclass(slots=True)
class _Answer:
    """An answer held back to be changed."""

    status: int = 500
    headers: Headers = field(default_factory=list)
    body: bytearray = field(default_factory=bytearray)

    async def take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message.get("headers", []))
        else:
            self.body += message.get("body", b"")

    def replace(self, body: bytes) -> None:
        self.body = bytearray(body)
        self.headers = [(k, v) for k, v in self.headers if k.lower() != b"content-length"]
        self.headers.append((b"content-length", str(len(body)).encode()))


class Wire:
    """The ASGI app that uvicorn sees."""

    def __init__(
        self,
        app: ASGIApp,
        clock: Clock,
        tokens: Tokens,
        faults: FaultPlan,
        log: RequestLog,
        connections: Connections,
    ) -> None:
        self._app = app
        self._clock = clock
        self.tokens = tokens
        self._faults = faults
        self._log = log
        self._connections = connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer an ASGI request."""
        if scope["type"] != "http":
            return
        connection = self._connections[scope["client"]]
        if self._faults.outage:
            connection.reset()
            await connection.lost.wait()
            return
        body = await _read(receive)
        if body is None:
            return
        entry = self._entry(scope, body)
        self._log.add(entry)

        async def logged(message: Message) -> None:
            if message["type"] == "http.response.start":
                date = formatdate(self._clock.now(), usegmt=True).encode()
                message["headers"] = [*message.get("headers", []), (b"date", date)]
                entry.status = message["status"]
            else:
                entry.sent += len(message.get("body", b""))
            await send(message)
            self._log.touch()

        if self._faults.admits(self._clock.unhurried()):
            faults = self._faults.strike(entry.method, entry.path)
        else:
            faults = [_TOO_MANY]
        try:
            await _Exchange(self, scope, body, entry, connection, faults).answer(logged, self._faults.latency)
        finally:
            entry.over = True
            self._log.touch()

    async def work(self, scope: Scope, body: bytes, send: Send) -> None:
        """Let the routes answer."""
        await self._app(scope, _replay(body), send)

    def _entry(self, scope: Scope, body: bytes) -> LoggedRequest:
        headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
        user = self.tokens.user_of(headers.get("authorization", ""))
        return LoggedRequest(
            method=scope["method"],
            path=scope["path"],
            query=scope["query_string"].decode("latin-1"),
            when=self._clock.now(),
            body=body[:LOGGED_BODY],
            headers=headers,
            user=user.email if user else None,
        )


class _Exchange:
    """One request with the faults that strike it."""

    def __init__(
        self,
        wire: Wire,
        scope: Scope,
        body: bytes,
        entry: LoggedRequest,
        connection: Connection,
        faults: list[Fault],
    ) -> None:
        self._wire = wire
        self._scope = scope
        self._body = body
        self._entry = entry
        self._connection = connection
        self._by_kind = {fault.kind: fault for fault in faults}

    async def answer(self, send: Send, latency: float) -> None:
        hit = self._by_kind
        await asyncio.sleep(latency + (hit["delay"].seconds if "delay" in hit else 0.0))
        if "expire" in hit:
            self._wire.tokens.revoke(self._entry.headers.get("authorization", "").partition(" ")[2])
        if "expire-all" in hit:
            self._wire.tokens.revoke_all()
        instead = hit.get("status") or hit.get("html")
        if instead is not None:
            if instead.work:
                await self._worked()
            await _send_whole(send, _refusal(instead))
            return
        if "reset" in hit or "lost" in hit:
            if "lost" in hit or hit["reset"].work:
                await self._worked()
            self._connection.reset()
            await self._connection.lost.wait()
            return
        await self._changed(self._paced(send))

    async def _changed(self, send: Send) -> None:
        hit = self._by_kind
        if not hit.keys() & _REWRITES:
            await self._wire.work(self._scope, self._body, send)
            return
        answer = await self._worked()
        for kind in hit.keys() & RESHAPES:
            answer.replace(reshape(kind, bytes(answer.body)))
        if "nonsense" in hit:
            answer.replace(b'{"unexpected":[1,null,{"deep":"\\u0000"}]}')
        if "broken-json" in hit:
            answer.replace(bytes(answer.body[: len(answer.body) // 2]))
        if "short" in hit:
            answer.replace(bytes(answer.body[: -hit["short"].bytes]))
        if "gzip" in hit and "gzip" in self._entry.headers.get("accept-encoding", ""):
            answer.replace(gzip.compress(bytes(answer.body), compresslevel=1, mtime=0))
            answer.headers.append((b"content-encoding", b"gzip"))
        cut = hit.get("cut") or hit.get("cut-reset")
        if cut is not None:
            await self._cut(send, answer, cut)
        else:
            await _send_whole(send, answer)

    async def _cut(self, send: Send, answer: _Answer, cut: Fault) -> None:
        """Send the headers and the first part of the body, then drop the connection."""
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        part = bytes(answer.body[: int(len(answer.body) * cut.at)])
        await send({"type": "http.response.body", "body": part, "more_body": True})
        if cut.kind == "cut-reset":
            self._connection.reset()
        else:
            self._connection.transport.close()
        await self._connection.lost.wait()

    async def _worked(self) -> _Answer:
        answer = _Answer()
        await self._wire.work(self._scope, self._body, answer.take)
        return answer

    def _paced(self, send: Send) -> Send:
        hit = self._by_kind
        limit = hit.get("drip") or hit.get("bandwidth")
        if limit is None:
            return send

        async def paced(message: Message) -> None:
            body = message.get("body", b"")
            if message["type"] == "http.response.start" or not body:
                await send(message)
                return
            step = _SLICE if limit.kind == "bandwidth" else max(1, min(_SLICE, int(limit.rate / 10)))
            view = memoryview(body)
            for start in range(0, len(view), step):
                part = view[start : start + step]
                wait = (
                    self._connection.wait_for(len(part), limit.rate)
                    if limit.kind == "bandwidth"
                    else len(part) / limit.rate
                )
                await asyncio.sleep(wait)
                more = message.get("more_body", False) or start + step < len(view)
                await send({"type": "http.response.body", "body": part, "more_body": more})

        return paced


def _refusal(fault: Fault) -> _Answer:
    answer = _Answer(status=fault.status)
    if fault.kind == "html":
        text = fault.body or f"<html><head><title>{fault.status}</title></head><body>Gateway</body></html>"
        answer.headers.append((b"content-type", b"text/html; charset=utf-8"))
    else:
        text = fault.body or json.dumps({"status": {"code": fault.status, "message": "As scripted"}})
        answer.headers.append((b"content-type", b"application/json"))
    if fault.retry_after is not None:
        value = (
            formatdate(time.time() + fault.retry_after, usegmt=True)
            if fault.date
            else f"{fault.retry_after:g}"
        )
        answer.headers.append((b"retry-after", value.encode()))
    answer.replace(text.encode())
    return answer


async def _send_whole(send: Send, answer: _Answer) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    await send({"type": "http.response.body", "body": bytes(answer.body)})


async def _read(receive: Receive) -> bytes | None:
    """Return the whole body, or None if the client disconnects before its end."""
    parts = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _replay(body: bytes) -> Receive:
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return messages.pop() if messages else {"type": "http.disconnect"}

    return receive
