"""The doctor's login checks: certificate and key, refused logins, the clock, and blocked User-Agents."""

import asyncio
from datetime import UTC, datetime, timedelta

from pydantic import SecretStr

from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.api.errors import AnaplanError, NotAuthenticated
from anaplan_tui.config.settings import Auth, Profile
from anaplan_tui.core.doctor.checks import Check, Finding, failed, ok, warn
from anaplan_tui.core.text import plural

_CLOCK_TOLERANCE_S = 120.0
_SOON = timedelta(days=30)
_DOING = "log in"
_OTHER_CAUSE = (
    "If they are right: a tenant's IP allow-list refuses logins from other addresses with the same 401."
)
_OTHER_REGION = (
    "The login was taken, but the API refused its token. Tokens are good for hosts of their own region, so "
    "api_url and auth_url have to be of the same one. A tenant's IP allow-list refuses with 401, too."
)


async def certificate(auth: Auth, passphrase: SecretStr | None) -> tuple[Check, bool]:
    """Check the key and certificate on this machine, and say whether a login with them is worth trying."""
    return await asyncio.to_thread(_certificate, auth, passphrase)


def _certificate(auth: Auth, passphrase: SecretStr | None) -> tuple[Check, bool]:
    # Here, because cryptography takes a tenth of a second to load, and few profiles need it.
    from anaplan_tui.api.key_pair import UnusableKey, load_key_pair

    assert auth.private_key is not None  # noqa: S101  # the settings see to it
    name = "certificate"
    secret = None if passphrase is None else passphrase.get_secret_value()
    try:
        pair = load_key_pair(auth.private_key, auth.certificate, secret)
    except UnusableKey as error:
        return failed(name, NotAuthenticated(_DOING, error.said, error.advice)), False
    now, ends = datetime.now(UTC), pair.certificate.not_valid_after_utc
    if stale := pair.out_of_date(now):
        # The login is still tried: this machine's clock may be the one that is wrong.
        advice = f"Renew it, or set the clock of this machine, which says {now:%Y-%m-%d %H:%M} UTC."
        return failed(name, NotAuthenticated(_DOING, stale, advice)), True
    said = f"matches its key, valid until {ends:%Y-%m-%d}"
    if ends - now < _SOON:
        left = plural((ends - now).days, "day")
        return warn(name, f"{said}, {left} from now", "Have it renewed in time."), True
    return ok(name, said), True


def refused(error: AnaplanError) -> Check:
    """A refused login, with possible causes other than a wrong secret."""
    check = failed("login", error)
    if error.status != 401:
        return check
    more = _OTHER_CAUSE if error.doing == _DOING else _OTHER_REGION
    return Check(check.name, check.finding, check.said, f"{check.advice} {more}".strip(), error)


def clock(offset_s: float | None) -> Check:
    """Compare this machine's clock with the service's."""
    if offset_s is None:
        return warn("clock", "the service does not tell its time")
    if abs(offset_s) <= _CLOCK_TOLERANCE_S:
        return ok("clock", f"agrees with the service's within {abs(offset_s):.0f} s")
    direction = "behind" if offset_s > 0 else "ahead of"
    return warn(
        "clock",
        f"this host is {abs(offset_s):.0f} s {direction} the service",
        "Set this host's clock; a certificate login needs it right.",
    )


async def user_agent(client: AnaplanClient, profile: Profile, error: AnaplanError) -> Check:
    """Find out whether our User-Agent caused a 403.

    The same request is sent without it, then with it. Both go without the login, which must not be refused a
    second time.
    """
    name = "User-Agent"
    method, url = _asked(profile, error)
    try:
        without = await client.knock(url, method, named=False)
        named = without if without == 403 else await client.knock(url, method)
    except AnaplanError as trouble:
        return warn(name, f"could not be tried: {trouble.said}")
    if without == 403:
        return ok(name, "without ours the answer is 403 as well: it is not the cause")
    if named != 403:
        return ok(name, f"it is not the cause: without a login the answer is {named}, with ours and without")
    return Check(
        name,
        Finding.FAILED,
        f"without ours the answer is {without} instead of 403: a firewall refuses the name",
        'Set user_agent in the profile to one that passes, such as "Mozilla/5.0".',
    )


def _asked(profile: Profile, error: AnaplanError) -> tuple[str, str]:
    """The method and URL of the request that got the 403."""
    if error.doing != _DOING:
        return "GET", f"{profile.api_url}/2/0/users/me"
    match profile.auth.method:
        case "oauth-device":
            return "POST", f"{profile.oauth_url}/oauth/device/code"
        case "token":
            return "GET", f"{profile.auth_url}/token/validate"
        case _:
            return "POST", f"{profile.auth_url}/token/authenticate"
