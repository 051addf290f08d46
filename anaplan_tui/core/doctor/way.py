"""The doctor's network checks: DNS, proxy, connection and TLS, for each of the service's three hosts.

Each host is contacted without a login, over the same route as real requests. A failure of a host that the
profile's login does not need is a warning and stops nothing.
"""

import asyncio
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.api.errors import AnaplanError, Broken, Unreachable
from anaplan_tui.api.proxies import CONFIGURED, Proxies, Proxy
from anaplan_tui.config.settings import Profile
from anaplan_tui.core.doctor.checks import Check, failed, ok, warn
from anaplan_tui.core.text import home

_STAGES = ("proxy", "connection", "TLS")


@dataclass(frozen=True, slots=True)
class Host:
    """One of the service's three hosts, or several of them at one address."""

    url: str
    keys: tuple[str, ...]
    """Its keys in the profile: ``api_url``, ``auth_url``, ``oauth_url``."""
    needed: bool
    """Whether this profile sends requests there."""

    @property
    def name(self) -> str:
        """The host without its port."""
        return urlsplit(self.url).hostname or ""

    @property
    def place(self) -> str:
        """The host, with its port if it has one."""
        return urlsplit(self.url).netloc

    def blame(self, said: str) -> str:
        """``said`` with the profile's keys in front, so that it is clear which host is meant."""
        return f"{' and '.join(self.keys)}: {said}"


def hosts_of(profile: Profile) -> tuple[Host, ...]:
    """The hosts of a profile. Only the OAuth login needs OAuth's host, and it needs no token service."""
    oauth = profile.auth.method == "oauth-device"
    needed = {"api_url": True, "auth_url": not oauth, "oauth_url": oauth}
    by_url: dict[str, list[str]] = {}
    for key in needed:
        by_url.setdefault(getattr(profile, key), []).append(key)
    return tuple(Host(url, tuple(keys), any(needed[k] for k in keys)) for url, keys in by_url.items())


async def names(hosts: tuple[Host, ...], proxies: Proxies) -> Check:
    """Check that the names this machine has to look up resolve. Raises :class:`Unusable`."""
    by_us = [host for host in hosts if _is_ours(proxies.of(host.url))]
    if not by_us:
        return ok("names", "are resolved by the proxy")
    resolve = await asyncio.gather(*map(_resolves, by_us))
    unknown = [host for host, found in zip(by_us, resolve, strict=True) if not found]
    if unknown:
        return _unknown(unknown)
    ours = sorted({host.name for host in by_us})
    said = f"{', '.join(ours)} resolve{'s' if len(ours) == 1 else ''}"
    theirs = ", ".join(host.name for host in hosts if host not in by_us)
    return ok("names", f"{said}; the proxy resolves {theirs}" if theirs else said)


def _is_ours(proxy: Proxy | None) -> bool:
    """Whether this machine looks the name up, rather than the proxy."""
    return proxy is None or not proxy.resolves


async def _resolves(host: Host) -> bool:
    try:
        await asyncio.get_running_loop().getaddrinfo(host.name, None)
    except (socket.gaierror, UnicodeError):
        return False
    return True


def _unknown(hosts: list[Host]) -> Check:
    said = "; ".join(host.blame(f"the name {host.name} does not resolve") for host in hosts)
    advice = "Check the spelling in the profile, and this host's DNS."
    if not any(host.needed for host in hosts):
        return warn("names", said, f"This profile's login does not need it. {advice}")
    return failed("names", Unreachable("find the hosts", said, advice, broken=Broken.NAME, sent=False))


async def knock(client: AnaplanClient, hosts: tuple[Host, ...]) -> dict[Host, AnaplanError | None]:
    """Contact each host; return its error, or ``None`` if it answers."""

    async def one(host: Host) -> AnaplanError | None:
        try:
            await client.knock(host.url)
        except AnaplanError as error:
            return error
        return None

    return dict(zip(hosts, await asyncio.gather(*map(one, hosts)), strict=True))


def way(profile: Profile, proxies: Proxies, found: dict[Host, AnaplanError | None]) -> Iterator[Check]:
    """Yield the checks of proxy, connection and TLS in order, up to the first failure of a needed host."""
    for stage in _STAGES:
        broken = {h: e for h, e in found.items() if e is not None and _stage_of(e) == stage}
        if broken:
            check = _broken(stage, broken)
            yield check
            if check.error is not None:
                return
            continue
        answering = [host for host, error in found.items() if error is None or _later(error, stage)]
        yield ok(stage, _sound(stage, profile, proxies, answering))


def _stage_of(error: AnaplanError) -> str:
    broken = error.broken if isinstance(error, Unreachable) else None
    return {Broken.PROXY: "proxy", Broken.TLS: "TLS"}.get(broken, "connection") if broken else "connection"


def _later(error: AnaplanError, stage: str) -> bool:
    return _STAGES.index(_stage_of(error)) > _STAGES.index(stage)


def _broken(stage: str, broken: dict[Host, AnaplanError]) -> Check:
    needed = {host: error for host, error in broken.items() if host.needed}
    said = "; ".join(_said_of(broken))
    first = next(iter((needed or broken).values()))
    if not needed:
        return warn(stage, said, f"This profile's login does not need it. {first.advice}")
    check = failed(stage, first)
    return Check(stage, check.finding, said, check.advice, first)


def _said_of(broken: dict[Host, AnaplanError]) -> Iterator[str]:
    """Yield each distinct failure once; messages that differ only in the host's name are merged."""
    alike: dict[str, list[tuple[Host, AnaplanError]]] = {}
    for host, error in broken.items():
        alike.setdefault(error.said.replace(host.name, "", 1), []).append((host, error))
    for (first, error), *others in alike.values():
        same = ", ".join(key for host, _error in others for key in host.keys)
        yield first.blame(error.said) + (f"; the same at {same}" if same else "")


def _sound(stage: str, profile: Profile, proxies: Proxies, hosts: list[Host]) -> str:
    if stage == "connection":
        places = ", ".join(host.place for host in hosts)
        return f"{places} answer{'s' if len(hosts) == 1 else ''}" if hosts else "nothing more to be tried"
    if stage == "proxy":
        return _proxies_in_words(proxies, hosts)
    if urlsplit(profile.api_url).scheme != "https":
        return "none: plain HTTP, which does not leave this host"
    if profile.ca_bundle is not None:
        return f"the service's certificates are of {home(profile.ca_bundle)}"
    return "the operating system trusts the service's certificates"


def _proxies_in_words(proxies: Proxies, hosts: list[Host]) -> str:
    ways: dict[str, list[str]] = {}
    for host in hosts:
        ways.setdefault(_in_words(proxies.of(host.url), proxies.exempted_by(host.url)), []).append(host.place)
    if len(ways) == 1:
        return next(iter(ways))
    return "; ".join(f"{', '.join(places)}: {words}" for words, places in ways.items()) or "none is used"


def _in_words(proxy: Proxy | None, exempted_by: str) -> str:
    if proxy is None:
        return f"none is used, by {exempted_by}" if exempted_by else "none is used"
    by = "the profile" if proxy.named_by == CONFIGURED else proxy.named_by
    kind = "" if proxy.scheme == "http" else f"{proxy.scheme} "
    return f"through {kind}{proxy.place}, which {by} names"
