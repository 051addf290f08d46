"""The three hosts of a tenant: API, token service, OAuth. None follows from another (service.md §1.1)."""

from dataclasses import dataclass
from urllib.parse import urlsplit

API_BASE = "/2/0"


def _origin(url: str) -> str:
    """``scheme://host[:port]`` of ``url``, which may end in a slash, ``/2/0`` or both.

    Raises ``ValueError`` without repeating what was given: it may hold a password.
    """
    parts = urlsplit(url.strip())
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("a host is given as https://name, with a port if need be")
    if parts.username is not None or parts.password is not None:
        raise ValueError("a host is given without a user or password")
    if parts.query or parts.fragment or parts.path.rstrip("/") not in {"", API_BASE}:
        raise ValueError("a host is given without a path, except /2/0")
    return f"{parts.scheme}://{parts.netloc}"


@dataclass(frozen=True, slots=True)
class Hosts:
    """The three hosts of a tenant. Each may be given with or without ``/2/0`` and a trailing slash."""

    api_url: str
    """Base of the Integration API; ends in ``/2/0`` whatever was given."""
    auth_url: str
    """The token service."""
    oauth_url: str = ""
    """The application host, which speaks OAuth; empty when it is not used."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "api_url", _origin(self.api_url) + API_BASE)
        object.__setattr__(self, "auth_url", _origin(self.auth_url))
        if self.oauth_url:
            object.__setattr__(self, "oauth_url", _origin(self.oauth_url))
