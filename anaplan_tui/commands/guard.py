"""The guard: the history without a screen, for tmux, cron and systemd."""

import asyncio
import contextlib
import errno
import fnmatch
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from anaplan_tui import heap
from anaplan_tui.commands.exits import of_what_was_read
from anaplan_tui.commands.saying import say
from anaplan_tui.commands.session import Options, SessionTerms, configured, in_session
from anaplan_tui.commands.times import Duration
from anaplan_tui.trouble import Exit

if TYPE_CHECKING:
    from anaplan_tui.config.settings import Settings
    from anaplan_tui.core.catalog import CatalogItem, ModelItem
    from anaplan_tui.core.desk import Desk
    from anaplan_tui.core.history.guard import Event, Guard
    from anaplan_tui.core.history.guard_sign import Lock
    from anaplan_tui.core.snapshots import RunSnapshot

_CONNECT_AGAIN_S = 30.0
_PER_MINUTE = 60
"""All requests of a guard that stays: looks, logins, dumps, further tries."""
_BEHIND_TIME = 10
"""The column in which the words of an event begin."""


@click.command()
@click.option(
    "--every",
    type=Duration(),
    help="Time between two looks, such as 90s or 5m; at least 60s for a real host.",
)
@click.option("--for", "for_", type=Duration(), help="Stop after this long, such as 8h; default: never.")
@click.option(
    "--only",
    multiple=True,
    metavar="NAME",
    help="Watch only this process: a name, an id or a shell pattern; repeatable.",
)
@click.option("--once", is_flag=True, help="Look once and exit, for cron.")
@click.option("--json", "json_", is_flag=True, help="Print one JSON object per line.")
@click.option("--test-notify", is_flag=True, help="Call notify_command with a made-up failed run, and exit.")
@click.pass_obj
def guard(
    options: Options,
    every: float | None,
    for_: float | None,
    only: tuple[str, ...],
    once: bool,
    json_: bool,
    test_notify: bool,
) -> int:
    """Watch everybody's runs, save their dumps, report failures.

    The guard judges every run that ends, writes it to the journal that the app reads, downloads its dumps at
    once, calls notify_command for anything worse than completed, and prints one line per event. A closed
    model is left alone. Outages are waited out.

    With --once, the exit code is that of the worst run that ended since the last look: 1 failed, 6 unknown,
    4 cancelled, 3 with warnings, otherwise 0. Without it: 0, also after SIGTERM, or 130 after Ctrl-C. Exit
    code 2 means that a guard for this profile and model is already running.
    """
    if test_notify:
        return _test_notify(options)

    async def work(desk: "Desk") -> int:
        _check_every(desk, every)
        if not once:
            desk.keep_steady(_PER_MINUTE)
        await _connect(desk, patient=not once)
        async with _guards(desk, options, only, every, json_) as guards:
            if once:
                return await _look_once(guards)
            if not json_:
                _say_who_is_guarded(guards, every or desk.settings.guard.every)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(for_):
                    await asyncio.gather(*(one.keep() for one in guards))
        return Exit.COMPLETED

    heap.give_back()
    return in_session(options, work, SessionTerms(model=False, who="guard", stays=True))


async def _look_once(guards: "Sequence[Guard]") -> int:
    await asyncio.gather(*(one.once() for one in guards))
    if sys.stderr is not None and sys.stderr.isatty():
        for one in guards:
            if not one.ended and not one.history.progress.problem:
                _say_nothing_ended(one)
    sweeps = [one.history.sweep for one in guards]
    error = next((error for sweep in sweeps if (error := sweep.error or sweep.left) is not None), None)
    if error is not None:
        say(f"! Not everything could be read: {error}", err=True)
    return of_what_was_read((run for one in guards for run in one.ended), error)


def _say_who_is_guarded(guards: "Sequence[Guard]", every_s: float) -> None:
    names = ", ".join(f'"{one.history.model.name}"' for one in guards)
    say(f"Guarding {names}, a look every {every_s:g} s.", err=True)


def _say_nothing_ended(one: "Guard") -> None:
    """Say so to somebody at a terminal; cron would mail each line."""
    progress = one.history.progress
    said = progress.words if progress.asleep else f"nothing ended since the last look; {progress.words}"
    say(f"{one.history.model.name}: {said}.", err=True)


def _check_every(desk: "Desk", every: float | None) -> None:
    from anaplan_tui.config.settings import REAL_HOST_EVERY_S

    if every is not None and every < REAL_HOST_EVERY_S and not desk.profile.loopback:
        raise click.UsageError(f"--every: at least {REAL_HOST_EVERY_S:.0f}s for a real host.")


async def _connect(desk: "Desk", *, patient: bool) -> None:
    """Log in; with ``patient``, wait until the service can be reached."""
    from anaplan_tui.api.errors import RateLimited, Unreachable

    said = False
    while True:
        try:
            await desk.connect()
        except (Unreachable, RateLimited) as error:
            if not patient:
                raise
            if not said:
                say(f"! {error}\nTrying again every {_CONNECT_AGAIN_S:.0f} s.", err=True)
            said = True
            await asyncio.sleep(_CONNECT_AGAIN_S)
        else:
            return


