"""How a profile logs in: the ``httpx.Auth`` that carries its secret."""

import logging
import os
from collections.abc import Callable
from pathlib import Path

import httpx
from pydantic import SecretStr

from anaplan_tui.api.auth import BasicAuth, TokenAuth
from anaplan_tui.paths import private_file
from anaplan_tui.settings import Profile

log = logging.getLogger(__name__)

Tell = Callable[[str], None]
"""Tells the operator one line: where to type which code."""


def auth_for(profile: Profile, secret: SecretStr | None, state: Path, tell: Tell = log.warning) -> httpx.Auth:
    """The login of ``profile``.

    Args:
        secret: what ``secrets.secret_for`` found.
        state: a private directory, where an OAuth refresh token is kept.
        tell: called with the code to type, for the device login.
    """
    auth = profile.auth
    if auth.method == "token":
        return TokenAuth(secret or SecretStr(""), profile.auth_url)
    if auth.method == "certificate":
        return _certificate(profile, secret)
    if auth.method == "oauth-device":
        return _device(profile, state, tell)
    return BasicAuth(auth.username or "", secret or SecretStr(""), profile.auth_url)


def _certificate(profile: Profile, password: SecretStr | None) -> httpx.Auth:
    # Here, because cryptography takes a tenth of a second to load, and few profiles need it.
    from anaplan_tui.api.certificate import CertificateAuth, KeyFiles

    auth = profile.auth
    files = KeyFiles(auth.private_key or Path(), auth.certificate, password)
    return CertificateAuth(files, profile.auth_url, nonce=auth.nonce)


def _device(profile: Profile, state: Path, tell: Tell) -> httpx.Auth:
    from anaplan_tui.api.oauth import DeviceAuth, DeviceCode

    def show(code: DeviceCode | None) -> None:
        if code is not None:
            tell(f"To log in, open {code.direct_url or code.url} and type the code {code.user_code}.")

    tokens = TokenFile(state / f"oauth-{profile.name}.token")
    return DeviceAuth(profile.auth.client_id or "", profile.oauth_url, tokens, show)


class TokenFile:
    """The OAuth refresh token of a profile, in a file that only its owner can read.

    A rotating token is void as soon as the next one is given out, so it has to be on disk before that one
    is used (anaplan-api.md §2.5).
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> SecretStr | None:
        """The token kept last, if any."""
        try:
            text = self._path.read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):
            return None
        return SecretStr(text) if text else None

    def save(self, token: SecretStr | None) -> None:
        """Keep ``token`` instead, or none; on disk when this returns."""
        if token is None:
            self._path.unlink(missing_ok=True)
            return
        part = private_file(self._path.with_suffix(".part"))
        with part.open("w", encoding="ascii") as file:
            file.write(token.get_secret_value())
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._path)
