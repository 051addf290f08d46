"""A token service and an API on loopback, with clients that log in to them."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.utils import formatdate

from pydantic import SecretStr

from anaplan_tui.api.auth import BasicAuth
from anaplan_tui.api.client import AnaplanClient
from tests.support.raw_server import RawServer, Reply, Seen, http, talking_to

LIFETIME_S = 2100
NOW = 1_795_000_000
"""The scripted service's clock, independent of ours."""
LOGIN, REFRESH, VALIDATE, LOGOUT = "/authenticate", "/refresh", "/validate", "/logout"


@dataclass
class Clock:
    """Our monotonic clock, moved forward by hand."""

    seconds: float = 1000.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Service:
    """A token service and an API in one; its answers can be changed while it runs."""

    tokens: set[str] = field(default_factory=set)
    """The tokens that the API accepts."""
    made: int = 0
    keeps_value: bool = True
    """Whether a refresh keeps the token's value."""
    next_replies: dict[str, list[Reply | bytes]] = field(default_factory=dict)

    def __call__(self, request: Seen) -> Reply | bytes:
        for end, replies in self.next_replies.items():
            if request.path.endswith(end) and replies:
                return replies.pop(0)
        token = request.headers.get("authorization", "").partition(" ")[2]
        if request.path.endswith(LOGIN):
            return self.issue()
        if token not in self.tokens:
            return http(401, b'{"status":"FAILURE_BAD_CREDENTIAL","statusMessage":"Not today"}')
        if request.path.endswith(REFRESH):
            return self.answer(token) if self.keeps_value else self.issue()
        if request.path.endswith(VALIDATE):
            return self.answer(None)
        if request.path.endswith(LOGOUT):
            self.tokens.clear()
            return http(204)
        return http(200, b'{"user":{"id":"u"},"task":{"taskId":"T1"},"model":{"id":"M"}}')

    def issue(self) -> bytes:
        self.made += 1
        self.tokens.add(token := f"t0ken-{self.made}")
        return self.answer(token)

    def answer(self, token: str | None) -> bytes:
        info = {"expiresAt": (NOW + LIFETIME_S) * 1000} | ({"tokenValue": token} if token else {})
        body = json.dumps({"status": "SUCCESS", "tokenInfo": info}).encode()
        return http(201, body, f"Date: {formatdate(NOW, usegmt=True)}")


@asynccontextmanager
async def logged_in(
    service: Service, clock: Clock | None = None
) -> AsyncIterator[tuple[RawServer, AnaplanClient]]:
    async with RawServer(service) as server:
        auth = BasicAuth("user", SecretStr("p:ass"), server.url, now=clock or Clock())
        async with talking_to(server, auth=auth) as client:
            yield server, client


async def many(client: AnaplanClient, count: int = 12) -> list[BaseException | object]:
    return list(await asyncio.gather(*(client.me() for _ in range(count)), return_exceptions=True))