@contextlib.asynccontextmanager
async def _guards(
    desk: "Desk", options: Options, only: Sequence[str], every: float | None, json_: bool
) -> "AsyncIterator[Sequence[Guard]]":
    """The guards of all configured models, each of them the only one of its model."""
    from anaplan_tui.config.paths import state_dir
    from anaplan_tui.core.history import guard_sign

    every_s = every if every is not None else desk.settings.guard.every
    state = state_dir().root
    with contextlib.ExitStack() as stack:
        made = []
        for model in await _models(desk, options):
            profile = desk.profile
            sign = guard_sign.this_sign(profile.name, profile.api_url, model.id, model.name, every_s)
            lock = guard_sign.hold(state, sign)
            stack.callback(lock.release)
            made.append(_guard(desk, model, lock, only or desk.settings.guard.only, every_s, json_))
        if made:
            await made[0].resume()
        yield made


def _guard(
    desk: "Desk", model: "ModelItem", lock: "Lock", only: Sequence[str], every_s: float, json_: bool
) -> "Guard":
    from anaplan_tui.core.history.guard import Guard, Kind
    from anaplan_tui.core.runs.notices import run_notify_command

    command = desk.settings.notify_command
    history = desk.histories.of(model)
    history.sweep.every_s = every_s
    if only:
        history.look_only_at(matching(only))
    show = _printer(json_)

    def tell(event: "Event") -> None:
        if event.kind is Kind.LOOK and event.progress is not None:
            lock.looked(event.progress.looked_at)
        show(event)

    async def notify(run: "RunSnapshot") -> None:
        assert command is not None  # noqa: S101  # otherwise nobody is handed this
        if not await run_notify_command(command, run):
            _complain("notify_command failed; the log says why.")

    return Guard(
        history,
        desk.journal,
        desk.store,
        desk.dumps,
        tell,
        profile=desk.profile.name,
        service=desk.profile.api_url,
        notify=notify if command else None,
        capture=desk.settings.guard.capture,
        look_for_secret=desk.client.look_for_another_secret,
        complain=_complain,
    )


def _complain(what: str) -> None:
    with _full_disk_is_no_end():
        say(f"! {what}", err=True)


@contextlib.contextmanager
def _full_disk_is_no_end() -> Iterator[None]:
    """Go on: what cannot be written now stays in the stream's buffer and goes out with the next line."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise


def matching(only: Sequence[str]) -> "Callable[[CatalogItem], bool]":
    """Whether an item is one of those that ``--only`` names: its id, its name, or a pattern as in a shell."""
    from anaplan_tui.core.finding.folding import folded

    patterns = [folded(pattern) for pattern in only]

    def matches(item: "CatalogItem") -> bool:
        # A name may itself have brackets.
        name = folded(item.name)
        return item.id in only or any(name == p or fnmatch.fnmatchcase(name, p) for p in patterns)

    return matches


async def _models(desk: "Desk", options: Options) -> "Sequence[ModelItem]":
    """The configured models, or the one that the command line names in their place."""
    wanted = () if options.model or options.workspace else desk.settings.guard.models
    if not wanted:
        return [(await desk.chosen.choose()).model]
    return list({model.id: model for model in [await _model(desk, name) for name in wanted]}.values())


async def _model(desk: "Desk", name: str) -> "ModelItem":
    """The model that ``name`` means: ``workspace/model``, a name or an id; a name may itself have a slash."""
    from anaplan_tui.core.finding.matching import NoMatch

    for at in (i for i, sign in enumerate(name) if sign == "/"):
        with contextlib.suppress(NoMatch):
            return (await desk.finder.choose(name[:at].strip(), name[at + 1 :].strip())).model
    return (await desk.finder.choose(desk.profile.workspace, name)).model


def _show_line(event: "Event", line: str) -> None:
    """Break a line of prose between words, behind its time; leave a line with a path whole."""
    if event.download is not None and event.download.path is not None:
        click.echo(line)
    else:
        say(line, hang=_BEHIND_TIME)


def _printer(json_: bool) -> "Callable[[Event], None]":
    from anaplan_tui.commands.printing_guard import event_document, event_line
    from anaplan_tui.core.run_document import to_json_line

    def show(event: "Event") -> None:
        line = to_json_line(event_document(event)) if json_ else event_line(event)
        if line:
            with _full_disk_is_no_end():
                if json_:
                    click.echo(line)
                else:
                    _show_line(event, line)
                sys.stdout.flush()

    return show


def _test_notify(options: Options) -> int:
    from anaplan_tui.core.runs.notices import run_notify_command

    with configured(options) as settings:
        if not settings.notify_command:
            raise click.UsageError("notify_command is not configured.")
        if not asyncio.run(run_notify_command(settings.notify_command, _made_up(settings))):
            say("notify_command failed; the log says why.", err=True)
            return Exit.FAILED
    say("notify_command was called with a failed run and ended with 0.")
    return Exit.COMPLETED


def _made_up(settings: "Settings") -> "RunSnapshot":
    from datetime import UTC, datetime

    from anaplan_tui.api.refs import Kind, ModelRef, TargetRef
    from anaplan_tui.core.snapshots import Phase, RunSnapshot, Verdict

    moment = datetime.now(UTC)
    return RunSnapshot(
        run_id="test",
        target=TargetRef(ModelRef("test", "test"), Kind.PROCESS, "test"),
        name="Test of notify_command",
        workspace_name="",
        model_name=settings.profile().model or "",
        phase=Phase.ENDED,
        verdict=Verdict.FAILED,
        reason="This is a test: nothing ran and nothing failed.",
        task_id="test",
        state="COMPLETE",
        started_at=moment,
        ended_at=moment,
        duration_s=0.0,
    )
