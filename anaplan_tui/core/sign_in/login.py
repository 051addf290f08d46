"""Build the ``httpx.Auth`` of a profile's login method: password, token, certificate or OAuth device."""

import logging
import shlex
from collections.abc import Callable
from pathlib import Path

from pydantic import SecretStr

from anaplan_tui.api.auth import BasicAuth, SessionAuth, TokenAuth
from anaplan_tui.api.credential import Secret
from anaplan_tui.config.settings import Profile
from anaplan_tui.core.sign_in.operator import SignIn
from anaplan_tui.core.sign_in.refused_password import RefusedPassword
from anaplan_tui.core.sign_in.token_file import TokenFile

log = logging.getLogger(__name__)

Tell = Callable[[str], None]
"""Tells the operator one line."""


def auth_for(
    profile: Profile, secret: Secret | None, state: Path, sign_in: SignIn, tell: Tell = log.warning
) -> SessionAuth:
    """Return the login of ``profile``.

    Args:
        secret: the result of ``secrets.source_for`` or ``secret_for``.
        state: a private directory for an OAuth refresh token and the record of a refused password.
        sign_in: gets codes to type, and a refused login.
        tell: gets other messages for the operator.
    """
    auth = _auth(profile, secret, state, sign_in, tell)
    auth.on_refused = sign_in.refused
    return auth


def _auth(profile: Profile, secret: Secret | None, state: Path, sign_in: SignIn, tell: Tell) -> SessionAuth:
    auth = profile.auth
    if auth.method == "token":
        return TokenAuth(secret or SecretStr(""), profile.auth_url)
    if auth.method == "certificate":
        return _certificate(profile, secret)
    if auth.method == "oauth-device":
        return _device(profile, state, sign_in, tell)
    user = auth.username or ""
    memory = RefusedPassword(state, profile.name, profile.auth_url, user, attended=lambda: sign_in.attended)
    return BasicAuth(user, secret or SecretStr(""), profile.auth_url, memory=memory)


def _certificate(profile: Profile, password: Secret | None) -> SessionAuth:
    # Imported here, because cryptography takes a tenth of a second to load, and few profiles need it.
    from anaplan_tui.api.certificate import CertificateAuth, KeyFiles

    auth = profile.auth
    files = KeyFiles(auth.private_key or Path(), auth.certificate, password)
    return CertificateAuth(files, profile.auth_url, nonce=auth.nonce)


def _device(profile: Profile, state: Path, sign_in: SignIn, tell: Tell) -> SessionAuth:
    from anaplan_tui.api.oauth import DeviceAuth

    client_id = profile.auth.client_id or ""
    command = f"anaplan-tui --profile {shlex.quote(profile.name)} workspaces"
    return DeviceAuth(
        client_id,
        profile.oauth_url,
        TokenFile(state, profile.name, profile.oauth_url, client_id, tell),
        sign_in.show,
        is_attended=lambda: sign_in.attended,
        unattended_advice=f"Sign in once in a terminal, with: {command}",
    )
