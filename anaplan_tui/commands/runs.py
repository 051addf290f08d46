"""The commands ``run``, ``attach``, ``cancel`` and ``tasks``: start, watch, cancel and list tasks."""

import asyncio
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from anaplan_tui.commands.exits import of_run
from anaplan_tui.commands.files import require_sent, send_sources
from anaplan_tui.commands.rest import run_part
from anaplan_tui.commands.row import Row, on_failure_option
from anaplan_tui.commands.run_options import RunOptions
from anaplan_tui.commands.saying import say
from anaplan_tui.commands.session import Options, SessionTerms, in_session
from anaplan_tui.commands.shared import (
    Files,
    Source,
    as_json,
    bundle_option,
    dumps_option,
    find_target,
    finish,
    force_option,
    kind_option,
    look_at,
    open_model,
    outputs_option,
    overwrite_option,
    parameters_option,
    progress,
    say_parameters,
    target_argument,
    target_to_run,
    targets_argument,
    task_argument,
)
from anaplan_tui.trouble import Exit

if TYPE_CHECKING:
    from anaplan_tui.core.catalog import CatalogItem
    from anaplan_tui.core.desk import Desk
    from anaplan_tui.core.runs.parameters import Parameters
    from anaplan_tui.core.snapshots import RunSnapshot


@click.command()
@targets_argument
@kind_option
@on_failure_option
@parameters_option
@dumps_option
@outputs_option
@bundle_option
@overwrite_option
@click.option(
    "--upload", "uploads", type=Source(), multiple=True, help="Upload a source file first; repeatable."
)
@force_option
@click.option(
    "--from", "first", metavar="ACTION", help="Run the process's actions from this one on, each as a task."
)
@click.option(
    "--only", metavar="ACTION", multiple=True, help="Run only this action of the process; repeatable."
)
@click.option("--skip", metavar="ACTION", multiple=True, help="Skip this action; repeatable.")
@click.option("--resume", is_flag=True, help="Continue the last partial run of the process where it stopped.")
@click.option("--wait", is_flag=True, help="Start as soon as the model is free.")
@click.option("--detach", is_flag=True, help="Start, print the task id and exit.")
@as_json
@click.pass_obj
def run(options: Options, /, **given: Any) -> int:
    """Start TARGET once, watch it to the end and print the result.

    If the model is busy, a warning says so and Anaplan queues the run. With --wait, nothing is sent until the
    model is known to be idle and no other task of TARGET is running; ending the command ends the wait.

    With --from, --only or --skip, the chosen actions of the process (by number, name or id) run one after
    another, each as a separate task, until one fails. Other tasks can run in between. --param applies to all
    imports among them, or to a single one: --param "IMPORT/Dimension=Item". Dumps are always downloaded.
    --resume continues the last such run with the action that stopped it or that was in progress.

    A closed model is opened first, unless the profile has wake = false.

    Before the start, stderr names earlier uploads from this host that the imports still read in place of the
    complete files.

    Outages are waited out. After 90 minutes without contact the command exits with 6; the task may still be
    running. If an earlier command died in the middle of the same start, its task is looked up first. If it is
    found, it is watched; otherwise the command exits with 8 and says what to check.

    Several TARGETs run one after another, in the order given; all names are looked up before the first one
    starts. A run that fails, is cancelled or is lost stops the rest, unless --on-failure continue is given;
    rejected rows do not. The exit code is that of the worst run.
    """
    asked = RunOptions(**given)
    asked.check(options.command("dumps"))

    async def work(desk: "Desk") -> int:
        await open_model(desk)
        items = [await target_to_run(desk, target, asked.kind) for target in asked.targets]
        if asked.uploads:
            require_sent(await send_sources(desk, asked.uploads, force=asked.force, json_=asked.json_))
        if asked.part:
            return await run_part(desk, options, items[0], asked)
        if len(items) > 1:
            goes_on = asked.on_failure == "continue"
            row = Row(desk, partial(_run_one, asked), asked.files, json_=asked.json_, goes_on=goes_on)
            return await row.run(items)
        if asked.detach:
            return await _start(desk, items[0], asked)
        return await finish(desk, await _run_one(asked, desk, items[0]), asked.files, asked.json_)

    return in_session(options, work, SessionTerms(by_id=True, downloads_dir=asked.dumps))


async def _run_one(asked: RunOptions, desk: "Desk", item: "CatalogItem") -> "RunSnapshot":
    """Run ``item`` to its end."""
    await _tell_before(desk, item, asked)
    with progress(desk, asked.json_):
        if asked.wait:
            return await _when_free(desk, item, asked.parameters)
        return await desk.run(item, parameters=asked.parameters)


