"""Run part of a process: ``run TARGET --from``, ``--only``, ``--skip``, ``--resume``."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from anaplan_tui.commands.run_options import RunOptions
from anaplan_tui.commands.saying import say
from anaplan_tui.commands.shared import runs_of
from anaplan_tui.trouble import Exit

if TYPE_CHECKING:
    from anaplan_tui.commands.session import Options
    from anaplan_tui.core.catalog import CatalogItem
    from anaplan_tui.core.desk import Desk
    from anaplan_tui.core.runbooks.rest import Part


async def run_part(desk: "Desk", options: "Options", item: "CatalogItem", asked: RunOptions) -> int:
    """Run the chosen actions one after another, print the result as a run's, and return the exit code."""
    from anaplan_tui.commands.playing import play_or_resume, say_how_to_go_on, say_unfinished
    from anaplan_tui.commands.printing import json_document, run_result
    from anaplan_tui.core import report
    from anaplan_tui.core.dumps.looked_at import looked_at
    from anaplan_tui.core.runbooks import rest
    from anaplan_tui.core.runbooks.playing import to_resume

    parts = await desk.process_parts.of(item)
    record = await desk.player.last(rest.key_of_rest(item.ref))
    if asked.resume:
        record = to_resume(record, f'a part of "{item.name}"')
        choice = rest.chosen_before(record, item, parts)
    else:
        numbers = rest.choose(parts, first=asked.first, only=asked.only, skip=asked.skip)
        choice = rest.Choice(numbers, asked.parameters, asked.wait)
        rest.refuse_unasked_of(item, parts, choice)
        if record is not None and not record.alive:
            say_unfinished(record.play)
    say(f"! {rest.NOT_ONE_PROCESS}", err=True)
    for part in parts:
        say(_line(part, part.number in choice.numbers), err=True)
    score = rest.score_of_rest(item, parts, choice, folder=Path.cwd())
    resumed = record if asked.resume else None
    plan = await desk.planner.plan(score, earlier=resumed.play if resumed else None)
    again = options.command("run", item.id, "--resume")
    play = await play_or_resume(desk, plan, resumed, again=again, force=asked.force, json_=asked.json_)
    run = rest.as_run(item, parts, choice.numbers, play, await runs_of(desk, play))
    whole = await asyncio.to_thread(looked_at, run)
    if asked.json_:
        json_document(report.run_document(whole))
    else:
        run_result(whole)
    say_how_to_go_on(again, play)
    return Exit.COMPLETED if play.worst is None else play.worst.code


def _line(part: "Part", chosen: bool) -> str:
    from anaplan_tui.api.clean import clean
    from anaplan_tui.core.runbooks.rest import NO_ADDRESS
    from anaplan_tui.core.text import verdict_mark

    last = part.last
    did = ""
    if part.kind is None:
        did = NO_ADDRESS
    elif last is not None and last.verdict is not None:
        did = f"last time: {' '.join(verdict_mark(last.verdict))}{f', {last.reason}' if last.reason else ''}"
    mark = "[x]" if chosen else "[ ]"
    return clean(f"  {mark} {part.number}  {part.action.name} ({part.action.kind})  {did}".rstrip())
