"""Logging in: gets, keeps and renews the token, one ``httpx.Auth`` per way to log in (service.md §2).

All of them keep one token for all requests, renew it before it expires and once after a 401, and log in
again when it cannot be renewed. The requests for that go through the same client as the request that needs
them, so proxy, certificates and timeouts are the same. Only they are made under the lock, never the
request itself. A refused login is remembered: a wrong password is sent once, however many requests wait
for it, because the service may lock the account.
"""

import asyncio
import base64
import logging
import math
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar

import httpx

from anaplan_tui.api import failures
from anaplan_tui.api.clock import http_date
from anaplan_tui.api.credential import Credential, Memory, SameAgain, Secret
from anaplan_tui.api.errors import AnaplanError, NotAuthenticated

log = logging.getLogger(__name__)

RENEW_BEFORE_S = 300.0
"""How long before its end a token is renewed; what other clients use as well (service.md §2.3)."""

UNSAID_LIFETIME_S = 30 * 60.0
"""Of a token whose end is not told: the shorter of the documented lifetimes (service.md §2.3)."""

SHORTEST_LIFETIME_S = 60.0
"""A token said to have less is tried all the same: the clocks may disagree, and a 401 would tell."""

_RENEWAL_PAUSE_S = 30.0
"""Between two attempts to renew a token that still works."""

_LOGIN_READ_TIMEOUT_S = 60.0
_LOGIN_BODY_LIMIT = 64 * 1024
_TOKEN_LIMIT = 16 * 1024
_DOING = "log in"


@dataclass(frozen=True, slots=True)
class Session:
    """A token and when to do something about it, in seconds of the monotonic clock."""

    token: str = field(repr=False)
    renew_at: float
    ends_at: float

    @classmethod
    def lasting(cls, token: str, lifetime_s: float, now: float) -> "Session":
        """A short one is renewed in its last third, so that it is not renewed all the time."""
        return cls(token, now + lifetime_s - min(RENEW_BEFORE_S, lifetime_s / 3), now + lifetime_s)

    @classmethod
    def endless(cls, token: str) -> "Session":
        """One whose end is not known: used until the service refuses it."""
        return cls(token, math.inf, math.inf)


class _Capped(httpx.AsyncByteStream):
    """The beginning of an answer that nobody will read: httpx reads it before it asks again."""

    def __init__(self, stream: httpx.AsyncByteStream, limit: int) -> None:
        self._stream = stream
        self._limit = limit

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = self._limit
        async for block in self._stream:
            if left <= 0:
                return
            left -= len(block)
            yield block

    async def aclose(self) -> None:
        await self._stream.aclose()


def _cap(response: httpx.Response) -> None:
    if isinstance(response.stream, httpx.AsyncByteStream):
        response.stream = _Capped(response.stream, _LOGIN_BODY_LIMIT)


