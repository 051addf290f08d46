"""The command ``wait``: wait until the model is idle or unlocked, for scripts."""

from typing import TYPE_CHECKING

import click

from anaplan_tui.commands.saying import say
from anaplan_tui.commands.session import Options, in_session
from anaplan_tui.commands.shared import as_json, said_once
from anaplan_tui.commands.times import Duration
from anaplan_tui.trouble import Exit

if TYPE_CHECKING:
    from anaplan_tui.core.catalog import ModelItem
    from anaplan_tui.core.desk import Desk


@click.command()
@click.option("--idle", is_flag=True, help="Wait only until nothing is running in the model.")
@click.option("--unlocked", is_flag=True, help="Wait only until the model is neither locked nor archived.")
@click.option(
    "--for",
    "for_s",
    type=Duration(),
    help="Wait at most this long, such as 90s, 30m or 2h; default: no limit.",
)
@as_json
@click.pass_obj
def wait(options: Options, idle: bool, unlocked: bool, for_s: float | None, json_: bool) -> int:
    """Wait until the model is free: unlocked, with nothing running.

    The command checks every 10 s, later every minute, and changes nothing: a closed model counts as idle and
    stays closed; the next run opens it.

    Exit codes: 0 the model is free, 1 it was not free within --for, 6 Anaplan was unreachable at the end of
    --for.
    """
    from anaplan_tui.core.runs.readiness import StillBusy, Until

    until = Until.FREE if idle == unlocked else Until.IDLE if idle else Until.UNLOCKED

    async def work(desk: "Desk") -> int:
        assert desk.context is not None  # noqa: S101  # in_session chose a model
        model, said = desk.context.model, said_once()

        def tell(why: str) -> None:
            said(f"Waiting until the model is {until}: {why}")

        try:
            free = await desk.readiness.wait(model.ref, until, for_s=for_s, say=tell)
        except StillBusy as error:
            if json_:
                _document(model, until, waited_s=error.waited_s, why=error.why)
            raise
        if json_:
            _document(model, until, waited_s=free.waited_s, state=free.state or None)
        else:
            note = "; it is closed, the next run opens it" if free.state == "closed" else ""
            say(f"{model.name} is {until}{note}.")
        return Exit.COMPLETED

    return in_session(options, work)


def _document(
    model: "ModelItem", until: str, *, waited_s: float, state: str | None = None, why: str = ""
) -> None:
    from anaplan_tui.commands.printing import json_document

    json_document(
        {
            "workspace_id": model.ref.workspace_id,
            "model_id": model.id,
            "name": model.name,
            "until": str(until),
            "reached": not why,
            "state": state,
            "reason": why,
            "waited_s": round(waited_s, 1),
        }
    )
