"""The command ``busy``: what runs in the model, who started it, since when."""

from typing import TYPE_CHECKING

import click

from anaplan_tui.commands.saying import say
from anaplan_tui.commands.session import Options, in_session
from anaplan_tui.commands.shared import as_json
from anaplan_tui.trouble import Exit

if TYPE_CHECKING:
    from anaplan_tui.core.desk import Desk
    from anaplan_tui.core.history.busy import Busy


@click.command()
@click.option(
    "--all", "all_lists", is_flag=True, help="Read the task lists even if the model reports that it is idle."
)
@as_json
@click.pass_obj
def busy(options: Options, all_lists: bool, json_: bool) -> int:
    """Show what is running in the model, since when, and by whom.

    The model's status says whether something is running; the task lists say what. They are read unless the
    model is idle. Anaplan does not say who started a task; the journal knows the tasks started from this
    host.
    """

    async def work(desk: "Desk") -> int:
        from anaplan_tui.commands.printing import json_document
        from anaplan_tui.core import report
        from anaplan_tui.core.history.busy import busy as look

        state = await desk.model_state()
        found = await look(state, desk.history, desk.journal, all_lists=all_lists)
        if json_:
            json_document(report.busy_document(found))
        else:
            _print(found)
        return Exit.COMPLETED

    return in_session(options, work)


def _print(found: "Busy") -> None:
    from anaplan_tui.commands.printing import table, when
    from anaplan_tui.core.text import percent

    words = {True: "▶ busy", False: "✓ idle", None: "? Anaplan does not say whether the model is busy"}
    what = f": {found.state.what}" if found.state.what else ""
    say(f"{words[found.busy]}{what}")
    if found.tasks:
        rows = [
            (
                when(task.since),
                f"{task.run.state} {percent(task.run.progress)}".strip(),
                task.run.name,
                task.run.target.kind.value,
                task.by or task.origin.value,
                task.run.task_id or "–",
            )
            for task in found.tasks
        ]
        table(("SINCE", "STATE", "NAME", "KIND", "BY", "TASK"), rows)
    looked = found.looked
    if looked.unnamed:
        say(f"What it is a task of is in none of the task lists ({looked.words}).", err=True)
    if looked.problem:
        say(f"! Not all lists could be read: {looked.problem}", err=True)
