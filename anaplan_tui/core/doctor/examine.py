"""Run the doctor's checks in order: settings, disk, guards, secrets, network, login, model.

Each check says what it found and, if something is wrong, what to do. A check that depends on a failed one is
skipped rather than reported as a second failure. Nothing is changed: the write test uses an unnamed temporary
file.
"""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from pydantic import SecretStr

from anaplan_tui.api.errors import AnaplanError, Unusable
from anaplan_tui.api.proxies import Proxies
from anaplan_tui.config.errors import ConfigError
from anaplan_tui.config.needed_secret import readable_key
from anaplan_tui.config.paths import UnsafePath, state_dir
from anaplan_tui.config.settings import Profile, Settings
from anaplan_tui.core.desk import Desk
from anaplan_tui.core.doctor import login as doctor_login
from anaplan_tui.core.doctor import way as doctor_way
from anaplan_tui.core.doctor.checks import Check, Finding, failed, ok, warn
from anaplan_tui.core.finding.finder import NoChoice
from anaplan_tui.core.finding.matching import NoMatch
from anaplan_tui.core.history.guard_sign import living, looked
from anaplan_tui.core.opening import open_desk
from anaplan_tui.core.sign_in.secrets import NoSecret, secret_for
from anaplan_tui.core.text import home, plural, size

__all__ = [
    "Check",
    "Finding",
    "downloads_directory",
    "examine",
    "examine_without_settings",
    "state_directory",
]

_LITTLE_ROOM = 1_000_000_000
_LATE_LOOKS = 3
"""A guard is late after this many of its pauses without a look."""
_SAMPLE = 4096
"""Bytes written to test whether a directory is writable."""


def examine_without_settings(error: ConfigError | UnsafePath, terminal: Check) -> Iterator[Check]:
    """Yield what can be checked when the session could not begin, with ``error`` as the reason.

    ``terminal`` is the caller's own check of the terminal.
    """
    if isinstance(error, ConfigError):
        yield failed("configuration", error)
    yield terminal
    if isinstance(error, ConfigError):
        yield state_directory()
    else:
        yield failed("state directory", error)


async def examine(
    settings: Settings, profile: Profile, terminal: Check, desk: Desk | None = None
) -> AsyncIterator[Check]:
    """Yield every check of one profile; later checks build on earlier ones.

    ``terminal`` is the caller's own check of the terminal. With an open ``desk``, its login and connections
    are checked and it stays open; a refused login is not tried again.
    """
    where = home(settings.file) if settings.file else "the environment"
    yield ok("configuration", f'profile "{profile.name}" from {where}')
    yield terminal
    state = state_directory()
    yield state
    yield downloads_directory(settings.downloads.directory)
    if state.finding is not Finding.FAILED:
        for check in guards(profile):
            yield check
    if settings.notify_command:
        yield notify_command(settings.notify_command[0])
    if desk is not None:
        async for check in _way_and_login(desk, profile):
            yield check
        return
    secret: SecretStr | None = None
    try:
        secret = await asyncio.to_thread(secret_for, profile.auth, None)
        yield ok("secrets", f'method "{profile.auth.method}"{", which needs none" if secret is None else ""}')
        if exposed := readable_key(profile.auth):
            yield warn("private key", *exposed)
    except NoSecret as error:
        yield failed("secrets", error)
        return
    if profile.auth.method == "certificate":
        found, usable = await doctor_login.certificate(profile.auth, secret)
        yield found
        if not usable:
            return
    if state.finding is Finding.FAILED:
        return
    try:
        desk = await open_desk(settings, profile, secret, auto_capture=False)
    except UnsafePath as error:
        yield failed("journal", error)
        return
    except Unusable as error:
        yield failed("proxy", error)
        return
    except ConfigError as error:
        yield failed("files", error)
        return
    except AnaplanError as error:
        yield failed("connection", error)
        return
    try:
        async for check in _way_and_login(desk, profile):
            yield check
    finally:
        await desk.aclose()


async def _way_and_login(desk: Desk, profile: Profile) -> AsyncIterator[Check]:
    hosts, proxies = doctor_way.hosts_of(profile), Proxies(profile.proxy)
    try:
        resolved = await doctor_way.names(hosts, proxies)
    except Unusable as error:
        yield failed("proxy", error)
        return
    yield resolved
    if resolved.finding is Finding.FAILED:
        return
    known = await doctor_way.knock(desk.client, hosts)
    for check in doctor_way.way(profile, proxies, known):
        yield check
        if check.finding is Finding.FAILED:
            return
    async for check in _online(desk, profile):
        yield check


