"""The commands ``dumps``, ``export`` and ``upload``."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from anaplan_tui.commands.completion import known_targets, known_tasks
from anaplan_tui.commands.dumps_since import dumps_since
from anaplan_tui.commands.saying import say
from anaplan_tui.commands.session import Options, SessionTerms, in_session
from anaplan_tui.commands.shared import (
    Files,
    as_json,
    fetch_dumps,
    fetch_outputs,
    find_target,
    finish,
    force_option,
    kind_option,
    look_at,
    open_model,
    outputs_option,
    parameters_option,
    progress,
    target_argument,
)
from anaplan_tui.commands.times import Moment
from anaplan_tui.trouble import Exit

if TYPE_CHECKING:
    from anaplan_tui.core.desk import Desk
    from anaplan_tui.core.runs.parameters import Parameters
    from anaplan_tui.core.snapshots import DownloadSnapshot, RunSnapshot, UploadSnapshot
    from anaplan_tui.core.uploads.prepared import Prepared


@click.command()
@click.argument("target", required=False, shell_complete=known_targets)
@click.argument("task_id", required=False, shell_complete=known_tasks)
@kind_option
@click.option(
    "--since",
    type=Moment(),
    metavar="WHEN",
    help="Download the dumps of every task since then: 24h, 22:00, yesterday, a date.",
)
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="Save the dumps in DIR."
)
@click.option(
    "--object",
    "objects",
    metavar="ID",
    multiple=True,
    help="Download only the dump of this action; repeatable.",
)
@outputs_option
@click.option(
    "--verify", is_flag=True, help="Read the dumps from the service again and compare; exit code 0: the same."
)
@as_json
@click.pass_obj
def dumps(
    options: Options,
    target: str | None,
    task_id: str | None,
    kind: str,
    since: datetime | None,
    out: Path | None,
    objects: tuple[str, ...],
    outputs: bool,
    verify: bool,
    json_: bool,
) -> int:
    """Download every failure dump of a task that has ended.

    --verify reads the chunks from the service a second time and compares them with the files on disk: the
    same (exit code 0), different at a chunk, or gone (9). Dumps that are not on disk are downloaded first.

    --outputs adds the files that exports in the process wrote. They belong to the export, not to the task: a
    later run of the export replaces them.

    --since downloads the dumps of every task that started since then, newest first: the tasks of TARGET or,
    without one, of all processes in the model, reading one task list for each. A dump that a later run
    replaced is gone; the command says so and exits with 9.
    """
    if verify and outputs:
        raise click.UsageError("--verify compares dumps: an export's file may be that of a later run by now.")
    if since is not None:
        if task_id or objects or outputs or verify:
            raise click.UsageError("--since is about all dumps: no TASK_ID, --object, --outputs or --verify.")
        moment = since
        return in_session(
            options,
            lambda desk: dumps_since(desk, moment, target, kind, json_=json_),
            SessionTerms(downloads_dir=out),
        )
    if target is None or task_id is None:
        raise click.UsageError("TARGET and TASK_ID say which dumps; or --since WHEN does.")

    async def work(desk: "Desk") -> int:
        from anaplan_tui.commands.printing import downloads_result, json_document
        from anaplan_tui.core import report

        with progress(desk, json_):
            run = await look_at(desk, target, kind, lambda item: desk.report_for_dumps(item, task_id))
            if verify:
                return await _verify(desk, run, objects, json_)
            if run.live or objects:
                fetched = await desk.dumps.settled(desk.dumps.fetch_dumps(run.run_id, objects or None))
            else:
                fetched = await fetch_dumps(desk, run)
            if outputs:
                fetched += await fetch_outputs(desk, run)
        if json_:
            documents = [report.download_document(d) for d in fetched]
            json_document(report.listing(documents))
        elif fetched:
            downloads_result(fetched)
        else:
            say("This task has no dumps.", err=True)
        return Exit.COMPLETED if all(d.path for d in fetched) else Exit.FILE

    return in_session(options, work, SessionTerms(by_id=True, downloads_dir=out))


async def _verify(desk: "Desk", run: "RunSnapshot", objects: Sequence[str], json_: bool) -> int:
    from anaplan_tui.commands.printing import json_document, reading, verified_result
    from anaplan_tui.core import report
    from anaplan_tui.core.snapshots import Match

    none = not (run.live or objects or any(action.dump.available for action in run.actions))
    with reading("comparing") as progress:
        verified = () if none else await desk.dumps.verifier.verify(run.run_id, objects or None, progress)
    if json_:
        json_document(report.listing(report.verified_document(one) for one in verified))
    elif verified:
        verified_result(verified)
    else:
        say("This task has no dumps.", err=True)
    return Exit.COMPLETED if all(one.match is Match.SAME for one in verified) else Exit.FILE


@click.command()
@target_argument
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="File to write the export to.",
)
@parameters_option
@as_json
@click.pass_obj
def export(options: Options, target: str, out: Path | None, parameters: "Parameters", json_: bool) -> int:
    """Run the export TARGET and download its file.

    An export without rows leaves an empty file, and a message says so. Exit code 0 always means a file.
    """

    async def work(desk: "Desk") -> int:
        await open_model(desk)
        item = await find_target(desk, target, "export")
        with progress(desk, json_):
            ended = await desk.run(item, parameters=parameters)
            fetched = await _fetch_output(desk, ended, out)
        code = await finish(desk, desk.store.run(ended.run_id) or ended, Files(), json_)
        return code if all(d.path for d in fetched) else Exit.FILE

    return in_session(options, work)


async def _fetch_output(desk: "Desk", run: "RunSnapshot", out: Path | None) -> "tuple[DownloadSnapshot, ...]":
    """Fetch the file that the export wrote; nothing if the export was not successful."""
    from anaplan_tui.core.dumps.outputs import is_empty

    action = next((a for a in run.actions if a.output.available or is_empty(a)), None)
    if action is None:
        return ()
    if action.output.available:
        return await desk.dumps.settled([desk.dumps.fetch_output(run.run_id, action.id, out)])
    put = await desk.dumps.put_empty_output(run.run_id, action.id, out)
    say(f'"{action.name}" is empty: the export had no rows, so the file has none.', err=True)
    return (put,)


@click.command()
@click.argument("file", metavar="FILE_ID_OR_NAME")
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--merge",
    "corrected",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="ROWS",
    help="Put these corrected rows into a copy of PATH, the whole source, and upload the copy.",
)
@force_option
@as_json
@click.pass_obj
def upload(options: Options, file: str, path: Path, corrected: Path | None, force: bool, json_: bool) -> int:
    """Upload PATH as the content of the source file FILE_ID_OR_NAME.

    PATH is sent in chunks. It replaces the whole file for your own runs, until 48 hours after its last use.
    A file that the import cannot read is refused before anything is sent: missing columns, another
    separator, no rows.

    With --merge, the corrected rows, as saved by triage --rejected, replace the rejected ones in a new file
    beside PATH. Every other byte stays the same. The merge is refused if the source is not the one that was
    imported, or if rows were dropped, added or moved.
    """

    async def work(desk: "Desk") -> int:
        from anaplan_tui.commands.printing import json_document
        from anaplan_tui.core import report
        from anaplan_tui.core.text import size

        whole = path
        if corrected is not None:
            desk.runs.refuse_when_read_only(f'upload "{path.name}"')
            merged = await desk.merge(file, path, corrected)
            whole = merged.path
            say(f"✓ {merged.words}.", err=True)
        sent = await send_sources(desk, [(file, whole)], force=force, json_=json_)
        if json_:
            json_document(report.upload_document(*sent[-1]))
        code = _told(sent)
        if code == Exit.COMPLETED and not json_:
            say(f"✓ uploaded  {sent[-1][1].name}, {size(sent[-1][1].bytes_total)}")
        return code

    return in_session(options, work)


Sent = list[tuple["Prepared", "UploadSnapshot"]]


async def send_sources(desk: "Desk", wanted: Sequence[tuple[str, Path]], *, force: bool, json_: bool) -> Sent:
    """Check every file before the first is sent, then send them one after another.

    The first one that is not sent whole ends the list.

    Raises:
        UploadRefused: an import cannot read one of the files, and ``force`` is not set.
    """
    from anaplan_tui.commands.printing import prepared_upload
    from anaplan_tui.core.snapshots import Send

    prepared = [await desk.prepare_upload(file, path) for file, path in wanted]
    for one in prepared:
        prepared_upload(one)
    for one in () if force else prepared:
        one.require_fit()
    sent: Sent = []
    for one in prepared:
        with progress(desk, json_):
            (ended,) = await desk.uploads.wait([desk.upload(one)])
        sent.append((one, ended))
        if ended.state is not Send.DONE:
            break
    return sent


def require_sent(sent: Sent) -> None:
    """Report uploads that ended.

    Raises:
        click.exceptions.Exit: the last one was not sent whole, so the command must not continue.
    """
    if (code := _told(sent)) != Exit.COMPLETED:
        raise click.exceptions.Exit(code)


def _told(sent: Sent) -> int:
    for _prepared, ended in sent:
        if ended.problem:
            say(f"anaplan-tui: {ended.problem}", err=True)
            return Exit.FILE
        if ended.note:
            say(ended.note, err=True)
    return Exit.COMPLETED
