"""How a profile logs in: its secret, and the ``httpx.Auth`` that carries it."""

import httpx
from pydantic import SecretStr

from anaplan_tui.api.auth import BasicAuth, TokenAuth
from anaplan_tui.api.errors import NotAuthenticated
from anaplan_tui.settings import Profile


def auth_for(profile: Profile, secret: SecretStr) -> httpx.Auth:
    """The login of ``profile``.

    Raises:
        NotAuthenticated: the method is not available in this version.
    """
    auth = profile.auth
    if auth.method == "basic":
        return BasicAuth(auth.username or "", secret, profile.auth_url)
    if auth.method == "token":
        return TokenAuth(secret, profile.auth_url)
    raise NotAuthenticated(
        "log in", f'method "{auth.method}" is not available in this version', 'Use "basic" or "token".'
    )
