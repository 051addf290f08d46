"""Shared by the commands: options, parameter types, finding a target, fetching a run's files."""

import asyncio
import shlex
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from anaplan_tui.commands.completion import known_targets, known_tasks
from anaplan_tui.commands.exits import of_run
from anaplan_tui.commands.saying import say
from anaplan_tui.trouble import Exit

if TYPE_CHECKING:
    from anaplan_tui.core.catalog import CatalogItem
    from anaplan_tui.core.desk import Desk
    from anaplan_tui.core.play import Play
    from anaplan_tui.core.runs.parameters import Parameters
    from anaplan_tui.core.runs.preflight import Preflight
    from anaplan_tui.core.snapshots import DownloadSnapshot, RunSnapshot

KINDS = ("process", "import", "export", "action")

targets_argument = click.argument(
    "targets", metavar="TARGET...", nargs=-1, required=True, shell_complete=known_targets
)
target_argument = click.argument("target", shell_complete=known_targets)
task_argument = click.argument("task_id", shell_complete=known_tasks)
as_json = click.option("--json", "json_", is_flag=True, help="Print a single JSON document on stdout.")
kind_option = click.option(
    "--kind", type=click.Choice(KINDS), default="process", show_default=True, help="What TARGET is."
)
bundle_option = click.option(
    "--bundle",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write everything about the run to FILE, a zip archive.",
)
dumps_option = click.option(
    "--dumps",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Download the failure dumps to DIR.",
)
overwrite_option = click.option("--overwrite", is_flag=True, help="Let the bundle replace an existing file.")
outputs_option = click.option(
    "--outputs", is_flag=True, help="Also download the files that exports in the process wrote."
)
force_option = click.option(
    "--force", is_flag=True, help="Upload even a file that the import cannot read as it is."
)


_TYPED = " \t"
"""Blanks that may be typed around a name."""


@dataclass(frozen=True, slots=True)
class Files:
    """The files of a run that a command fetches or writes, besides its result."""

    dumps: bool = False
    outputs: bool = False
    bundle: Path | None = None
    overwrite: bool = False
    """``bundle`` may replace an existing file."""

    def require_free(self) -> None:
        """Refuse a bundle whose file exists, before anything is started.

        Raises:
            BundleFailed: the file exists and may not be replaced.
        """
        if self.bundle is not None and not self.overwrite:
            from anaplan_tui.core.bundle import refuse_taken

            refuse_taken(self.bundle)


class Source(click.ParamType[tuple[str, Path]]):
    """A source file: ``FILE_ID_OR_NAME=PATH``."""

    name = "FILE=PATH"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, Path]:
        """Parse a value for click."""
        wanted, equals, path = value.partition("=")
        if not equals or not wanted.strip() or not path:
            self.fail(f'"{value}" is not of the form FILE_ID_OR_NAME=PATH', param, ctx)
        return wanted.strip(_TYPED), Path(path)


def _read_parameters(
    _context: click.Context, _option: click.Parameter, values: tuple[str, ...]
) -> "Parameters":
    from anaplan_tui.core.runs.parameters import BadParameter, read_parameters

    try:
        return read_parameters(values)
    except BadParameter as wrong:
        raise click.BadParameter(str(wrong)) from None


parameters_option = click.option(
    "--param",
    "parameters",
    metavar="Dim=Item",
    callback=_read_parameters,
    multiple=True,
    help="Item for a dimension that the run prompts for; repeatable.",
)


async def find_target(desk: "Desk", target: str, kind: str) -> "CatalogItem":
    """Find a target by name or id; see ``core.finding.matching.find``."""
    from anaplan_tui.api.refs import Kind

    return await desk.find(target, Kind(kind))


def said_once() -> Callable[[str], None]:
    """Return a function that prints a message on stderr, unless it is the same as the last one."""
    last = ""

    def tell(words: str) -> None:
        nonlocal last
        if words != last:
            say(f"… {words}", err=True)
        last = words

    return tell


async def open_model(desk: "Desk") -> None:
    """Open the model if it is closed, before any request that would wait for it.

    Raises:
        StaysClosed: the profile forbids it.
    """
    if desk.context is not None:
        await desk.readiness.open(desk.context.model.ref, said_once())


async def look_at(
    desk: "Desk", target: str, kind: str, look: "Callable[[CatalogItem], Awaitable[RunSnapshot]]"
) -> "RunSnapshot":
    """Call ``look`` with a target given by name or id; if it is not found, say which id is wrong.

    Raises:
        NoMatch: nothing has that name or id.
        Exception: whatever ``look`` raises.
    """
    from anaplan_tui.api.errors import NotFound
    from anaplan_tui.api.refs import Kind

    item = await desk.find_by_id(target, Kind(kind))
    try:
        return await look(item)
    except NotFound:
        await desk.tell_what_is_missing(item)
        raise


