"""Signing out; signing in is done by whatever command needs it."""

import asyncio
from functools import partial

import click

from anaplan_tui.session import Options, configured
from anaplan_tui.trouble import Exit


@click.command()
@click.pass_obj
def logout(options: Options) -> int:
    """End the sign-in: its token at the service, and the files that are kept of it here.

    With oauth-device the next command asks for a code again. With token the given token is ended, for
    whoever uses it. The methods basic and certificate keep nothing that could be ended. Runs go on.
    """
    from anaplan_tui.core.logout import log_out
    from anaplan_tui.core.text import home
    from anaplan_tui.exits import of_error
    from anaplan_tui.paths import state_dir

    with configured(options) as settings:
        profile = settings.profile()
        done = asyncio.run(log_out(profile, state_dir().root, partial(click.echo, err=True)))
    for path in done.removed:
        click.echo(f"removed: {home(path)}")
    if done.problem is not None:
        click.echo(f"! The service was not told: {done.problem}", err=True)
        return of_error(done.problem) or Exit.FAILED
    if done.outlives:
        click.echo(
            "! The refresh token that was kept stays good at the service until its own end: it has no way "
            "to end one. An administrator can disable the OAuth client.",
            err=True,
        )
    if not done.had:
        kept = (
            "no sign-in" if profile.auth.method == "oauth-device" else f'nothing for "{profile.auth.method}"'
        )
        click.echo(f"Nothing to end: {kept} is kept here for profile {profile.name}.")
    elif done.ended:
        click.echo(f"Signed out of profile {profile.name}: the token is dead at the service.")
    else:
        click.echo(f"Signed out of profile {profile.name}: the service had ended the token before.")
    return Exit.COMPLETED
