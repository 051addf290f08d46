"""Picks the proxy for a host by curl's rules, the same one for lists and for chunks.

The rules are those of curl 8 (``lib/url.c``, ``lib/noproxy.c`` and its manual page): a variable in lower case
wins over the same one in capitals, an empty one counts as not set, ``HTTP_PROXY`` is never read, because a
web server puts a visitor's header there, and ``ALL_PROXY`` is for every scheme without a variable of its own.
``NO_PROXY`` also applies to a configured proxy. Beyond curl it takes ``*.domain`` and ``host:port``, which
operators write and other programs know.

It does not import the HTTP library, so that the configuration can be checked without it.
"""

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Literal, cast
from urllib.parse import SplitResult, unquote, urlsplit

from anaplan_tui.api.errors import Unusable

Scheme = Literal["http", "https", "socks5", "socks5h"]

_SCHEMES: Mapping[str, int] = {"http": 1080, "https": 443, "socks5": 1080, "socks5h": 1080}
"""Each with curl's default port."""
_OLD_SOCKS = {"socks", "socks4", "socks4a"}
_HOST = re.compile(r"[\w.-]+\Z")
_SOCKS_LIMIT = 255
"""The longest user or password, in bytes, that fits into a SOCKS login (RFC 1929)."""

CONFIGURED = "the proxy setting of the profile"


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy, and the setting or variable that named it."""

    scheme: Scheme
    host: str
    """Without brackets, even for IPv6."""
    port: int
    named_by: str
    """A variable, or :data:`CONFIGURED`."""
    user: str | None = field(default=None, repr=False)
    password: str = field(default="", repr=False)

    @property
    def place(self) -> str:
        """``host:port``, for people."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """Its address without user and password."""
        return f"{self.scheme}://{self.place}"

    @property
    def socks(self) -> bool:
        """Whether it speaks SOCKS, which needs the extra."""
        return self.scheme.startswith("socks")

    @property
    def resolves(self) -> bool:
        """Whether the proxy resolves host names; for ``socks5`` this machine does, as with curl."""
        return self.scheme != "socks5"


def parse_proxy(text: str, named_by: str = CONFIGURED) -> Proxy:
    """Parse ``[scheme://][user:password@]host[:port]``; without a scheme it is http.

    A password may hold any character; ``%`` and two hex digits stand for one, as in a URL. Raises
    ``ValueError`` with a clause that says what is wrong and shows nothing of a password.
    """
    scheme, separator, rest = text.strip().partition("://")
    if not separator:
        scheme, rest = "http", text.strip()
    scheme = scheme.lower()
    if scheme in _OLD_SOCKS:
        raise ValueError("speaks SOCKS4, which is not supported; use socks5:// or socks5h://")
    if scheme not in _SCHEMES:
        raise ValueError("must begin with http://, https://, socks5:// or socks5h://")
    # The last @: a password may hold one, and a slash or # as well, while a host holds none of them.
    login, _, place = rest.rpartition("@")
    host, port = _place(re.split(r"[/?#]", place, maxsplit=1)[0], _SCHEMES[scheme])
    user, _, password = login.partition(":")
    user, password = unquote(user), unquote(password)
    if scheme.startswith("socks") and max(len(user.encode()), len(password.encode())) > _SOCKS_LIMIT:
        raise ValueError("has a user or password that is too long for SOCKS")
    return Proxy(cast(Scheme, scheme), host, port, named_by, user if login else None, password)


def _place(text: str, default_port: int) -> tuple[str, int]:
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError("must name a host, and a port between 1 and 65535 if any") from None
    if port == 0 or not (_HOST.match(host) or _address(host)):
        raise ValueError("must name a host, and a port between 1 and 65535 if any")
    return host, default_port if port is None else port


def is_loopback(url: str) -> bool:
    """Whether a URL points to this very machine, where http, fast polls and no rate limit are fine.

    Text that is not a URL does not.
    """
    try:
        host = urlsplit(url).hostname
    except ValueError:
        return False
    return _is_loopback(_bare(host or ""))


def _is_loopback(host: str) -> bool:
    address = _address(host)
    if address is None:
        return host == "localhost" or host.endswith(".localhost")
    return address.is_loopback


class Proxies:
    """The proxies of a profile and its environment, which is read once."""

    def __init__(self, configured: str | None = None, environ: Mapping[str, str] | None = None) -> None:
        """Raises :class:`Unusable` if ``configured`` is not a usable proxy."""
        self._environ = dict(os.environ if environ is None else environ)
        self._exempt = _NoProxy(self._first("no_proxy", "NO_PROXY")[1])
        self._configured = None if configured is None else self._usable(CONFIGURED, configured)

    def of(self, url: str) -> Proxy | None:
        """The proxy for ``url``; ``None`` if it is reached without one.

        Raises:
            Unusable: the setting or variable that names the proxy cannot be used.
        """
        parts = urlsplit(url)
        host = _bare(parts.hostname or "")
        if _is_loopback(host) or self._exempt.has(host, _port(parts)):
            return None
        if self._configured is not None:
            return self._configured
        name, value = self._named(parts.scheme)
        return self._usable(name, value) if name else None

    def exempted_by(self, url: str) -> str:
        """The variable that exempts ``url`` from the proxy that it would otherwise have; empty for none."""
        parts = urlsplit(url)
        host = _bare(parts.hostname or "")
        spared = not _is_loopback(host) and self._exempt.has(host, _port(parts))
        named = self._configured is not None or bool(self._named(parts.scheme)[0])
        return self._first("no_proxy", "NO_PROXY")[0] if spared and named else ""

    def _named(self, scheme: str) -> tuple[str, str]:
        own = ("http_proxy",) if scheme == "http" else ("https_proxy", "HTTPS_PROXY")
        return self._first(*own, "all_proxy", "ALL_PROXY")

    def _first(self, *names: str) -> tuple[str, str]:
        """The first of these variables that is set to something."""
        return next(((name, self._environ[name]) for name in names if self._environ.get(name)), ("", ""))

    @staticmethod
    def _usable(named_by: str, text: str) -> Proxy:
        try:
            proxy = parse_proxy(text, named_by)
        except ValueError as error:
            raise Unusable(named_by, str(error), _ADVICE) from None
        if proxy.socks and not _knows_socks():
            raise Unusable(named_by, "names a SOCKS proxy, for which a part is not installed", _SOCKS_ADVICE)
        return proxy


_ADVICE = "A proxy is given as http://host:port or http://user:password@host:port."
_SOCKS_ADVICE = "Install it: pip install 'anaplan-tui[socks]'."


def _knows_socks() -> bool:
    """Whether both HTTP libraries can speak SOCKS: with one alone, either lists or dumps would fail."""
    return all(find_spec(library) is not None for library in ("socks", "socksio"))


class _NoProxy:
    """The entries of ``NO_PROXY``. One that makes no sense exempts nothing, and breaks nothing."""

    def __init__(self, text: str) -> None:
        self._entries = [entry for entry in re.split(r"[,\s]+", text) if entry]

    def has(self, host: str, port: int) -> bool:
        """Whether the host, given without brackets and trailing dot, is exempt at this port."""
        address = _address(host)
        for entry in self._entries:
            if entry == "*":
                return True
            if address is not None and _covers(entry.strip("[]"), address):
                return True
            name, entry_port = _split_port(entry)
            if entry_port in (None, port) and (
                _matches(name, host) if address is None else _covers(name, address)
            ):
                return True
        return False


def _matches(entry: str, host: str) -> bool:
    """``domain`` and ``.domain`` match the domain and all below it; ``*.domain`` only what is below."""
    entry = entry.lower().rstrip(".")
    below, name = entry.startswith("*."), entry.removeprefix("*").removeprefix(".")
    return bool(name) and (host.endswith(f".{name}") or (host == name and not below))


def _covers(entry: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    try:
        return address in ipaddress.ip_network(entry.replace("[", "").replace("]", ""), strict=False)
    except ValueError:
        return False


def _split_port(entry: str) -> tuple[str, int | None]:
    """Split ``name:port`` and ``[address]:port``; an address with colons and no brackets has no port."""
    name, colon, digits = entry.rpartition(":")
    if colon and digits.isascii() and digits.isdigit() and (":" not in name or name.endswith("]")):
        return name.strip("[]"), int(digits)
    return entry, None


def _port(parts: SplitResult) -> int:
    return parts.port or (80 if parts.scheme == "http" else 443)


def _bare(host: str) -> str:
    """A host in the form to compare: in lower case, without the trailing dot."""
    return host.lower().removesuffix(".")


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """``host`` as an address; IPv4 written as IPv6 becomes plain IPv4. ``None`` for a name."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