async def target_to_run(desk: "Desk", target: str, kind: str) -> "CatalogItem":
    """Find the target to run, and log in at the same time if that has not happened yet."""
    from anaplan_tui.api.errors import NotFound
    from anaplan_tui.api.refs import Kind

    who = asyncio.ensure_future(desk.connect()) if not desk.user else None
    try:
        item = await desk.read_by_id(target, Kind(kind))
    except NotFound:
        await desk.chosen.choose()  # raises a better error if the workspace or the model is missing
        raise
    finally:
        if who is not None:
            await who
    return item


async def runs_of(desk: "Desk", play: "Play") -> "dict[str, RunSnapshot]":
    """Return the runs of a play's steps, by id; unknown ones are left out."""
    run_ids = [step.run_id for step in play.steps if step.run_id is not None]
    found = {run_id: await desk.remembered.recall(run_id) for run_id in run_ids}
    return {run_id: run for run_id, run in found.items() if run is not None}


def progress(desk: "Desk", json_: bool) -> AbstractContextManager[None]:
    """Report the progress of runs and transfers on stderr while the block runs."""
    from anaplan_tui.commands.printing import following

    return following(desk.store, sparing=json_)


async def fetch_dumps(desk: "Desk", run: "RunSnapshot") -> "tuple[DownloadSnapshot, ...]":
    """Fetch every dump of the run; a run without dumps is not an error here."""
    from anaplan_tui.core.dumps.refusals import NoDumps

    try:
        ids = desk.dumps.fetch_dumps(run.run_id)
    except NoDumps:
        return ()
    return await desk.dumps.settled(ids)


async def fetch_outputs(desk: "Desk", run: "RunSnapshot") -> "tuple[DownloadSnapshot, ...]":
    """Fetch the file of every export in the run; an export that wrote nothing gives an empty file.

    A file belongs to the export, not to the task (service.md §8.3): a later task may have written it.
    """
    from anaplan_tui.core.dumps.outputs import is_empty

    queued = [desk.dumps.fetch_output(run.run_id, a.id) for a in run.actions if a.output.available]
    empty = [await desk.dumps.put_empty_output(run.run_id, a.id) for a in run.actions if is_empty(a)]
    return (*await desk.dumps.settled(queued), *empty)


def say_parameters(preflight: "Preflight", parameters: Sequence[tuple[str, str]]) -> None:
    """Warn about parameters that the last run had and this one lacks: none are reused."""
    from anaplan_tui.api.clean import clean

    if parameters or not preflight.parameters:
        return
    options = " ".join(f"--param {shlex.quote(f'{name}={item}')}" for name, item in preflight.parameters)
    say(f"! Without --param nothing is chosen. The last run from here had: {clean(options)}", err=True)


async def finish(desk: "Desk", run: "RunSnapshot", files: Files, json_: bool) -> int:
    """Fetch the requested files, print the result, and return the exit code."""
    from anaplan_tui.commands.printing import json_document, run_result
    from anaplan_tui.core import report

    run, code = await bring(desk, run, files, json_)
    if json_:
        json_document(report.run_document(run))
    else:
        run_result(run)
    if files.bundle is not None:
        await _bundle(desk, run, files, err=json_)
    return code


async def bring(desk: "Desk", run: "RunSnapshot", files: Files, json_: bool) -> "tuple[RunSnapshot, Exit]":
    """Fetch the requested files of a run; return the run with them, and its exit code."""
    from anaplan_tui.core.dumps.looked_at import looked_at

    code = of_run(run)
    with progress(desk, json_):
        fetched = await fetch_dumps(desk, run) if files.dumps or files.bundle else ()
        if files.outputs:
            fetched += await fetch_outputs(desk, run)
    if not all(d.path for d in fetched):
        code = Exit.FILE
    return await asyncio.to_thread(looked_at, desk.store.run(run.run_id) or run), code


async def _bundle(desk: "Desk", run: "RunSnapshot", files: Files, *, err: bool) -> None:
    from anaplan_tui.core.text import home

    assert files.bundle is not None  # noqa: S101  # the caller checks
    written = await desk.hand_over(run.run_id, files.bundle, overwrite=files.overwrite)
    click.echo(f"bundle: {home(written.path)} ({len(written.files)} files)", err=err)
    for action in written.without:
        say(f'! without the dump of "{action.name}": {action.dump.error or "not on disk"}', err=True)
