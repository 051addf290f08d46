"""Check, one thing after another, everything between the operator and the tenant.

Each check says what it found and, where something is wrong, what to do. What cannot be checked because an
earlier check failed is left out rather than reported as a second failure. Nothing is changed anywhere; a
file without a name is written where the app will have to write, and is gone again.
"""

import asyncio
import os
import shutil
import socket
import tempfile
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr

from anaplan_tui.api.errors import AnaplanError, Broken, Unreachable
from anaplan_tui.config_errors import ConfigError
from anaplan_tui.core.catalog import NoMatch
from anaplan_tui.core.desk import Desk
from anaplan_tui.core.finding import NoChoice
from anaplan_tui.core.opening import open_desk
from anaplan_tui.core.secrets import NoSecret, readable_key, secret_for
from anaplan_tui.core.text import home, plural, size
from anaplan_tui.paths import UnsafePath, state_dir
from anaplan_tui.settings import Profile, Settings
from anaplan_tui.terminal import places_text

_CLOCK_TOLERANCE_S = 120.0
_LITTLE_ROOM = 1_000_000_000
_SAMPLE = 4096
"""Bytes that are written to see whether a directory takes any."""
_SMALLEST = (60, 15)


class Finding(StrEnum):
    """What a check came to."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    finding: Finding
    said: str
    advice: str = ""
    error: Exception | None = None
    """What failed, for the exit code."""


def _ok(name: str, said: str) -> Check:
    return Check(name, Finding.OK, said)


def _warn(name: str, said: str, advice: str = "") -> Check:
    return Check(name, Finding.WARNING, said, advice)


def _failed(name: str, error: Exception) -> Check:
    if isinstance(error, ConfigError | UnsafePath):
        said, _, advice = str(error).partition("\n")
        return Check(name, Finding.FAILED, said, advice, error)
    said = getattr(error, "said", "") or getattr(error, "problem", "") or str(error)
    return Check(name, Finding.FAILED, said, getattr(error, "advice", ""), error)


def examine_without_settings(error: ConfigError | UnsafePath) -> Iterator[Check]:
    """What can be checked of this host when the session could not even begin, and why it could not."""
    if isinstance(error, ConfigError):
        yield _failed("configuration", error)
    yield terminal()
    if isinstance(error, ConfigError):
        yield state_directory()
    else:
        yield _failed("state directory", error)


async def examine(settings: Settings, profile: Profile) -> AsyncIterator[Check]:
    """Every check of one profile, in the order in which they build on each other."""
    where = home(settings.file) if settings.file else "the environment"
    yield _ok("configuration", f'profile "{profile.name}" from {where}')
    yield terminal()
    state = state_directory()
    yield state
    yield downloads_directory(settings.downloads.directory)
    secret: SecretStr | None = None
    try:
        secret = await asyncio.to_thread(secret_for, profile.auth, None)
        yield _ok(
            "secrets", f'method "{profile.auth.method}"{", which needs none" if secret is None else ""}'
        )
        if exposed := readable_key(profile.auth):
            yield _warn("private key", *exposed)
    except NoSecret as error:
        yield _failed("secrets", error)
        return
    names = await names_resolve(profile)
    yield names
    if Finding.FAILED in (names.finding, state.finding):
        return
    try:
        desk = await open_desk(settings, profile, secret, auto_capture=False)
    except UnsafePath as error:
        yield _failed("journal", error)
        return
    except ConfigError as error:
        yield _failed("files", error)
        return
    except AnaplanError as error:
        yield _failed("connection", error)
        return
    try:
        async for check in _online(desk, profile):
            yield check
    finally:
        await desk.aclose()


async def _online(desk: Desk, profile: Profile) -> AsyncIterator[Check]:
    refused: AnaplanError | None = None
    try:
        await desk.connect()
    except AnaplanError as error:
        refused = error
    broken = None
    if isinstance(refused, Unreachable):
        broken = {Broken.PROXY: "proxy", Broken.TLS: "TLS"}.get(refused.broken, "connection")
    for check in _way(profile):
        if refused is not None and check.name == broken:
            yield _failed(check.name, refused)
            return
        yield check
    if refused is not None:
        yield _failed("login", refused)
        return
    yield _ok("login", f"as {desk.user}")
    yield _clock(desk.client.server_offset_s)
    async for check in _access(desk):
        yield check


def _way(profile: Profile) -> tuple[Check, ...]:
    """What lies between this host and the service, in order, if nothing of it is broken."""
    host = urlsplit(profile.api_url)
    if host.scheme != "https":
        tls = "none: plain HTTP, which does not leave this host"
    elif profile.ca_bundle is not None:
        tls = f"the service's certificate is one of {home(profile.ca_bundle)}"
    else:
        tls = "the operating system trusts the service's certificate"
    proxy = _proxy_of(profile)
    return (
        _ok("proxy", f"through {proxy}" if proxy else "none is used"),
        _ok("connection", f"{host.netloc} answers"),
        _ok("TLS", tls),
    )


async def _access(desk: Desk) -> AsyncIterator[Check]:
    steps: tuple[tuple[str, Callable[[], Awaitable[str]]], ...] = (
        ("workspaces", lambda: _workspaces(desk)),
        ("model", lambda: _model(desk)),
    )
    for name, step in steps:
        try:
            yield _ok(name, await step())
        except NoChoice as error:
            yield _warn(name, "no model is chosen", str(error))
        except (AnaplanError, NoMatch) as error:
            yield _failed(name, error)
            return
    if desk.context is not None and desk.context.model.obstacle:
        yield _warn("model state", f"the model is {desk.context.model.obstacle}")


async def _workspaces(desk: Desk) -> str:
    return plural(len(await desk.workspaces()), "workspace")


async def _model(desk: Desk) -> str:
    from anaplan_tui.api.refs import Kind

    context = await desk.choose()
    processes = len(await desk.catalog(Kind.PROCESS))
    return (
        f'"{context.model.name}" in "{context.workspace.name}", {plural(processes, "process", "processes")}'
    )


async def names_resolve(profile: Profile) -> Check:
    """The names of the hosts, unless a proxy resolves them."""
    if _proxy_of(profile):
        return _ok("names", "are resolved by the proxy")
    hosts = {urlsplit(url).hostname or "" for url in (profile.api_url, profile.auth_url)}
    for host in sorted(hosts):
        try:
            await asyncio.get_running_loop().getaddrinfo(host, None)
        except (socket.gaierror, UnicodeError):
            error = Unreachable(
                f"find {host}",
                f"the name {host} does not resolve",
                "Check the spelling in the profile, and this host's DNS.",
                broken=Broken.NAME,
                sent=False,
            )
            return _failed("names", error)
    return _ok("names", f"{', '.join(sorted(hosts))} resolve")


def _proxy_of(profile: Profile) -> str:
    """The proxy that the service is reached through and who says so, without its user; empty for none."""
    address, by = profile.proxy, "the profile"
    if address is None and not profile.loopback:
        host = urlsplit(profile.api_url).hostname or ""
        bypassed = urllib.request.proxy_bypass(host)
        address, by = None if bypassed else urllib.request.getproxies().get("https"), "the environment"
    if not address:
        return ""
    place = urlsplit(address if "://" in address else f"//{address}").netloc.rpartition("@")[2]
    return f"{place}, which {by} names"


def _clock(offset_s: float | None) -> Check:
    if offset_s is None:
        return _warn("clock", "the service does not tell its time")
    if abs(offset_s) <= _CLOCK_TOLERANCE_S:
        return _ok("clock", f"agrees with the service's within {abs(offset_s):.0f} s")
    direction = "behind" if offset_s > 0 else "ahead of"
    return _warn(
        "clock",
        f"this host is {abs(offset_s):.0f} s {direction} the service",
        "Set this host's clock; a certificate login needs it right.",
    )


def state_directory() -> Check:
    """Journal, log and half-fetched downloads have a private place."""
    try:
        root = state_dir().root
    except UnsafePath as error:
        return _failed("state directory", error)
    found = _room("state directory", root, root)
    if found.finding is Finding.OK and root.stat().st_mode & 0o077:
        return _warn(found.name, f"{home(root)} can be looked into by others", f"Run: chmod 700 {root}")
    return found


def downloads_directory(directory: Path) -> Check:
    """Dumps can be written; the directory itself is made when the first one comes."""
    there = next(p for p in (directory, *directory.parents) if p.exists())
    return _room("downloads", directory, there)


def _room(name: str, shown: Path, there: Path) -> Check:
    """Whether a file can be written ``there``: rights alone do not tell, a disk may be full or read-only."""
    try:
        with tempfile.TemporaryFile(dir=there) as file:
            file.write(bytes(_SAMPLE))
        free = shutil.disk_usage(there).free
    except OSError as error:
        why = (error.strerror or type(error).__name__).lower()
        return _failed(name, OSError(f"{home(there)} cannot be written to ({why})"))
    said = f"{home(shown)}, {size(free)} free"
    return _warn(name, said, "A large dump may not fit.") if free < _LITTLE_ROOM else _ok(name, said)


def terminal() -> Check:
    """Whether the screens can be shown here."""
    columns, lines = shutil.get_terminal_size()
    kind = os.environ.get("TERM", "")
    said = f"{columns}x{lines}, TERM={kind or 'not set'}{', inside tmux' if os.environ.get('TMUX') else ''}"
    if not os.isatty(1):
        return _ok("terminal", "none here; the commands need none")
    if not places_text():
        return _warn("terminal", said, "The app needs a terminal that can place text; the commands do not.")
    if columns < _SMALLEST[0] or lines < _SMALLEST[1]:
        return _warn("terminal", said, f"The app needs {_SMALLEST[0]}x{_SMALLEST[1]}.")
    return _ok("terminal", said)