async def _start(desk: "Desk", item: "CatalogItem", asked: RunOptions) -> int:
    """Start ``item`` and do not watch it."""
    await _tell_before(desk, item, asked)
    return _detached(await desk.runs.start(item, parameters=asked.parameters), asked.json_)


async def _tell_before(desk: "Desk", item: "CatalogItem", asked: RunOptions) -> None:
    """Print the warnings before a run on stderr; raises :class:`NothingAsks` for useless parameters."""
    from anaplan_tui.core.runs.parameters import refuse_unasked

    preflight = await desk.before.preflight(item, waits=asked.wait)
    refuse_unasked(item.name, preflight.actions, [dimension for dimension, _ in asked.parameters])
    for upload in preflight.uploads:
        say(f"↑ {upload}", err=True)
    for warning in preflight.warnings:
        say(f"! {warning}", err=True)
    if preflight.busy and not asked.wait:
        say("! With --wait, a run starts only when the model is free.", err=True)
    say_parameters(preflight, asked.parameters)


@click.command()
@target_argument
@task_argument
@kind_option
@dumps_option
@outputs_option
@bundle_option
@overwrite_option
@as_json
@click.pass_obj
def attach(
    options: Options,
    target: str,
    task_id: str,
    kind: str,
    dumps: Path | None,
    outputs: bool,
    bundle: Path | None,
    overwrite: bool,
    json_: bool,
) -> int:
    """Watch a running task, or report one that has ended."""
    files = Files(dumps is not None, outputs, bundle, overwrite)
    files.require_free()

    async def work(desk: "Desk") -> int:
        with progress(desk, json_):
            ended = await look_at(desk, target, kind, lambda item: desk.runs.attach(item, task_id))
        return await finish(desk, ended, files, json_)

    return in_session(options, work, SessionTerms(by_id=True, downloads_dir=dumps))


@click.command()
@target_argument
@task_argument
@kind_option
@as_json
@click.pass_obj
def cancel(options: Options, target: str, task_id: str, kind: str, json_: bool) -> int:
    """Ask Anaplan to cancel a task, and wait for the outcome. The task may still complete."""

    def say_whose(run: "RunSnapshot") -> None:
        from anaplan_tui.core.text import not_from_here

        if run.live and (said := not_from_here(run)):
            say(f"! {said}", err=True)

    async def work(desk: "Desk") -> int:
        with progress(desk, json_):
            ended = await look_at(
                desk, target, kind, lambda item: desk.runs.cancel_task(item, task_id, on_found=say_whose)
            )
        return await finish(desk, ended, Files(), json_)

    return in_session(options, work, SessionTerms(by_id=True))


@click.command()
@target_argument
@kind_option
@as_json
@click.pass_obj
def tasks(options: Options, target: str, kind: str, json_: bool) -> int:
    """List the tasks of TARGET, newest first. All users' tasks are listed, while the service knows them."""

    async def work(desk: "Desk") -> int:
        from anaplan_tui.commands.printing import json_document, table, when
        from anaplan_tui.core import report
        from anaplan_tui.core.snapshots import Origin
        from anaplan_tui.core.text import verdict_mark

        items = await desk.finder.tasks(await find_target(desk, target, kind))
        if json_:
            json_document(report.listing(report.task_document(t) for t in items))
        elif items:
            rows = [
                (
                    t.task_id,
                    t.state,
                    when(t.created_at),
                    " ".join(verdict_mark(t.verdict)) if t.verdict else "–",
                    "yes" if t.origin is Origin.HERE else "–",
                )
                for t in items
            ]
            table(("TASK", "STATE", "STARTED", "CAME TO", "FROM HERE"), rows)
        else:
            say("The server lists no task of it.", err=True)
        return Exit.COMPLETED

    return in_session(options, work)


async def _when_free(desk: "Desk", item: "CatalogItem", parameters: "Parameters") -> "RunSnapshot":
    """Run ``item`` when the model is free; ending the command before that takes it out of the queue."""
    begun: list[str] = []
    try:
        return await desk.run(item, parameters=parameters, wait_until_free=True, on_begin=begun.append)
    except asyncio.CancelledError:
        for run_id in begun:
            await desk.queue.leave(run_id)
        raise


def _detached(run: "RunSnapshot", json_: bool) -> int:
    from anaplan_tui.commands.printing import json_document, run_result
    from anaplan_tui.core import report

    if json_:
        json_document(report.run_document(run))
    elif run.task_id is not None:
        click.echo(run.task_id)
        if run.note:
            say(f"! {run.note}", err=True)
    else:
        run_result(run)
    return of_run(run)
