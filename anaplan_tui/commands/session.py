"""The session of a command: open a desk, do the work, and close everything again, whatever happens.

Signals end the session, never the Anaplan task: there is no code path from a signal to a cancel.
"""

import asyncio
import contextlib
import shlex
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from anaplan_tui.ascii_face import speak
from anaplan_tui.beginning import resume_gc
from anaplan_tui.commands.saying import say
from anaplan_tui.trouble import Exit

if TYPE_CHECKING:
    from anaplan_tui.config.settings import Overrides, Profile, Settings
    from anaplan_tui.core.desk import Desk
    from anaplan_tui.core.journal.journal import Journal
    from anaplan_tui.core.sign_in.secret_command import TerminalLoan
    from anaplan_tui.core.sign_in.secrets import SecretSource
    from anaplan_tui.demo.server import DemoProcess

T = TypeVar("T")

PATIENCE_S = 5400.0
"""A command gives up watching after 90 minutes without contact (exit code 6), so it survives an outage of an
hour; the task may still run."""


@dataclass(frozen=True)
class Options:
    """The options before the subcommand."""

    config: Path | None = None
    profile: str | None = None
    workspace: str | None = None
    model: str | None = None
    log_level: str | None = None
    demo: bool = False
    read_only: bool = False

    def command(self, *words: str) -> str:
        """Return a command line for a shell with the same options as this one, then ``words``."""
        given = (
            ("--config", self.config),
            ("--profile", self.profile),
            ("--workspace", self.workspace),
            ("--model", self.model),
        )
        options = [part for name, value in given if value is not None for part in (name, str(value))]
        flags = [flag for flag, is_set in (("--read-only", self.read_only), ("--demo", self.demo)) if is_set]
        return shlex.join(["anaplan-tui", *options, *flags, *words])

    @property
    def overrides(self) -> "Overrides":
        """The options that override configured values."""
        from anaplan_tui.config.settings import Overrides

        return Overrides(self.profile, self.workspace, self.model, self.log_level, self.read_only)


@dataclass(frozen=True, slots=True)
class SessionTerms:
    """How a session begins and ends."""

    model: bool = True
    """A model is chosen before the work."""
    by_id: bool = False
    """A workspace and a model given as ids are used without a look-up.

    No request is sent before the work sends one; the work says which id is wrong if the service knows none.
    """
    downloads_dir: Path | None = None
    """Where files go, instead of the configured directory."""
    who: str = "command"
    """How other processes that watch the same model see this one: as ``command`` or ``guard``."""
    stays: bool = False
    """The work connects by itself, and SIGTERM is its normal end, with exit code 0."""


_AS_USUAL = SessionTerms()


@contextlib.contextmanager
def configured(options: Options) -> Iterator["Settings"]:
    """Load the settings; with ``--demo``, the demo tenant runs while the block does.

    Raises:
        ConfigError, NoConfig, UnsafePath: see ``settings.load``.
    """
    from anaplan_tui.config.settings import load

    if not options.demo:
        settings = load(options.config, overrides=options.overrides)
        settle(settings)
        yield settings
        return
    with demo_tenant() as tenant:
        settings = demo_settings_at(tenant.url, options)
        settle(settings)
        yield settings


def settle(settings: "Settings") -> None:
    """Apply the settings of this process: its log level, and ASCII output."""
    from anaplan_tui.log import start_logging

    start_logging(settings.log_level)
    if settings.ascii:
        speak(ascii_only=True)


def demo_tenant() -> "DemoProcess":
    """Return the embedded tenant, not started yet. It remembers its runs from one start to the next.

    Raises:
        click.UsageError: the demo extra is not installed.
        UnsafePath: the state directory cannot be used.
    """
    from anaplan_tui.config.paths import demo_dir

    try:
        from anaplan_tui.demo.server import DemoProcess
    except ImportError:
        raise click.UsageError("The demo needs its extra: pip install 'anaplan-tui[demo]'") from None
    return DemoProcess(state_dir=demo_dir())


def demo_settings_at(url: str, options: Options) -> "Settings":
    """Return settings whose only profile is the embedded tenant at ``url``, with its showcase model."""
    from anaplan_tui.config.settings import demo_settings

    return demo_settings(
        url, workspace="Supply Chain", model="Demand plan", config=options.config, overrides=options.overrides
    )


def secret_of(profile: "Profile", loan: "TerminalLoan | None" = None) -> "SecretSource | None":
    """Return the source of the secret that the profile's login needs; without any other, ask without echo.

    ``loan`` clears the terminal for a command or a question while an app owns it.

    Raises:
        NoSecret: no secret was found.
    """
    from anaplan_tui.config.needed_secret import Secret
    from anaplan_tui.core.sign_in.secrets import source_for

    def ask(what: Secret) -> str:
        question = f"{what.words} for profile {profile.name}"
        empty = "" if what.may_be_empty else None
        return str(click.prompt(question, default=empty, show_default=False, hide_input=True, err=True))

    return source_for(profile.auth, ask if sys.stdin.isatty() else None, loan)


