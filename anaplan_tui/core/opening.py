"""Build a desk from the configuration: login, connection, journal, directories."""

import asyncio
import logging
from pathlib import Path

from anaplan_tui.api.client import AnaplanClient
from anaplan_tui.api.credential import Secret
from anaplan_tui.api.hosts import Hosts
from anaplan_tui.config.needed_secret import readable_key
from anaplan_tui.config.paths import state_dir
from anaplan_tui.config.settings import Profile, Settings, check_files
from anaplan_tui.config.transport import transport_options
from anaplan_tui.core.desk import Desk
from anaplan_tui.core.downloads import sweep
from anaplan_tui.core.journal.journal import Journal
from anaplan_tui.core.sign_in.login import Tell, auth_for
from anaplan_tui.core.sign_in.operator import Operator, SignIn

log = logging.getLogger(__name__)


async def open_desk(
    settings: Settings,
    profile: Profile,
    secret: Secret | None,
    *,
    tell: Tell = log.warning,
    operator: Operator | None = None,
    downloads_dir: Path | None = None,
    patience_s: float | None = None,
    auto_capture: bool | None = None,
) -> Desk:
    """Return a desk that has not sent anything yet.

    ``operator`` can type a code; until there is one, no code is asked for. ``tell`` is passed to
    :func:`auth_for`, the other options to :class:`Desk`.

    Raises:
        UnsafePath: the state directory cannot be used.
        ConfigError: a file that the profile names cannot be used.
    """
    check_files(settings, profile)
    state = state_dir()
    journal = await asyncio.to_thread(
        Journal.open, state.journal, keep_days=settings.journal.keep_days, max_mb=settings.journal.max_mb
    )
    sign_in = SignIn(operator)
    if exposed := readable_key(profile.auth):
        tell(f"! The private key {'. '.join(exposed)}")
    client = AnaplanClient(
        Hosts(profile.api_url, profile.auth_url, profile.oauth_url),
        auth_for(profile, secret, state.root, sign_in, tell),
        options=transport_options(profile),
    )
    await asyncio.to_thread(sweep, state.parts)
    return Desk(
        settings,
        profile,
        client,
        journal,
        parts_dir=state.parts,
        uploads_dir=state.uploads,
        work_dir=state.work,
        sign_in=sign_in,
        downloads_dir=downloads_dir,
        patience_s=patience_s,
        auto_capture=auto_capture,
    )
