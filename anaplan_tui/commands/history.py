"""The command ``history``: the runs of all users in the model."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import click

from anaplan_tui.commands.exits import of_what_was_read
from anaplan_tui.commands.saying import say
from anaplan_tui.commands.session import Options, in_session
from anaplan_tui.commands.shared import KINDS, as_json
from anaplan_tui.commands.times import Moment
from anaplan_tui.trouble import Exit

if TYPE_CHECKING:
    from anaplan_tui.core.desk import Desk
    from anaplan_tui.core.history.history import History
    from anaplan_tui.core.history.progress import Progress
    from anaplan_tui.core.snapshots import RunSnapshot


@click.command()
@click.option(
    "--since",
    type=Moment(),
    help="List runs since then: 24h, 22:00 (this host's time), yesterday, a date. Default: history.window.",
)
@click.option("--kind", type=click.Choice(KINDS), help="List only runs of this kind.")
@click.option("--failed", is_flag=True, help="List only failed runs.")
@as_json
@click.pass_obj
def history(options: Options, since: datetime | None, kind: str | None, failed: bool, json_: bool) -> int:
    """List everybody's runs in the model, newest first. Each has its verdict and reason.

    The command reads the task lists of all processes and judges newly ended tasks. The journal keeps the
    verdicts, so nothing is fetched twice. If an app or a guard on this host is already doing that, its result
    is printed. A closed model stays closed.

    The exit code is that of the worst run: 1 failed, 6 unknown, 4 cancelled, 3 with warnings, otherwise 0.
    """

    async def work(desk: "Desk") -> int:
        from anaplan_tui.core.snapshots import Verdict

        found = desk.history
        since_ = since or found.since
        found.reach_back_to(since_)
        progress = await _read(found)
        runs = [
            run
            for run in await found.runs(since_, with_results=json_)
            if kind in (None, run.target.kind.value) and (not failed or run.verdict is Verdict.FAILED)
        ]
        await _print(since_, runs, progress, json_)
        if progress.asleep:
            say("! The model is closed and was not woken: this is what the journal knows.", err=True)
        if progress.problem:
            say(f"! Not everything could be read: {progress.problem}", err=True)
        elif progress.by == "here" and progress.lists < progress.of and not progress.asleep:
            say(f"! {progress.words}: this user may not read the others.", err=True)
        code = of_what_was_read(runs, found.sweep.error or found.sweep.left)
        # When another process reads in place of this one, its problem is known only in words.
        return Exit.NOT_REACHABLE if progress.problem and code is Exit.COMPLETED else code

    return in_session(options, work)


async def _print(since: datetime, runs: "Sequence[RunSnapshot]", progress: "Progress", json_: bool) -> None:
    from anaplan_tui.commands.printing import history_result, json_document
    from anaplan_tui.core import report
    from anaplan_tui.core.dumps.looked_at import looked_at

    if json_:
        found = await asyncio.to_thread(lambda: [looked_at(run) for run in runs])
        json_document(report.history_document(since, progress, found))
    elif runs:
        history_result(runs)
    else:
        say("Nothing ran since then, as far as the service and the journal know.", err=True)


def _how_far(progress: "Progress") -> str:
    from anaplan_tui.core import text

    judging = f", {text.plural(progress.judging, 'run')} to look at" if progress.judging else ""
    return f"{progress.words}{judging}"


async def _read(found: "History") -> "Progress":
    from anaplan_tui.commands.printing import changing_line

    with changing_line() as show:
        unsubscribe = found.subscribe(lambda _: show(_how_far(found.progress)))
        try:
            return await found.read_all()
        finally:
            unsubscribe()
