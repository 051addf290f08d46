"""The command ``logout``; signing in needs no command of its own, because each command does it."""

import asyncio
from functools import partial

import click

from anaplan_tui.commands.saying import say
from anaplan_tui.commands.session import Options, configured
from anaplan_tui.trouble import Exit


@click.command()
@click.pass_obj
def logout(options: Options) -> int:
    """End the sign-in at Anaplan, and remove its files on this host.

    With oauth-device, the next command asks for a code again. With token, the given token stops working for
    everybody who uses it. The methods basic and certificate leave nothing to end. Running tasks continue.
    """
    from anaplan_tui.commands.exits import of_error
    from anaplan_tui.config.paths import state_dir
    from anaplan_tui.core.sign_in.logout import OUTLIVES, log_out, words_for
    from anaplan_tui.core.text import home

    with configured(options) as settings:
        profile = settings.profile()
        done = asyncio.run(log_out(profile, state_dir().root, partial(say, err=True)))
    for path in done.removed:
        click.echo(f"removed: {home(path)}")
    if done.problem is not None:
        say(f"! The service was not told: {done.problem}", err=True)
        return of_error(done.problem) or Exit.FAILED
    if done.outlives:
        say(f"! {OUTLIVES}", err=True)
    say(words_for(profile, done))
    return Exit.COMPLETED
