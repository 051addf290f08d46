"""The work of the command ``play``: play or resume a runbook on a desk, and print how it went."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from anaplan_tui.api.clean import clean
from anaplan_tui.commands.saying import say
from anaplan_tui.commands.session import Options
from anaplan_tui.commands.shared import progress, runs_of, said_once
from anaplan_tui.core.play import Course, Play, PlayStep, Stage
from anaplan_tui.core.runbooks.choosing import key_of, score_again, score_of
from anaplan_tui.core.runbooks.plan import Plan
from anaplan_tui.core.runbooks.playing import to_resume
from anaplan_tui.core.text import ago, duration, home, size, verdict_mark
from anaplan_tui.trouble import Exit

if TYPE_CHECKING:
    from anaplan_tui.core.desk import Desk
    from anaplan_tui.core.journal.plays import PlayRecord


async def play_runbook(
    desk: "Desk",
    options: Options,
    file: Path,
    given: dict[str, str],
    first: str | None,
    only: Sequence[str],
    *,
    dry_run: bool,
    resume: bool,
    force: bool,
    json_: bool,
) -> int:
    """Play the runbook in a file, or resume its last play; return the exit code."""
    record = await desk.player.last(key_of(file))
    at = datetime.now().astimezone()
    if resume:
        record = to_resume(record, home(file))
        score = await asyncio.to_thread(score_again, file, record, given, at)
    else:
        score = await asyncio.to_thread(score_of, file, given, at, first=first, only=only)
    plan = await desk.planner.plan(
        score, earlier=record.play if resume and record else None, look=dry_run, say=said_once()
    )
    if dry_run:
        desk.player.refuse_when_read_only(plan)
        return _dry_run(plan, json_)
    if record is not None and not resume and not record.alive:
        say_unfinished(record.play)
    again = options.command("play", str(file), "--resume")
    resumed = record if resume else None
    played = await play_or_resume(desk, plan, resumed, again=again, force=force, json_=json_)
    if json_:
        from anaplan_tui.commands.printing import json_document
        from anaplan_tui.core.report import play_document

        json_document(play_document(played, await runs_of(desk, played)))
    else:
        play_result(played)
    if played.course is Course.STOPPED:
        say_how_to_go_on(again, played)
    return Exit.COMPLETED if played.worst is None else played.worst.code


async def play_or_resume(
    desk: "Desk", plan: Plan, resumed: "PlayRecord | None", *, again: str, force: bool, json_: bool
) -> Play:
    """Play a plan, or resume an earlier play; if it is interrupted, print that ``again`` resumes it."""
    begun: list[str] = []
    try:
        with progress(desk, json_):
            if resumed is not None:
                return await desk.player.resume(plan, resumed, on_begin=begun.append)
            return await desk.player.play(plan, force=force, on_begin=begun.append)
    except BaseException:
        if begun:
            say_how_to_go_on(again, desk.store.play(begun[0]))
        raise


def say_unfinished(play: Play) -> None:
    """Warn before a new play that the last one stopped before its end."""
    stopped = play.stopped_at
    if stopped is not None:
        when = ago(play.ended or play.began, datetime.now().astimezone())
        said = f"The last play ({when}) stopped at step {stopped.number}, {stopped.label}."
        say(f"! {clean(said)} --resume goes on with it; this one begins anew.", err=True)


def say_how_to_go_on(command: str, play: Play | None) -> None:
    """Print the command that resumes a play which stopped before its end."""
    stopped = play.stopped_at if play is not None else None
    if play is not None and stopped is not None:
        label = clean(stopped.label)
        said = f"Stopped at {play.place_of(stopped)}, {label}. Go on with:"
        say(said, command, err=True)


def _dry_run(plan: Plan, json_: bool) -> int:
    """Print what each step would do; nothing was sent."""
    if json_:
        from anaplan_tui.commands.printing import json_document
        from anaplan_tui.core.report import plan_document

        json_document(plan_document(plan))
        return Exit.COMPLETED
    total = len(plan.score.runbook.step)
    for step in plan.steps:
        say(f"{step.number} of {total}  {clean(step.label)}")
        for sentence in step.says:
            say(f"    {clean(sentence)}")
    say("Dry run: everything was found, nothing was sent.")
    return Exit.COMPLETED


def play_result(play: Play) -> None:
    """Print a play's result: the verdict first, then each step."""
    symbol, word = verdict_mark(play.verdict) if play.verdict is not None else ("·", "not played")
    say(f"{symbol} {word}  {clean(play.name)}{': ' + clean(play.reason) if play.reason else ''}")
    for step in play.steps:
        say(f"  {_step(step)}", hang=3)
        if step.file is not None:
            click.echo(f"      {home(step.file.path)}  {size(step.file.bytes)}")


def _step(step: PlayStep) -> str:
    symbol, word = verdict_mark(step.verdict) if step.verdict is not None else ("·", "not played")
    if step.stage is Stage.SKIPPED:
        word = "left out"
    took = ""
    if step.began is not None and step.ended is not None:
        took = duration((step.ended - step.began).total_seconds())
    parts = [f"{step.number}  {symbol} {word:<10} {clean(step.label)}", clean(step.reason), took]
    return "  ".join(part for part in parts if part)