def in_session(
    options: Options, work: "Callable[[Desk], Awaitable[T]]", terms: SessionTerms = _AS_USUAL
) -> T:
    """Open a desk, choose the model (unless told not to), and do ``work`` on it.

    Raises:
        click.exceptions.Exit: after a signal, with 130, or 0 where ``terms`` say so; the service's tasks
            continue.
        Exception: whatever ``work`` or the opening raises.
    """
    from anaplan_tui.config.settings import check_files

    with configured(options) as settings:
        check_files(settings, settings.profile())
        secret = secret_of(settings.profile())
        return asyncio.run(_session(options, settings, secret, work, terms))


async def _session(
    options: Options,
    settings: "Settings",
    secret: "SecretSource | None",
    work: "Callable[[Desk], Awaitable[T]]",
    terms: SessionTerms,
) -> T:
    from anaplan_tui.core.opening import open_desk
    from anaplan_tui.core.sign_in.operator import TerminalOperator

    resume_gc()
    task = asyncio.current_task()
    assert task is not None  # noqa: S101  # asyncio.run always gives one
    loop = asyncio.get_running_loop()
    caught: list[int] = []

    def stop(signum: int) -> None:
        caught.append(signum)
        task.cancel()

    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # nohup, and a shell's "&", start this process with signals to be ignored.
        if signal.getsignal(signum) is not signal.SIG_IGN:
            loop.add_signal_handler(signum, stop, signum)
    tell = partial(say, err=True)
    try:
        desk = await open_desk(
            settings,
            settings.profile(),
            secret,
            tell=tell,
            operator=TerminalOperator(tell) if _sees_stderr() else None,
            # Recorded paths must hold wherever the next command is started.
            downloads_dir=terms.downloads_dir.absolute() if terms.downloads_dir else None,
            patience_s=PATIENCE_S,
            auto_capture=False,
        )
        desk.histories.who = terms.who
        try:
            if desk.journal.notice:
                say(desk.journal.notice, err=True)
            if not terms.stays and not (terms.by_id and await desk.chosen.choose_by_ids()):
                await desk.connect()
                if terms.model:
                    await desk.chosen.choose()
            return await work(desk)
        except asyncio.CancelledError:
            if not (terms.stays and caught == [signal.SIGTERM]):
                _say("interrupted")
            _say_what_goes_on(options, desk)
            raise
        except Exception:
            _say_what_goes_on(options, desk)
            raise
        finally:
            await desk.aclose()
    except asyncio.CancelledError:
        if not caught:
            raise
        is_meant = terms.stays and caught[0] == signal.SIGTERM
        raise click.exceptions.Exit(Exit.COMPLETED if is_meant else Exit.INTERRUPTED) from None


def _sees_stderr() -> bool:
    """Whether somebody may read stderr: not under cron, in a pipe, or behind nohup."""
    return sys.stderr is not None and sys.stderr.isatty()


def _say_what_goes_on(options: Options, desk: "Desk") -> None:
    from anaplan_tui.api.refs import Kind
    from anaplan_tui.core.snapshots import Phase

    for run in desk.store.runs:
        if not run.live:
            continue
        kind = () if run.target.kind is Kind.PROCESS else ("--kind", run.target.kind.value)
        if run.task_id is not None:
            command = options.command("attach", run.name, run.task_id, *kind)
            _say(f'"{run.name}" goes on without us; watch it again with:', command)
        elif run.phase is Phase.STARTING:
            command = options.command("tasks", run.name, *kind)
            _say(f'"{run.name}" may have been started; look with:', command)


def _say(line: str, copy: str = "") -> None:
    """Print on stderr; a terminal that is gone is ignored."""
    with contextlib.suppress(OSError):
        say(line, copy, err=True)


@contextlib.contextmanager
def journal_of(options: Options) -> Iterator[tuple["Journal", str]]:
    """Open the journal without a connection; yields it and the profile's name."""
    from anaplan_tui.config.paths import state_dir
    from anaplan_tui.config.settings import load
    from anaplan_tui.core.journal.journal import Journal

    if options.demo:
        profile, keep_days, max_mb = "demo", 90, 64
    else:
        settings = load(options.config, overrides=options.overrides)
        profile = settings.profile().name
        keep_days, max_mb = settings.journal.keep_days, settings.journal.max_mb
    journal = Journal.open(state_dir().journal, keep_days=keep_days, max_mb=max_mb)
    try:
        if journal.notice:
            say(journal.notice, err=True)
        yield journal, profile
    finally:
        journal.close()
