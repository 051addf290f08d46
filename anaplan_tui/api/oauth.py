"""OAuth device login: the operator types a code into a browser on any machine (service.md §2.5).

It is for machines without a browser, such as a jump host. It does not work for tenants that only allow single
sign-on. The caller keeps the refresh token that comes with each login. It may be good for one use only, and
if it is lost, somebody has to type a code again. So only one process at a time sends one, and only the
service's own word ends one.
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
from anaplan_tui.api.errors import Broken, NotAuthenticated, Unreachable, Unreadable

SCOPE = "openid profile email offline_access"
"""``offline_access`` is what brings the refresh token."""

_DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_SLOWER_BY_S = 5.0
_SHORTEST_INTERVAL_S, _LONGEST_INTERVAL_S = 1.0, 60.0
_DOING = "log in"

_DEAD = frozenset({"invalid_grant"})
"""The errors that end a refresh token (RFC 6749 §5.2)."""
_REFUSED = frozenset(
    {
        "access_denied",
        "expired_token",
        "invalid_client",
        "invalid_request",
        "invalid_scope",
        "unauthorized_client",
        "unsupported_grant_type",
    }
)
"""The errors that refuse a request but say nothing about the refresh token (RFC 6749 §5.2, RFC 8628 §3.5): a
mistake in client_id must not cost a sign-in."""

_LOCK_LOOK_S = 0.05
_LOCK_PATIENCE_S = 90.0
"""Longer than another process may take for the one request that it holds the lock for."""


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """The code that somebody has to type, and where."""

    user_code: str
    url: str
    """Where to type it."""
    direct_url: str
    """The same page with the code filled in; empty when the service gives none."""
    expires_in_s: float
    device_code: str = field(repr=False)


class RefreshTokens(Protocol):
    """Keeps the refresh token from one start of the program to the next; several may run at once."""

    def try_lock(self) -> bool:
        """Lock the token for this process without waiting; ``False`` while another one holds it."""

    def unlock(self) -> None:
        """Release the lock; does nothing if it is not held."""

    def load(self) -> SecretStr | None:
        """The token kept last, if any."""

    def save(self, token: SecretStr | None) -> None:
        """Keep this token instead, or none. Returns when it is safe: the old one may be void already."""


class _Stage(Enum):
    """Which request the next answer is for."""

    CODE = "code"
    POLL = "poll"
    REFRESH = "refresh"


class DeviceAuth(SessionAuth):
    """Login with a code to type, then with access tokens that are renewed.

    ``show`` is called with each new code, and with ``None`` when it is no longer of use. While a code waits
    to be typed, every request waits. If ``is_attended`` says that nobody would see a code, none is requested:
    the login is refused with ``unattended_advice``.
    """

    def __init__(
        self,
        client_id: str,
        oauth_url: str,
        tokens: RefreshTokens,
        show: Callable[[DeviceCode | None], None],
        *,
        is_attended: Callable[[], bool] = lambda: True,
        unattended_advice: str = "Sign in once in a terminal.",
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(oauth_url, now=now)
        self._client_id = client_id
        self._tokens = tokens
        self._show = show
        self._is_attended = is_attended
        self._unattended_advice = unattended_advice
        self._sleep = sleep
        self._stage = _Stage.CODE
        self._code: DeviceCode | None = None
        self._code_ends_at = 0.0
        self._interval_s = 5.0
        self._sent: SecretStr | None = None
        """The refresh token in the pending request."""
        self._useless: SecretStr | None = None
        """A refresh token that the service refused without calling it dead."""
        self._problem = ""
        """The error code of that refusal."""

    def logout_request(self) -> httpx.Request | None:
        """Return ``None``: the session is meant to be resumed with the refresh token."""
        return None

    def forget_refusal(self) -> None:
        """Ask the service again, though it refused the last login."""
        super().forget_refusal()
        self._useless = None

    async def _begin(self) -> httpx.Request:
        if self._code is not None:
            await self._wait_to_poll()
        kept = await self._kept()
        if kept is not None:
            # Even while a code is shown: another process may have signed in meanwhile.
            self._end_code()
            return self._refresh(kept)
        if self._code is not None:
            self._stage = _Stage.POLL
            return self._grant(_DEVICE_GRANT, device_code=self._code.device_code)
        self._tokens.unlock()
        if not self._is_attended():
            raise self._refuse(self._unattended())
        self._stage = _Stage.CODE
        return self._post("/oauth/device/code", {"client_id": self._client_id, "scope": SCOPE})

    async def _renewal(self, session: Session) -> httpx.Request | Session:
        kept = await self._kept()
        if kept is not None:
            return self._refresh(kept)
        self._tokens.unlock()
        if session is not self._rejected:
            return session
        self._session = None
        return await self._begin()

    async def _kept(self) -> SecretStr | None:
        """Lock and read the refresh token. The lock stays held, because the token may be for one use only."""
        give_up_at = self._now() + _LOCK_PATIENCE_S
        while not self._tokens.try_lock():
            if self._now() >= give_up_at:
                raise Unreachable(
                    _DOING,
                    "another anaplan-tui has been renewing this sign-in for too long",
                    "End the other one, or try again.",
                    broken=Broken.TIMEOUT,
                    sent=False,
                )
            await self._sleep(_LOCK_LOOK_S)
        kept = await asyncio.to_thread(self._tokens.load)
        return None if kept == self._useless else kept

    def _unattended(self) -> NotAuthenticated:
        """The refusal when nobody can type a code. A sign-in that is still kept has not ended."""
        if self._useless is not None:
            said = f"the sign-in is kept, but the service refused to renew it ({self._problem})"
            advice = "Check client_id and oauth_url of the profile."
            return NotAuthenticated(_DOING, said, f"{advice} {self._unattended_advice}")
        said = "the sign-in has ended, and nobody is here to type a code"
        return NotAuthenticated(_DOING, said, self._unattended_advice)

    async def _wait_to_poll(self) -> None:
        """Wait until the service may be asked again whether the code was typed, or until the code ends."""
        left_s = self._code_ends_at - self._now()
        if left_s > 0:
            await self._sleep(min(self._interval_s, left_s))
        if self._now() >= self._code_ends_at:
            self._end_code()
            said = "the code was not typed in time and is no longer good"
            raise self._refuse(NotAuthenticated(_DOING, said, "Log in again for a new code."))

    def _end_code(self) -> None:
        if self._code is not None:
            self._code = None
            self._show(None)

    def _steps_ended(self) -> None:
        self._tokens.unlock()

    def _refresh(self, kept: SecretStr) -> httpx.Request:
        self._stage, self._sent = _Stage.REFRESH, kept
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
            case _Stage.POLL if not response.is_success and problem not in _DEAD | _REFUSED:
                # Not typed yet, or a fault on the way: the code stays good until its end anyway.
                if problem != "authorization_pending":
                    self._interval_s = min(self._interval_s + _SLOWER_BY_S, _LONGEST_INTERVAL_S)
            case _Stage.REFRESH if problem in _DEAD | _REFUSED:
                self._refresh_refused(problem)
            case stage:
                if stage is _Stage.POLL:
                    self._end_code()
                super()._take(response)
        # A new token is on disk by now: the next process may read it.
        self._tokens.unlock()

    def _refresh_refused(self, problem: str) -> None:
        if problem in _DEAD:
            self._tokens.save(None)
        else:
            self._useless, self._problem = self._sent, problem
        # If nobody can type a code, the rest of the session is all there is.
        if self._session is self._rejected or self._is_attended():
            self._session = None

    def _session_of(self, response: httpx.Response) -> Session:
        status = response.status_code
        if status in {400, 401, 403, 404} and _error_code(response) not in _DEAD | _REFUSED:
            raise failures.unreadable(
                _DOING, f"an answer that is not the sign-in service's (HTTP {status})", status=status
            )
        return super()._session_of(response)

    def _take_code(self, response: httpx.Response) -> None:
        document = _object(response)
        code = document.get("device_code")
        if not isinstance(code, str) or not code:
            raise failures.unreadable(_DOING, "an answer without a device code")
        asked_s = _seconds(document.get("interval"), 5.0)
        self._interval_s = min(max(asked_s, _SHORTEST_INTERVAL_S), _LONGEST_INTERVAL_S)
        self._code = DeviceCode(
            text_of(document.get("user_code")),
            text_of(document.get("verification_uri")),
            text_of(document.get("verification_uri_complete")),
            _seconds(document.get("expires_in"), 900.0),
            code,
        )
        self._code_ends_at = self._now() + self._code.expires_in_s
        self._show(self._code)

    def _described(self, document: Mapping[str, Any], response: httpx.Response) -> Session:
        token = usable_token(document.get("access_token"))
        kept = document.get("refresh_token")
        if isinstance(kept, str) and kept:
            # Saved before the access token is used: a rotating token has just voided its predecessor.
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
    """The ``error`` of a refusal (RFC 6749 §5.2, RFC 8628 §3.5); empty if it is no such document."""
    try:
        error = _object(response).get("error")
    except Unreadable:
        return ""
    return error if isinstance(error, str) else ""


def _seconds(value: object, otherwise: float) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e9:
        return float(value)
    return otherwise
