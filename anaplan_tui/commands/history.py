"""What everybody ran: the history without a screen."""

import asyncio
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from anaplan_tui.commands.exits import of_error, worst
from anaplan_tui.commands.session import Options, in_session
from anaplan_tui.commands.shared import KINDS, as_json
from anaplan_tui.trouble import Exit

if TYPE_CHECKING:
    from anaplan_tui.core.desk import Desk
    from anaplan_tui.core.history.history import History
    from anaplan_tui.core.history.progress import Progress
    from anaplan_tui.core.snapshots import RunSnapshot

_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_LONGEST = timedelta(days=3650)


class Since(click.ParamType[datetime]):
    """A moment in the past: a length of time (24h), a time of the day (22:00), or a date."""

    name = "24h|22:00|DATE"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read a moment as click asks for it."""
        found = moment(value.strip(), datetime.now(UTC))
        if found is None:
            allowed = "a length of time (90m, 24h, 7d), a time of the day (22:00), a date (2026-11-26T22:00)"
            self.fail(f'"{value}" is no moment in the past. Allowed: {allowed}', param, ctx)
        return found


def moment(text: str, now: datetime) -> datetime | None:
    """The moment that ``text`` means, in UTC; ``None`` for what means none.

    A time of the day is the last such time; that and a date without a zone are of this host's clock.
    """
    length = re.fullmatch(r"(\d{1,6})\s*([mhdw])", text.lower())
    if length:
        back = int(length[1]) * _UNITS[length[2]]
        return now - back if back <= _LONGEST else None
    clock = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", text)
    if clock:
        here = now.astimezone()
        today = here.replace(hour=int(clock[1]), minute=int(clock[2]), second=0, microsecond=0)
        return (today if today <= here else today - timedelta(days=1)).astimezone(UTC)
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


@click.command()
@click.option(
    "--since", type=Since(), help="From when on; a time of the day is of this host. Default: history.window."
)
@click.option("--kind", type=click.Choice(KINDS), help="Only runs of this kind.")
@click.option("--failed", is_flag=True, help="Only what failed.")
@as_json
@click.pass_obj
def history(options: Options, since: datetime | None, kind: str | None, failed: bool, json_: bool) -> int:
    """What everybody ran in the model, newest first, with verdicts and reasons.

    Reads the task lists of all processes and judges what ended and is not known yet; what was judged is in
    the journal and is not asked for again. While an app or a guard on this host does that already, its result
    is printed. A closed model is left alone.

    The exit code is that of the worst run: 1 failed, 6 unknown, 4 cancelled, 3 with warnings, 0.
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
            click.echo("! The model is closed and was not woken: this is what the journal knows.", err=True)
        if progress.problem:
            click.echo(f"! Not every list could be read: {progress.problem}", err=True)
        error = found.sweep.error
        code = worst(runs)
        return code if error is None or code is not Exit.COMPLETED else of_error(error) or Exit.FAILED

    return in_session(options, work, who="command")


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
        click.echo("Nothing ran since then, as far as the service and the journal know.", err=True)


async def _read(found: "History") -> "Progress":
    from anaplan_tui.commands.printing import changing_line

    with changing_line() as say:
        unsubscribe = found.subscribe(lambda _: say(found.progress.words))
        try:
            return await found.read_all()
        finally:
            unsubscribe()
