"""Opens the app: settles what must be settled before it takes the terminal, leaves the rest for later.

A profile's errors and questions (for a password) appear on the plain terminal. Everything that is slow to
import or to start, the HTTP stack and the demo tenant, comes after the first frame.
"""

import asyncio
import os
from typing import TYPE_CHECKING

from anaplan_tui import heap
from anaplan_tui.commands.session import Options, demo_settings_at, demo_tenant, secret_of, settle
from anaplan_tui.terminal import require_terminal

if TYPE_CHECKING:
    from anaplan_tui.core.desk import Desk
    from anaplan_tui.ui.habits import Habits


def launch(options: Options) -> int:
    """Run the app to its end and return the exit code.

    Raises:
        ConfigError, NoConfig, UnsafePath, NoTerminal, NoSecret: nothing was opened.
    """
    heap.give_back()
    return _demo(options) if options.demo else _profile(options)


def _profile(options: Options) -> int:
    from anaplan_tui.config.settings import check_files, load
    from anaplan_tui.core.sign_in.secret_command import TerminalLoan
    from anaplan_tui.ui.habits import Habits

    settings = load(options.config, overrides=options.overrides)
    require_terminal()
    settle(settings)
    profile = settings.profile()
    check_files(settings, profile)
    habits = Habits.of(settings)
    loan = TerminalLoan()
    secret = secret_of(profile, loan)
    from anaplan_tui.ui.app import run

    async def open_it() -> "Desk":
        from anaplan_tui.core.opening import open_desk

        return await open_desk(settings, profile, secret)

    return run(open_it, profile=profile.name, loan=loan, habits=habits)


def _demo(options: Options) -> int:
    require_terminal()
    from anaplan_tui.config.paths import is_configured
    from anaplan_tui.ui.app import run
    from anaplan_tui.ui.habits import NO_HABITS

    tenant = demo_tenant()
    has_habits = is_configured(options.config) or "TEXTUAL_THEME" in os.environ
    habits = _habits(options) if has_habits else NO_HABITS

    async def open_it() -> "Desk":
        from anaplan_tui.core.opening import open_desk

        url = tenant.url or await asyncio.to_thread(tenant.start)
        settings = demo_settings_at(url, options)
        settle(settings)
        profile = settings.profile()
        return await open_desk(settings, profile, secret_of(profile))

    try:
        return run(open_it, profile="demo", demo=True, habits=habits)
    finally:
        tenant.stop()


def _habits(options: Options) -> "Habits":
    """The app's habits from the user's own configuration, before the demo tenant exists."""
    from anaplan_tui.ui.habits import Habits

    settings = demo_settings_at("http://127.0.0.1", options)
    settle(settings)
    return Habits.of(settings)
