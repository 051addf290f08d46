"""Sign out: end the token at the service, and remove the files of a sign-in on this host.

A login by password or certificate keeps nothing on disk: each command has a session of its own. Only a token
given by the operator and an OAuth sign-in, whose refresh token is in a file, can be ended.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from anaplan_tui.api.auth import can_be_token
from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.api.errors import AnaplanError, NotAuthenticated
from anaplan_tui.api.hosts import Hosts
from anaplan_tui.config.needed_secret import Secret
from anaplan_tui.config.paths import kept_tokens
from anaplan_tui.config.settings import Profile
from anaplan_tui.config.transport import transport_options
from anaplan_tui.core.sign_in.login import Tell, auth_for
from anaplan_tui.core.sign_in.operator import SignIn
from anaplan_tui.core.sign_in.secrets import NoSecret, find
from anaplan_tui.core.sign_in.token_file import TokenFile


@dataclass(frozen=True, slots=True)
class LoggedOut:
    """The result of signing out."""

    had: bool
    """Whether there was anything to end: a token, or files of a sign-in."""
    ended: bool = False
    """The service ended a token that was valid until then."""
    removed: tuple[Path, ...] = ()
    """The removed files."""
    outlives: bool = False
    """The service gave the same refresh token again: removed here, it stays valid until it expires."""
    problem: AnaplanError | None = None
    """Why the service did not end the token; the files are removed anyway."""


def why_nothing(profile: Profile) -> str:
    """Say why there is nothing to log out of; empty when there may be something."""
    if profile.auth.method in ("token", "oauth-device"):
        return ""
    return f'Nothing to end: nothing for "{profile.auth.method}" is kept here for profile {profile.name}.'


def words_for(profile: Profile, done: LoggedOut) -> str:
    """Say how signing out went, when the service answered."""
    if not done.had:
        return why_nothing(profile) or f"Nothing to end: no sign-in is kept here for profile {profile.name}."
    if done.ended:
        return f"Signed out of profile {profile.name}: the token is dead at the service."
    return f"Signed out of profile {profile.name}: the service had ended the token before."


OUTLIVES = (
    "The refresh token that was kept stays good at the service until its own end: it has no way "
    "to end one. An administrator can disable the OAuth client."
)


async def log_out(profile: Profile, state: Path, tell: Tell) -> LoggedOut:
    """End the sign-in of ``profile``; ``state`` is the state directory.

    Raises:
        NoSecret: the method is ``token``, and no token is available.
        OSError: a file cannot be removed.
    """
    if profile.auth.method == "token":
        return await _end_given(profile, state, tell)
    if profile.auth.method == "oauth-device":
        return await _end_sign_in(profile, state, tell)
    return LoggedOut(had=False)


async def _end_given(profile: Profile, state: Path, tell: Tell) -> LoggedOut:
    token = find(Secret.TOKEN, profile.auth).strip()
    if not can_be_token(token):
        raise NoSecret(Secret.TOKEN, "what is given is not one", "Give the token whose session is to end.")
    async with _client(profile, state, tell) as client:
        try:
            return LoggedOut(had=True, ended=await client.end_token(token))
        except AnaplanError as error:
            return LoggedOut(had=True, problem=error)


async def _end_sign_in(profile: Profile, state: Path, tell: Tell) -> LoggedOut:
    """Use the kept refresh token once more, to get a token to end; that voids a rotating one.

    Source: service.md §2.5.
    """
    current = TokenFile(state, profile.name, profile.oauth_url, profile.auth.client_id or "", tell)
    kept = current.load()
    ended, problem, outlives = False, None, False
    if kept is not None:
        async with _client(profile, state, tell) as client:
            try:
                ended = await client.end_token(await client.access_token())
            except NotAuthenticated:
                pass  # the sign-in had ended before
            except AnaplanError as error:
                problem = error
        outlives = current.load() == kept
    removed = _remove(kept_tokens(state, profile.name), current)
    return LoggedOut(kept is not None or bool(removed), ended, removed, outlives, problem)


def _remove(files: list[Path], current: TokenFile) -> tuple[Path, ...]:
    """Remove the files while nobody renews. The lock file stays: it is empty, and others may wait for it."""
    locked = current.try_lock()
    try:
        removed = []
        for path in files:
            with suppress(FileNotFoundError):
                path.unlink()
                removed.append(path)
        return tuple(removed)
    finally:
        if locked:
            current.unlock()


def _client(profile: Profile, state: Path, tell: Callable[[str], None]) -> AnaplanClient:
    secret = SecretStr("") if profile.auth.method == "token" else None
    return AnaplanClient(
        Hosts(profile.api_url, profile.auth_url, profile.oauth_url),
        auth_for(profile, secret, state, SignIn(), tell),
        options=transport_options(profile),
    )
