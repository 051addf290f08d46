"""Running part of a process: asks which actions, plays them, and shows them as a run of the process."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from anaplan_tui.api.refs import Kind, TargetRef
from anaplan_tui.core.runbooks.rest import Choice, as_run, chosen_before, score_of_rest
from anaplan_tui.core.snapshots import RunSnapshot
from anaplan_tui.core.store import Snapshot
from anaplan_tui.ui import commands as c
from anaplan_tui.ui.navigation import Request

if TYPE_CHECKING:
    from anaplan_tui.core.catalog import CatalogItem
    from anaplan_tui.core.desk import Desk
    from anaplan_tui.core.journal.journal import PlayRecord
    from anaplan_tui.core.runbooks.rest import Part
    from anaplan_tui.ui.shell import Shell


def why_no_rest(run: RunSnapshot) -> str:
    """Say why no part of a run's target can be run; empty if one can."""
    if run.target.kind is not Kind.PROCESS:
        return f"Only a process has parts; {c.RUN.key} runs this again."
    return "This run still goes on." if run.live else ""


async def ask_and_run_rest(
    app: "Shell", desk: "Desk", item: "CatalogItem", run: RunSnapshot, request: Request
) -> None:
    """Ask which actions, and play them; closing the app stops the play after the current task."""
    from anaplan_tui.ui.screens.run.rest import ChooseRest

    parts = await desk.process_parts.of(item, run)
    if not parts:
        app.say(f"The service tells no actions of '{item.name}'.", "warning")
        return
    answer = await request.ask(ChooseRest(run.model_name, await desk.before.preflight(item), parts))
    if answer.chosen:
        await _play(app, desk, item, parts, Choice(answer.chosen, answer.parameters))


async def go_on_with_rest(app: "Shell", desk: "Desk", record: "PlayRecord", process: TargetRef) -> None:
    """Resume a cut-off play of part of a process.

    Raises:
        NoMatch, NotTheSame: the process is gone or has changed.
    """
    item = await desk.finder.find(process.model, process.kind, process.id)
    parts = await desk.process_parts.of(item)
    await _play(app, desk, item, parts, chosen_before(record, item, parts), record)


async def _play(
    app: "Shell",
    desk: "Desk",
    item: "CatalogItem",
    parts: "tuple[Part, ...]",
    choice: Choice,
    earlier: "PlayRecord | None" = None,
) -> None:
    score = score_of_rest(item, parts, choice, folder=Path.home())
    plan = await desk.planner.plan(score, earlier=earlier.play if earlier else None)
    playing: list[str] = []

    def show(_: Snapshot | None = None) -> None:
        play = desk.store.play(playing[0]) if playing else None
        if play is None:
            return
        found = {step.run_id: desk.store.run(step.run_id) for step in play.steps if step.run_id is not None}
        runs = {run_id: run for run_id, run in found.items() if run is not None}
        desk.store.put_run(as_run(item, parts, choice.numbers, play, runs))

    def begun(play_id: str) -> None:
        playing.append(play_id)
        show()
        app.navigation.open(partial(app.open_run, play_id))

    for step in earlier.play.steps if earlier else ():
        if step.run_id is not None:
            await desk.remembered.recall(step.run_id)
    leave = desk.store.subscribe(show)
    try:
        if earlier is not None:
            await desk.player.resume(plan, earlier, on_begin=begun)
        else:
            await desk.player.play(plan, on_begin=begun)
        show()
    finally:
        leave()
