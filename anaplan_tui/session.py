"""One headless session: a desk opened, work done on it, and everything closed again, whatever happens.

Signals end the session, never the Anaplan task: there is no code path from a signal to a cancel.
"""

import asyncio
import contextlib
import shlex
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from anaplan_tui.exits import Exit

if TYPE_CHECKING:
    from anaplan_tui.core.desk import Desk
    from anaplan_tui.core.journal import Journal
    from anaplan_tui.settings import Settings

T = TypeVar("T")

PATIENCE_S = 3600.0
"""A command gives up watching after an hour without contact (exit code 6); the task may still run."""


@dataclass(frozen=True)
class Options:
    """What stands before the subcommand."""

    config: Path | None = None
    profile: str | None = None
    workspace: str | None = None
    model: str | None = None
    log_level: str | None = None
    demo: bool = False


@contextlib.contextmanager
def configured(options: Options) -> Iterator["Settings"]:
    """The settings, with the demo tenant running while they are used when that was asked for.

    Raises:
        ConfigError, NoConfig, UnsafePath: see ``settings.load``.
    """
    from anaplan_tui.log import start_logging
    from anaplan_tui.paths import private_dir, state_dir
    from anaplan_tui.settings import Overrides, demo_settings, load

    overrides = Overrides(options.profile, options.workspace, options.model, options.log_level)
    if not options.demo:
        settings = load(options.config, overrides=overrides)
        start_logging(settings.log_level)
        yield settings
        return
    from anaplan_tui.demo.server import DemoProcess

    state = private_dir(state_dir().root / "demo-tenant")
    with DemoProcess(state_dir=state) as tenant:
        settings = demo_settings(
            tenant.url,
            workspace="Supply Chain",
            model="Demand plan",
            config=options.config,
            overrides=overrides,
        )
        start_logging(settings.log_level)
        yield settings


def ask_secret(what: str) -> str:
    """Ask on the terminal without echo.

    Raises:
        SecretError: there is no terminal to ask on.
    """
    from anaplan_tui.core.secrets import SecretError

    if not sys.stdin.isatty():
        raise SecretError(f"{what} is not set and there is no terminal to ask on.")
    return str(click.prompt(what, hide_input=True, err=True))


def in_session(
    options: Options,
    work: "Callable[[Desk], Awaitable[T]]",
    *,
    model: bool = True,
    downloads_dir: Path | None = None,
) -> T:
    """Open a desk, choose the model (unless told not to), and do ``work`` on it.

    Raises:
        click.exceptions.Exit: with 130, after a signal; what runs on the service goes on.
        Exception: whatever ``work`` or the opening raised.
    """
    with configured(options) as settings:
        return asyncio.run(_session(settings, work, model, downloads_dir))


async def _session(
    settings: "Settings", work: "Callable[[Desk], Awaitable[T]]", model: bool, downloads_dir: Path | None
) -> T:
    from anaplan_tui.core.opening import open_desk

    task = asyncio.current_task()
    assert task is not None  # noqa: S101  # asyncio.run always gives one
    loop = asyncio.get_running_loop()
    caught: list[int] = []

    def stop(signum: int) -> None:
        caught.append(signum)
        task.cancel()

    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(signum, stop, signum)
    try:
        desk = await open_desk(
            settings,
            settings.profile(),
            ask=ask_secret,
            downloads_dir=downloads_dir,
            patience_s=PATIENCE_S,
            auto_capture=False,
        )
        try:
            if desk.journal.notice:
                click.echo(desk.journal.notice, err=True)
            await desk.connect()
            if model:
                await desk.choose()
            return await work(desk)
        except asyncio.CancelledError:
            _say_what_goes_on(desk)
            raise
        finally:
            await desk.aclose()
    except asyncio.CancelledError:
        if not caught:
            raise
        raise click.exceptions.Exit(Exit.INTERRUPTED) from None


def _say_what_goes_on(desk: "Desk") -> None:
    live = [r for r in desk.store.runs if r.live and r.task_id]
    click.echo("interrupted", err=True)
    for run in live:
        kind = "" if run.target.kind.value == "process" else f" --kind {run.target.kind.value}"
        command = f"anaplan-tui attach {shlex.quote(run.name)} {run.task_id}{kind}"
        click.echo(f'"{run.name}" goes on without us; watch it again with: {command}', err=True)


@contextlib.contextmanager
def journal_of(options: Options) -> Iterator[tuple["Journal", str]]:
    """The journal and the profile's name, without a connection."""
    from anaplan_tui.core.journal import Journal
    from anaplan_tui.paths import state_dir
    from anaplan_tui.settings import Overrides, load

    if options.demo:
        profile, keep_days, max_mb = "demo", 90, 64
    else:
        overrides = Overrides(options.profile, options.workspace, options.model, options.log_level)
        settings = load(options.config, overrides=overrides)
        profile = settings.profile().name
        keep_days, max_mb = settings.journal.keep_days, settings.journal.max_mb
    journal = Journal.open(state_dir().journal, keep_days=keep_days, max_mb=max_mb)
    try:
        if journal.notice:
            click.echo(journal.notice, err=True)
        yield journal, profile
    finally:
        journal.close()
