"""Sign-in: the token service (service.md §2.1 to §2.4) and OAuth's device grant (service.md §2.5)."""

import base64
import binascii
import hashlib
import secrets
import threading
import uuid
from dataclasses import dataclass

from anaplan_tui.demo.clock import Clock
from anaplan_tui.demo.habits import Habits
from anaplan_tui.demo.model import Json, User

LIFETIME = 35 * 60.0
DEVICE_WAIT = 10.0
"""Seconds after which a device code counts as approved, unless it is approved earlier."""


class Refused(Exception):
    """A request that the token service refuses."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.body: Json = {"status": code, "statusMessage": message}


@dataclass(slots=True)
class Token:
    """A live token; a refresh moves its expiry (service.md §2.3)."""

    value: str
    id: str
    refresh_id: str
    user: User
    expires: float


class Tokens:
    """All tokens of a tenant."""

    def __init__(self, clock: Clock, users: tuple[User, ...], habits: Habits) -> None:
        self._clock = clock
        self._habits = habits
        self._users = {user.email: user for user in users}
        self._live: dict[str, Token] = {}
        self._lock = threading.Lock()
        self.lifetime = LIFETIME
        self.last_refusal = ""
        """Why the last certificate login was refused; the caller is not told."""

    def authenticate(self, header: str, body: Json) -> Token:
        """Sign in by Basic or CACertificate. Refused 401 if the login is wrong."""
        scheme, _, rest = header.partition(" ")
        if scheme == "Basic":
            return self._issue(self._by_password(rest))
        if scheme == "CACertificate":
            return self._issue(self._by_certificate(rest, body))
        raise Refused(401, "FAILURE_BAD_HEADER", "Invalid Authorization header")

    def refresh(self, header: str) -> Token:
        """Extend a live token. Refused 400 for a malformed header, 401 for a dead token."""
        token = self._named(header, malformed=400)
        with self._lock:
            token.expires = self._clock.unhurried() + self.lifetime
            if self._habits.refresh_replaces:
                del self._live[token.value]
                token.value = _opaque()
                self._live[token.value] = token
        return token

    def validate(self, header: str) -> Token:
        """Return the token in the header. Refused 400 for a malformed header, 401 for a dead token."""
        return self._named(header, malformed=400)

    def logout(self, header: str) -> None:
        """End a token at once. Refused 401 for a malformed header or a dead token."""
        self.revoke(self._named(header, malformed=401).value)

    def user_of(self, header: str) -> User | None:
        """Return the user of an API request; the API takes both schemes (service.md §1.2)."""
        scheme, _, value = header.partition(" ")
        token = self._find(value) if scheme in ("AnaplanAuthToken", "Bearer") else None
        return token.user if token else None

    def token_for(self, email: str) -> str:
        """Return a fresh token value without a sign-in: for tests and static tokens."""
        return self._issue(self._users[email]).value

    def revoke(self, value: str) -> None:
        """Revoke a token."""
        with self._lock:
            self._live.pop(value, None)

    def revoke_all(self) -> None:
        """Revoke every token."""
        with self._lock:
            self._live.clear()

    def document(self, token: Token) -> Json:
        """Return `tokenInfo` of a sign-in or refresh; `expiresAt` is epoch milliseconds."""
        return {
            "expiresAt": int(token.expires * 1000),
            "tokenId": token.id,
            "tokenValue": token.value,
            "refreshTokenId": token.refresh_id,
        }

    def _issue(self, user: User) -> Token:
        expires = self._clock.unhurried() + self.lifetime
        token = Token(_opaque(), str(uuid.uuid4()), str(uuid.uuid4()), user, expires)
        with self._lock:
            self._live[token.value] = token
        return token

    def _find(self, value: str) -> Token | None:
        with self._lock:
            token = self._live.get(value)
        return token if token and token.expires > self._clock.unhurried() else None

    def _named(self, header: str, malformed: int) -> Token:
        scheme, _, value = header.partition(" ")
        if scheme != "AnaplanAuthToken" or not value:
            raise Refused(malformed, "FAILURE_BAD_HEADER", "Invalid Authorization header")
        token = self._find(value)
        if token is None:
            raise Refused(401, "FAILURE_BAD_CREDENTIAL", "Token is invalid or has expired")
        return token

    def _by_password(self, encoded: str) -> User:
        try:
            email, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise Refused(401, "FAILURE_BAD_HEADER", "Invalid Authorization header") from None
        user = self._users.get(email)
        if user is None or user.password != password:
            raise Refused(401, "FAILURE_BAD_CREDENTIAL", "Username or password is incorrect")
        return user

    def _by_certificate(self, header: str, body: Json) -> User:
        """Return the first user for every valid certificate: none are registered here."""
        # Few logins need it, and it is slow to import.
        from anaplan_tui.demo import certificates

        try:
            certificates.check(header, body, self._clock.unhurried(), self._habits)
        except certificates.BadCertificate as reason:
            self.last_refusal = str(reason)
            raise Refused(401, "FAILURE_BAD_CREDENTIAL", "Certificate or signature is not valid") from None
        return next(iter(self._users.values()))


class DeviceGrants:
    """OAuth's device grant (service.md §2.5): a code, a wait for the user's approval, then tokens."""

    def __init__(self, clock: Clock, tokens: Tokens, user: User) -> None:
        self._clock = clock
        self._tokens = tokens
        self._user = user
        self._codes: dict[str, float] = {}
        self._refreshers: set[str] = set()
        self.interval = 5
        self.scripted: list[str] = []
        """Errors for the next polls, such as `slow_down` or `access_denied`."""

    def start(self, base: str) -> Json:
        """Return a new device code; it is approved automatically after `DEVICE_WAIT`."""
        code = secrets.token_urlsafe(24)
        user_code = f"{secrets.token_hex(2)}-{secrets.token_hex(2)}".upper()
        self._codes[code] = self._clock.now() + DEVICE_WAIT
        return {
            "device_code": code,
            "user_code": user_code,
            "verification_uri": f"{base}/activate",
            "verification_uri_complete": f"{base}/activate?user_code={user_code}",
            "expires_in": 900,
            "interval": self.interval,
        }

    def approve_all(self) -> None:
        """Approve every code so far."""
        self._codes = dict.fromkeys(self._codes, 0.0)

    def exchange(self, form: Json) -> tuple[int, Json]:
        """Return status and body for `/oauth/token`."""
        grant = form.get("grant_type")
        if not grant:
            return 401, _oauth_error("invalid_request", "grant_type is missing")
        if grant == "refresh_token":
            given = str(form.get("refresh_token", ""))
            if given not in self._refreshers:
                return 403, _oauth_error("invalid_grant", "Unknown or used refresh token")
            self._refreshers.discard(given)
            return 200, self._grant()
        if grant != "urn:ietf:params:oauth:grant-type:device_code":
            return 400, _oauth_error("unauthorized_client", "This client may use the device grant only")
        return self._poll(str(form.get("device_code", "")))

    def _poll(self, code: str) -> tuple[int, Json]:
        if code not in self._codes:
            return 403, _oauth_error("expired_token", "Unknown or expired device code")
        if self.scripted:
            return 403, _oauth_error(self.scripted.pop(0), "As scripted")
        if self._clock.now() < self._codes[code]:
            return 403, _oauth_error("authorization_pending", "User has yet to authorize device code")
        del self._codes[code]
        return 200, self._grant()

    def _grant(self) -> Json:
        refresher = secrets.token_urlsafe(32)
        self._refreshers.add(refresher)
        return {
            "access_token": self._tokens.token_for(self._user.email),
            "id_token": hashlib.sha256(refresher.encode()).hexdigest(),
            "refresh_token": refresher,
            "scope": "openid email offline_access",
            "expires_in": int(self._tokens.lifetime),
            "token_type": "Bearer",
        }


def _oauth_error(code: str, text: str) -> Json:
    return {"error": code, "error_description": text}


def _opaque() -> str:
    return base64.b64encode(secrets.token_bytes(48)).decode()