class SessionAuth(httpx.Auth, ABC):
    """What all ways to log in share: the life of the token (service.md §2.3)."""

    SECRET: ClassVar[str] = "secret"  # noqa: S105
    """What the secret is called that is sent, for people."""

    def __init__(
        self,
        auth_url: str,
        secret: Secret | None = None,
        *,
        memory: Memory | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """``memory`` has the refusals of earlier processes."""
        self._auth_url = auth_url.rstrip("/")
        self._credential = None if secret is None else Credential(secret, memory)
        self._now = now
        self._lock = asyncio.Lock()
        self._session: Session | None = None
        self._rejected: Session | None = None
        """The session that last met a 401. Compared by identity: a renewal may keep the token's value."""
        self._next_renewal_at = 0.0
        self._refusal: NotAuthenticated | None = None
        self.on_refused: Callable[[NotAuthenticated], None] = _nobody_hears
        """Called once for each login that is refused, so that it can be told at once and at one place."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__} at {self._auth_url}>"

    @property
    def token(self) -> str:
        """The token of the session; empty where there is none."""
        return "" if self._session is None else self._session.token

    def forget_refusal(self) -> None:
        """Let the next request log in although the last login was refused, because the operator asks."""
        self._refusal = None
        if self._credential is not None:
            self._credential.try_again()

    def look_for_another_secret(self) -> None:
        """Let the next request log in with another secret than the one that was refused, if there is one."""
        self._refusal = None

    def logout_request(self) -> httpx.Request | None:
        """The request that ends our session, which is forgotten at once; ``None`` if there is none."""
        session, self._session = self._session, None
        return None if session is None else self._token_request("POST", "logout", session.token)

    @abstractmethod
    async def _begin(self) -> httpx.Request | Session:
        """The request that brings a session, or the session itself where none is needed."""

    @abstractmethod
    def _refused_advice(self) -> str:
        """What to check when the login is refused."""

    def _steps_ended(self) -> None:
        """The steps of a login are over, however they ended: let go of what they held."""

    def _refuse(self, error: NotAuthenticated) -> NotAuthenticated:
        """Remember that the login is refused, until somebody asks for another try. Returns ``error``."""
        self._refusal = error
        self.on_refused(error)
        return error

    async def _secret(self) -> str:
        """The secret, empty where there is none. Raises :class:`NotAuthenticated` when it cannot be sent."""
        if self._credential is None:
            return ""
        try:
            return await self._credential.reveal()
        except NotAuthenticated as error:
            raise self._refuse(error) from None
        except SameAgain as same:
            when = f" on {same.when}" if same.when else ""
            said = f"the {self.SECRET} is still the one that was refused{when}, and was not sent again"
            advice = f"{self._refused_advice()} {same.advice or 'The next try sends it all the same.'}"
            raise self._refuse(NotAuthenticated(_DOING, said, advice, status=401)) from None

    def _session_without(self, response: httpx.Response) -> Session | None:
        """The session to use although ``response`` did not bring one, if any."""
        return None

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Send ``request`` with a token; if it meets a 401, once more with another."""
        for last_try in (False, True):
            session = self._session
            if session is None or self._needs_work(session):
                async with self._lock:
                    try:
                        while isinstance(step := await self._next_step(), httpx.Request):
                            _prepare(step, request)
                            answer = yield step
                            _cap(answer)
                            await answer.aread()
                            log.info("%s %s %d", step.method, step.url.path, answer.status_code)
                            self._learn(answer)
                    finally:
                        self._steps_ended()
                        if self._credential is not None:
                            await self._credential.remember()
                    session = step
            request.headers["Authorization"] = f"AnaplanAuthToken {session.token}"
            response = yield request
            if response.status_code != 401 or last_try:
                return
            _cap(response)
            self._rejected = session

    def _needs_work(self, session: Session) -> bool:
        now = self._now()
        return (
            session is self._rejected
            or now >= session.ends_at
            or (now >= session.renew_at and now >= self._next_renewal_at)
        )

    async def _next_step(self) -> httpx.Request | Session:
        """The session, if it is good; else the request that brings it nearer. Called under the lock."""
        if self._refusal is not None:
            raise _again(self._refusal)
        session = self._session
        if session is None or self._now() >= session.ends_at:
            self._session = None
            begun = await self._begin()
            if isinstance(begun, Session):
                self._session = begun
            return begun
        if self._needs_work(session):
            # Set before the attempt: when the token service is away, a token that works goes on working.
            self._next_renewal_at = self._now() + _RENEWAL_PAUSE_S
            return await self._renewal(session)
        return session

    async def _renewal(self, session: Session) -> httpx.Request | Session:
        """The request that gives a session more time, or the session where there is nothing to do it with."""
        return self._token_request("POST", "refresh", session.token)

    def _learn(self, response: httpx.Response) -> None:
        try:
            self._take(response)
        except AnaplanError as error:
            # Whatever the login came to: the request proper was not sent, or was refused with a 401.
            error.outcome_unknown = False
            raise

    def _take(self, response: httpx.Response) -> None:
        """Learn from the answer to a step."""
        renewing = self._session
        try:
            self._session = self._session_of(response)
        except AnaplanError as error:
            if renewing is not None:
                if renewing is self._rejected or isinstance(error, NotAuthenticated):
                    self._session = None
                return
            self._session = self._session_without(response)
            if self._session is None:
                if isinstance(error, NotAuthenticated):
                    if error.status == 401 and self._credential is not None:
                        self._credential.keep_in_mind()
                    self._login_refused()
                    self._refuse(error)
                raise
        else:
            self._next_renewal_at = 0.0
            if self._credential is not None:
                self._credential.accepted()

    def _login_refused(self) -> None:
        if self._credential is not None:
            self._credential.refused()

    def _session_of(self, response: httpx.Response) -> Session:
        """The session that an answer of the token service describes (service.md §2.1, §2.3)."""
        if not response.is_success:
            error = failures.from_status(_DOING, response, response.content)
            if response.status_code in {400, 401, 403}:
                raise NotAuthenticated(_DOING, error.said, self._refused_advice(), status=error.status)
            raise error
        document = failures.parsed(_DOING, response.content, response.headers.get("content-type", ""))
        if not isinstance(document, Mapping):
            raise failures.unreadable(_DOING, "an answer of the token service without a token")
        if str(document.get("status")).startswith("FAILURE"):
            raise NotAuthenticated(
                _DOING, failures.service_message(response.content), self._refused_advice(), status=401
            )
        return self._described(document, response)

    def _described(self, document: Mapping[str, Any], response: httpx.Response) -> Session:
        info = document.get("tokenInfo")
        info = info if isinstance(info, Mapping) else {}
        token = usable_token(info.get("tokenValue") or self._known_token())
        ends = info.get("expiresAt")
        if isinstance(ends, bool) or not isinstance(ends, int | float) or not math.isfinite(ends):
            return Session.lasting(token, UNSAID_LIFETIME_S, self._now())
        # By the service's own clock, which need not agree with ours.
        served_at = http_date(response.headers.get("date")) or datetime.now(UTC)
        lifetime_s = max(ends / 1000 - served_at.timestamp(), SHORTEST_LIFETIME_S)
        return Session.lasting(token, lifetime_s, self._now())

    def _known_token(self) -> str | None:
        """The token that an answer is about when it does not repeat it."""
        return self._session.token if self._session else None

    def _token_request(self, method: str, verb: str, token: str) -> httpx.Request:
        headers = {"Authorization": f"AnaplanAuthToken {token}", "Accept": "application/json"}
        return httpx.Request(method, f"{self._auth_url}/token/{verb}", headers=headers)


class BasicAuth(SessionAuth):
    """User and password (service.md §2.1)."""

    SECRET = "password"  # noqa: S105

    def __init__(
        self,
        username: str,
        password: Secret,
        auth_url: str,
        *,
        memory: Memory | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(auth_url, password, memory=memory, now=now)
        self._username = username

    async def _begin(self) -> httpx.Request:
        password = await self._secret()
        pair = base64.b64encode(f"{self._username}:{password}".encode()).decode("ascii")
        headers = {"Authorization": f"Basic {pair}", "Accept": "application/json"}
        return httpx.Request("POST", f"{self._auth_url}/token/authenticate", headers=headers)

    def _refused_advice(self) -> str:
        return (
            "Check user and password; passwords expire, and a user with single sign-on needs to be an "
            "exception user to log in with one."
        )


class TokenAuth(SessionAuth):
    """A token that somebody else made.

    With ``auth_url`` its end is asked for and it is renewed in time; without, it is used until it dies.
    It is never logged out, because others may use it. When it ends, another one is fetched.
    """

    SECRET = "token"  # noqa: S105

    def __init__(
        self, token: Secret, auth_url: str | None = None, *, now: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(auth_url or "", token, now=now)
        self._asked_for: str | None = None
        self._has_worked = False

    async def _begin(self) -> httpx.Request | Session:
        if self._has_worked:
            # There was a session, and now there is none: this token is at its end.
            self._has_worked = False
            self._login_refused()
        token = (await self._secret()).strip()
        if not can_be_token(token):
            self._login_refused()
            raise self._refuse(
                NotAuthenticated(_DOING, "the token given is empty or not a token", self._refused_advice())
            )
        if self._auth_url:
            self._asked_for = token
            return self._token_request("GET", "validate", token)
        return Session.endless(token)

    async def _next_step(self) -> httpx.Request | Session:
        if not self._auth_url and self._session is not None and self._session is self._rejected:
            self._session = None
        step = await super()._next_step()
        self._has_worked = self._has_worked or isinstance(step, Session)
        return step

    def _session_without(self, response: httpx.Response) -> Session | None:
        refused = response.status_code in {400, 401, 403}
        return None if refused or self._asked_for is None else Session.endless(self._asked_for)

    def _known_token(self) -> str | None:
        return super()._known_token() or self._asked_for

    def _refused_advice(self) -> str:
        return "The token has expired or was logged out; a token lives about 35 minutes. Get a new one."

    def logout_request(self) -> httpx.Request | None:
        """Nothing: it is not ours to end."""
        return None


def can_be_token(token: object) -> bool:
    """Whether it can stand in a header."""
    return (
        isinstance(token, str) and 0 < len(token) <= _TOKEN_LIMIT and token.isascii() and token.isprintable()
    )


def usable_token(token: object) -> str:
    """The token of an answer. Raises :class:`Unreadable`, without showing it, if it is none."""
    if not isinstance(token, str) or not can_be_token(token):
        raise failures.unreadable(_DOING, "an answer of the token service without a usable token")
    return token


def _prepare(step: httpx.Request, like: httpx.Request) -> None:
    """Give a request of our own what the client gives to others: who asks, and for how long."""
    step.headers["User-Agent"] = like.headers.get("User-Agent", "anaplan-tui")
    step.headers["Accept-Encoding"] = "identity"
    timeouts = dict(like.extensions.get("timeout", {}))
    longest_s = timeouts.get("read") or _LOGIN_READ_TIMEOUT_S
    step.extensions["timeout"] = {**timeouts, "read": min(longest_s, _LOGIN_READ_TIMEOUT_S)}


def _nobody_hears(_: NotAuthenticated) -> None:
    """The one who asked hears of it by the exception."""


def _again(error: NotAuthenticated) -> NotAuthenticated:
    """A fresh copy: one exception raised in several tasks would mix their tracebacks."""
    return NotAuthenticated(error.doing, error.said, error.advice, status=error.status)
