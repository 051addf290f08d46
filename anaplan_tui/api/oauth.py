"""Logging in by OAuth's device grant: a code is typed into a browser anywhere (anaplan-api.md §2.5).

For places without a browser, such as a jump host. It does not work for tenants that only know single
sign-on. The refresh token that comes with each login is kept by the caller, because it may be good for one
use only: losing it means that somebody has to type a code again.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol

import httpx
from pydantic import SecretStr

from anaplan_tui.api import failures
from anaplan_tui.api.auth import UNSAID_LIFETIME_S, Session, SessionAuth, usable_token
from anaplan_tui.api.clean import text_of
from anaplan_tui.api.errors import Unreadable

SCOPE = "openid profile email offline_access"
"""``offline_access`` is what brings the refresh token."""

_DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_SLOWER_BY_S = 5.0
_LONGEST_INTERVAL_S = 60.0
_DOING = "log in"


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """What somebody has to type, and where."""

    user_code: str
    url: str
    """Where to type it."""
    direct_url: str
    """The same page with the code filled in; empty when the service gives none."""
    expires_in_s: float
    device_code: str = field(repr=False)


class RefreshTokens(Protocol):
    """Where the refresh token is kept between two starts of the program."""

    def load(self) -> SecretStr | None:
        """The one kept last, if any."""

    def save(self, token: SecretStr | None) -> None:
        """Keep this one instead, or none. Returns when it is safe: the old one may be void already."""


class _Stage(Enum):
    """What the answer that is waited for will be about."""

    CODE = "code"
    POLL = "poll"
    REFRESH = "refresh"


class DeviceAuth(SessionAuth):
    """A code to type, then access tokens that renew themselves.

    ``show`` is called with each new code, and with ``None`` when it is no longer of use. While a code waits
    to be typed, every request waits.
    """

    def __init__(
        self,
        client_id: str,
        oauth_url: str,
        tokens: RefreshTokens,
        show: Callable[[DeviceCode | None], None],
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(oauth_url, now=now)
        self._client_id = client_id
        self._tokens = tokens
        self._show = show
        self._sleep = sleep
        self._stage = _Stage.CODE
        self._code: DeviceCode | None = None
        self._interval_s = 5.0

    def logout_request(self) -> httpx.Request | None:
        """Nothing: the session is meant to be taken up again with the refresh token."""
        return None

    async def _begin(self) -> httpx.Request:
        if self._code is not None:
            self._stage = _Stage.POLL
            await self._sleep(self._interval_s)
            return self._grant(_DEVICE_GRANT, device_code=self._code.device_code)
        kept = await asyncio.to_thread(self._tokens.load)
        if kept is not None:
            return self._refresh(kept)
        self._stage = _Stage.CODE
        return self._post("/oauth/device/code", {"client_id": self._client_id, "scope": SCOPE})

    async def _renewal(self, session: Session) -> httpx.Request:
        kept = await asyncio.to_thread(self._tokens.load)
        # Without one to renew with, ask with an empty one: the refusal leads to a new code.
        return self._refresh(kept or SecretStr(""))

    def _refresh(self, kept: SecretStr) -> httpx.Request:
        self._stage = _Stage.REFRESH
        return self._grant("refresh_token", refresh_token=kept.get_secret_value())

    def _grant(self, kind: str, **more: str) -> httpx.Request:
        return self._post("/oauth/token", {"grant_type": kind, **more, "client_id": self._client_id})

    def _post(self, path: str, body: Mapping[str, str]) -> httpx.Request:
        headers = {"Accept": "application/json"}
        return httpx.Request("POST", f"{self._auth_url}{path}", headers=headers, json=body)

    def _take(self, response: httpx.Response) -> None:
        problem = "" if response.is_success else _error_code(response)
        match self._stage:
            case _Stage.CODE if response.is_success:
                self._take_code(response)
            case _Stage.POLL if problem == "authorization_pending":
                pass
            case _Stage.POLL if problem == "slow_down":
                self._interval_s = min(self._interval_s + _SLOWER_BY_S, _LONGEST_INTERVAL_S)
            case _Stage.REFRESH if response.status_code in {400, 401, 403}:
                self._tokens.save(None)
                self._session = None
            case stage:
                if stage is _Stage.POLL and (response.is_success or response.status_code in {400, 401, 403}):
                    self._code = None
                    self._show(None)
                super()._take(response)

    def _take_code(self, response: httpx.Response) -> None:
        document = _object(response)
        code = document.get("device_code")
        if not isinstance(code, str) or not code:
            raise failures.unreadable(_DOING, "an answer without a device code")
        self._interval_s = min(_seconds(document.get("interval"), 5.0), _LONGEST_INTERVAL_S)
        self._code = DeviceCode(
            text_of(document.get("user_code")),
            text_of(document.get("verification_uri")),
            text_of(document.get("verification_uri_complete")),
            _seconds(document.get("expires_in"), 900.0),
            code,
        )
        self._show(self._code)

    def _described(self, document: Mapping[str, Any], response: httpx.Response) -> Session:
        token = usable_token(document.get("access_token"))
        kept = document.get("refresh_token")
        if isinstance(kept, str) and kept:
            # Before the access token is used: a rotating one has just made its predecessor void.
            self._tokens.save(SecretStr(kept))
        lifetime_s = _seconds(document.get("expires_in"), UNSAID_LIFETIME_S)
        return Session.lasting(token, lifetime_s, self._now())

    def _refused_advice(self) -> str:
        return (
            "Log in again for a new code, and check that client_id belongs to a device grant; tenants that "
            "only know single sign-on do not take it."
        )


def _object(response: httpx.Response) -> Mapping[str, Any]:
    document = failures.parsed(_DOING, response.content, response.headers.get("content-type", ""))
    if not isinstance(document, Mapping):
        raise failures.unreadable(_DOING, "an answer that is no object")
    return document


def _error_code(response: httpx.Response) -> str:
    """The ``error`` of a refusal (RFC 8628), or empty."""
    try:
        return text_of(_object(response).get("error"))
    except Unreadable:
        return ""


def _seconds(value: object, otherwise: float) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e9:
        return float(value)
    return otherwise