async def _online(desk: Desk, profile: Profile) -> AsyncIterator[Check]:
    try:
        me = await desk.client.me()
    except AnaplanError as error:
        yield doctor_login.refused(error)
        yield doctor_login.clock(desk.client.server_offset_s)
        if error.status == 403:
            yield await doctor_login.user_agent(desk.client, profile, error)
        return
    yield ok("login", f"as {me.email or me.id}")
    yield doctor_login.clock(desk.client.server_offset_s)
    async for check in _access(desk):
        yield check
        if getattr(check.error, "status", None) == 403 and isinstance(check.error, AnaplanError):
            yield await doctor_login.user_agent(desk.client, profile, check.error)


async def _access(desk: Desk) -> AsyncIterator[Check]:
    steps: tuple[tuple[str, Callable[[], Awaitable[str]]], ...] = (
        ("workspaces", lambda: _workspaces(desk)),
        ("model", lambda: _model(desk)),
    )
    for name, step in steps:
        try:
            yield ok(name, await step())
        except NoChoice as error:
            yield warn(name, "no model is chosen", str(error))
        except (AnaplanError, NoMatch) as error:
            yield failed(name, error)
            return
    if desk.context is not None and desk.context.model.obstacle:
        yield warn("model state", f"the model is {desk.context.model.obstacle}")


async def _workspaces(desk: Desk) -> str:
    return plural(len(await desk.finder.workspaces()), "workspace")


async def _model(desk: Desk) -> str:
    from anaplan_tui.api.refs import Kind

    context = desk.context or await desk.chosen.choose()
    processes = len(await desk.catalog(Kind.PROCESS))
    return (
        f'"{context.model.name}" in "{context.workspace.name}", {plural(processes, "process", "processes")}'
    )


def state_directory() -> Check:
    """Check that the state directory is private and writable: it holds journal, log and partial downloads."""
    try:
        root = state_dir().root
    except UnsafePath as error:
        return failed("state directory", error)
    found = _room("state directory", root, root)
    if found.finding is Finding.OK and root.stat().st_mode & 0o077:
        return warn(found.name, f"{home(root)} can be looked into by others", f"Run: chmod 700 {root}")
    return found


def guards(profile: Profile) -> Iterator[Check]:
    """Yield a check for each living guard of the profile: has it looked recently? Having none is fine."""
    found = [
        sign for sign in living(state_dir().root, service=profile.api_url) if sign.profile == profile.name
    ]
    if not found:
        yield ok("guard", "none runs for this profile")
    for sign in found:
        since = sign.since.astimezone().strftime("%Y-%m-%d %H:%M")
        said = f'"{sign.model_name}": {looked(sign.looked_at)}; process {sign.process.pid}, since {since}'
        last = sign.looked_at or sign.since
        is_late = (datetime.now(UTC) - last).total_seconds() > _LATE_LOOKS * max(sign.every_s, 60.0)
        if is_late:
            yield warn("guard", said, "See what it printed: no answer from the service, or a closed model?")
        else:
            yield ok("guard", said)


def notify_command(program: str) -> Check:
    """Check that the notify program exists; only a call can tell whether it works."""
    if shutil.which(program) is None:
        return warn(
            "notify_command", f"{program} is no program here", "See notify_command in the configuration."
        )
    return ok("notify_command", f"{program} is there; try it with: anaplan-tui guard --test-notify")


def downloads_directory(directory: Path) -> Check:
    """Check that dumps can be written; the directory itself is made for the first one."""
    there = next(p for p in (directory, *directory.parents) if p.exists())
    return _room("downloads", directory, there)


def _room(name: str, shown: Path, there: Path) -> Check:
    """Write a test file ``there``: permissions alone do not tell, as the disk may be full or read-only."""
    try:
        with tempfile.TemporaryFile(dir=there) as file:
            file.write(bytes(_SAMPLE))
        free = shutil.disk_usage(there).free
    except OSError as error:
        why = (error.strerror or type(error).__name__).lower()
        return failed(name, OSError(f"{home(there)} cannot be written to ({why})"))
    said = f"{home(shown)}, {size(free)} free"
    return warn(name, said, "A large dump may not fit.") if free < _LITTLE_ROOM else ok(name, said)
