"""Types of single settings: addresses, names, commands, paths, and the named regions."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

from anaplan_tui.api.proxies import is_loopback, parse_proxy


@dataclass(frozen=True, slots=True)
class RegionHosts:
    """The three bases of a named region; none can be derived from another (service.md §1.1)."""

    api_url: str
    auth_url: str
    oauth_url: str


_SHARED = RegionHosts("https://api.anaplan.com", "https://auth.anaplan.com", "https://us1a.app.anaplan.com")

REGIONS: Mapping[str, RegionHosts] = {
    **dict.fromkeys(("us1", "us2", "us5", "us7", "eu1", "eu2", "eu4", "ap1"), _SHARED),
    **{
        r: RegionHosts(*(f"https://{r}.{service}.anaplan.com" for service in ("api", "auth", "app")))
        for r in ("us9", "eu3", "eu5", "gb1", "sg1", "ae1", "in1", "id1", "me1")
    },
    "ca1": RegionHosts(*(f"https://ca1a.{service}.anaplan.com" for service in ("api", "auth", "app"))),
    # The published specification has au1a.api2 for the API, which does not answer. Token service and OAuth
    # are on one host.
    "au1": RegionHosts(
        "https://api.au1a.app2.anaplan.com", "https://au1a.app2.anaplan.com", "https://au1a.app2.anaplan.com"
    ),
}
"""Region name to hosts: service.md §1.1. Where sources differ, in the OAuth hosts of us2 and eu1, the
published specification counts; each host can also be set on its own."""


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return named and parts.scheme in ("http", "https") and text.isprintable() and " " not in text


def _base_url(text: str) -> str:
    if not _is_web_address(text):
        raise ValueError("must be a web address such as https://api.anaplan.com")
    parts = urlsplit(text)
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("must be scheme, host and path only: no user, no ?query, no #fragment")
    if parts.scheme == "http" and not is_loopback(text):
        raise ValueError(
            "must begin with https://, or the login would travel in clear (http:// is for loopback)"
        )
    return text.rstrip("/").removesuffix("/2/0")


def _proxy_url(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must be one line without control characters")
    parse_proxy(text)
    return text


def _user_agent(text: str) -> str:
    if not (text.isascii() and text.isprintable() and text == text.strip()):
        raise ValueError("must be plain ASCII without blanks around it, for it stands in a header")
    return text


def _region(name: str) -> str:
    if name not in REGIONS:
        raise ValueError(f"must be one of {', '.join(REGIONS)}")
    return name


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must be one line without control characters")
    return text


def _profile_name(name: str) -> str:
    if not re.fullmatch(r"\w[\w .-]{0,39}", name):
        raise ValueError("must be a name of at most 40 letters, digits, '.', '-', '_' or spaces")
    return name


def _user_name(name: str) -> str:
    if ":" in name:
        raise ValueError("must not contain a colon, which a Basic login cannot carry")
    return name


def _locale(name: str) -> str:
    if not re.fullmatch(r"[a-z]{2,3}(_[A-Z][a-z]{3})?(_[A-Z]{2})?", name):
        raise ValueError("must be a locale such as en_US")
    return name


def _user_path(path: Path) -> Path:
    if not str(path).isprintable():
        raise ValueError("must be a path without control characters")
    try:
        return path.expanduser()
    except RuntimeError:
        raise ValueError("must not begin with the ~ of an unknown user") from None


def as_tuple(value: Any) -> Any:
    """Turn a TOML list into the tuple that strict types take; leave anything else as it is."""
    return tuple(value) if isinstance(value, list) else value


def _as_path(value: Any) -> Any:
    return Path(value) if isinstance(value, str) else value


BaseUrl = Annotated[str, AfterValidator(_base_url)]
"""An https address without a trailing slash or ``/2/0``; http only for loopback hosts."""
ProxyUrl = Annotated[str, AfterValidator(_proxy_url)]
"""``[scheme://][user:password@]host[:port]``: see ``api.proxies``."""
Region = Annotated[str, AfterValidator(_region)]
Line = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_one_line)]
Label = Annotated[str, Field(min_length=1, max_length=20), AfterValidator(_one_line)]
"""A word or two for a header: it must fit beside everything else there."""
ProfileName = Annotated[str, AfterValidator(_profile_name)]
UserAgent = Annotated[Line, AfterValidator(_user_agent)]
UserName = Annotated[Line, AfterValidator(_user_name)]
Locale = Annotated[str, AfterValidator(_locale)]

# TOML has neither tuples nor paths, and pydantic's strict mode would refuse the list and the text.
Lines = Annotated[tuple[Line, ...], BeforeValidator(as_tuple)]
Command = Annotated[tuple[Line, ...], Field(min_length=1), BeforeValidator(as_tuple)]
"""A program and its arguments, run without a shell."""
UserPath = Annotated[Path, BeforeValidator(_as_path), AfterValidator(_user_path)]
"""A path in which ``~`` is the home directory."""
